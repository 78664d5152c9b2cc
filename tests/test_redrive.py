"""redrive-failed-pushes: what was parked goes back to its function, once."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import wechat
from local_stack.aws import client
from recorder import fail
from waiting import eventually

REDRIVE = "RedriveFailedPushesFunction"


@pytest.fixture
def queue(recorded) -> str:
    """Its queue of failed pushes, empty."""
    queue = recorded.outputs["FailedPushesQueueUrl"]
    client("sqs").purge_queue(QueueUrl=queue)
    return queue


def park(queue: str, message: dict) -> None:
    """As Lambda does it once its retries are over (AWS docs: asynchronous invocation records)."""
    record = {
        "version": "1.0",
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": message,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "as parked by the test"},
    }
    client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(record))


def report(went: int = 0, **why: int) -> dict:
    return {"went": went, "discarded": 0, "stayed": sum(why.values()), "why": why, "unfinished": False}


def test_a_failed_push_goes_back_once_its_function_is_mended_and_is_removed(recorded, recorder, queue, openid):
    recorder.answer(openid, fail)
    message = wechat.event(openid, "subscribe_msg_popup_event", List={"TemplateId": "t"})
    push = wechat.safe(message)
    recorded.push(push.query, push.body)
    assert eventually(lambda: recorded.parked() == 1)
    failed = len(recorder.received(openid))
    recorder.answer(openid, lambda _: "success")

    assert recorded.invoke(REDRIVE, {}) == report(went=1)

    assert recorder.wait_for(openid, failed + 1)[-1] == ("subscribe-msg-popup", message)
    assert recorded.parked() == 0
    assert recorded.invoke(REDRIVE, {}) == report()


def test_a_push_that_fails_again_is_parked_again_and_may_go_again(recorded, recorder, queue, openid):
    park(queue, wechat.text(openid, "hello"))
    recorder.answer(openid, fail)

    assert recorded.invoke(REDRIVE, {}) == report(went=1)

    recorder.wait_for(openid, 3)
    assert eventually(lambda: recorded.parked() == 1)
    recorder.answer(openid, lambda _: "success")
    assert recorded.invoke(REDRIVE, {}) == report(went=1)
    recorder.wait_for(openid, 4)


def test_what_cannot_go_stays_with_the_reason(recorded, recorder, queue, openid):
    push = wechat.safe("{")
    assert recorded.push(push.query, push.body).text == "success"
    client("sqs").send_message(QueueUrl=queue, MessageBody="garbage")
    park(queue, wechat.text(openid, "hello"))
    stays = {"unreadable when it came": 1, "not a parked push": 1}

    assert recorded.invoke(REDRIVE, {}) == report(went=1, **stays)

    assert [message["Content"] for _, message in recorder.wait_for(openid)] == ["hello"]
    assert recorded.parked() == 2
    assert recorded.invoke(REDRIVE, {}) == report(**stays), "they can be seen by the next run at once"


def test_what_nobody_could_read_is_removed_only_when_that_is_asked_for(recorded, queue):
    push = wechat.safe("{")
    assert recorded.push(push.query, push.body).text == "success"
    assert recorded.parked() == 1

    assert recorded.invoke(REDRIVE, {"discard_unreadable": True}) == report() | {"discarded": 1}

    assert recorded.parked() == 0


def test_while_lambda_is_out_of_reach_a_push_stays_and_goes_later(recorded, recorder, wire, queue, openid):
    park(queue, wechat.text(openid, "hello"))
    with wire.cut("lambda"):
        found = recorded.invoke(REDRIVE, {})
    assert (found["went"], found["stayed"], list(found["why"].values())) == (0, 1, [1])
    assert "Lambda" in "".join(found["why"])

    assert recorded.invoke(REDRIVE, {}) == report(went=1)

    assert len(recorder.wait_for(openid)) == 1


def test_two_runs_at_once_lose_nothing_and_double_nothing(recorded, recorder, queue, openid):
    messages = [wechat.text(openid, f"message {number}") for number in range(25)]
    for message in messages:
        park(queue, message)

    with ThreadPoolExecutor(2) as operators:
        reports = list(operators.map(lambda _: recorded.invoke(REDRIVE, {}), range(2)))

    assert sum(found["went"] for found in reports) == len(messages)
    assert [found["stayed"] for found in reports] == [0, 0]
    received = Counter(message["MsgId"] for _, message in recorder.wait_for(openid, len(messages)))
    assert received == Counter(message["MsgId"] for message in messages)
    assert recorded.parked() == 0


def test_a_push_that_went_and_could_not_be_removed_does_not_go_twice(recorded, recorder, wire, queue, openid):
    park(queue, wechat.text(openid, "hello"))
    with wire.cut("sqs", "DeleteMessage"):
        assert recorded.invoke(REDRIVE, {}) == report(**{"SQS did not answer": 1})
    recorder.wait_for(openid)

    assert recorded.invoke(REDRIVE, {}) == report(went=1)

    assert recorded.parked() == 0
    assert len(recorder.received(openid)) == 1
