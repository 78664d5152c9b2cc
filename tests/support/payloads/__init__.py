"""Every type of push, in each form that WeChat is known to send, and the JSON that a function must receive for it.

From the pages "接收消息和事件" (receiving messages and events) and "消息订阅 统一服务消息 客服消息 消息推送"
(subscriptions). OPENID stands for the user.
"""

from dataclasses import dataclass

from .answers import SUCCESS, TRANSFER, XPAY
from .events import EVENTS
from .messages import MESSAGES

__all__ = ["PAYLOADS", "SUCCESS", "TRANSFER", "XPAY", "Payload"]


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


PAYLOADS = [
    Payload(name, route, body, expected, answer)
    for route, answer, rows in MESSAGES + EVENTS
    for name, body, expected in rows
]
