"""Fifty callers at once: a window does not give more than it holds, and a dead token is replaced once."""

import secrets
from collections import Counter

from local import aws
from local.deployment import AT_ONCE
from local.simulator import APP_ID
from outbound import at_once, text_to, writes

STABLE_TOKEN = "/cgi-bin/stable_token"


def test_of_fifty_messages_in_a_window_of_five_five_go_out(deployment, simulator, openid):
    writes(simulator, openid)

    answers = at_once(deployment.send, [text_to(openid, str(number)) for number in range(AT_ONCE)])

    assert {answer.status_code for answer in answers} == {200}
    assert Counter(answer.json()["errcode"] for answer in answers) == {0: 5, 45047: AT_ONCE - 5}
    sent = [answer.headers["x-reply-window-remaining"] for answer in answers if answer.json()["errcode"] == 0]
    assert sorted(sent) == ["0", "1", "2", "3", "4"]
    # An environment may still remember a token that an earlier test revoked.
    asked = [call["errcode"] for call in simulator.sends_to(openid) if call["errcode"] != 40001]
    assert asked == [0] * 5, "the others were refused here"


def test_fifty_callers_without_any_token_cause_one_request(deployment, simulator, openid):
    key = {"appid": {"S": APP_ID}}
    aws.client("dynamodb").delete_item(TableName=deployment.resource("AccessToken"), Key=key)
    asked = len(simulator.calls_of(STABLE_TOKEN))

    # New environments have none in memory either.
    with deployment.configured("SendCustomerMessageFunction", RENEWED="1"):
        answers = at_once(deployment.send, [text_to(f"{openid}-{number}") for number in range(AT_ONCE)])

    assert {answer.json()["errcode"] for answer in answers} == {40003}, "the token was good, the user unknown"
    assert len(simulator.calls_of(STABLE_TOKEN)) == asked + 1


def test_fifty_callers_with_a_revoked_token_cause_one_refresh(deployment, simulator):
    users = ["o" + secrets.token_urlsafe(20) for _ in range(AT_ONCE // 5)]
    for openid in users:
        writes(simulator, openid)
    at_once(deployment.send, [text_to(f"{openid}-{number}") for openid in users for number in range(5)])
    simulator.revoke_access_token()
    issued, asked = simulator.access_tokens(), len(simulator.calls_of(STABLE_TOKEN))

    answers = at_once(deployment.send, [text_to(openid, str(number)) for openid in users for number in range(5)])

    assert Counter((answer.status_code, answer.json()["errcode"]) for answer in answers) == {(200, 0): AT_ONCE}
    assert len(simulator.calls_of(STABLE_TOKEN)) == asked + 1
    assert simulator.access_tokens() == {"issued": issued["issued"] + 1, "forced": issued["forced"]}
    calls = {openid: simulator.sends_to(openid) for openid in users}
    assert sum(call["errcode"] == 40001 for made in calls.values() for call in made) > 1, "several had the dead token"
    for made in calls.values():
        delivered = [call["body"]["text"]["content"] for call in made if call["errcode"] == 0]
        assert sorted(delivered) == ["0", "1", "2", "3", "4"]
