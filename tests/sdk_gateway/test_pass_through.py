"""A call that the SDK gateway passes through: what WeChat gets of it, and what the caller gets of the answer."""

import hashlib
import json
import random
from base64 import b64decode, b64encode
from urllib.parse import parse_qsl

import pytest
import requests

from local.simulator import APP_ID, SECOND
from outbound import GET_MEDIA, GIF, SEND, TYPING, UPLOAD, text_to, typing_to, uploaded, writes
from sdk_api import FUNCTION, IPS, JSON, STABLE_TOKEN, SdkApi, refusal
from wire import wire

CHECK = "/wxa/img_sec_check"
"""The simulator does not know it, and notes what it brings like any other."""
NOISE = bytes(range(256)) + b'\r\n--\x00"\\' + random.Random(7).randbytes(8_000)
LARGEST = 4_500_000
"""Of an answer, in bytes: what Lambda's 6 MB leave in base64."""


def last(simulator, path: str) -> dict:
    """What the latest call of a path brought to WeChat."""
    return simulator.calls_of(path)[-1]["request"]


def headers(request: dict) -> dict[str, str]:
    return dict(request["headers"])


@pytest.mark.parametrize("kind", ["image/jpeg", "application/octet-stream", "text/plain", "application/json; charset=x"])
def test_a_body_reaches_wechat_byte_for_byte_with_its_content_type(sdk_api, simulator, caller_token, kind):
    answer = sdk_api.call(CHECK, caller_token, method="POST", headers=[("Content-Type", kind)], body=NOISE)

    assert answer.json()["errcode"] == 40066, "what the simulator answers to a call that it does not know"
    request = last(simulator, CHECK)
    assert b64decode(request["base64"]) == NOISE
    assert (request["method"], request["content_type"], request["bytes"]) == ("POST", kind, len(NOISE))


def test_a_body_of_megabytes_reaches_wechat_whole(sdk_api, simulator, caller_token):
    body = random.Random(8).randbytes(3_000_000)

    sdk_api.call(CHECK, caller_token, method="POST", headers=[("Content-Type", "image/png")], body=body)

    assert last(simulator, CHECK)["sha256"] == hashlib.sha256(body).hexdigest()


def test_a_body_that_comes_in_chunks_reaches_wechat_whole_and_with_its_length(sdk_api, simulator, caller_token):
    """Some SDKs stream what they upload."""
    chunks = [NOISE[at : at + 1000] for at in range(0, len(NOISE), 1000)]
    query = {"access_token": caller_token}
    with requests.Session() as session:
        session.trust_env = False
        kind = {"Content-Type": "image/png"}
        answer = session.post(sdk_api.url + CHECK, params=query, data=iter(chunks), headers=kind, timeout=60)

    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    request = last(simulator, CHECK)
    assert b64decode(request["base64"]) == NOISE
    assert headers(request)["content-length"] == str(len(NOISE))
    assert "transfer-encoding" not in headers(request)


@pytest.mark.parametrize("kind", ["image/jpeg", "text/plain", "text/html; charset=GBK", "application/json"])
@pytest.mark.parametrize("status", [200, 201, 404, 500])
def test_an_answer_arrives_byte_for_byte_with_its_status_type_and_disposition(
    sdk_api, simulator, caller_token, status, kind
):
    """Also where its type says text and its bytes are none in UTF-8."""
    ordered = {
        "status": status,
        "content_type": kind,
        "content_disposition": 'attachment; filename="码.jpg"',
        "body_base64": b64encode(NOISE).decode(),
    }
    with simulator.failing(IPS, "answer", answer=ordered, times=1):
        answer = sdk_api.call(IPS, caller_token)

    assert (answer.status, answer.content) == (status, NOISE)
    assert answer.headers["content-type"] == kind
    disposition = answer.headers["content-disposition"].encode("latin-1").decode()
    assert disposition == ordered["content_disposition"]


def test_an_empty_answer_stays_empty(sdk_api, simulator, caller_token):
    with simulator.failing(IPS, "answer", answer={"content_type": "text/plain", "body": ""}, times=1):
        answer = sdk_api.call(IPS, caller_token)

    assert (answer.status, answer.content) == (200, b"")


@pytest.mark.parametrize("size", [LARGEST, LARGEST + 1, 10_000_000])
def test_an_answer_beyond_what_lambda_may_return_is_an_error_that_names_the_limit(
    sdk_api, simulator, caller_token, size
):
    body = b64encode(random.Random(9).randbytes(size)).decode()
    with simulator.failing(IPS, "answer", answer={"content_type": "video/mp4", "body_base64": body}, times=1):
        answer = sdk_api.call(IPS, caller_token)

    if size <= LARGEST:
        assert (answer.status, answer.content) == (200, b64decode(body))
    else:
        assert refusal(answer) == 45001
        assert str(LARGEST) in answer.json()["errmsg"]


def test_the_query_keeps_every_value_of_a_name_in_order_and_says_nothing_else(sdk_api, simulator, caller_token):
    sent = [("b", "2"), ("a", "1"), ("b", ""), ("b", " +&=%/?#"), ("空", "值"), ("a", "0"), ("appid", APP_ID), ("b", "2")]

    assert sdk_api.call(IPS, caller_token, query=sent).json()["ip_list"]

    got = parse_qsl(last(simulator, IPS)["query"], keep_blank_values=True, strict_parsing=True)
    assert [value for name, value in got if name == "access_token"] == ["REDACTED"], "one, and that is WeChat's"
    for name in {name for name, _ in sent}:
        assert [v for n, v in got if n == name] == [v for n, v in sent if n == name], name
    assert len(got) == len(sent) + 1


def test_no_header_reaches_wechat_but_those_of_the_content(sdk_api, simulator, caller_token):
    private = ["Authorization", "Cookie", "X-Amz-Security-Token", "X-Forwarded-For", "X-Api-Key", "Referer", "Range"]
    kept = {"Content-Type": "application/json", "Accept": "image/*", "User-Agent": "an SDK/1.0"}

    sdk_api.call(
        CHECK,
        caller_token,
        method="POST",
        headers=[*kept.items(), *((name, "private-value") for name in private), ("Accept-Encoding", "gzip")],
        body=b"{}",
    )

    arrived = headers(last(simulator, CHECK))
    assert {name.lower(): value for name, value in kept.items()}.items() <= arrived.items()
    assert "private-value" not in str(arrived)
    assert "gzip" not in arrived.get("accept-encoding", "")
    assert arrived["content-length"] == "2"
    assert "transfer-encoding" not in arrived
    assert arrived["host"] == "127.0.0.1:8199"


@pytest.mark.parametrize("sent", [[("Content-Type", "text/plain")], [("Content-Type", "text/plain;charset=UTF-8")], []])
def test_json_is_json_whatever_the_sdk_calls_it(sdk_api, simulator, callers, openid, sent):
    writes(simulator, openid)
    grant = {"grant_type": "client_credential", "appid": APP_ID, "secret": callers["shop"], "force_refresh": True}
    token = sdk_api.call(STABLE_TOKEN, method="POST", headers=sent, body=json.dumps(grant).encode()).json()

    message = json.dumps(text_to(openid, "您好"), ensure_ascii=False).encode()
    answer = sdk_api.call(SEND, token["access_token"], method="POST", headers=sent, body=message)

    assert token["expires_in"] == 7200
    assert answer.json()["errcode"] == 0
    assert [call["body"]["text"]["content"] for call in simulator.sends_to(openid)] == ["您好"]


def test_the_typing_state_has_two_paths_and_is_one_action(sdk_api, simulator, caller_token, openid, outgoing):
    writes(simulator, openid)
    told = []
    for path in (TYPING, "/cgi-bin/message/custom/business/typing"):
        body = json.dumps(typing_to(openid)).encode()
        told.append(refusal(sdk_api.call(path, caller_token, method="POST", headers=JSON, body=body)))

    assert told == [0, 45081], "the second one finds that it is shown"
    assert outgoing() == [TYPING]


def test_a_malformed_message_is_refused_as_sdks_read_it(sdk_api, caller_token, openid, outgoing):
    body = json.dumps(text_to(openid) | {"msgtype": "none"}).encode()

    assert refusal(sdk_api.call(SEND, caller_token, method="POST", headers=JSON, body=body)) > 0
    assert refusal(sdk_api.call(SEND, caller_token, method="POST", headers=JSON, body=b"{")) == 47001
    assert outgoing() == []


def test_an_upload_and_its_download_go_by_the_actions(sdk_api, caller_token, outgoing):
    form = uploaded(GIF)
    content_type = [("Content-Type", form.content_type)]

    kept = sdk_api.call(UPLOAD, caller_token, method="POST", query=[("type", "image")], headers=content_type, body=form.body)
    media = sdk_api.call(GET_MEDIA, caller_token, query=[("media_id", kept.json()["media_id"])])

    assert (media.headers["content-type"], media.content) == ("image/gif", GIF)
    assert outgoing() == [UPLOAD, GET_MEDIA]


# ------------------------------------------------------------------ when WeChat does not answer as usual


def test_a_busy_wechat_is_asked_again(sdk_api, simulator, caller_token, outgoing):
    with simulator.failing(IPS, "errcode", errcode=-1, times=2):
        assert sdk_api.call(IPS, caller_token).json()["ip_list"]
    assert outgoing() == [IPS] * 3


@pytest.mark.parametrize("fault", ["drop_after_body", "half"])
def test_an_unknown_outcome_is_504_and_is_not_tried_again(sdk_api, simulator, caller_token, outgoing, fault):
    with simulator.failing(CHECK, fault, times=1):
        answer = sdk_api.call(CHECK, caller_token, method="POST", headers=JSON, body=b"{}")

    assert (answer.status, answer.json()["errcode"]) == (504, -1000)
    assert outgoing() == [CHECK]


def test_an_errcode_that_is_not_about_the_token_is_passed_on(sdk_api, simulator, caller_token, outgoing):
    with simulator.failing(IPS, "errcode", errcode=48001, times=1):
        assert sdk_api.call(IPS, caller_token).json()["errcode"] == 48001
    assert outgoing() == [IPS]


def test_an_access_token_that_wechat_refuses_twice_is_no_token_of_the_caller(sdk_api, simulator, caller_token, outgoing):
    """The SDK would fetch a caller token over and over."""
    with simulator.failing(IPS, "errcode", errcode=40001):
        answer = sdk_api.call(IPS, caller_token)

    assert answer.json()["errcode"] not in (0, 40001, 40014, 42001)
    assert len(outgoing()) <= 2


# ------------------------------------------------------------------ for callers that sign


def test_a_caller_that_signs_has_the_same_pass_through_without_any_token(deployment, simulator, outgoing):
    answer = deployment.call("GET", IPS, query={"a": "1"})
    assert answer.json()["ip_list"]
    answer = deployment.call("POST", CHECK, NOISE, content_type="image/png", query={"appid": SECOND["appid"]})
    assert answer.json()["errcode"] == 40066

    assert b64decode(simulator.calls_of(CHECK, SECOND["appid"])[-1]["request"]["base64"]) == NOISE
    assert "appid" not in simulator.calls_of(CHECK, SECOND["appid"])[-1]["request"]["query"]
    assert outgoing() == [IPS, CHECK]


def test_a_caller_that_signs_names_no_token_and_gets_none(deployment, callers, caller_token, outgoing):
    credentials = {"grant_type": "client_credential", "appid": APP_ID, "secret": callers["shop"]}
    answers = [
        deployment.call("GET", IPS, query={"access_token": caller_token}),
        deployment.call("GET", "/cgi-bin/token", query=credentials),
        deployment.call("POST", STABLE_TOKEN, credentials),
        deployment.call("POST", "/cgi-bin/clear_quota", {"appid": APP_ID}),
    ]

    assert all(answer.status_code >= 400 and answer.json()["errcode"] for answer in answers)
    assert not any("access_token" in answer.json() for answer in answers)
    assert deployment.call("GET", "/wxa/..%2fsns/jscode2session").status_code >= 400
    assert outgoing() == []


def test_without_a_signature_the_pass_through_is_closed(deployment, caller_token, outgoing):
    for query in ({}, {"access_token": caller_token}):
        assert deployment.call("GET", IPS, query=query, signed=False).status_code == 403
    assert outgoing() == []


# ------------------------------------------------------------------ what it costs


def test_a_warm_call_asks_aws_for_nothing_and_a_message_for_one_write(deployment, simulator, callers, openid):
    writes(simulator, openid)
    sdk_api = SdkApi(deployment)
    message = json.dumps(text_to(openid)).encode()
    with wire() as connection, deployment.configured(FUNCTION, **connection.environment):
        token = sdk_api.token(APP_ID, callers["shop"])
        sdk_api.call(IPS, token)
        with connection.recording() as passed:
            assert sdk_api.token(APP_ID, callers["shop"])
            assert sdk_api.call(IPS, token).json()["ip_list"]
        with connection.recording() as sent:
            assert sdk_api.call(SEND, token, method="POST", headers=JSON, body=message).json()["errcode"] == 0

    assert passed == []
    assert [(call.service, call.action) for call in sent] == [("dynamodb", "UpdateItem")]
