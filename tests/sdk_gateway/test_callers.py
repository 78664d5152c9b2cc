"""Who is a caller of the SDK gateway: what the secret CallerSecrets says, and how soon a change of it holds."""

import time
from collections.abc import Iterator

import pytest

from local.simulator import APP_ID, SECOND
from sdk_api import FUNCTION, IPS, SdkApi, refusal
from sdk_clients.caller_token import CallerToken
from local.waiting import eventually
from wire import Wire, wire

NEWER = "secret-of-the-shop-that-is-newer-0123456789"


@pytest.fixture(scope="module")
def connection() -> Iterator[Wire]:
    with wire() as running:
        yield running


@pytest.fixture
def changing(deployment, callers, connection) -> Iterator:
    """A deployment whose gateway has read nothing yet; afterwards its callers are as before."""
    with deployment.configured(FUNCTION, **connection.environment):
        yield deployment
    deployment.put_caller_secrets(callers)
    deployment.restart(FUNCTION)


def forged() -> str:
    """One that nobody has signed. The gateway reads the secret once more, at most once a minute."""
    return CallerToken("shop", APP_ID, int(time.time()) + 600).signed("nobody's")


def test_of_a_flood_of_bad_tokens_and_secrets_one_causes_a_further_read(changing, connection, callers, outgoing):
    sdk_api = SdkApi(changing)
    with connection.recording() as calls:
        token = sdk_api.token(APP_ID, callers["shop"])
        first = len(calls.of("secretsmanager"))

        unknown = CallerToken("nobody", APP_ID, int(time.time()) + 600).signed(callers["shop"])
        told = [refusal(sdk_api.call(IPS, bad)) for _ in range(15) for bad in (forged(), unknown)]
        told += [refusal(sdk_api.grant(APP_ID, "x" * 40)) for _ in range(10)]
        told += [refusal(sdk_api.call(IPS, bad)) for bad in ("x", "", "A" * 300) for _ in range(5)]

    assert set(told) == {40001, 40125, 41001}
    assert (first, len(calls.of("secretsmanager"))) == (1, 2)
    read = {(call.action, call.request.get("SecretId")) for call in calls.of("secretsmanager")}
    assert read == {("GetSecretValue", changing.outputs["CallerSecretsArn"])}, "never the AppSecret"
    assert outgoing() == []
    assert sdk_api.call(IPS, token).json()["ip_list"]


def test_a_caller_that_is_removed_is_refused_with_the_next_read(changing, callers, outgoing):
    sdk_api = SdkApi(changing)
    removed, stays = (sdk_api.token(APP_ID, callers[name]) for name in ("crm", "shop"))
    assert sdk_api.call(IPS, removed).json()["ip_list"]

    changing.put_caller_secrets({"shop": callers["shop"]})
    assert refusal(sdk_api.call(IPS, forged())) == 40001, "it makes the gateway read"

    assert refusal(sdk_api.call(IPS, removed)) == 40001
    assert refusal(sdk_api.grant(APP_ID, callers["crm"])) == 40125
    assert sdk_api.call(IPS, stays).json()["ip_list"]
    assert outgoing() == [IPS, IPS]


def test_a_caller_that_is_removed_is_refused_by_a_gateway_that_starts(changing, callers, outgoing):
    sdk_api = SdkApi(changing)
    removed = sdk_api.token(APP_ID, callers["crm"])

    changing.put_caller_secrets({"shop": callers["shop"]})
    changing.restart(FUNCTION)

    assert refusal(sdk_api.call(IPS, removed)) == 40001
    assert outgoing() == []


def test_a_callers_secret_is_rotated_without_a_call_being_refused(changing, callers):
    sdk_api = SdkApi(changing)
    old = sdk_api.token(APP_ID, callers["shop"])

    changing.put_caller_secrets(callers | {"shop": [NEWER, callers["shop"]]})
    new = sdk_api.token(APP_ID, NEWER)
    assert sdk_api.token(APP_ID, callers["shop"]), "the old secret as well"
    assert [sdk_api.call(IPS, token).json()["ip_list"] for token in (old, new)]

    changing.put_caller_secrets(callers | {"shop": NEWER})
    changing.restart(FUNCTION)
    assert refusal(sdk_api.grant(APP_ID, callers["shop"])) == 40125
    assert refusal(sdk_api.call(IPS, old)) == 40001, "a token ends with the secret that signed it"
    assert sdk_api.call(IPS, new).json()["ip_list"]


def test_a_broken_entry_stops_its_caller_alone_and_is_named_without_its_value(changing, callers):
    same, short, many = "the-same-secret-for-two-0123456789ab", "too-short-a-secret", ["x" * 40, "y" * 40, "z" * 40]
    broken = {"short": short, "many": many, "a name": "n" * 40, "one": same, "other": same, "number": 7}
    changing.put_caller_secrets(callers | broken)
    changing.restart(FUNCTION)
    sdk_api = SdkApi(changing)

    assert sdk_api.token(APP_ID, callers["shop"]) and sdk_api.token(APP_ID, callers["crm"])
    for secret in (short, *many, "n" * 40, same):
        assert refusal(sdk_api.grant(APP_ID, secret)) == 40125

    lines = changing.log("wechat-gateway")
    for name in broken.keys() - {"a name"}:
        assert any(f'"{name}"' in line and "left out" in line for line in lines), name
    private = (short, *many, "n" * 40, same, "a name")  # that may be a value in the wrong place
    assert not any(text in line for line in lines for text in private)


def test_while_the_secret_cannot_be_read_nobody_is_told_that_their_token_is_bad(changing, connection, callers, outgoing):
    sdk_api = SdkApi(changing)
    with connection.cut("secretsmanager"):
        answers = [sdk_api.grant(APP_ID, callers["shop"]), sdk_api.call(IPS, forged())]

    assert [(answer.status, answer.json()["errcode"]) for answer in answers] == [(503, -1)] * 2
    assert outgoing() == []
    # It waits a moment before it tries again.
    assert eventually(lambda: sdk_api.grant(APP_ID, callers["shop"]).status == 200)


def test_a_caller_token_is_for_one_mini_program_and_a_secret_for_all(sdk_api, callers, outgoing):
    for appid in (APP_ID, SECOND["appid"]):
        token = sdk_api.token(appid, callers["crm"])
        assert sdk_api.call(IPS, token, query=[("appid", appid)]).json()["ip_list"]
    assert outgoing() == [IPS, IPS]
