"""What `push` needs of AWS is out of reach: WeChat is told to ask again, and then nothing is lost or doubled."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import wechat
from wechat import TRANSFER

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


@pytest.mark.parametrize("make", [message, event])
@pytest.mark.parametrize("service", ["dynamodb", "lambda"])
def test_a_push_that_meets_a_broken_connection_is_handled_when_it_comes_again(
    recorded, recorder, wire, openid, service, make
):
    recorder.answer(openid, lambda _: TRANSFER if make is message else None)
    push = wechat.safe(make(openid))
    with wire.cut(service):
        assert_told_to_ask_again(recorded.push(push.query, push.body))
    assert recorder.received(openid) == []

    assert_handled_once(recorded, recorder, push, openid, make)


@pytest.mark.parametrize(("service", "make"), [("dynamodb", message), ("lambda", event)])
def test_a_push_that_meets_silence_is_refused_in_time(recorded, recorder, wire, openid, service, make):
    recorder.answer(openid, lambda _: TRANSFER if make is message else None)
    push = wechat.safe(make(openid))
    with wire.silent(service):
        assert_told_to_ask_again(recorded.push(push.query, push.body))

    assert_handled_once(recorded, recorder, push, openid, make)


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


def test_a_reply_that_cannot_be_stored_is_given_all_the_same(recorded, recorder, wire, openid):
    may_return = threading.Event()
    recorder.answer(openid, lambda _: may_return.wait(9) and TRANSFER)
    push = wechat.safe(message(openid))
    with ThreadPoolExecutor() as wechats:
        pushing = wechats.submit(recorded.push, push.query, push.body)
        recorder.wait_for(openid)
        with wire.cut("dynamodb"):
            may_return.set()
            answer = pushing.result()

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    assert answer.elapsed.total_seconds() < WECHATS_PATIENCE
