"""What `push` needs of AWS is out of reach: WeChat is told to ask again, and then nothing is lost or doubled."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from local import wechat
from local.aws import client
from local.wechat import TRANSFER

WECHATS_PATIENCE = 5


def message(openid: str) -> dict:
    return wechat.text(openid, "hello")


def event(openid: str) -> dict:
    return wechat.entering(openid)


def assert_told_to_ask_again(answer) -> None:
    assert (answer.status_code, answer.text) == (503, "")
    assert answer.elapsed.total_seconds() < WECHATS_PATIENCE


def assert_handled_once(recorded, recorder, push, openid, make) -> None:
    answer = recorded.push(push.query, push.body)
    assert answer.status_code == 200
    if make is message:
        assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    else:
        assert answer.text == "success"
    assert len(recorder.wait_for(openid)) == 1
    assert recorded.push(push.query, push.body).status_code == 200
    assert len(recorder.received(openid)) == 1


@pytest.mark.parametrize(("service", "make"), [("dynamodb", message), ("dynamodb", event), ("lambda", message)])
def test_a_push_that_meets_a_broken_connection_is_handled_when_it_comes_again(
    recorded, recorder, wire, openid, service, make
):
    recorder.answer(openid, lambda _: TRANSFER if make is message else None)
    push = wechat.safe(make(openid))
    with wire.cut(service):
        assert_told_to_ask_again(recorded.push(push.query, push.body))
    assert recorder.received(openid) == []

    assert_handled_once(recorded, recorder, push, openid, make)


def test_a_push_that_meets_silence_is_refused_in_time(recorded, recorder, wire, openid):
    recorder.answer(openid, lambda _: TRANSFER)
    push = wechat.safe(message(openid))
    with wire.silent("dynamodb"):
        assert_told_to_ask_again(recorded.push(push.query, push.body))

    assert_handled_once(recorded, recorder, push, openid, message)


@pytest.mark.parametrize("way", ["cut", "silent"])
def test_an_event_of_which_lambda_may_have_nothing_is_guarded(recorded, wire, openid, way):
    """Whether Lambda has it cannot be known: invoked again, its function might run twice."""
    push = wechat.safe(event(openid))
    before = guarded(recorded)

    with getattr(wire, way)("lambda"):
        answer = recorded.push(push.query, push.body)

    assert (answer.status_code, answer.text) == (200, "success")
    assert answer.elapsed.total_seconds() < WECHATS_PATIENCE
    assert guarded(recorded) == before + 1


def guarded(recorded) -> int:
    """How many late replies are guarded."""
    name = "ApproximateNumberOfMessagesDelayed"
    queue = recorded.resource("ReplyGuard")
    return int(client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"][name])


def test_where_every_attempt_meets_a_broken_dynamodb_the_last_ones_are_parked_and_an_agent_takes_over(
    recorded, wire, openid
):
    """WeChat's timestamp is that of its first attempt."""
    push = wechat.safe(message(openid), timestamp=str(int(time.time()) - 10))

    with wire.cut("dynamodb"):
        answer = recorded.push(push.query, push.body)

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    assert answer.elapsed.total_seconds() > 4, "not before there was no hope"
    [record] = [record for record in recorded.failed_pushes() if openid in str(record.get("requestPayload"))]
    assert record["reason"] == "out_of_reach"


def test_a_window_that_cannot_be_opened_does_not_stop_the_push(recorded, recorder, wire, openid):
    recorder.answer(openid, lambda _: TRANSFER)
    push = wechat.safe(message(openid))

    with wire.cut("dynamodb", table=recorded.resource("ReplyWindow")):
        answer = recorded.push(push.query, push.body)

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"


@pytest.mark.parametrize("way", ["cut", "silent"])
def test_without_its_secret_push_answers_nothing_until_it_can_be_read(recorded, recorder, wire, openid, way):
    recorder.answer(openid, lambda _: TRANSFER)
    push = wechat.safe(message(openid))
    recorded.restart("PushFunction")
    with getattr(wire, way)("secretsmanager"):
        assert_told_to_ask_again(recorded.push(push.query, push.body))
    assert recorder.received(openid) == []

    assert_handled_once(recorded, recorder, push, openid, message)


def test_an_unreadable_push_that_cannot_be_parked_is_not_acknowledged(recorded, wire):
    push = wechat.safe("{")
    with wire.cut("sqs"):
        assert_told_to_ask_again(recorded.push(push.query, push.body))

    assert recorded.push(push.query, push.body).text == "success"
    assert push.body.decode() in [record.get("body") for record in recorded.failed_pushes()]


def test_a_reply_that_cannot_be_recorded_at_first_is_recorded_before_it_is_given(
    recorded, recorder, delivery_wire, openid
):
    recorder.answer(openid, lambda _: TRANSFER)
    push = wechat.safe(message(openid))
    with ThreadPoolExecutor() as wechats:
        with delivery_wire.cut("dynamodb"):
            pushing = wechats.submit(recorded.push, push.query, push.body)
            recorder.wait_for(openid)
        answer = pushing.result()

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    assert answer.elapsed.total_seconds() < WECHATS_PATIENCE
    assert wechat.opened(recorded.push(push.query, push.body).content) == wechat.opened(answer.content)
    assert len(recorder.received(openid)) == 1
