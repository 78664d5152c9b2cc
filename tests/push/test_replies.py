"""What a function may return, and that it reaches the user once, also if it comes late: over the deployed stack."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from local import wechat
from outbound import writes
from local.waiting import eventually
from local.wechat import TRANSFER

PASSIVE_IMAGE = {"MsgType": "image", "Image": {"MediaId": "MEDIA_ID"}}
IMAGE = {"msgtype": "image", "image": {"media_id": "MEDIA_ID"}}


def says(content: str) -> dict:
    return {"msgtype": "text", "text": {"content": content}}


@pytest.fixture
def user(simulator, openid) -> str:
    """One to whom WeChat lets us write."""
    writes(simulator, openid, "hello", seconds_ago=60)
    return openid


def pushed(deployment, message: dict):
    push = wechat.safe(message)
    return deployment.push(push.query, push.body)


def reached(simulator, openid: str) -> list[dict]:
    """The messages that the user has, without whom they are for."""
    bodies = [call["body"] for call in simulator.sends_to(openid) if call["errcode"] == 0]
    assert {body.pop("touser") for body in bodies} <= {openid}
    return bodies


def parked(deployment, openid: str) -> list[dict]:
    return [record for record in deployment.failed_pushes() if openid in str(record.get("requestPayload"))]


@pytest.mark.parametrize(
    ("returned", "messages"),
    [
        (None, []),
        ("", []),
        ("success", []),
        ("您好 🙂", [says("您好 🙂")]),
        (IMAGE, [IMAGE]),
        (["one", IMAGE, "three"], [says("one"), IMAGE, says("three")]),
        ({"MsgType": "text", "Content": "passive"}, [says("passive")]),
        (PASSIVE_IMAGE, [IMAGE]),
        ("一" * 600 + "。\n\n" + "二" * 600, [says("一" * 600 + "。"), says("二" * 600)]),
    ],
    ids=["null", "empty", "success", "string", "object", "array", "passive text", "passive image", "long text"],
)
def test_what_a_function_returns_reaches_the_user_before_wechat_has_its_answer(
    recorded, recorder, simulator, user, returned, messages
):
    recorder.answer(user, lambda _: returned)

    answer = pushed(recorded, wechat.text(user, "a question"))

    assert (answer.status_code, answer.text) == (200, "success")
    assert reached(simulator, user) == messages
    assert parked(recorded, user) == []


def test_a_function_sees_what_wechats_cloud_functions_see(recorded, recorder, openid):
    message = wechat.text(openid, "a question")

    pushed(recorded, message)

    assert recorder.received(openid) == [("text", message)]
    assert recorder.user_infos[openid] == {"appId": "wxba5fad812f8e6fb9", "openId": openid}


def test_a_transfer_in_time_is_the_answer_and_no_mark(recorded, recorder, openid):
    recorder.answer(openid, lambda _: TRANSFER)
    first = pushed(recorded, wechat.text(openid, "a human, please"))
    recorder.answer(openid, lambda _: None)
    second = pushed(recorded, wechat.text(openid, "thanks"))

    assert wechat.opened(first.content)["MsgType"] == "transfer_customer_service"
    assert second.text == "success"


def late(returned: object, seconds: float = 6):
    def answer(_: dict) -> object:
        time.sleep(seconds)
        return returned

    return answer


def test_a_late_string_reaches_the_user_once_however_often_wechat_asks(recorded, recorder, simulator, user):
    recorder.answer(user, late("here it is", 8))
    push = wechat.safe(wechat.text(user, "a hard question"))
    with ThreadPoolExecutor() as wechats:

        def again_after(seconds: float):
            time.sleep(seconds)
            return recorded.push(push.query, push.body)

        answers = list(wechats.map(again_after, [0, 2, 5, 6]))

    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "success")] * 4
    assert max(answer.elapsed.total_seconds() for answer in answers) < 5
    assert eventually(lambda: reached(simulator, user) == [says("here it is")])
    assert recorded.push(push.query, push.body).text == "success"
    assert reached(simulator, user) == [says("here it is")]
    assert len(recorder.received(user)) == 1


def test_who_waits_for_a_late_reply_sees_the_typing_state(recorded, recorder, simulator, user):
    may_return = threading.Event()
    recorder.answer(user, lambda _: may_return.wait(9) and "here it is")
    with ThreadPoolExecutor() as wechats:
        pushing = wechats.submit(pushed, recorded, wechat.text(user, "a hard question"))
        assert eventually(lambda: typing_states(simulator, user) == ["Typing"], 4)
        may_return.set()
        assert pushing.result().text == "success"
    assert eventually(lambda: reached(simulator, user) == [says("here it is")])


def typing_states(simulator, openid: str) -> list[str]:
    calls = simulator.calls_of("/cgi-bin/message/custom/typing")
    return [call["body"]["command"] for call in calls if call["openid"] == openid and call["errcode"] == 0]


def test_a_late_transfer_answers_the_users_next_message_and_no_further_one(recorded, recorder, openid):
    recorder.answer(openid, late(TRANSFER))
    first = pushed(recorded, wechat.text(openid, "a hard question"))
    assert (first.status_code, first.text) == (200, "success")
    assert eventually(lambda: delivered(recorded, "transferred"))
    recorder.answer(openid, lambda _: None)

    second = wechat.safe(wechat.text(openid, "are you there?"))
    transferred = [wechat.opened(recorded.push(second.query, second.body).content) for _ in range(2)]
    third = pushed(recorded, wechat.text(openid, "thanks"))

    assert [answer["MsgType"] for answer in transferred] == ["transfer_customer_service"] * 2
    assert third.text == "success"
    contents = [message["Content"] for _, message in recorder.received(openid)]
    assert contents == ["a hard question", "thanks"], "the one that was transferred was nobody's to answer"


def delivered(deployment, outcome: str) -> bool:
    lines = deployment.lines("deliver-reply")
    return any(line.get("outcome") == outcome and line["milliseconds"] > 5000 for line in lines)


def test_an_event_may_be_answered_with_messages_and_with_the_mark(recorded, recorder, simulator, user):
    recorder.answer(user, lambda _: ["welcome", "back"])
    assert pushed(recorded, wechat.entering(user)).text == "success"
    assert eventually(lambda: reached(simulator, user) == [says("welcome"), says("back")])

    recorder.answer(user, lambda _: TRANSFER)
    assert pushed(recorded, wechat.entering(user, SessionFrom="order")).text == "success"
    recorder.wait_for(user, 2)

    def next_is_transferred() -> bool:
        answer = pushed(recorded, wechat.text(user, "hello"))
        return b"Encrypt" in answer.content

    assert eventually(next_is_transferred)


@pytest.mark.parametrize("returned", [1, {"Content": "x"}, {"MsgType": "news"}, [["x"]], ["x", {"msgtype": "voice"}]])
def test_nonsense_is_parked_by_its_rule_never_tried_again_and_an_agent_takes_over(
    recorded, recorder, simulator, user, returned
):
    recorder.answer(user, lambda _: returned)

    answer = pushed(recorded, wechat.text(user, "a question"))

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    [record] = parked(recorded, user)
    assert record["reason"] == "reply_refused"
    assert "must" in record["responsePayload"]["errorMessage"]
    assert len(recorder.received(user)) == 1
    assert reached(simulator, user) == []


def test_what_an_event_may_not_say_is_counted_and_nothing_else(recorded, recorder, openid):
    recorder.answer(openid, lambda _: {"any": "thing"})

    assert pushed(recorded, wechat.entering(openid)).text == "success"

    recorder.wait_for(openid)
    assert eventually(lambda: [line for line in recorded.lines("deliver-reply") if line.get("invalid_replies") == 1])
    assert parked(recorded, openid) == []


def test_a_message_that_wechat_refuses_stops_the_rest_and_an_agent_takes_over(recorded, recorder, simulator, openid):
    """WeChat has never seen the user: 40003."""
    recorder.answer(openid, lambda _: ["one", "two"])

    answer = pushed(recorded, wechat.text(openid, "hello"))

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    assert [call["errcode"] for call in simulator.sends_to(openid)] == [40003]


def test_a_text_that_the_window_has_no_room_for_is_not_sent_in_part(recorded, recorder, simulator, user):
    recorder.answer(user, lambda _: ["a", "b", "c", "d" + "一" * 1400])

    answer = pushed(recorded, wechat.text(user, "a question"))

    assert answer.text == "success"
    assert reached(simulator, user) == [says("a"), says("b"), says("c")]
    [record] = parked(recorded, user)
    assert record["reason"] == "text_too_long"
    assert record["customerMessage"]["text"]["content"].replace("\n", "") == "d" + "一" * 1400


def test_a_message_with_an_unknown_outcome_is_parked_and_the_next_one_goes_on(recorded, recorder, simulator, user):
    recorder.answer(user, lambda _: ["one", "two"])

    with simulator.failing("/cgi-bin/message/custom/send", "drop_after_body", times=1):
        answer = pushed(recorded, wechat.text(user, "a question"))

    assert answer.text == "success"
    [record] = parked(recorded, user)
    assert (record["reason"], record["customerMessage"]) == ("unknown", {"touser": user} | says("one"))
    contents = [call["body"]["text"]["content"] for call in simulator.sends_to(user)]
    assert contents.count("one") <= 1 and contents[-1] == "two"


def test_an_agent_takes_over_where_wechat_is_out_of_reach(recorded, recorder, simulator, user):
    recorder.answer(user, lambda _: "an answer")

    with simulator.failing("/cgi-bin/message/custom/send", "errcode", errcode=-1):
        answer = pushed(recorded, wechat.text(user, "a question"))

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    assert reached(simulator, user) == []
