"""The reply window when WeChat misbehaves: a slot is spent where the message may have gone out, and nowhere else."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local import aws
from outbound import SEND, text_to, writes
from wire import wire

REMAINING = "x-reply-window-remaining"


@contextmanager
def nowhere() -> Iterator[str]:
    """A base URL where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def close_the_window(deployment, openid: str) -> None:
    """What 48 hours do to a row."""
    aws.client("dynamodb").update_item(
        TableName=deployment.resource("ReplyWindow"),
        Key={"openid": {"S": openid}},
        UpdateExpression="SET expires_at = :now",
        ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
    )


@pytest.mark.parametrize("errcode", [40003, 40007, 45009, 48001, 99999])
def test_what_wechat_refuses_gives_its_slot_back_and_no_other(deployment, simulator, openid, errcode):
    writes(simulator, openid)
    assert deployment.send(text_to(openid)).headers[REMAINING] == "4"

    with simulator.failing(SEND, "errcode", errcode=errcode, times=1):
        refused = deployment.send(text_to(openid))

    assert (refused.status_code, refused.json()["errcode"]) == (200, errcode)
    assert refused.headers[REMAINING] == "4"
    assert deployment.send(text_to(openid)).headers[REMAINING] == "3"


@pytest.mark.parametrize(
    ("fault", "details"),
    [
        ("drop", {}),
        ("drop_after_body", {}),
        ("html", {}),
        ("empty", {}),
        ("half", {}),
        ("status_500", {}),
        ("delay", {"milliseconds": 20_000}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_unknown_outcome_is_told_and_neither_repeated_nor_refunded(deployment, simulator, openid, fault, details):
    writes(simulator, openid)

    with simulator.failing(SEND, fault, times=1, **details):
        answer = deployment.send(text_to(openid))

    assert (answer.status_code, answer.json()["errcode"]) == (504, -1)
    assert "unknown" in answer.json()["errmsg"]
    # One that is delayed for longer than its caller waits is never acted upon, nor noted.
    assert len(simulator.sends_to(openid)) == (0 if fault == "delay" else 1)
    assert deployment.send(text_to(openid)).headers[REMAINING] == "3"


def test_out_of_reach_nothing_is_sent_and_the_slot_comes_back(deployment, simulator, openid):
    writes(simulator, openid)

    with nowhere() as url, deployment.configured("SendCustomerMessageFunction", WECHAT_API_BASE_URL=url):
        answer = deployment.send(text_to(openid))

    assert (answer.status_code, answer.json()["errcode"]) == (502, -1)
    assert "unreachable" in answer.json()["errmsg"]
    assert deployment.send(text_to(openid)).headers[REMAINING] == "4"
    assert len(simulator.sends_to(openid)) == 1


def test_without_dynamodb_nothing_is_sent(deployment, simulator, openid):
    writes(simulator, openid)

    with (
        wire() as connection,
        deployment.configured("SendCustomerMessageFunction", **connection.environment),
        connection.cut("dynamodb"),
    ):
        answer = deployment.send(text_to(openid))

    assert (answer.status_code, answer.json()["errcode"]) == (503, -1)
    assert simulator.sends_to(openid) == []


def test_a_busy_wechat_is_asked_again_for_one_slot(deployment, simulator, openid):
    writes(simulator, openid)

    with simulator.failing(SEND, "errcode", errcode=-1, times=2):
        answer = deployment.send(text_to(openid))

    assert (answer.json()["errcode"], answer.headers[REMAINING]) == (0, "4")
    assert [call["errcode"] for call in simulator.sends_to(openid)] == [-1, -1, 0]


def test_a_wechat_that_stays_busy_is_left_alone_and_the_slot_comes_back(deployment, simulator, openid):
    writes(simulator, openid)

    with simulator.failing(SEND, "errcode", errcode=-1):
        answer = deployment.send(text_to(openid))

    assert (answer.status_code, answer.json()["errcode"]) == (200, -1)
    assert 1 < len(simulator.sends_to(openid)) <= 5
    assert deployment.send(text_to(openid)).headers[REMAINING] == "4"


@pytest.mark.parametrize("errcode", [45047, 45015])
def test_wechats_own_count_corrects_ours(deployment, simulator, openid, errcode):
    writes(simulator, openid, seconds_ago=10)

    with simulator.failing(SEND, "errcode", errcode=errcode, times=1):
        told = deployment.send(text_to(openid))
    known = deployment.send(text_to(openid))

    for answer in (told, known):
        assert (answer.status_code, answer.json()["errcode"], answer.headers[REMAINING]) == (200, errcode, "0")
    assert len(simulator.sends_to(openid)) == 1, "the second refusal is ours"
    writes(simulator, openid, "still there?")
    assert deployment.send(text_to(openid)).headers[REMAINING] == "4"


def test_a_window_that_is_over_is_refused_without_asking(deployment, simulator, openid):
    writes(simulator, openid)
    close_the_window(deployment, openid)

    answer = deployment.send(text_to(openid))

    assert (answer.status_code, answer.json()["errcode"], answer.headers[REMAINING]) == (200, 45015, "0")
    assert simulator.sends_to(openid) == []


def test_a_window_says_when_it_closes(deployment, simulator, openid):
    before = int(time.time())
    writes(simulator, openid)

    expires = int(deployment.send(text_to(openid)).headers["x-reply-window-expires"])

    assert before + 48 * 3600 <= expires <= int(time.time()) + 48 * 3600
