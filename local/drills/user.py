"""A user, and what they see."""

from dataclasses import dataclass

from local.simulator import Simulator
from local.waiting import eventually

from .report import Report


TEMPLATE = "zqtN-06Bf7yF6oyp7DkK2j9GcQOWZlzL7SzUDZmgQjU"
"""Of a subscription message."""


@dataclass(frozen=True)
class Seen:
    """All that a user saw."""

    messages: list[str]
    """Texts that reached them, each as often as it came, in alphabetical order: nothing promises another."""
    transfers: int = 0
    """How often they were put into the queue for an agent."""
    unavailable: int = 0
    """How often WeChat said that the service is unavailable."""

    def __str__(self) -> str:
        messages = ", ".join(self.messages) or "none"
        return f"messages: {messages}; put into the queue for an agent: {self.transfers}; unavailable: {self.unavailable}"


class User:
    """Somebody who uses the mini program."""

    def __init__(self, name: str, openid: str, simulator: Simulator, report: Report) -> None:
        self.name = name
        self.openid = openid
        self._simulator = simulator
        self._report = report
        self._transfers = 0
        self._unavailable = 0

    def writes(self, content: str) -> dict:
        """WeChat pushes it, with up to four attempts. Returns how that went."""
        pushed = self._simulator.push(self.openid, {"MsgType": "text", "Content": content})
        return self._see(f"writes “{content}”", pushed)

    def accepts_a_subscription(self) -> dict:
        """An event, of which the user sees nothing."""
        item = {"TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": "0"}
        event = {"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": item}
        return self._see("accepts a subscription message", self._simulator.push(self.openid, event))

    def is_pushed_again(self) -> dict:
        """WeChat repeats the last push, as if the answer had been lost."""
        return self._see("(WeChat repeats the push)", self._simulator.push_again(self.openid))

    def messages(self) -> list[str]:
        """The texts that reached them."""
        sends = self._simulator.sends_to(self.openid)
        return sorted(call["body"]["text"]["content"] for call in sends if call["errcode"] == 0)

    def gets(self, *messages: str) -> None:
        """Waits until these have come; that they have, and no others, must hold."""
        eventually(lambda: len(self.messages()) >= len(messages))
        self._report.must(f"{self.name} has the messages", self.messages(), sorted(messages))

    def saw(self) -> Seen:
        """Up to now."""
        return Seen(self.messages(), self._transfers, self._unavailable)

    def is_transferred(self) -> None:
        """Notes a transfer that WeChat was answered past the simulator."""
        self._transfers += 1

    def _see(self, did: str, pushed: dict) -> dict:
        attempts = pushed["attempts"]
        last = attempts[-1]
        milliseconds = sum(attempt["milliseconds"] for attempt in attempts)
        if pushed["notice"]:
            self._unavailable += 1
            saw = "is told by WeChat that the service is unavailable"
        elif pushed["outcome"] != "answered":
            saw = "WeChat gives up"
        elif last["reply"]:
            self.is_transferred()
            saw = "is put into the queue for an agent"
        else:
            saw = "WeChat has its answer"
        took = f"{len(attempts)} attempt{'s' if len(attempts) > 1 else ''}, {milliseconds / 1000:.1f} s"
        self._report.line(self.name, f"{did}: {saw} ({took})")
        return pushed
