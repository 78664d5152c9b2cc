"""POST /cgi-bin/message/custom/typing: WeChat's rules where our rows tell, WeChat itself where they do not."""

import time

import pytest

from local import aws
from outbound import TYPING, posted, text_to, typing_to, writes

RECENT = 30
"""Seconds within which a message must have gone either way (WeChat docs: setTyping)."""


@pytest.fixture
def types(deployment):
    def send(openid: str, command: str = "Typing") -> int:
        answer = posted(TYPING, typing_to(openid, command)).by_the_api(deployment)
        assert answer.status_code == 200, answer.text
        return answer.json()["errcode"]

    return send


def asked(simulator, openid: str) -> list[int | None]:
    """What WeChat answered about this user."""
    return [call["errcode"] for call in simulator.calls_of(TYPING) if call["openid"] == openid]


def test_typing_is_shown_once_at_a_time(simulator, openid, types):
    writes(simulator, openid)

    assert [types(openid), types(openid)] == [0, 45081]
    assert asked(simulator, openid) == [0], "the second refusal is ours"


@pytest.mark.parametrize("end", ["CancelTyping", "a message"])
def test_typing_may_be_shown_again_after(deployment, simulator, openid, types, end):
    writes(simulator, openid)
    assert types(openid) == 0

    if end == "CancelTyping":
        assert types(openid, end) == 0
    else:
        assert deployment.send(text_to(openid)).json()["errcode"] == 0

    assert types(openid) == 0


def test_after_its_15_seconds_wechat_is_asked_again(deployment, simulator, openid, types):
    writes(simulator, openid)
    assert types(openid) == 0
    row = {"TableName": deployment.resource("ReplyWindow"), "Key": {"openid": {"S": openid}}}
    shown_until = int(aws.client("dynamodb").get_item(**row)["Item"]["typing_until"]["N"])
    assert shown_until - time.time() <= 15
    aws.client("dynamodb").update_item(
        **row,
        UpdateExpression="SET typing_until = :now",
        ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
    )

    assert types(openid) == 45081

    assert asked(simulator, openid) == [0, 45081], "by WeChat's clock it is still shown"


def test_where_the_last_message_is_older_than_30_seconds_wechat_is_not_asked(deployment, simulator, openid, types):
    writes(simulator, openid, seconds_ago=RECENT + 5)

    assert types(openid) == 45080
    assert asked(simulator, openid) == []

    assert deployment.send(text_to(openid)).json()["errcode"] == 0
    assert types(openid) == 0, "a message of ours is an exchange too"


def test_a_message_of_some_seconds_ago_is_recent(simulator, openid, types):
    writes(simulator, openid, seconds_ago=RECENT - 10)

    assert types(openid) == 0


def test_about_a_user_who_was_never_seen_wechat_is_asked(simulator, openid, types):
    assert types(openid) == 40003
    assert asked(simulator, openid) == [40003]


def test_entering_alone_says_nothing_of_an_exchange_and_wechat_is_asked(simulator, openid, types):
    simulator.push(openid, {"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": "index"})

    assert types(openid) == 45080
    assert asked(simulator, openid) == [45080]


def test_typing_takes_nothing_from_the_window(deployment, simulator, openid, types):
    writes(simulator, openid)
    types(openid)

    assert deployment.send(text_to(openid)).headers["x-reply-window-remaining"] == "4"


def test_typing_that_wechat_refused_may_be_tried_again(simulator, openid, types):
    writes(simulator, openid)
    with simulator.failing(TYPING, "errcode", errcode=45009, times=1):
        assert types(openid) == 45009

    assert types(openid) == 0
