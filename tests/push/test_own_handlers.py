"""A function of one's own, in any language, in place of ours: TextFunctionArn names one in Python here."""

import pytest

from local import wechat
from local.deployment import Deployment
from local.python_function import make_function
from local.simulator import APP_ID
from local.waiting import eventually

HANDLER = """
import time

def handler(message, context):
    match message["Content"]:
        case "fail":
            raise RuntimeError("as it was told")
        case "be slow":
            time.sleep(6)
        case "stay silent":
            return None
    return {"MsgType": "transfer_customer_service", "TransInfo": {"KfAccount": "test1@test"}}
"""
STACK = "own-handlers"


@pytest.fixture(scope="module")
def own_handlers(stack) -> Deployment:
    function = make_function(f"{STACK}/text", HANDLER)
    return Deployment(STACK, {"AppId": APP_ID, "PushToleranceSeconds": "0", "TextFunctionArn": function})


def test_before_its_secrets_are_put_wechat_is_told_to_ask_again(own_handlers, openid):
    push = wechat.safe(wechat.text(openid, "hello"))

    assert own_handlers.push(push.query, push.body).status_code == 503


@pytest.fixture(scope="module")
def ready(own_handlers) -> Deployment:
    own_handlers.put_secrets()
    return own_handlers


def test_its_reply_is_completed_and_returned(ready, openid):
    push = wechat.safe(wechat.text(openid, "hello"))

    answer = wechat.opened(ready.push(push.query, push.body).content)

    assert answer["TransInfo"] == {"KfAccount": "test1@test"}
    assert (answer["ToUserName"], answer["FromUserName"]) == (openid, wechat.GH_ID)


def test_its_silence_is_a_success(ready, openid):
    push = wechat.safe(wechat.text(openid, "stay silent"))

    answer = ready.push(push.query, push.body)

    assert (answer.status_code, answer.text) == (200, "success")


def test_where_it_keeps_failing_an_agent_takes_over(ready, openid):
    push = wechat.safe(wechat.text(openid, "fail"))
    runs = ready.runs("text")

    answer = ready.push(push.query, push.body)

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    assert eventually(lambda: ready.runs("text") == runs + 3), "one run, and two more"


def test_its_slowness_does_not_keep_wechat_waiting(ready, openid):
    push = wechat.safe(wechat.text(openid, "be slow"))

    answer = ready.push(push.query, push.body)

    assert (answer.status_code, answer.text) == (200, "success")
    assert answer.elapsed.total_seconds() < 5
