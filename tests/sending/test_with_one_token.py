"""The access token: `access-token` alone gets it, in time, by force only where nothing else helps."""

import json
import time

import pytest

from local import aws
from local.simulator import APP_ID
from outbound import at_once, text_to, writes
from local.waiting import eventually
from wire import wire

STABLE_TOKEN = "/cgi-bin/stable_token"
SCHEDULED = {"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}


def refreshes(simulator) -> list[bool]:
    """Of each call of stable_token, whether it was to force a refresh."""
    return [call["body"]["force_refresh"] for call in simulator.calls_of(STABLE_TOKEN)]


def test_a_dead_token_that_comes_back_is_replaced_by_force_and_not_again_within_30_seconds(
    deployment, simulator, openid
):
    writes(simulator, openid)
    deployment.send(text_to(openid, "before"))
    before = len(refreshes(simulator))
    forced = simulator.access_tokens()["forced"]

    simulator.revoke_access_token(keep=True)
    others = [text_to(f"{openid}-{number}") for number in range(9)]
    answers = at_once(deployment.send, [text_to(openid, "after the first"), *others])
    assert [answer.json()["errcode"] for answer in answers] == [0] + [40003] * 9
    assert refreshes(simulator)[before:] == [False, True], "one asks for all"

    simulator.revoke_access_token(keep=True)
    answer = deployment.send(text_to(openid, "after the second"))
    assert (answer.status_code, answer.json()["errcode"]) == (502, -1)
    assert refreshes(simulator)[before:] == [False, True, False]
    assert simulator.access_tokens()["forced"] == forced + 1

    simulator.revoke_access_token()
    answer = deployment.send(text_to(openid, "in the end"))
    assert (answer.json()["errcode"], answer.headers["x-reply-window-remaining"]) == (0, "2")
    delivered = [call["body"]["text"]["content"] for call in simulator.sends_to(openid) if call["errcode"] == 0]
    assert delivered == ["before", "after the first", "in the end"]


def test_why_there_is_no_token_is_logged_in_wechats_words(deployment, simulator, openid):
    writes(simulator, openid)
    simulator.revoke_access_token()

    with simulator.failing(STABLE_TOKEN, "errcode", errcode=40164):
        answer = deployment.send(text_to(openid))

    assert (answer.status_code, answer.json()["errcode"]) == (502, -1)
    # WeChat's words for 40164 hold the IP that is to be put on the list.
    assert eventually(lambda: any("40164 simulated fault" in line for line in deployment.log("access-token")))
    assert deployment.send(text_to(openid)).headers["x-reply-window-remaining"] == "4", "nothing was sent before"


@pytest.mark.parametrize(("seconds_left", "asks"), [(310, 0), (290, 1)])
def test_the_schedule_asks_for_a_token_five_minutes_early(deployment, simulator, openid, seconds_left, asks):
    writes(simulator, openid)
    deployment.send(text_to(openid))
    aws.client("dynamodb").update_item(
        TableName=deployment.resource("AccessToken"),
        Key={"appid": {"S": APP_ID}},
        UpdateExpression="SET expires_at = :end",
        ExpressionAttributeValues={":end": {"N": str(int(time.time()) + seconds_left)}},
    )
    before = len(refreshes(simulator))

    deployment.invoke("AccessTokenFunction", SCHEDULED)

    assert refreshes(simulator)[before:] == [False] * asks


def test_a_refresh_reads_the_app_secret_and_no_other(deployment, simulator, openid):
    writes(simulator, openid)
    deployment.send(text_to(openid))
    simulator.revoke_access_token()

    with (
        wire() as connection,
        deployment.configured("AccessTokenFunction", **connection.environment),
        connection.recording() as calls,
    ):
        assert deployment.send(text_to(openid)).json()["errcode"] == 0

    # Once for each run: the schedule may run it meanwhile, too.
    assert {call.request["SecretId"] for call in calls.of("secretsmanager")} == {deployment.outputs["AppSecretArn"]}


def test_only_access_token_may_read_the_app_secret_and_write_the_token(deployment):
    readers, writers = set(), set()
    for function, statements in permissions(deployment.name).items():
        for statement in statements:
            actions, resources = as_list(statement["Action"]), json.dumps(statement["Resource"])
            if any(action.startswith(("secretsmanager:", "*")) for action in actions):
                if deployment.outputs["AppSecretArn"] in resources or "*" in resources:
                    readers.add(function)
            is_write = any(action.startswith("dynamodb:") and action != "dynamodb:GetItem" for action in actions)
            if is_write and deployment.resource("AccessToken") in resources:
                writers.add(function)

    assert readers == {"AccessTokenFunction"}
    assert writers == {"AccessTokenFunction"}


def permissions(stack: str) -> dict[str, list[dict]]:
    """The statements of each function's role, by the function's logical ID."""
    iam = aws.client("iam")
    resources = aws.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    found = {}
    for resource in resources:
        if resource["ResourceType"] == "AWS::IAM::Role":
            role = resource["PhysicalResourceId"]
            names = iam.list_role_policies(RoleName=role)["PolicyNames"]
            documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
            statements = [statement for document in documents for statement in as_list(document["Statement"])]
            found[resource["LogicalResourceId"].removesuffix("Role")] = statements
    return found


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]
