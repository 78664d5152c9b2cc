"""POST /cgi-bin/message/custom/send: the outbound API in front of WeChat's own, here the simulator."""

import pytest

from outbound import text_to, writes


def bodies_to(simulator, openid: str) -> list[dict]:
    """What reached the user. A function may first have tried a token that an earlier test revoked."""
    return [call["body"] for call in simulator.sends_to(openid) if call["errcode"] == 0]


def test_a_message_reaches_the_user_as_it_was_written(deployment, simulator, openid):
    writes(simulator, openid, "hello")

    answer = deployment.send(text_to(openid, "营业中 🙂 <b>&amp;</b>"))

    assert (answer.status_code, answer.json()["errcode"]) == (200, 0)
    assert bodies_to(simulator, openid) == [text_to(openid, "营业中 🙂 <b>&amp;</b>")]


@pytest.mark.parametrize(
    "message",
    [
        {"msgtype": "image", "image": {"media_id": "MEDIA_ID"}},
        {
            "msgtype": "link",
            "link": {"title": "t", "description": "d", "url": "https://a.example", "thumb_url": "https://b.example"},
        },
        {
            "msgtype": "miniprogrampage",
            "miniprogrampage": {"title": "t", "pagepath": "pages/index", "thumb_media_id": "MEDIA_ID"},
        },
    ],
    ids=lambda message: message["msgtype"],
)
def test_every_kind_of_message_goes_out(deployment, simulator, openid, message):
    writes(simulator, openid, "hello")

    answer = deployment.send({"touser": openid} | message)

    assert (answer.status_code, answer.json()["errcode"]) == (200, 0)
    assert bodies_to(simulator, openid) == [{"touser": openid} | message]


def test_a_user_who_wrote_may_be_sent_five_messages(deployment, simulator, openid):
    writes(simulator, openid, "hello")

    answers = [deployment.send(text_to(openid, f"message {n}")) for n in range(1, 7)]

    assert [answer.json()["errcode"] for answer in answers] == [0, 0, 0, 0, 0, 45047]
    assert [answer.headers["x-reply-window-remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    assert {answer.status_code for answer in answers} == {200}
    assert len(simulator.sends_to(openid)) == 5


def test_writing_again_opens_the_window_again(deployment, simulator, openid):
    writes(simulator, openid, "hello", seconds_ago=10)
    for _ in range(5):
        deployment.send(text_to(openid))
    writes(simulator, openid, "hello again")

    answer = deployment.send(text_to(openid))

    assert (answer.json()["errcode"], answer.headers["x-reply-window-remaining"]) == (0, "4")


def test_a_push_that_comes_again_does_not_open_the_window_again(deployment, simulator, openid):
    writes(simulator, openid, "hello")
    deployment.send(text_to(openid))
    simulator.push_again(openid)

    assert deployment.send(text_to(openid)).headers["x-reply-window-remaining"] == "3"


def test_a_keyword_is_answered_within_the_window(deployment, simulator, openid):
    pushed = writes(simulator, openid, "营业时间")

    assert [attempt["body"] for attempt in pushed["attempts"]] == ["success"]
    assert [body["msgtype"] for body in bodies_to(simulator, openid)] == ["text"]
    assert deployment.send(text_to(openid)).headers["x-reply-window-remaining"] == "3"


def test_about_a_user_who_was_never_seen_wechat_is_asked(deployment, simulator, openid):
    answer = deployment.send(text_to(openid))

    assert [call["errcode"] for call in simulator.sends_to(openid)] == [40003]
    assert (answer.status_code, answer.json()["errcode"]) == (200, 40003)


def test_an_access_token_that_wechat_revoked_is_replaced_and_the_message_sent_once(deployment, simulator, openid):
    writes(simulator, openid, "hello")
    assert deployment.send(text_to(openid, "before")).json()["errcode"] == 0
    simulator.revoke_access_token()

    assert deployment.send(text_to(openid, "after")).json()["errcode"] == 0

    delivered = [call["body"]["text"]["content"] for call in simulator.sends_to(openid) if call["errcode"] == 0]
    assert delivered == ["before", "after"]
