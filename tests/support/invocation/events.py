"""`events/FUNCTION.json`: what each function is invoked with. The same bytes whenever they are made: no clock, nothing random.

All of it is about one user, the one who acts in the simulator unless it is told another.
"""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from urllib3 import encode_multipart_formdata
from wechatpy.crypto import PrpCrypto

from local import wechat
from local.functions import folder
from local.processes import ROOT
from local.simulator import APP_ID
from outbound import ACTIONS, TEMPLATE, UPLOAD, Request, got
from payloads import PAYLOADS
from payloads.events import XPAY_GOODS

FOLDER = ROOT / "events"
OPENID = "oSimulatedDemoUser0000000000"
MSGID = "1864323726461255680"
"""Of a subscription message: on-subscribe-msg-sent tells what became of it, get-delivery asks."""
AT = 1714112445
"""Of WeChat's published test vectors. The local stack takes pushes of any age."""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
"""A red dot."""


class WithoutChance(PrpCrypto):
    def get_random_string(self) -> str:
        return "0123456789abcdef"


def message(kind: str, **fields) -> dict:
    header = {"ToUserName": wechat.GH_ID, "FromUserName": OPENID, "CreateTime": AT, "MsgType": kind}
    return header | fields | {"MsgId": "24500000000000001"}


def event(name: str, **fields) -> dict:
    header = {"ToUserName": wechat.GH_ID, "FromUserName": OPENID, "CreateTime": AT, "MsgType": "event"}
    return header | {"Event": name} | fields


def answer_to_dialog(status: str) -> dict:
    return {"TemplateId": TEMPLATE, "SubscribeStatusString": status, "PopupScene": "0"}


def pushed(content: dict) -> dict:
    """In safe mode, signed and encrypted; as WeChat's POST comes out of API Gateway."""
    crypto = WithoutChance(wechat.PAIR.crypto().key)
    encrypt = crypto.encrypt(json.dumps(content, ensure_ascii=False), APP_ID).decode()
    query = wechat.plain_query(str(AT))
    signed = wechat.signature(wechat.PAIR.token, query["timestamp"], query["nonce"], encrypt)
    query |= {"openid": OPENID, "encrypt_type": "aes", "msg_signature": signed}
    body = json.dumps({"ToUserName": wechat.GH_ID, "Encrypt": encrypt}).encode()
    return Request("POST", "/push", body, "text/xml", query).as_proxy_event("/push")


def uploaded_picture() -> dict:
    form, content_type = encode_multipart_formdata({"media": ("dot.png", PNG, "image/png")}, boundary="boundary")
    request = Request("POST", UPLOAD, content_type=content_type, query={"type": "image"}).as_proxy_event(UPLOAD)
    return request | {"body": b64encode(form).decode(), "isBase64Encoded": True}


QUESTION = message("text", Content="请问营业时间？")
KEY = sha256(f"{OPENID}\0{QUESTION['MsgId']}".encode()).hexdigest()
"""By which the question is recognised when it comes again."""


def due(guarded: dict) -> dict:
    """A message as SQS hands it to a function (AWS Lambda docs: using Lambda with Amazon SQS)."""
    record = {"messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "body": json.dumps(guarded, ensure_ascii=False)}
    return {"Records": [record | {"eventSource": "aws:sqs"}]}


def first_of_each_type() -> dict[str, dict]:
    """The first payload of each route, as its function receives it from this user."""
    return {f"on-{payload.route}": payload.received_of(OPENID) for payload in reversed(PAYLOADS)}


def good_request_of_each_action() -> dict[str, dict]:
    """As API Gateway hands it on."""
    return {folder(action.function): action.request(OPENID).as_proxy_event(action.resource) for action in ACTIONS}


EVENTS = first_of_each_type() | good_request_of_each_action() | {
    "push": pushed(message("text", Content="我要找人工客服")),
    "deliver-reply": {"push": QUESTION, "appid": APP_ID, "key": KEY, "owner": "by hand"},
    "resume-replies": due({"push": QUESTION, "appid": APP_ID, "key": KEY, "work_until": AT}),
    "on-text": QUESTION,
    "on-user-enter-tempsession": event("user_enter_tempsession", SessionFrom="menu"),
    "on-subscribe-msg-popup": event("subscribe_msg_popup_event", List=[answer_to_dialog("accept")]),
    "on-subscribe-msg-change": event("subscribe_msg_change_event", List=[answer_to_dialog("reject")]),
    "on-subscribe-msg-sent": event(
        "subscribe_msg_sent_event",
        List={"TemplateId": TEMPLATE, "MsgID": MSGID, "ErrorCode": "0", "ErrorStatus": "success"},
    ),
    "on-other": XPAY_GOODS | {"FromUserName": OPENID, "OpenId": OPENID},
    "upload-temp-media": uploaded_picture(),
    # As an IAM caller's call reaches it.
    "wechat-gateway": got("/cgi-bin/getcallbackip").as_proxy_event("/cgi-bin/{proxy+}"),
    "get-delivery": got(f"/deliveries/{MSGID}").as_proxy_event("/deliveries/{msgid}"),
    # As the schedule invokes it.
    "access-token": {"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}},
    "redrive-failed-pushes": {},
    "doctor": {},
}


def path(function: str) -> Path:
    return FOLDER / f"{function}.json"


def written(content: dict) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
