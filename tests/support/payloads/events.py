"""Events: each form of body, and the JSON that comes of it."""

from .answers import SUCCESS, XPAY
from .forms import json, received, xml

ENTER = received(CreateTime=1482048670, MsgType="event", Event="user_enter_tempsession", SessionFrom="menu-of-the-shop")
POPUP = received(CreateTime="1620973045", MsgType="event", Event="subscribe_msg_popup_event")
POPUP_XML = POPUP | {"CreateTime": 1620973045}
ACCEPTED = {"TemplateId": "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc", "SubscribeStatusString": "accept"}
REJECTED = {"TemplateId": "9nLIlbOQZC5Y89AZteFEux3WCXRRRG5Wfzkpssu4bLI", "SubscribeStatusString": "reject"}
POPUP_ITEMS = [ACCEPTED | {"PopupScene": "2"}, REJECTED | {"PopupScene": "0"}]
CHANGE = received(CreateTime="1610968440", MsgType="event", Event="subscribe_msg_change_event")
CHANGE_XML = CHANGE | {"CreateTime": 1610968440}
SENT = received(CreateTime="1620963428", MsgType="event", Event="subscribe_msg_sent_event")
SENT_XML = SENT | {"CreateTime": 1620963428}
SENT_ITEM = {
    "TemplateId": "BEwX0BOT3MqK3Uc5oTU3CGBqzjpndk2jzUf7VfExd8k",
    "MsgID": "1700827132819554304",
    "ErrorCode": "0",
    "ErrorStatus": "success",
}
MEDIA_CHECK = received(
    CreateTime=1626959646,
    MsgType="event",
    Event="wxa_media_check",
    appid="wx8f16a5be77871234",
    trace_id="60f96f1d-3845297a-1976a3ae",
    version=2,
    detail=[{"strategy": "content_model", "errcode": 0, "suggest": "pass", "label": 100, "prob": 90}],
    errcode=0,
    errmsg="ok",
    result={"suggest": "pass", "label": 100},
)
XPAY_GOODS = received(
    CreateTime=1700000000,
    MsgType="event",
    Event="xpay_goods_deliver_notify",
    OpenId="OPENID",
    OutTradeNo="order_20231114",
    Env=0,
    WeChatPayInfo={"MchOrderNo": "1217752501", "TransactionId": "4200001952202311140000000000", "PaidTime": 1700000000},
    GoodsInfo={"ProductId": "coin", "Quantity": 1, "OrigPrice": 100, "ActualPrice": 100, "Attach": ""},
)
XPAY_GOODS_XML = XPAY_GOODS | {
    "Env": "0",
    "WeChatPayInfo": XPAY_GOODS["WeChatPayInfo"] | {"PaidTime": "1700000000"},
    "GoodsInfo": {"ProductId": "coin", "Quantity": "1", "OrigPrice": "100", "ActualPrice": "100", "Attach": ""},
}


def _popup_xml(*items: tuple[str, str, str]) -> str:
    lists = "".join(
        f"<List><TemplateId><![CDATA[{template}]]></TemplateId>"
        f"<SubscribeStatusString><![CDATA[{status}]]></SubscribeStatusString>"
        f"<PopupScene>{scene}</PopupScene></List>\n"
        for template, status, scene in items
    )
    return xml(
        "<CreateTime>1620973045</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        "<Event><![CDATA[subscribe_msg_popup_event]]></Event>"
        f"<SubscribeMsgPopupEvent>\n{lists}</SubscribeMsgPopupEvent>"
    )


def _popup_json(items: str) -> str:
    return json(
        f'"CreateTime": "1620973045", "MsgType": "event", "Event": "subscribe_msg_popup_event", {items}',
    )


_ACCEPT_JSON = (
    '{"TemplateId": "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc", '
    '"SubscribeStatusString": "accept", "PopupScene": "2"}'
)
_REJECT_JSON = (
    '{"TemplateId": "9nLIlbOQZC5Y89AZteFEux3WCXRRRG5Wfzkpssu4bLI", '
    '"SubscribeStatusString": "reject", "PopupScene": "0"}'
)
_ACCEPT_XML = ("VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc", "accept", "2")
_REJECT_XML = ("9nLIlbOQZC5Y89AZteFEux3WCXRRRG5Wfzkpssu4bLI", "reject", "0")

ENTERINGS = [
    (
        "user_enter_tempsession, XML",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[event]]></MsgType>"
            "<Event><![CDATA[user_enter_tempsession]]></Event><SessionFrom><![CDATA[menu-of-the-shop]]></SessionFrom>"
        ),
        ENTER,
    ),
    (
        "user_enter_tempsession, JSON",
        json(
            '"CreateTime": 1482048670, "MsgType": "event", "Event": "user_enter_tempsession", '
            '"SessionFrom": "menu-of-the-shop"'
        ),
        ENTER,
    ),
    (
        "user_enter_tempsession with newer fields",
        json(
            '"CreateTime": 1482048670, "MsgType": "event", "Event": "user_enter_tempsession", '
            '"SessionFrom": "menu-of-the-shop", "Scene": 1001, "Query": "a=1"'
        ),
        ENTER | {"Scene": 1001, "Query": "a=1"},
    ),
]
POPUPS = [
    (
        "popup, XML, one",
        _popup_xml(_ACCEPT_XML),
        POPUP_XML | {"SubscribeMsgPopupEvent": {"List": POPUP_ITEMS[0]}},
    ),
    (
        "popup, XML, several",
        _popup_xml(_ACCEPT_XML, _REJECT_XML),
        POPUP_XML | {"SubscribeMsgPopupEvent": {"List": POPUP_ITEMS}},
    ),
    ("popup, JSON, one, an object", _popup_json(f'"List": {_ACCEPT_JSON}'), POPUP | {"List": POPUP_ITEMS[0]}),
    (
        "popup, JSON, several, an array",
        _popup_json(f'"List": [{_ACCEPT_JSON}, {_REJECT_JSON}]'),
        POPUP | {"List": POPUP_ITEMS},
    ),
    (
        "popup, JSON, nested array",
        _popup_json(f'"SubscribeMsgPopupEvent": [{_ACCEPT_JSON}, {_REJECT_JSON}]'),
        POPUP | {"SubscribeMsgPopupEvent": POPUP_ITEMS},
    ),
    (
        "popup, JSON, nested List, one",
        _popup_json(f'"SubscribeMsgPopupEvent": {{"List": {_ACCEPT_JSON}}}'),
        POPUP | {"SubscribeMsgPopupEvent": {"List": POPUP_ITEMS[0]}},
    ),
    (
        "popup, JSON, nested List, several",
        _popup_json(f'"SubscribeMsgPopupEvent": {{"List": [{_ACCEPT_JSON}, {_REJECT_JSON}]}}'),
        POPUP | {"SubscribeMsgPopupEvent": {"List": POPUP_ITEMS}},
    ),
    (
        "popup, JSON, numbers",
        json(
            '"CreateTime": 1620973045, "MsgType": "event", "Event": "subscribe_msg_popup_event", "List": '
            '{"TemplateId": "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc", "SubscribeStatusString": "accept", '
            '"PopupScene": 2}'
        ),
        POPUP_XML | {"List": ACCEPTED | {"PopupScene": 2}},
    ),
]
CHANGES = [
    (
        "change, XML",
        xml(
            "<CreateTime>1610968440</CreateTime><MsgType><![CDATA[event]]></MsgType>"
            "<Event><![CDATA[subscribe_msg_change_event]]></Event><SubscribeMsgChangeEvent><List>"
            "<TemplateId><![CDATA[9nLIlbOQZC5Y89AZteFEux3WCXRRRG5Wfzkpssu4bLI]]></TemplateId>"
            "<SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString></List></SubscribeMsgChangeEvent>"
        ),
        CHANGE_XML | {"SubscribeMsgChangeEvent": {"List": REJECTED}},
    ),
    (
        "change, JSON",
        json(
            '"CreateTime": "1610968440", "MsgType": "event", "Event": "subscribe_msg_change_event", "List": '
            '{"TemplateId": "9nLIlbOQZC5Y89AZteFEux3WCXRRRG5Wfzkpssu4bLI", "SubscribeStatusString": "reject"}'
        ),
        CHANGE | {"List": REJECTED},
    ),
]
RESULTS = [
    (
        "sent, XML",
        xml(
            "<CreateTime>1620963428</CreateTime><MsgType><![CDATA[event]]></MsgType>"
            "<Event><![CDATA[subscribe_msg_sent_event]]></Event><SubscribeMsgSentEvent><List>"
            "<TemplateId><![CDATA[BEwX0BOT3MqK3Uc5oTU3CGBqzjpndk2jzUf7VfExd8k]]></TemplateId>"
            "<MsgID>1700827132819554304</MsgID><ErrorCode>0</ErrorCode>"
            "<ErrorStatus><![CDATA[success]]></ErrorStatus></List></SubscribeMsgSentEvent>"
        ),
        SENT_XML | {"SubscribeMsgSentEvent": {"List": SENT_ITEM}},
    ),
    (
        "sent, JSON",
        json(
            '"CreateTime": "1620963428", "MsgType": "event", "Event": "subscribe_msg_sent_event", "List": '
            '{"TemplateId": "BEwX0BOT3MqK3Uc5oTU3CGBqzjpndk2jzUf7VfExd8k", "MsgID": "1700827132819554304", '
            '"ErrorCode": "0", "ErrorStatus": "success"}'
        ),
        SENT | {"List": SENT_ITEM},
    ),
    (
        "sent, JSON, numbers",
        json(
            '"CreateTime": 1620963428, "MsgType": "event", "Event": "subscribe_msg_sent_event", "List": '
            '[{"TemplateId": "BEwX0BOT3MqK3Uc5oTU3CGBqzjpndk2jzUf7VfExd8k", "MsgID": 1700827132819554304, '
            '"ErrorCode": 0, "ErrorStatus": "success"}]'
        ),
        SENT_XML | {"List": [SENT_ITEM | {"MsgID": 1700827132819554304, "ErrorCode": 0}]},
    ),
]
OTHERS = [
    (
        "debug_demo",
        json('"CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"'),
        received(CreateTime=1714112445, MsgType="event", Event="debug_demo", debug_str="hello world"),
    ),
    (
        "wxa_media_check",
        json(
            '"CreateTime": 1626959646, "MsgType": "event", "Event": "wxa_media_check", "appid": "wx8f16a5be77871234", '
            '"trace_id": "60f96f1d-3845297a-1976a3ae", "version": 2, "detail": [{"strategy": "content_model", '
            '"errcode": 0, "suggest": "pass", "label": 100, "prob": 90}], "errcode": 0, "errmsg": "ok", '
            '"result": {"suggest": "pass", "label": 100}'
        ),
        MEDIA_CHECK,
    ),
    (
        "user_authorization_revoke, XML",
        xml(
            "<CreateTime>1626959646</CreateTime><MsgType><![CDATA[event]]></MsgType>"
            "<Event><![CDATA[user_authorization_revoke]]></Event><OpenID><![CDATA[OPENID]]></OpenID>"
            "<RevokeInfo><![CDATA[1]]></RevokeInfo><AppID><![CDATA[wx13974bf780d3dc89]]></AppID>"
        ),
        received(
            CreateTime=1626959646,
            MsgType="event",
            Event="user_authorization_revoke",
            OpenID="OPENID",
            RevokeInfo="1",
            AppID="wx13974bf780d3dc89",
        ),
    ),
]
XPAY_EVENTS = [
    (
        "xpay, JSON",
        json(
            '"CreateTime": 1700000000, "MsgType": "event", "Event": "xpay_goods_deliver_notify", "OpenId": "OPENID", '
            '"OutTradeNo": "order_20231114", "Env": 0, "WeChatPayInfo": {"MchOrderNo": "1217752501", '
            '"TransactionId": "4200001952202311140000000000", "PaidTime": 1700000000}, "GoodsInfo": '
            '{"ProductId": "coin", "Quantity": 1, "OrigPrice": 100, "ActualPrice": 100, "Attach": ""}'
        ),
        XPAY_GOODS,
    ),
    (
        "xpay, XML",
        xml(
            "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType>"
            "<Event><![CDATA[xpay_goods_deliver_notify]]></Event><OpenId><![CDATA[OPENID]]></OpenId>"
            "<OutTradeNo><![CDATA[order_20231114]]></OutTradeNo><Env>0</Env>"
            "<WeChatPayInfo><MchOrderNo><![CDATA[1217752501]]></MchOrderNo>"
            "<TransactionId><![CDATA[4200001952202311140000000000]]></TransactionId>"
            "<PaidTime>1700000000</PaidTime></WeChatPayInfo><GoodsInfo><ProductId><![CDATA[coin]]></ProductId>"
            "<Quantity>1</Quantity><OrigPrice>100</OrigPrice><ActualPrice>100</ActualPrice>"
            "<Attach><![CDATA[]]></Attach></GoodsInfo>"
        ),
        XPAY_GOODS_XML,
    ),
]
EVENTS = [
    ("user-enter-tempsession", SUCCESS, ENTERINGS),
    ("subscribe-msg-popup", SUCCESS, POPUPS),
    ("subscribe-msg-change", SUCCESS, CHANGES),
    ("subscribe-msg-sent", SUCCESS, RESULTS),
    ("other", SUCCESS, OTHERS),
    ("other", XPAY, XPAY_EVENTS),
]
"""Of each type: its route, what becomes of it, and its payloads."""
