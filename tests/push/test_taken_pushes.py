"""POST /push: what is WeChat's is answered once and lost never. wechatpy encrypts, and reads the answers."""

import json

import pytest

from local import wechat
from local.vectors import SAFE_JSON


def assert_hands_over_to_an_agent(answer: dict, openid: str) -> None:
    assert answer["MsgType"] == "transfer_customer_service"
    assert answer["ToUserName"] == openid
    assert answer["FromUserName"] == wechat.GH_ID
    assert str(answer["CreateTime"]).isdigit()


@pytest.mark.parametrize("format", ["json", "xml"])
def test_a_text_is_answered_in_the_format_and_encryption_it_came_in(deployment, openid, format):
    push = wechat.safe(wechat.text(openid, "我要找人工"), format=format)

    answer = deployment.push(push.query, push.body)

    assert answer.status_code == 200
    assert answer.text.startswith("<xml>" if format == "xml" else "{")
    assert_hands_over_to_an_agent(wechat.opened(answer.content), openid)


@pytest.mark.parametrize("format", ["json", "xml"])
def test_where_plain_mode_is_agreed_on_a_plain_text_is_answered_plainly(plain_mode, openid, format):
    push = wechat.plain(wechat.text(openid, "hello"), format=format)

    answer = plain_mode.push(push.query, push.body)

    assert answer.status_code == 200
    assert_hands_over_to_an_agent(wechat.read(answer.content), openid)


def test_where_plain_mode_is_agreed_on_a_compat_push_is_answered_encrypted(plain_mode, openid):
    push = wechat.safe(wechat.text(openid, "hello"), mode="compat")

    answer = plain_mode.push(push.query, push.body)

    assert_hands_over_to_an_agent(wechat.opened(answer.content), openid)


def test_an_event_nobody_knows_is_acknowledged(deployment):
    answer = deployment.push(SAFE_JSON.query, SAFE_JSON.body)

    assert (answer.status_code, answer.text) == (200, "success")


def test_a_push_that_comes_again_gets_the_same_answer_without_a_second_run(deployment, openid):
    push = wechat.safe(wechat.text(openid, "hello"))
    first = deployment.push(push.query, push.body)
    runs = deployment.runs("on-text")

    again = deployment.push(push.query, push.body)

    assert again.status_code == 200
    assert wechat.opened(again.content) == wechat.opened(first.content)
    assert deployment.runs("on-text") == runs


def test_two_messages_in_one_second_are_two_messages(deployment, openid):
    runs = deployment.runs("on-text")
    now = 1714112445

    for content in ("first", "second"):
        push = wechat.safe(wechat.text(openid, content, CreateTime=now))
        assert deployment.push(push.query, push.body).status_code == 200

    assert deployment.runs("on-text") == runs + 2


def test_two_users_may_have_the_same_msg_id(deployment, openid):
    runs = deployment.runs("on-text")

    for user in (openid, openid + "2"):
        push = wechat.safe(wechat.text(user, "hello", MsgId="7000000000000000001"))
        assert_hands_over_to_an_agent(wechat.opened(deployment.push(push.query, push.body).content), user)

    assert deployment.runs("on-text") == runs + 2


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe not a message", "{", "[]", '{"FromUserName":"o","CreateTime":1}', "<xml><MsgType>text"],
    ids=["not text", "cut off", "not an object", "no MsgType", "cut off XML"],
)
def test_an_authentic_push_that_cannot_be_read_is_acknowledged_and_parked(deployment, content):
    deployment.failed_pushes()
    push = wechat.safe(content)

    answer = deployment.push(push.query, push.body)

    assert (answer.status_code, answer.text) == (200, "success")
    parked = json.dumps(deployment.failed_pushes())
    assert json.loads(push.body)["Encrypt"] in parked
