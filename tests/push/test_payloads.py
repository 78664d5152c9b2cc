"""Every type of push reaches the function for it, as WeChat's JSON; ours do what they do before anyone edits them."""

import secrets
from collections import Counter

import pytest

from local import wechat
from payloads import PAYLOADS, SUCCESS, TRANSFER, XPAY, Payload
from template import ROUTES
from local.waiting import eventually


def test_there_is_a_payload_of_each_type():
    assert {payload.route for payload in PAYLOADS} == ROUTES.keys()


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
def test_its_function_receives_it_as_wechats_json(recorded, recorder, openid, payload):
    push = wechat.safe(payload.of(openid), format=payload.format)

    answer = recorded.push(push.query, push.body)

    assert answer.status_code == 200
    assert answer.text == "success" or payload.answer == XPAY
    assert recorder.wait_for(openid) == [(payload.route, payload.received_of(openid))]


def default_answer(deployment, payload: Payload, openid: str) -> str:
    push = wechat.safe(payload.of(openid), format=payload.format)
    answer = deployment.push(push.query, push.body)
    assert answer.status_code == 200
    if answer.text == "success":
        return SUCCESS
    reply = wechat.opened(answer.content)
    if reply.get("ErrCode") == ("1" if payload.format == "xml" else 1):
        return XPAY
    addressed = {"MsgType": "transfer_customer_service", "ToUserName": openid, "FromUserName": wechat.GH_ID}
    return TRANSFER if addressed.items() <= reply.items() else str(reply)


def test_ours_answer_each_and_fail_at_none(deployment, simulator, users):
    ours = {payload.route: f"on-{payload.route}" for payload in PAYLOADS}
    before = Counter({function: deployment.runs(function) for function in ours.values()})
    begin = {function: len(deployment.lines(function)) for function in ours.values()}
    answers, entered = {}, []
    for payload in PAYLOADS:
        users.append("o" + secrets.token_urlsafe(20))
        entered += [users[-1]] if payload.route == "user-enter-tempsession" else []
        answers[payload.name] = default_answer(deployment, payload, users[-1])

    assert answers == {payload.name: payload.answer for payload in PAYLOADS}

    expected = before + Counter(ours[payload.route] for payload in PAYLOADS)
    assert eventually(lambda: Counter({name: deployment.runs(name) for name in expected}) == expected)
    lines = [line for name in expected for line in deployment.lines(name)[begin[name] :]]
    assert lines and [line for line in lines if line["level"] != "INFO"] == []
    assert [simulator.sends_to(user) for user in entered] == [[]] * len(entered), "WelcomeText is empty by default"
