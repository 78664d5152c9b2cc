"""Every type of push, in each form that WeChat is known to send, and the JSON that a function must receive for it.

From the pages "接收消息和事件" (receiving messages and events) and "消息订阅 统一服务消息 客服消息 消息推送"
(subscriptions). OPENID stands for the user.
"""

from dataclasses import dataclass

TRANSFER = "an agent takes over"
SUCCESS = "acknowledged"
XPAY = "acknowledged as xpay_* wants it"


@dataclass(frozen=True)
class Payload:
    name: str
    route: str
    body: str
    received: dict
    answer: str
    """What our own functions make of it before anyone edits a line."""

    @property
    def format(self) -> str:
        return "xml" if self.body.startswith("<") else "json"

    def of(self, openid: str) -> str:
        return self.body.replace("OPENID", openid)

    def received_of(self, openid: str) -> dict:
        return {name: openid if value == "OPENID" else value for name, value in self.received.items()}


def xml(fields: str) -> str:
    return (
        "<xml>\n   <ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\n"
        f"   <FromUserName><![CDATA[OPENID]]></FromUserName>\n   {fields}\n</xml>"
    )


def json(fields: str) -> str:
    return '{ "ToUserName": "gh_97417a04a28d", "FromUserName": "OPENID", ' + fields + "}"


def received(**fields) -> dict:
    return {"ToUserName": "gh_97417a04a28d", "FromUserName": "OPENID"} | fields


TEXT = received(CreateTime=1482048670, MsgType="text", Content="this is a test", MsgId="1234567890123456")
IMAGE = received(
    CreateTime=1482048670,
    MsgType="image",
    PicUrl="http://mmbiz.example/pic?a=1&b=2",
    MediaId="3cNkJ-media-1",
    MsgId="1234567890123456",
)
CARD = received(
    CreateTime=1482048670,
    MsgType="miniprogrampage",
    MsgId="1234567890123456",
    Title="Title",
    AppId="wx1234567890abcdef",
    PagePath="pages/index?id=1",
    ThumbUrl="",
    ThumbMediaId="",
)
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


def _text_json(msg_id: str) -> str:
    return json(
        f'"CreateTime": 1482048670, "MsgType": "text", "Content": "this is a test", "MsgId": {msg_id}',
    )


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

_TEXTS = [
    (
        "text, XML",
        xml(
            "<CreateTime>1482048670</CreateTime>\n   <MsgType><![CDATA[text]]></MsgType>\n"
            "   <Content><![CDATA[this is a test]]></Content>\n   <MsgId>1234567890123456</MsgId>"
        ),
        TEXT,
    ),
    ("text, JSON", _text_json("1234567890123456"), TEXT),
    ("text, MsgId of 19 digits", _text_json("9223372036854775807"), TEXT | {"MsgId": "9223372036854775807"}),
    ("text, MsgId of 64 bits", _text_json("18446744073709551615"), TEXT | {"MsgId": "18446744073709551615"}),
    ("text, MsgId a string of digits", _text_json('"7190000000000000001"'), TEXT | {"MsgId": "7190000000000000001"}),
    (
        "text, MsgId of the cloud-function form",
        _text_json('"49d72f67-4e92-11e9-8e2d_1555684067"'),
        TEXT | {"MsgId": "49d72f67-4e92-11e9-8e2d_1555684067"},
    ),
    (
        "text, XML, MsgId of 19 digits",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            "<Content><![CDATA[this is a test]]></Content><MsgId>9223372036854775807</MsgId>"
        ),
        TEXT | {"MsgId": "9223372036854775807"},
    ),
    (
        "text, XML, with fields smuggled in",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            "<Content><![CDATA[x]]></Content><FromUserName><![CDATA[victim]]></FromUserName>"
            "<MsgType><![CDATA[event]]></MsgType><Content><![CDATA[y]]></Content><MsgId>1234567890123456</MsgId>"
        ),
        TEXT | {"Content": "x"},
    ),
    (
        "text, XML, with control characters",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            "<Content><![CDATA[ a\x01b\x08\n<c>&amp; 中🙂 ]]></Content><MsgId>1234567890123456</MsgId>"
        ),
        TEXT | {"Content": " a\x01b\x08\n<c>&amp; 中🙂 "},
    ),
]
_IMAGES = [
    (
        "image, XML",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[image]]></MsgType>"
            "<PicUrl><![CDATA[http://mmbiz.example/pic?a=1&b=2]]></PicUrl><MediaId><![CDATA[3cNkJ-media-1]]></MediaId>"
            "<MsgId>1234567890123456</MsgId>"
        ),
        IMAGE,
    ),
    (
        "image, JSON",
        json(
            '"CreateTime": 1482048670, "MsgType": "image", "PicUrl": "http://mmbiz.example/pic?a=1&b=2", '
            '"MediaId": "3cNkJ-media-1", "MsgId": 1234567890123456'
        ),
        IMAGE,
    ),
    (
        "image, JSON, Mediaid",
        json(
            '"CreateTime": 1482048670, "MsgType": "image", "PicUrl": "http://mmbiz.example/pic?a=1&b=2", '
            '"Mediaid": "3cNkJ-media-1", "MsgId": 1234567890123456'
        ),
        {"Mediaid" if name == "MediaId" else name: value for name, value in IMAGE.items()},
    ),
    (
        "image, XML, Mediaid",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[image]]></MsgType>"
            "<PicUrl><![CDATA[http://mmbiz.example/pic?a=1&b=2]]></PicUrl><Mediaid><![CDATA[3cNkJ-media-1]]></Mediaid>"
            "<MsgId>1234567890123456</MsgId>"
        ),
        {"Mediaid" if name == "MediaId" else name: value for name, value in IMAGE.items()},
    ),
]
_CARDS = [
    (
        "miniprogrampage, XML",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[miniprogrampage]]></MsgType>"
            "<MsgId>1234567890123456</MsgId><Title><![CDATA[Title]]></Title>"
            "<AppId><![CDATA[wx1234567890abcdef]]></AppId><PagePath><![CDATA[pages/index?id=1]]></PagePath>"
            "<ThumbUrl><![CDATA[]]></ThumbUrl><ThumbMediaId></ThumbMediaId>"
        ),
        CARD,
    ),
    (
        "miniprogrampage, JSON",
        json(
            '"CreateTime": 1482048670, "MsgType": "miniprogrampage", "MsgId": 1234567890123456, "Title":"Title", '
            '"AppId":"wx1234567890abcdef", "PagePath":"pages/index?id=1", "ThumbUrl":"", "ThumbMediaId":""'
        ),
        CARD,
    ),
]
_ENTERINGS = [
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
_POPUPS = [
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
_CHANGES = [
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
_RESULTS = [
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
_OTHERS = [
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
_XPAY = [
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
_UNKNOWN_MESSAGES = [
    (
        "a message of a type that is not documented",
        json('"CreateTime": 1482048670, "MsgType": "voice", "MediaId": "3cNkJ-media-1", "MsgId": 1234567890123456'),
        received(CreateTime=1482048670, MsgType="voice", MediaId="3cNkJ-media-1", MsgId="1234567890123456"),
    ),
]

PAYLOADS = [
    Payload(name, route, body, expected, answer)
    for route, answer, rows in [
        ("text", TRANSFER, _TEXTS),
        ("image", TRANSFER, _IMAGES),
        ("miniprogrampage", TRANSFER, _CARDS),
        ("user-enter-tempsession", SUCCESS, _ENTERINGS),
        ("subscribe-msg-popup", SUCCESS, _POPUPS),
        ("subscribe-msg-change", SUCCESS, _CHANGES),
        ("subscribe-msg-sent", SUCCESS, _RESULTS),
        ("other", SUCCESS, _OTHERS),
        ("other", XPAY, _XPAY),
        ("other", SUCCESS, _UNKNOWN_MESSAGES),
    ]
    for name, body, expected in rows
]
