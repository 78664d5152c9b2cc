"""Payments (`xpay_*`): WeChat sends each again until it hears ErrCode 0, and must not hear that while nobody has booked it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from local import wechat
from recorder import fail
from local.waiting import eventually

BOOKED = {"ErrCode": 0, "ErrMsg": "success"}


def payment(openid: str, **fields) -> dict:
    return wechat.event(openid, "xpay_goods_deliver_notify", **({"OpenId": openid, "OutTradeNo": "1"} | fields))


def err_code(answer) -> int:
    assert answer.status_code == 200
    return int(wechat.opened(answer.content)["ErrCode"])


@pytest.mark.parametrize("format", ["json", "xml"])
def test_what_its_function_returns_is_the_answer_and_errcode_0_is_remembered(recorded, recorder, openid, format):
    recorder.answer(openid, lambda _: BOOKED)
    push = wechat.safe(payment(openid), format=format)

    answers = [recorded.push(push.query, push.body) for _ in range(2)]

    assert [wechat.opened(answer.content) for answer in answers] == [
        BOOKED if format == "json" else {"ErrCode": "0", "ErrMsg": "success"}
    ] * 2
    assert len(recorder.received(openid)) == 1


@pytest.mark.parametrize("format", ["json", "xml"])
def test_a_plain_one_is_answered_plainly(plain_mode, openid, format):
    """Nobody handles it: our own function for it does not book payments."""
    push = wechat.plain(payment(openid), format=format)

    answer = plain_mode.push(push.query, push.body)

    assert answer.status_code == 200
    assert int(wechat.read(answer.text)["ErrCode"]) == 1


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (lambda _: None, 1),
        (lambda _: "success", 1),
        (lambda _: [BOOKED], 1),
        (lambda _: {}, 1),
        (lambda _: {"ErrCode": "0"}, 1),
        (lambda _: {"ErrCode": 7}, 7),
        (fail, 1),
    ],
    ids=["nothing", "success", "an array", "an empty object", "a text as ErrCode", "another ErrCode", "a failure"],
)
def test_anything_but_errcode_0_leaves_it_to_wechats_next_attempt(recorded, recorder, openid, returned, expected):
    recorder.answer(openid, returned)
    push = wechat.safe(payment(openid))

    first = err_code(recorded.push(push.query, push.body))
    runs = len(recorder.received(openid))
    recorder.answer(openid, lambda _: BOOKED)

    assert first == expected
    assert err_code(recorded.push(push.query, push.body)) == 0
    assert len(recorder.received(openid)) == runs + 1
    assert not any(openid in str(record) for record in recorded.failed_pushes())


def test_while_its_function_runs_a_repeat_hears_errcode_1_and_afterwards_0(recorded, recorder, openid):
    may_return = threading.Event()
    recorder.answer(openid, lambda _: may_return.wait(9) and BOOKED)
    push = wechat.safe(payment(openid))

    late = recorded.push(push.query, push.body)
    repeat = recorded.push(push.query, push.body)

    assert [err_code(late), err_code(repeat)] == [1, 1]
    assert max(late.elapsed.total_seconds(), repeat.elapsed.total_seconds()) < 5
    may_return.set()
    assert eventually(lambda: err_code(recorded.push(push.query, push.body)) == 0)
    assert len(recorder.received(openid)) == 1


def test_two_deliveries_at_once_run_its_function_once(recorded, recorder, openid):
    recorder.answer(openid, lambda _: time.sleep(1) or BOOKED)
    push = wechat.safe(payment(openid))

    with ThreadPoolExecutor() as wechats:
        answers = list(wechats.map(lambda _: recorded.push(push.query, push.body), range(3)))

    assert [err_code(answer) for answer in answers] == [0, 0, 0]
    assert len(recorder.received(openid)) == 1


def test_the_count_of_deliveries_makes_it_no_other_payment(recorded, recorder, openid):
    recorder.answer(openid, lambda _: BOOKED)
    at = int(time.time())
    pushes = [
        wechat.safe(wechat.event(openid, "xpay_refund_notify", CreateTime=at, RetryTimes=times)) for times in range(2)
    ]

    assert [err_code(recorded.push(push.query, push.body)) for push in pushes] == [0, 0]
    assert len(recorder.received(openid)) == 1


def test_it_is_taken_for_a_day_where_a_message_is_refused_after_minutes(plain_mode, openid):
    an_hour_ago = str(int(time.time()) - 3600)
    old = wechat.plain(payment(openid), timestamp=an_hour_ago)
    message = wechat.plain(wechat.text(openid, "hello"), timestamp=an_hour_ago)
    older = wechat.plain(payment(openid), timestamp=str(int(time.time()) - 25 * 3600))

    statuses = [plain_mode.push(push.query, push.body).status_code for push in (old, message, older)]

    assert statuses == [200, 403, 403]


def test_the_query_of_a_refund_is_answered_with_any_object_or_within_three_seconds(recorded, recorder, openid):
    def query(number: int) -> wechat.Push:
        event = wechat.event(openid, "xpay_subscribe_ios_refund_query_notify", Number=number)
        return wechat.safe(event)

    recorder.answer(openid, lambda _: {"any": "thing"})
    push = query(1)
    answer = recorded.push(push.query, push.body)
    assert wechat.opened(answer.content) == {"any": "thing"}

    recorder.answer(openid, lambda _: time.sleep(5))
    push = query(2)
    late = recorded.push(push.query, push.body)
    assert err_code(late) == 1
    assert late.elapsed.total_seconds() < 3
