"""A push that comes again, and pushes that only look alike."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from local import wechat
from local.wechat import TRANSFER


def test_one_that_comes_again_while_the_first_still_runs_waits_for_its_reply(recorded, recorder, wire, openid):
    may_return = threading.Event()
    recorder.answer(openid, lambda message: may_return.wait(9) and TRANSFER)
    push = wechat.safe(wechat.text(openid, "hello"))
    with ThreadPoolExecutor() as wechats, wire.recording() as calls:
        first = wechats.submit(recorded.push, push.query, push.body)
        recorder.wait_for(openid)
        second = wechats.submit(recorded.push, push.query, push.body)
        wire.wait_for(calls, lambda call: call.answer.get("Item", {}).get("state") == {"S": "running"})
        may_return.set()

    assert wechat.opened(first.result().content)["MsgType"] == "transfer_customer_service"
    assert wechat.opened(second.result().content) == wechat.opened(first.result().content)
    assert len(recorder.received(openid)) == 1


def test_where_push_died_midway_wechats_next_try_gets_the_reply_of_the_run_that_lived_on(recorded, recorder, openid):
    may_return = threading.Event()
    recorder.answer(openid, lambda message: may_return.wait(9) and TRANSFER)
    push = wechat.safe(wechat.text(openid, "hello"))
    with ThreadPoolExecutor() as wechats:
        first = wechats.submit(recorded.push, push.query, push.body)
        recorder.wait_for(openid)
        recorded.kill("PushFunction")
        assert first.result().status_code >= 500
    may_return.set()

    answers = []
    while len(answers) < 3 and (not answers or answers[-1].status_code == 503):
        answers.append(recorded.push(push.query, push.body))

    assert answers[-1].status_code == 200, "within WeChat's three retries"
    assert wechat.opened(answers[-1].content)["MsgType"] == "transfer_customer_service"
    assert max(answer.elapsed.total_seconds() for answer in answers) < 5
    assert len(recorder.received(openid)) == 1


def test_two_events_of_one_user_in_one_second_are_both_handled_and_no_retry_of_either(
    recorded, recorder, wire, openid
):
    events = [
        wechat.entering(openid, CreateTime=1714112445, SessionFrom="menu"),
        wechat.entering(openid, CreateTime=1714112445, SessionFrom="order"),
        wechat.event(openid, "debug_demo", CreateTime=1714112445),
    ]
    pushes = [wechat.safe(event) for event in events]
    for push in pushes:
        assert recorded.push(push.query, push.body).text == "success"
    received = recorder.wait_for(openid, runs=3)

    with wire.recording() as calls:
        again = [recorded.push(push.query, push.body) for push in pushes]

    assert [answer.text for answer in again] == ["success"] * 3
    assert calls.of("lambda") == []
    assert all(event in [message for _, message in received] for event in events)
    assert len(received) == 3


@pytest.mark.parametrize("event", [False, True], ids=["message", "event"])
def test_of_many_that_come_at_once_one_is_handled(recorded, recorder, wire, openid, event):
    recorder.answer(openid, lambda message: "success" if event else TRANSFER)
    push = wechat.safe(wechat.entering(openid) if event else wechat.text(openid, "hello"))
    with ThreadPoolExecutor(8) as wechats, wire.recording() as calls:
        answers = list(wechats.map(lambda _: recorded.push(push.query, push.body), range(8)))

    assert {answer.status_code for answer in answers} == {200}
    if not event:
        replies = [wechat.opened(answer.content) for answer in answers]
        assert replies == [replies[0]] * 8 and replies[0]["MsgType"] == "transfer_customer_service"
    assert len(recorder.wait_for(openid)) == len(calls.of("lambda")) == 1
