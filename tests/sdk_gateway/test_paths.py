"""Callers of the SDK gateway who want more than they may. What counts is what WeChat got to see."""

import json
from base64 import b64decode

import pytest

from local.simulator import APP_ID, APP_SECRET
from outbound import SEND, Request, posted, text_to, writes
from raw_http import exchange
from sdk_api import FUNCTION, IPS, JSON, STABLE_TOKEN, TOKEN, refusal

CLEAR_QUOTA = "/cgi-bin/clear_quota"

OFF_THE_LIST = [
    "/",
    "/sns/jscode2session",
    "/cgi-bin",
    "/cgi-bin/",
    "/cgi-binx/getcallbackip",
    "/CGI-BIN/getcallbackip",
    "/Wxa/getwxacodeunlimit",
    "/cgi-bin/../sns/jscode2session",
    "/cgi-bin/x/../../sns/jscode2session",
    "/wxa/./../sns/jscode2session",
    "/cgi-bin/%2e%2e/sns/jscode2session",
    "/cgi-bin/%2E%2e/sns/jscode2session",
    "/cgi-bin/.%2E/sns/jscode2session",
    "/cgi-bin/%252e%252e/sns/jscode2session",
    "/cgi-bin/..%2fsns/jscode2session",
    "/cgi-bin/..%2Fsns%2Fjscode2session",
    "/cgi-bin%2f..%2fsns%2fjscode2session",
    "/cgi-bin/..%252fsns/jscode2session",
    "/cgi-bin/..\\sns\\jscode2session",
    "/cgi-bin/..%5csns/jscode2session",
    "/cgi-bin/..%5Csns/jscode2session",
    "\\cgi-bin\\getcallbackip",
    "/cgi-bin/..;/sns/jscode2session",
    "/cgi-bin/;x=/../../sns/jscode2session",
    "/cgi-bin/%c0%ae%c0%ae/sns/jscode2session",
    "/cgi-bin/%ef%bc%8e%ef%bc%8e/sns/jscode2session",
    "/cgi-bin/x%00",
    "/cgi-bin/%00/../sns/jscode2session",
    "/cgi-bin/x%0d%0aHost:%20evil.example",
    "/cgi-bin/x%20HTTP/1.1",
    "/cgi-bin/x%3faccess_token=y",
    "/cgi-bin/x%23y",
    "/cgi-bin/x;y=z",
    "/cgi-bin/x@evil.example",
    "/cgi-bin/" + "x" * 250,
    "//evil.example/cgi-bin/getcallbackip",
    "///evil.example/cgi-bin/getcallbackip",
    "/\\evil.example/cgi-bin/getcallbackip",
    "/%2f/evil.example/cgi-bin/getcallbackip",
    "/@evil.example/cgi-bin/getcallbackip",
    "/:80/cgi-bin/getcallbackip",
    "/https://evil.example/cgi-bin/getcallbackip",
    "/https:%2f%2fevil.example/cgi-bin/getcallbackip",
]
"""Paths that are none, or lead to another host or out of what the list allows if somebody decodes or normalises them."""

ALIASES = [
    "/cgi-bin/getcallbackip/",
    "//cgi-bin/getcallbackip",
    "/cgi-bin//getcallbackip",
    "/cgi-bin/./getcallbackip",
    "/cgi-bin/x/../getcallbackip",
    "/wxa/../cgi-bin/getcallbackip",
    "/sns/../cgi-bin/getcallbackip",
    "/cgi-bin%2fgetcallbackip",
    "/cgi-bin%2Fgetcallbackip",
    "/cgi-bin/%67etcallbackip",
    "/cgi-bin/getcallback%69%70",
    "/cgi-bin/getcallbackip;a=b",
    "/cgi-bin/getcallbackip%3fa=b",
    "/cgi-bin/getcallbackip%23",
    "/cgi-bin/getcallbackip#/../../sns",
    "/cgi-bin/getcallbackip%00",
    "/cgi-bin\\getcallbackip",
]
"""Other ways to write a path of the list."""

NEVER = [
    TOKEN,
    STABLE_TOKEN,
    CLEAR_QUOTA,
    "/cgi-bin/Token",
    "/cgi-bin/TOKEN",
    "/cgi-bin/Stable_Token",
    "/cgi-bin/CLEAR_QUOTA",
    "/cgi-bin/t%6fken",
    "/cgi-bin/%74oken",
    "/cgi-bin/clear%5fquota",
    "/cgi-bin/clear_quota/v2",
    "/cgi-bin/openapi/quota/clear",
    "/cgi-bin/component/clear_quota",
    "/cgi-bin/token/x",
    "/cgi-bin/token/",
    "/cgi-bin//token",
    "/cgi-bin/./clear_quota",
    "/cgi-bin/x/../clear_quota",
    "/wxa/../cgi-bin/clear_quota",
    "/wxa/..%2fcgi-bin%2fclear_quota",
]
"""Calls that are made by no caller, and ways to write them."""


def invoked(deployment, path: str, token: str, method: str = "GET", body: bytes = b"") -> dict:
    """The function with a path that nothing has decoded or put in order before, as some API Gateway may hand it over."""
    request = Request(method, path, body, query={"access_token": token})
    answer = deployment.invoke(FUNCTION, request.as_proxy_event("/{proxy+}"))
    body = b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"]
    assert answer["statusCode"] == 200
    return json.loads(body)


def test_the_plain_path_gets_through_by_the_means_of_these_tests(sdk_api, deployment, caller_token, outgoing):
    assert sdk_api.call(IPS, caller_token).json()["ip_list"]
    assert invoked(deployment, IPS, caller_token)["ip_list"]
    assert outgoing() == [IPS, IPS]


@pytest.mark.parametrize("path", OFF_THE_LIST)
def test_no_path_leaves_the_list_or_the_host(sdk_api, deployment, caller_token, outgoing, path):
    for method in ("GET", "POST"):
        answer = sdk_api.call(path, caller_token, method=method)
        assert answer.status in (200, 400, 403, 404)
        assert answer.status != 200 or refusal(answer) == 40066
        assert invoked(deployment, path, caller_token, method)["errcode"] == 40066
    assert outgoing() == []


@pytest.mark.parametrize("path", ALIASES)
def test_another_way_to_write_a_path_is_refused_or_is_that_very_path(sdk_api, deployment, caller_token, outgoing, path):
    sdk_api.call(path, caller_token)
    assert set(outgoing()) <= {IPS}

    before = outgoing()
    assert invoked(deployment, path, caller_token)["errcode"] == 40066
    assert outgoing() == before


@pytest.mark.parametrize("path", NEVER)
def test_what_hands_out_tokens_or_resets_the_quota_is_never_passed_through(
    sdk_api, deployment, simulator, caller_token, outgoing, path
):
    issued = simulator.access_tokens()
    credentials = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET}
    body = json.dumps(credentials).encode()
    answers = []
    for method in ("GET", "POST"):
        answers.append(sdk_api.call(path, caller_token, method=method, query=credentials.items(), headers=JSON, body=body))
        assert invoked(deployment, path, caller_token, method, body)["errcode"] != 0

    assert outgoing() == [], "WeChat got neither the call nor the AppSecret"
    assert simulator.access_tokens() == issued
    assert all(b'"access_token"' not in answer.content for answer in answers)


def test_a_request_for_an_absolute_url_gets_nowhere(sdk_api, caller_token, outgoing):
    for target in (f"http://evil.example{IPS}?access_token={caller_token}", f"https://api.weixin.qq.com{TOKEN}", "*"):
        answer = exchange(sdk_api.url, target)
        assert answer.status >= 400 or answer.json().get("errcode")
    assert outgoing() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
def test_no_other_method_gets_through(sdk_api, caller_token, outgoing, method):
    assert sdk_api.call(IPS, caller_token, method=method).status >= 400
    assert outgoing() == []


def test_no_way_to_write_an_actions_path_leads_around_the_reply_window(
    sdk_api, deployment, simulator, caller_token, openid, outgoing
):
    writes(simulator, openid)
    message = posted(SEND, text_to(openid)).body
    for _ in range(5):
        assert sdk_api.call(SEND, caller_token, method="POST", headers=JSON, body=message).json()["errcode"] == 0

    for path in (
        "/cgi-bin/message/custom/Send",
        "/cgi-bin/Message/Custom/SEND",
        "/cgi-bin/message/custom/send/",
        "/cgi-bin/message/custom//send",
        "/cgi-bin/message/./custom/send",
        "/cgi-bin/message/custom/%73end",
        "/cgi-bin/message/custom%2fsend",
        "/cgi-bin/message/custom/send%00",
        "/cgi-bin/message/custom/send;x",
        "/wxa/../cgi-bin/message/custom/send",
        "/cgi-bin/message/custom/business/send",
        "/cgi-bin/message/custom/Business/Send",
        "/cgi-bin/message/custom/business/send/x",
    ):
        sdk_api.call(path, caller_token, method="POST", headers=JSON, body=message)
        assert invoked(deployment, path, caller_token, "POST", message)["errcode"] == 40066, path
    refused = sdk_api.call(SEND, caller_token, query=[("x", "y")], headers=JSON, body=message)
    assert refusal(refused) in (40066, 43002), "by GET"

    assert outgoing() == [SEND] * 5


def test_the_function_takes_calls_of_its_own_routes_alone(deployment, caller_token, openid, outgoing):
    for resource in ("/push", "/", "", "/cgi-bin/message/custom/send", "/sns/{proxy+}", "{proxy+}"):
        event = Request("GET", IPS, query={"access_token": caller_token}).as_proxy_event(resource)
        answer = deployment.invoke(FUNCTION, event)
        assert answer.get("statusCode", 500) >= 400 or json.loads(answer["body"])["errcode"], resource
    assert outgoing() == []
