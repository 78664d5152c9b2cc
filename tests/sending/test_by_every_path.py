"""Each action of the outbound API: on its path for whoever may call it, and by direct Invoke."""

import json

import pytest

import outbound
from outbound import ACTIONS, Action

every_action = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.function)


@pytest.fixture
def user(simulator, openid) -> str:
    """A user whom every action may serve."""
    outbound.writes(simulator, openid)
    outbound.answers_the_dialog(simulator, openid)
    return openid


def assert_is_wechats_answer(action: Action, status: int, answer: dict) -> None:
    if action.function == "GetDeliveryFunction":
        assert (status, "msgid" in answer["errmsg"]) == (404, True)
        return
    assert (status, answer.get("errcode")) == (200, action.errcode), answer
    assert "media_id" in answer if action.function == "UploadTempMediaFunction" else isinstance(answer["errmsg"], str)


@every_action
def test_a_signed_call_gets_wechats_json(deployment, user, action):
    answer = action.request(user).by_the_api(deployment)

    assert answer.headers["Content-Type"] == "application/json"
    assert_is_wechats_answer(action, answer.status_code, answer.json())


@every_action
def test_a_direct_invoke_gets_the_same(deployment, user, action):
    answer = deployment.invoke(action.function, action.request(user).as_proxy_event(action.resource))

    assert_is_wechats_answer(action, answer["statusCode"], json.loads(answer["body"]))


@every_action
def test_an_unsigned_call_is_refused_and_wechat_not_asked(deployment, simulator, openid, action):
    calls = len(simulator.calls())

    assert action.request(openid).by_the_api(deployment, signed=False).status_code == 403

    assert len(simulator.calls()) == calls


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (outbound.SEND, outbound.text_to("USER") | {"customservice": {"kf_account": "a@test"}, "new": [1, {"a": 2}]}),
        (outbound.TYPING, outbound.typing_to("USER") | {"new": 1.5}),
        (outbound.SUBSCRIBE, outbound.subscribed_by("USER") | {"page": "index", "lang": "zh_CN", "new": None}),
        (outbound.UNIFORM, outbound.uniform_to("USER") | {"new": 12345678901234567890}),
    ],
    ids=["send", "typing", "subscribe", "uniform"],
)
def test_what_wechat_may_add_one_day_passes_through(deployment, simulator, user, path, body):
    body |= {"touser": user}

    outbound.posted(path, body).by_the_api(deployment)

    assert [call["body"] for call in simulator.calls_of(path) if call["openid"] == user] == [body]


def test_a_uniform_message_is_refused_for_good_with_the_replacement_named(deployment, simulator, user):
    answer = outbound.posted(outbound.UNIFORM, outbound.uniform_to(user)).by_the_api(deployment)

    assert (answer.status_code, answer.json()["errcode"]) == (200, 45109)
    assert "subscribeMessage.send" in answer.json()["errmsg"]
    assert "retired" in answer.json()["errmsg"]
    assert len([call for call in simulator.calls_of(outbound.UNIFORM) if call["openid"] == user]) == 1
