"""The outbound API: a request to each action, such as a back end makes it."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import requests

from local.deployment import Deployment
from local.simulator import Simulator

SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
UPLOAD = "/cgi-bin/media/upload"
GET_MEDIA = "/cgi-bin/media/get"
SUBSCRIBE = "/cgi-bin/message/subscribe/send"
UNIFORM = "/cgi-bin/message/wxopen/template/uniform_send"

TEMPLATE = "zqtN-06Bf7yF6oyp7DkK2j9GcQOWZlzL7SzUDZmgQjU"
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


@dataclass(frozen=True)
class Request:
    """What goes over HTTP, whoever carries it."""

    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"
    query: dict[str, str] = field(default_factory=dict)

    def by_the_api(self, deployment: Deployment, signed: bool = True) -> requests.Response:
        return deployment.call(
            self.method, self.path, self.body, query=self.query, content_type=self.content_type, signed=signed
        )

    def as_proxy_event(self, resource: str) -> dict:
        """As API Gateway hands it to a function (AWS docs: input format of a Lambda function for proxy integration)."""
        before, _, name = resource.partition("{")  # the last part, or with a + all that follows
        return {
            "resource": resource,
            "path": self.path,
            "httpMethod": self.method,
            "headers": {"Content-Type": self.content_type},
            "multiValueHeaders": {"Content-Type": [self.content_type]},
            "queryStringParameters": self.query or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in self.query.items()} or None,
            "pathParameters": {name.rstrip("+}"): self.path.removeprefix(before)} if name else None,
            "stageVariables": None,
            "requestContext": {"resourcePath": resource, "httpMethod": self.method, "path": self.path, "stage": "v1"},
            # As text, as somebody who writes an event by hand gives it.
            "body": self.body.decode() if self.body else None,
            "isBase64Encoded": False,
        }


def posted(path: str, body: object) -> Request:
    return Request("POST", path, json.dumps(body, ensure_ascii=False).encode())


def uploaded(content: bytes, *, field: str = "media", name: str = "a.gif", kind: str = "image/gif") -> Request:
    """A form as `requests` writes it, whose multipart encoder is not ours."""
    form = requests.Request("POST", "http://a", files={field: (name, content, kind)}).prepare()
    return Request("POST", UPLOAD, form.body, form.headers["Content-Type"], {"type": "image"})


def got(path_and_query: str) -> Request:
    url = urlsplit(path_and_query)
    return Request("GET", url.path, query=dict(parse_qsl(url.query)))


def text_to(openid: str, content: str = "您好") -> dict:
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


def typing_to(openid: str, command: str = "Typing") -> dict:
    return {"touser": openid, "command": command}


def subscribed_by(openid: str, **values: object) -> dict:
    data = {key: {"value": value} for key, value in (values or {"thing1": "您的订单已发货"}).items()}
    return {"touser": openid, "template_id": TEMPLATE, "data": data}


def uniform_to(openid: str) -> dict:
    data = {"first": {"value": "恭喜你购买成功！"}}
    return {"touser": openid, "mp_template_msg": {"appid": "wxba5fad812f8e6fb9", "template_id": TEMPLATE, "data": data}}


def at_once(send: Callable[[dict], requests.Response], messages: list[dict]) -> list[requests.Response]:
    """Each message by a caller of its own, all at the same time."""
    with ThreadPoolExecutor(len(messages)) as callers:
        return list(callers.map(send, messages))


@dataclass(frozen=True)
class Action:
    function: str
    """Its logical ID in the template."""
    resource: str
    """Its path in the template."""
    request: Callable[[str], Request]
    """A good request, about a user."""
    errcode: int | None = 0
    """What WeChat says to it (WeChat docs: 发送客服消息, 全局返回码)."""


ACTIONS = [
    Action("SendCustomerMessageFunction", SEND, lambda openid: posted(SEND, text_to(openid))),
    Action("SetTypingFunction", TYPING, lambda openid: posted(TYPING, typing_to(openid))),
    # WeChat answers with the media_id instead.
    Action("UploadTempMediaFunction", UPLOAD, lambda openid: uploaded(GIF), errcode=None),
    # Of a media_id that it does not know.
    Action("GetTempMediaFunction", GET_MEDIA, lambda openid: got(f"{GET_MEDIA}?media_id=unknown"), errcode=40007),
    Action("SendSubscribeMessageFunction", SUBSCRIBE, lambda openid: posted(SUBSCRIBE, subscribed_by(openid))),
    # WeChat has retired it.
    Action("SendUniformMessageFunction", UNIFORM, lambda openid: posted(UNIFORM, uniform_to(openid)), errcode=45109),
    Action("GetSubscriptionsFunction", "/subscriptions/{openid}", lambda openid: got(f"/subscriptions/{openid}")),
    Action("GetDeliveryFunction", "/deliveries/{msgid}", lambda openid: got("/deliveries/1864323726461255680")),
]


def writes(simulator: Simulator, openid: str, content: str = "hello", *, seconds_ago: int = 0) -> dict:
    """The user writes, and their reply window opens at WeChat as well as here."""
    message = {"MsgType": "text", "Content": content, "CreateTime": int(time.time()) - seconds_ago}
    pushed = simulator.push(openid, message)
    assert pushed["outcome"] == "answered"
    return pushed


def answers_the_dialog(simulator: Simulator, openid: str, status: str = "accept", *, seconds_ago: int = 0) -> dict:
    """The user accepts or rejects a message of the template."""
    item = {"TemplateId": TEMPLATE, "SubscribeStatusString": status, "PopupScene": "0"}
    event = {"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": item}
    pushed = simulator.push(openid, event | {"CreateTime": int(time.time()) - seconds_ago})
    assert pushed["outcome"] == "answered"
    return pushed
