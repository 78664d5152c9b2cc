"""What `make tail` shows of the functions' logs."""

import json
from datetime import UTC

from local import wechat
from local.log_lines import Logged, LogLines
from local.tail import Tail
from local.waiting import eventually

AT = 1_795_528_961_504
"""2026-11-24, 14:02:41.504 UTC."""
REPORT = "REPORT RequestId: {}\tDuration: {} ms\tBilled Duration: 10 ms\tMemory Size: 256 MB\tMax Memory Used: 30 MB"
PUSH = {
    "answer_milliseconds": 111,
    "appid": "wxba5fad812f8e6fb9",
    "attempt": 1,
    "duplicates": 0,
    "format": "json",
    "message": "push",
    "mode": "safe",
    "msg_type": "text",
    "openid": "c7076da8908e29b9",
    "outcome": "replied",
    "request_id": "1",
    "route": "text",
    "stack": "wechat-messages",
    "status": 200,
    "steps": {"claim": 1, "invoke": 106, "open": 0, "secret": 2},
}
ACTION = {"message": "action", "action": "send-customer-message", "request_id": "3", "milliseconds": 5, "sends": 1}


def shown(function: str, *messages: str | dict) -> list[str]:
    lines = LogLines(UTC)
    texts = [message if isinstance(message, str) else json.dumps(message) for message in messages]
    return [line for text in texts if (line := lines.line(Logged(AT, function, text))) is not None]


def columns(function: str, message: str | dict) -> tuple[str, ...]:
    """Outcome, milliseconds and what else is said."""
    [line] = shown(function, message)
    assert line.startswith(f"14:02:41.504  {function}")
    return line[40:56].rstrip(), line[57:66].strip(), line[68:]


def test_an_invocation_is_one_line_with_time_function_outcome_and_milliseconds():
    lines = shown("push", "START RequestId: 1 Version: $LATEST", PUSH, "END RequestId: 1", REPORT.format(1, 125.42))
    assert lines == ["14:02:41.504  push                      replied             111 ms  text"]


def test_what_is_not_as_usual_stands_at_the_end():
    refused = PUSH | {"outcome": "refused", "reason": "signature_wrong", "status": 403, "msg_type": None, "route": "unread"}
    assert columns("push", refused) == ("refused", "111 ms", "unread, signature_wrong, HTTP 403")
    again = PUSH | {"attempt": 3, "msg_type": "event", "event": "xpay_refund_notify", "error": "no answer"}
    assert columns("push", again) == ("replied", "111 ms", "xpay_refund_notify, attempt 3, no answer")
    delivery = {"message": "deliver reply", "route": "text", "outcome": "delivered", "messages": 2, "milliseconds": 80}
    assert columns("deliver-reply", delivery) == ("delivered", "80 ms", "text, 2 sent")


def test_a_send_tells_whether_it_was_sent_and_who_refused_it():
    sent = ACTION | {"status": 200, "errcode": "0"}
    assert columns("send-customer-message", sent) == ("sent", "5 ms", "")
    refused = ACTION | {"status": 200, "errcode": "45047", "refused_by": "local"}
    assert columns("send-customer-message", refused) == ("errcode 45047", "5 ms", "refused by local")


def test_a_push_type_tells_whether_it_has_a_reply_or_why_it_failed():
    run = {"timestamp": "2026-11-24T14:02:41.146176Z", "level": "INFO", "message": "push type", "milliseconds": 0}
    assert columns("on-text", run | {"has_reply": True}) == ("has a reply", "0 ms", "")
    failed = run | {"level": "ERROR", "error": "no table", "milliseconds": 7}
    assert columns("on-subscribe-msg-sent", failed) == ("error", "7 ms", "no table")
    warned = {"level": "WARN", "message": "typing failed", "error": "no answer"}
    assert columns("deliver-reply", warned) == ("warn", "", "typing failed, no answer")


def test_a_function_that_dies_or_says_nothing_is_shown_by_what_lambda_reports():
    panic = "thread 'main' panicked at src/main.rs:7"
    lines = shown("on-text", "START RequestId: 1 Version: $LATEST", panic, "END RequestId: 1", REPORT.format(1, 9.58))
    assert [line[14:].split(maxsplit=1) for line in lines] == [
        ["on-text", panic],
        ["on-text", "ended                10 ms"],
    ]


def test_a_run_that_does_not_tell_how_long_it_took_is_followed_by_what_lambda_reports():
    refreshed = {"message": "access token", "outcome": "Refreshed", "request_id": "1"}
    lines = shown("access-token", refreshed, REPORT.format(1, 127.3), refreshed | {"milliseconds": 3}, REPORT.format(2, 9))
    assert [line[40:66].split() for line in lines] == [["Refreshed"], ["ended", "127", "ms"], ["Refreshed", "3", "ms"]]


def test_a_text_of_several_lines_is_one_line():
    [line] = shown("on-text", PUSH | {"error": "one\ntwo"})
    assert line.endswith("text, one two")


def test_it_shows_what_the_stack_logged_and_each_line_once(deployment, openid):
    tail = Tail(deployment.name)
    tail.new_lines()
    push = wechat.safe(wechat.text(openid, "hello"))
    deployment.push(push.query, push.body)
    told: list[str] = []

    def functions() -> list[str]:
        told.extend(tail.new_lines())
        return [line.split()[1] for line in told]

    assert eventually(lambda: {"push", "deliver-reply", "on-text"} <= set(functions()))
    assert functions().count("push") == 1 and functions().count("on-text") == 1, told
