"""`make demo`: the main job on the local stack, as a conversation to read along. Ends with 1 where it does not hold."""

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from local import vectors
from local import wechat
from local.deployment import Deployment
from local.processes import WORK, LocalStackError, end_on_signals
from local.python_function import make_function
from local.simulator import APP_ID, URL
from local.stack import LocalStack
from local.waiting import eventually

KEYWORD = "营业时间"
"""A keyword of functions/on-text/replies.json: opening hours."""


THINKING = """
import time

def handler(message, context):
    time.sleep(6)
    return "想了六秒：答案是 42。"
"""


class DoesNotHold(Exception):
    """What was expected, and what came instead."""


def expect(what: str, found, wanted) -> None:
    if found != wanted:
        raise DoesNotHold(f"{what}: expected {wanted!r}, found {found!r}")


class Transcript:
    def __init__(self) -> None:
        self._steps = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        self._steps += 1
        print(f"\n{self._steps}. {title}")
        yield

    def line(self, who: str, said: str, seconds: float | None = None) -> None:
        timing = f"{seconds * 1000:5.0f} ms" if seconds is not None else " " * 8
        print(f"   {timing}  {who:<18} {said}", flush=True)


class Conversation:
    """One user, from the first push to the sixth message."""

    def __init__(self, stack: LocalStack) -> None:
        self.deployment = stack.deployment
        self.simulator = stack.simulator
        self.transcript = Transcript()
        self.openid = "o" + secrets.token_urlsafe(20)

    def hold(self) -> None:
        with self.transcript.step("URL verification, with WeChat's published vector"):
            self.verify_the_url()
        with self.transcript.step("The published safe-mode push, a debug_demo event"):
            self.push_the_published_vector()
        for format in ("json", "xml"):
            with self.transcript.step(f"A text, encrypted, in {format.upper()}: handed over to an agent"):
                self.push_a_text(format)
        with self.transcript.step("The same push again: the same answer, without a second run"):
            self.push_the_same_again()
        with self.transcript.step("A keyword: answered by a message of our own, and the reply window goes down"):
            self.push_a_keyword()
        with self.transcript.step("More messages from the back end: the sixth is one too many"):
            self.send_until_refused()
        with self.transcript.step("A forged signature"):
            self.push_forged()
        with self.transcript.step("A function in Python that thinks for 6 seconds: its answer reaches the user all the same"):
            self.answer_late()

    def verify_the_url(self) -> None:
        answer, seconds = timed(self.deployment.verify, vectors.VERIFICATION)
        self.transcript.line("WeChat console", f"GET /push, echostr {vectors.VERIFICATION['echostr']}")
        self.transcript.line("push", f"{answer.status_code} {answer.text}", seconds)
        expect("the answer", (answer.status_code, answer.text), (200, vectors.VERIFICATION["echostr"]))

    def push_the_published_vector(self) -> None:
        answer, seconds = timed(self.deployment.push, vectors.SAFE_JSON.query, vectors.SAFE_JSON.body)
        self.transcript.line("WeChat", "POST /push, an event of a type that has no function of its own")
        self.transcript.line("push", f"{answer.status_code} {answer.text}", seconds)
        expect("the answer", (answer.status_code, answer.text), (200, "success"))

    def push_a_text(self, format: str) -> None:
        delivery = self.say("我要找人工客服", format=format)
        expect("the reply", (reply_of(delivery) or {}).get("MsgType"), "transfer_customer_service")

    def push_the_same_again(self) -> None:
        first = self.say("还在吗？")
        runs = self.deployment.runs("on-text")
        again = self.simulator.push_again(self.openid)
        self.transcript.line("user", "(WeChat sends the same bytes once more)")
        self.show(again)
        expect("the reply", reply_of(again), reply_of(first))
        expect("further runs of on-text", self.deployment.runs("on-text") - runs, 0)
        self.transcript.line("on-text", "ran once")

    def push_a_keyword(self) -> None:
        delivery = self.say(KEYWORD)
        expect("the answer to the push", delivery["attempts"][-1]["body"], "success")
        sent = self.simulator.sends_to(self.openid)
        expect("messages to the user", len(sent), 1)
        self.transcript.line("to the user", sent[0]["body"]["text"]["content"].replace("\n", " / "))

    def send_until_refused(self) -> None:
        found = []
        for number in range(2, 7):
            body = {"touser": self.openid, "msgtype": "text", "text": {"content": f"第 {number} 条"}}
            answer, seconds = timed(self.deployment.send, body)
            said, remaining = answer.json(), answer.headers.get("x-reply-window-remaining")
            self.transcript.line("back end", f"custom/send, message {number}")
            self.transcript.line("WeChat's answer", f"errcode {said['errcode']}, {remaining} left", seconds)
            found.append((said["errcode"], remaining))
        expect("errcode and what is left", found, [(0, "3"), (0, "2"), (0, "1"), (0, "0"), (45047, "0")])

    def push_forged(self) -> None:
        message = {"MsgType": "text", "Content": "not from WeChat"}
        delivery = self.simulator.push(self.openid, message, bad_signature=True)
        self.transcript.line("somebody", message["Content"])
        self.show(delivery)
        expect("the statuses", [attempt["status"] for attempt in delivery["attempts"]], [403])

    def answer_late(self) -> None:
        thinking = make_function("demo/text", THINKING)
        slow = Deployment("demo", {"AppId": APP_ID, "WechatApiBaseUrl": URL, "TextFunctionArn": thinking})
        slow.put_secrets()
        slow.fetch_access_token()
        self.say("还在吗？")
        before = len(self.simulator.sends_to(self.openid))
        push = wechat.safe(wechat.text(self.openid, "这道题很难"))
        start = time.monotonic()
        self.transcript.line("user", "这道题很难")
        answer, seconds = timed(slow.push, push.query, push.body)
        self.transcript.line("push", f"{answer.status_code} {answer.text}", seconds)
        expect("the answer", (answer.status_code, answer.text, seconds < 5), (200, "success", True))
        expect("messages by then", len(self.simulator.sends_to(self.openid)), before)
        expect("a message later", eventually(lambda: len(self.simulator.sends_to(self.openid)) > before), True)
        said = self.simulator.sends_to(self.openid)[-1]["body"]["text"]["content"]
        self.transcript.line("to the user", said, time.monotonic() - start)
        expect("the message", said, "想了六秒：答案是 42。")

    def say(self, content: str, *, format: str = "json") -> dict:
        """The user writes; WeChat pushes it."""
        delivery = self.simulator.push(self.openid, {"MsgType": "text", "Content": content}, format=format)
        self.transcript.line("user", content)
        self.show(delivery)
        expect("what the user sees", delivery["outcome"], "answered")
        return delivery

    def show(self, delivery: dict) -> None:
        for attempt in delivery["attempts"]:
            reply = attempt["reply"]
            said = f"encrypted {reply['MsgType']}" if reply else attempt["body"]
            self.transcript.line("push", f"{attempt['status']} {said}", attempt["milliseconds"] / 1000)


def reply_of(delivery: dict) -> dict | None:
    return delivery["attempts"][-1]["reply"]


def timed(call, *arguments):
    start = time.monotonic()
    return call(*arguments), time.monotonic() - start


def main() -> int:
    end_on_signals()
    start = time.monotonic()
    try:
        with LocalStack(lambda what: print(f"==> {what}", flush=True)) as stack:
            print(f"==> up after {time.monotonic() - start:.0f} s: {stack.deployment.push_url}")
            print(f"==> for WeChat SDKs: {stack.deployment.sdk_api_url}")
            Conversation(stack).hold()
    except KeyboardInterrupt:
        return 130
    except LocalStackError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except DoesNotHold as failure:
        print(f"\nThis does not hold: {failure}\nLogs: {WORK}", file=sys.stderr)
        return 1
    print(f"\nAll of it holds ({time.monotonic() - start:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
