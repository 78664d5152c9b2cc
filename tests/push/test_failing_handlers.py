"""A function that fails: the push is parked, and a user who wrote is handed to an agent, or waits for Lambda's retries."""

import time
from collections.abc import Iterator
from hashlib import sha256

import pytest

from local import wechat
from conftest import LOCAL
from local.aws import client
from local.deployment import Deployment
from outbound import writes
from recorder import fail
from local.waiting import eventually


@pytest.fixture(scope="module")
def retrying(recorder) -> Iterator[Deployment]:
    """WhenHandlerFails=retry."""
    other = Deployment("retrying", LOCAL | recorder.parameters | {"WhenHandlerFails": "retry"})
    other.put_secrets()
    other.fetch_access_token()
    yield other


def pushed(deployment, message: dict):
    push = wechat.safe(message)
    return deployment.push(push.query, push.body)


def parked_within(deployment, openid: str, seconds: float = 30) -> dict:
    """The user's push in the queue of failed pushes, with what is said of it."""
    found = []

    def is_parked() -> bool:
        found.extend(record for record in deployment.failed_pushes() if openid in str(record.get("requestPayload")))
        return bool(found)

    assert eventually(is_parked, seconds), "the push is not in the queue"
    return found[0]


def row_of(deployment, openid: str, message: dict) -> dict:
    key = sha256(f"{openid}\0{message['MsgId']}".encode()).hexdigest()
    found = client("dynamodb").get_item(
        TableName=deployment.resource("PushDedupe"), Key={"push_key": {"S": key}}, ConsistentRead=True
    )
    return found["Item"]


def fail_late(message: dict):
    time.sleep(6)
    fail(message)


def test_a_message_whose_function_keeps_failing_is_parked_and_handed_to_an_agent(recorded, recorder, openid):
    recorder.answer(openid, fail)
    message = wechat.text(openid, "hello")
    push = wechat.safe(message)

    answer = recorded.push(push.query, push.body)
    again = recorded.push(push.query, push.body)

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    assert wechat.opened(again.content) == wechat.opened(answer.content)
    record = parked_within(recorded, openid)
    assert record["requestPayload"] == message
    assert record["reason"] == "handler_failed"
    assert "500" in record["responsePayload"]["errorMessage"], "the error that the function ended with"
    assert len(recorder.received(openid)) == 3


def test_an_event_whose_function_keeps_failing_is_acknowledged_and_parked(recorded, recorder, openid):
    recorder.answer(openid, fail)
    message = wechat.entering(openid)

    assert pushed(recorded, message).text == "success"

    assert parked_within(recorded, openid)["requestPayload"] == message
    assert len(recorder.received(openid)) == 3


def test_a_function_that_fails_late_is_parked_and_the_users_next_message_goes_to_an_agent(recorded, recorder, openid):
    failures = iter([fail_late])
    recorder.answer(openid, lambda message: next(failures, fail)(message))
    message = wechat.text(openid, "a hard question")

    first = pushed(recorded, message)

    assert (first.status_code, first.text) == (200, "success")
    assert parked_within(recorded, openid)["requestPayload"] == message
    assert eventually(lambda: row_of(recorded, openid, message)["state"] == {"S": "failed"})
    runs = len(recorder.received(openid))
    assert b"Encrypt" in pushed(recorded, wechat.text(openid, "hello?")).content
    assert len(recorder.received(openid)) == runs


def test_with_retry_the_user_sees_nothing_and_lambda_tries_again(retrying, recorder, openid):
    recorder.answer(openid, fail)
    message = wechat.text(openid, "hello")

    answer = pushed(retrying, message)

    assert (answer.status_code, answer.text) == (200, "success")
    record = parked_within(retrying, openid, 60)
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestPayload"]["push"] == message
    assert len(recorder.received(openid)) == 12, "three runs and the first, with three tries each"


def test_with_retry_a_function_that_recovers_speaks_once(retrying, recorder, simulator, openid):
    writes(simulator, openid, "hello", seconds_ago=60)
    failures = iter([fail] * 4)
    recorder.answer(openid, lambda message: next(failures, lambda _: "here it is")(message))

    assert pushed(retrying, wechat.text(openid, "hello")).text == "success"

    assert eventually(lambda: [call["errcode"] for call in simulator.sends_to(openid)] == [0], 30)
    assert len(recorder.received(openid)) == 5


def test_with_retry_a_late_failure_is_tried_again_too(retrying, recorder, openid):
    failures = iter([fail_late, fail, fail])
    recorder.answer(openid, lambda message: next(failures, lambda _: None)(message))

    assert pushed(retrying, wechat.text(openid, "hello")).text == "success"

    recorder.wait_for(openid, 4, 30)


def test_a_push_that_ours_cannot_take_is_parked_with_the_error(deployment, openid):
    message = wechat.text(openid, "hello")
    del message["Content"]

    answer = pushed(deployment, message)

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    record = parked_within(deployment, openid)
    assert record["requestPayload"] == message
    assert record["responsePayload"]["errorType"] == "MessageMalformed"
    assert "Content" in record["responsePayload"]["errorMessage"]


def test_a_function_that_fails_once_is_not_parked(recorded, recorder, openid):
    failures = iter([fail])
    recorder.answer(openid, lambda message: next(failures, lambda _: "success")(message))

    assert pushed(recorded, wechat.text(openid, "hello")).text == "success"

    first, second = recorder.wait_for(openid, 2)
    assert first == second
    assert not any(openid in str(record) for record in recorded.failed_pushes())
    assert len(recorder.received(openid)) == 2
