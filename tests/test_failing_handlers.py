"""A function that fails, or is slower than WeChat waits: the user sees nothing of it, and the push is not lost."""

import threading

import pytest

import wechat
from recorder import fail
from waiting import eventually


def parked_within(deployment, openid: str) -> dict:
    """The user's push in the queue of failed pushes, with what Lambda says of it."""
    found = []

    def is_parked() -> bool:
        found.extend(record for record in deployment.failed_pushes() if openid in str(record.get("requestPayload")))
        return bool(found)

    assert eventually(is_parked), "the push is not in the queue"
    return found[0]


@pytest.mark.parametrize(
    ("make", "runs"),
    [(lambda openid: wechat.text(openid, "hello"), 4), (wechat.entering, 3)],
    ids=["message", "event"],
)
def test_a_push_whose_function_keeps_failing_is_acknowledged_tried_again_and_parked(
    recorded, recorder, openid, make, runs
):
    """A message is waited for once, then handed over asynchronously like an event: one run and two retries."""
    recorder.answer(openid, fail)
    message = make(openid)
    push = wechat.safe(message)

    answer = recorded.push(push.query, push.body)

    assert (answer.status_code, answer.text) == (200, "success")
    recorder.wait_for(openid, runs)
    record = parked_within(recorded, openid)
    assert record["requestPayload"] == message
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert "500" in record["responsePayload"]["errorMessage"], "the error that the function ended with"
    assert len(recorder.received(openid)) == runs


def test_a_push_that_ours_cannot_take_is_parked_with_the_error(deployment, openid):
    message = wechat.text(openid, "hello")
    del message["Content"]
    push = wechat.safe(message)

    answer = deployment.push(push.query, push.body)

    assert (answer.status_code, answer.text) == (200, "success")
    record = parked_within(deployment, openid)
    assert record["requestPayload"] == message
    assert record["responsePayload"]["errorType"] == "MessageMalformed"
    assert "Content" in record["responsePayload"]["errorMessage"]


def test_a_function_that_fails_once_is_not_parked(recorded, recorder, openid):
    failures = iter([fail])
    recorder.answer(openid, lambda message: next(failures, lambda _: "success")(message))
    push = wechat.safe(wechat.text(openid, "hello"))

    assert recorded.push(push.query, push.body).text == "success"

    first, second = recorder.wait_for(openid, 2)
    assert first == second
    assert not any(openid in str(record) for record in recorded.failed_pushes())
    assert len(recorder.received(openid)) == 2


def test_a_late_function_runs_to_its_end_and_is_counted(recorded, recorder, openid):
    may_return, returned = threading.Event(), threading.Event()

    def late(message: dict):
        may_return.wait(9)
        returned.set()
        return wechat.TRANSFER

    recorder.answer(openid, late)
    push = wechat.safe(wechat.text(openid, "hello"))
    before = len(recorded.lines("push"))

    answer = recorded.push(push.query, push.body)
    again = recorded.push(push.query, push.body)

    assert (answer.status_code, answer.text) == (again.status_code, again.text) == (200, "success")
    assert answer.elapsed.total_seconds() < 5
    assert not returned.is_set()
    may_return.set()
    assert returned.wait(5)
    assert len(recorder.received(openid)) == 1
    assert eventually(lambda: len(recorded.lines("push")) == before + 2)
    lines = recorded.lines("push")[before:]
    assert [(line["outcome"], line["late_replies"]) for line in lines] == [("late", 1), ("duplicate", 0)]
