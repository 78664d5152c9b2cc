"""Whoever is no caller of the SDK gateway, or of another mini program. What counts is what WeChat got to see."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable

import pytest

from local.simulator import APP_ID, APP_SECRET, SECOND
from outbound import SEND, text_to
from sdk_api import IPS, JSON, TOKEN, SdkApi, real_tokens, refusal
from sdk_clients.caller_token import LIFETIME_SECONDS, CallerToken, written


def claims(**changed: object) -> CallerToken:
    return CallerToken(**({"caller": "shop", "appid": APP_ID, "expires_at": int(time.time()) + 600} | changed))


def everywhere(sdk_api: SdkApi, token: str | None, openid: str, **request) -> set[int]:
    """How a call that is passed through, an action and a call off the list are refused."""
    message = json.dumps(text_to(openid)).encode()
    answers = [
        sdk_api.call(IPS, token, **request),
        sdk_api.call(SEND, token, method="POST", **({"headers": JSON, "body": message} | request)),
        sdk_api.call("/sns/jscode2session", token, **request),
    ]
    return {refusal(answer) for answer in answers}


OTHER_ALPHABET = str.maketrans("-_", "+/")
FORGERIES: dict[str, Callable[[str, dict[str, str]], str]] = {
    "a word": lambda token, callers: "x",
    "a caller's secret": lambda token, callers: callers["shop"],
    "the AppSecret": lambda token, callers: APP_SECRET,
    "without its last character": lambda token, callers: token[:-1],
    "without its last four": lambda token, callers: token[:-4],
    "half of it": lambda token, callers: token[: len(token) // 2],
    "the MAC alone": lambda token, callers: written(urlsafe_b64decode(token + "==")[:32]),
    "without its first character": lambda token, callers: token[1:],
    "with a character more": lambda token, callers: token + "A",
    "with padding": lambda token, callers: token + "=" * (-len(token) % 4),
    "with spare bits that are not zero": lambda token, callers: same_bytes_otherwise(token),
    "with a line break": lambda token, callers: token[:40] + "\n" + token[40:],
    "with a space behind": lambda token, callers: token + " ",
    "in the other alphabet of base64": lambda token, callers: token_with_both(callers).translate(OTHER_ALPHABET),
    "longer than any": lambda token, callers: written(urlsafe_b64decode(token + "==") + b"x" * 200),
    "with a MAC of zeros": lambda token, callers: written(bytes(32) + urlsafe_b64decode(token + "==")[32:]),
    "signed with another caller's secret": lambda token, callers: claims().signed(callers["crm"]),
    "in the name of another caller": lambda token, callers: with_claims(token, claims(caller="crm")),
    "for another mini program": lambda token, callers: with_claims(token, claims(appid=SECOND["appid"])),
    "that lives longer than it was given": lambda token, callers: with_claims(token, claims(expires_at=2**62)),
    "of a caller that is none": lambda token, callers: claims(caller="nobody").signed(callers["shop"]),
    "of a caller without a name": lambda token, callers: claims(caller="").signed(callers["shop"]),
    "for no mini program": lambda token, callers: claims(appid="x" * 18).signed(callers["shop"]),
    "signed for another purpose": lambda token, callers: claims().signed(callers["shop"], label=b""),
    "signed with an empty secret": lambda token, callers: claims().signed(""),
    "that ends later than any that is given out": lambda token, callers: claims(
        expires_at=int(time.time()) + LIFETIME_SECONDS + 600
    ).signed(callers["shop"]),
}


def same_bytes_otherwise(token: str) -> str:
    """Another text that a lenient decoder takes for the same bytes."""
    assert len(token) % 4 == 3, "two bits of the last character are spare"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = token[:-1] + alphabet[alphabet.index(token[-1]) | 1]
    assert other != token and urlsafe_b64decode(other + "=") == urlsafe_b64decode(token + "=")
    return other


def token_with_both(callers: dict[str, str]) -> str:
    """A good one in which a character stands that the two alphabets write differently."""
    now = int(time.time())
    tokens = (claims(expires_at=now + seconds).signed(callers["shop"]) for seconds in range(60, 600))
    return next(token for token in tokens if "-" in token and "_" in token)


def with_claims(token: str, claims: CallerToken) -> str:
    """Other claims under the MAC of a good token."""
    return written(urlsafe_b64decode(token + "==")[:32] + urlsafe_b64decode(claims.signed("") + "==")[32:])


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
def test_a_token_that_is_none_of_ours_gets_nowhere(sdk_api, caller_token, callers, openid, outgoing, forged):
    assert everywhere(sdk_api, forged(caller_token, callers), openid) == {40001}
    assert outgoing() == []


def test_wechats_own_token_is_none_of_ours(sdk_api, deployment, caller_token, openid, outgoing):
    """Who has it may not use the gateway with it."""
    assert everywhere(sdk_api, real_tokens(deployment)[APP_ID], openid) == {40001}
    assert outgoing() == []


def test_an_expired_token_is_told_from_a_forged_one(sdk_api, callers, openid, outgoing):
    ended = claims(expires_at=int(time.time()) - 1)

    assert everywhere(sdk_api, ended.signed(callers["shop"]), openid) == {42001}
    assert everywhere(sdk_api, ended.signed(callers["crm"]), openid) == {40001}
    assert outgoing() == []


@pytest.mark.parametrize("token", [None, ""], ids=["no token", "an empty one"])
def test_no_token_is_told_from_a_bad_one(sdk_api, openid, outgoing, token):
    assert everywhere(sdk_api, token, openid) == {41001}
    assert outgoing() == []


@pytest.mark.parametrize("header", ["Authorization", "access_token", "X-Access-Token", "Cookie"])
def test_a_token_counts_in_the_query_alone(sdk_api, caller_token, openid, outgoing, header):
    value = {"Authorization": f"Bearer {caller_token}", "Cookie": f"access_token={caller_token}"}.get(header, caller_token)

    assert everywhere(sdk_api, None, openid, headers=[*JSON, (header, value)]) == {41001}
    assert outgoing() == []


@pytest.mark.parametrize("name", ["Access_Token", "ACCESS_TOKEN", "access_token[]", "access_token ", " access_token"])
def test_a_name_that_is_not_quite_that_of_the_token_is_another_field(sdk_api, caller_token, openid, outgoing, name):
    assert everywhere(sdk_api, None, openid, query=[(name, caller_token)]) == {41001}
    assert outgoing() == []


def test_a_token_in_the_body_is_none(sdk_api, caller_token, outgoing):
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    for headers, body in [(JSON, json.dumps({"access_token": caller_token})), (form, f"access_token={caller_token}")]:
        answer = sdk_api.call(IPS, method="POST", headers=headers, body=body.encode())
        assert refusal(answer) == 41001
    assert outgoing() == []


def test_of_two_tokens_none_counts(sdk_api, caller_token, callers, openid, outgoing):
    other = sdk_api.token(APP_ID, callers["crm"])
    for second in (caller_token, other, "x", ""):
        for query in ([caller_token, second], [second, caller_token]):
            fields = [("access_token", value) for value in query]
            assert everywhere(sdk_api, None, openid, query=fields) == {40001}, second
    written_otherwise = f"{IPS}?access_token={caller_token}&access%5Ftoken={caller_token}"
    assert refusal(sdk_api.call(written_otherwise)) == 40001
    assert outgoing() == []


def test_a_token_is_bound_to_its_mini_program_whatever_the_query_says(sdk_api, caller_token, openid, outgoing):
    for others in ([SECOND["appid"]], [APP_ID, SECOND["appid"]], [SECOND["appid"], APP_ID], ["x"]):
        query = [("appid", appid) for appid in others]
        assert everywhere(sdk_api, caller_token, openid, query=query) == {40001}, others
    assert outgoing() == []


def test_the_callers_secrets_are_compared_before_anything_is_told_of_mini_programs(sdk_api, callers, outgoing):
    unknown = "wx" + "0" * 16

    def told(**query: str) -> int:
        return refusal(sdk_api.call(TOKEN, query=({"grant_type": "client_credential"} | query).items()))

    assert [told(appid=appid, secret="x" * 40) for appid in (APP_ID, SECOND["appid"], unknown)] == [40125] * 3
    assert told(appid=unknown, secret=callers["shop"]) == 40013
    assert told(appid=APP_ID, secret=APP_SECRET) == 40125
    assert told(appid=APP_ID, secret="") == told(appid=APP_ID) == 41004
    assert told(secret=callers["shop"]) == 41002
    assert told(appid=APP_ID, secret=callers["shop"], grant_type="authorization_code") == 40002
    assert outgoing() == []
