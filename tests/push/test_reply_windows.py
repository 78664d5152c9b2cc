"""What users do opens their reply window, only ever forward in time; the headers of custom/send tell what is open."""

import time

import pytest

from local import wechat
from local.waiting import eventually

TWO_DAYS = 48 * 60 * 60


@pytest.fixture
def now() -> int:
    return int(time.time())


def pushed(deployment, message: dict) -> None:
    push = wechat.safe(message)
    assert deployment.push(push.query, push.body).status_code == 200


def sent(deployment, openid: str) -> tuple[str | None, str | None]:
    """Sends a message, and says what is left and until when; WeChat itself may refuse it."""
    answer = deployment.send({"touser": openid, "msgtype": "text", "text": {"content": "您好"}})
    assert answer.status_code == 200
    return answer.headers.get("x-reply-window-remaining"), answer.headers.get("x-reply-window-expires")


def enters(simulator, openid: str) -> dict:
    """The user enters, for WeChat and for us."""
    pushed = simulator.push(openid, {"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": "menu"})
    assert pushed["outcome"] == "answered"
    return pushed


def writes(simulator, openid: str) -> None:
    assert simulator.push(openid, {"MsgType": "text", "Content": "hello"})["outcome"] == "answered"


def test_entering_allows_as_many_messages_as_the_template_says(deployment, recorded, simulator, openid, now):
    enters(simulator, openid)
    pushed(recorded, wechat.entering(openid, CreateTime=now))

    assert sent(deployment, openid)[0] == "0", "EnterSessionQuota is 1 by default"
    assert sent(recorded, openid) == ("1", str(now + 60)), "and 2 here"


def test_what_entering_allows_is_refused_beyond_without_asking_wechat(deployment, simulator, openid):
    enters(simulator, openid)
    sent(deployment, openid)

    answer = deployment.send({"touser": openid, "msgtype": "text", "text": {"content": "您好"}})

    assert (answer.status_code, answer.json()["errcode"]) == (200, 45047)
    assert len(simulator.sends_to(openid)) == 1


def test_entering_again_by_the_same_push_opens_nothing(deployment, simulator, openid):
    enters(simulator, openid)
    sent(deployment, openid)
    simulator.push_again(openid)

    assert sent(deployment, openid)[0] == "0"
    assert len(simulator.sends_to(openid)) == 1, "the second one was not even asked for"


def test_entering_never_lowers_what_a_message_opened(deployment, simulator, openid, now):
    writes(simulator, openid)
    expires = sent(deployment, openid)[1]
    pushed(deployment, wechat.entering(openid, CreateTime=now + 1))

    assert sent(deployment, openid) == ("3", expires)


def test_a_message_after_entering_opens_the_larger_window(deployment, simulator, openid, now):
    enters(simulator, openid)
    writes(simulator, openid)

    remaining, expires = sent(deployment, openid)

    assert remaining == "4"
    assert now + TWO_DAYS <= int(expires) <= now + TWO_DAYS + 5


def test_a_message_opens_until_two_days_after_it_was_written_not_after_it_came(deployment, simulator, openid, now):
    writes(simulator, openid)
    pushed(deployment, wechat.text(openid + "2", "hello", CreateTime=now - 3600))

    assert sent(deployment, openid + "2")[1] == str(now - 3600 + TWO_DAYS)


@pytest.mark.parametrize(
    "late",
    [
        lambda openid, now: wechat.text(openid, "written before", CreateTime=now - 10),
        lambda openid, now: wechat.entering(openid, CreateTime=now - 10),
        lambda openid, now: wechat.text(openid, "written then", CreateTime=now, MsgId="1"),
    ],
    ids=["a message from before", "entering from before", "an older message of the same second"],
)
def test_a_push_that_comes_late_reopens_and_lengthens_nothing(deployment, simulator, openid, now, late):
    writes(simulator, openid)
    pushed(deployment, wechat.text(openid, "the newest", CreateTime=now + 5, MsgId="7000000000000000002"))
    expires = sent(deployment, openid)[1]
    sent(deployment, openid)

    pushed(deployment, late(openid, now + 5 if "then" in str(late(openid, now)) else now))

    assert sent(deployment, openid) == ("2", expires)


@pytest.mark.parametrize(
    "over",
    [
        lambda openid, now: wechat.text(openid, "hello", CreateTime=now - TWO_DAYS - 1),
        lambda openid, now: wechat.entering(openid, CreateTime=now - 61),
    ],
    ids=["a message of two days ago", "entering of a minute ago"],
)
def test_what_is_over_when_it_comes_opens_nothing(deployment, openid, now, over):
    pushed(deployment, over(openid, now))

    assert sent(deployment, openid) == (None, None), "nothing is known: WeChat is asked"


def test_who_enters_is_welcomed_once_within_the_minute(deployment, compat_mode, simulator, openid):
    enters(simulator, openid)
    push = wechat.safe(wechat.entering(openid))

    for _ in range(2):
        assert compat_mode.push(push.query, push.body).text == "success"

    assert eventually(lambda: simulator.sends_to(openid))
    assert eventually(lambda: compat_mode.runs("on-user-enter-tempsession") == 1)
    welcome = {"touser": openid, "msgtype": "text", "text": {"content": "欢迎光临"}}
    # With an access token that another test revoked, it takes two calls, of which WeChat refuses the first.
    assert [call["body"] for call in simulator.sends_to(openid) if call["errcode"] == 0] == [welcome]
    assert sent(compat_mode, openid)[0] == "0", "the welcome is counted"
