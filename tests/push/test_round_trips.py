"""What a push costs: WeChat and the user wait for each of these."""

import pytest

from local import wechat
from outbound import writes
from wire import round_trips

LATENCY = 0.15
"""Of DynamoDB, in seconds: enough to tell calls that are under way together from calls that wait for each other."""


def text(openid: str) -> dict:
    return wechat.text(openid, "hello")


def popup(openid: str) -> dict:
    return wechat.event(openid, "subscribe_msg_popup_event", List={"TemplateId": "t"})


@pytest.fixture
def warm(recorded, users):
    push = wechat.safe(wechat.text("o-warms-up", "hello"))
    recorded.push(push.query, push.body)
    return recorded


@pytest.mark.parametrize(
    ("make", "expected"),
    [(text, 1), (wechat.entering, 2), (popup, 2)],
    ids=["message", "entering", "other event"],
)
def test_a_new_push_takes_one_round_trip_to_dynamodb_and_an_event_another_and_one_invoke(
    warm, wire, openid, make, expected
):
    push = wechat.safe(make(openid))

    with wire.slow("dynamodb", LATENCY), wire.recording() as calls:
        answer = warm.push(push.query, push.body)

    assert answer.status_code == 200
    assert round_trips(calls.of("dynamodb")) == expected
    assert len(calls.of("lambda")) == 1
    assert calls.of("secretsmanager") == []


@pytest.mark.parametrize(
    ("returned", "expected"),
    [(None, 1), (wechat.TRANSFER, 1), ("one", 3), (["one", "two"], 5), (["one", "two", "three"], 7)],
    ids=["nothing", "transfer", "one message", "two messages", "three messages"],
)
def test_a_reply_takes_one_round_trip_and_its_messages_two_each(
    warm, recorder, delivery_wire, simulator, openid, returned, expected
):
    """The record; for each message its mark, which is the record for the first, and its slot; and that all is done."""
    writes(simulator, openid, "hello", seconds_ago=60)
    recorder.answer(openid, lambda _: returned)
    push = wechat.safe(text(openid))

    with delivery_wire.slow("dynamodb", LATENCY), delivery_wire.recording() as calls:
        answer = warm.push(push.query, push.body)

    assert answer.status_code == 200
    assert round_trips(calls.of("dynamodb")) == expected
    assert len(calls.of("lambda")) == 1


def window_writes(calls) -> int:
    """How many writes to the reply window there were: its table alone has the openid as its key."""
    return sum("openid" in call.request["Key"] for call in calls.of("dynamodb"))


def test_entering_writes_the_window_once_of_a_user_who_has_none(warm, wire, openid):
    push = wechat.safe(wechat.entering(openid))

    with wire.recording() as calls:
        assert warm.push(push.query, push.body).status_code == 200

    assert window_writes(calls) == 1


def test_entering_takes_one_round_trip_more_of_a_user_whose_window_is_open(warm, wire, openid):
    """The first write to the window is refused; the second depends on the row that the refusal returns."""
    first = wechat.safe(wechat.text(openid, "hello", CreateTime=wechat.text(openid, "")["CreateTime"] - 60))
    warm.push(first.query, first.body)
    push = wechat.safe(wechat.entering(openid))

    with wire.slow("dynamodb", LATENCY), wire.recording() as calls:
        assert warm.push(push.query, push.body).status_code == 200

    assert round_trips(calls.of("dynamodb")) == 3
    assert window_writes(calls) == 2
    assert len(calls.of("lambda")) == 1


@pytest.mark.parametrize("make", [text, wechat.entering, popup], ids=["message", "entering", "other event"])
def test_a_duplicate_takes_one_round_trip_and_no_invoke(warm, wire, openid, make):
    push = wechat.safe(make(openid))
    first = warm.push(push.query, push.body)

    with wire.slow("dynamodb", LATENCY), wire.recording() as calls:
        again = warm.push(push.query, push.body)

    assert (again.status_code, again.text) == (first.status_code, first.text) == (200, "success")
    assert round_trips(calls.of("dynamodb")) == 1
    assert calls.of("lambda") == calls.of("secretsmanager") == []
