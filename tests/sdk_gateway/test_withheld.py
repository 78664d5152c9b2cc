"""WeChat's access token never leaves the stack, not even if WeChat itself gives it away."""

import pytest

from local.simulator import APP_ID
from outbound import GET_MEDIA, SEND, Request, got, posted, text_to, writes
from sdk_api import IPS, JSON, real_tokens

LEAKS = {
    "the body": {"content_type": "application/json", "body": '{"errcode": 0, "told": "{access_token}"}'},
    "a file": {"content_type": "image/png", "body": "\x00\x01{access_token}\x02"},
    "the content type": {"content_type": "text/plain; t={access_token}", "body": "x"},
    "the content disposition": {
        "content_type": "image/png",
        "content_disposition": 'attachment; filename="{access_token}"',
        "body": "x",
    },
    "an error": {"status": 500, "content_type": "text/html", "body": "<p>GET /x?access_token={access_token}</p>"},
}

CALLS = {
    "passed through": lambda openid: got(IPS),
    "a download": lambda openid: got(f"{GET_MEDIA}?media_id=m"),
    "a customer message": lambda openid: posted(SEND, text_to(openid)),
}


def called(sdk_api, token: str, request: Request):
    headers = JSON if request.method == "POST" else []
    return sdk_api.call(
        request.path, token, method=request.method, query=request.query.items(), headers=headers, body=request.body
    )


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("answer", LEAKS.values(), ids=LEAKS)
def test_an_answer_with_wechats_token_in_it_is_withheld(
    sdk_api, deployment, simulator, caller_token, openid, answer, call
):
    real = real_tokens(deployment)[APP_ID]
    writes(simulator, openid)
    request = call(openid)
    with simulator.failing(request.path, "answer", answer=answer, times=1):
        told = called(sdk_api, caller_token, request)

    assert (told.status, told.json()["errcode"]) == (504, -1000)
    assert "withheld" in told.json()["errmsg"]
    assert real.encode() not in told.content
    assert all(real not in value for value in told.headers.values())
    assert simulator.calls_of(request.path)[-1]["fault"] == "answer", "WeChat was asked"


def test_the_outbound_api_withholds_it_too(deployment, simulator, openid):
    writes(simulator, openid)
    for request in (posted(SEND, text_to(openid)), got(f"{GET_MEDIA}?media_id=m")):
        with simulator.failing(request.path, "answer", answer=LEAKS["the body"], times=1):
            told = request.by_the_api(deployment)
        assert (told.status_code, told.json()["errcode"]) == (504, -1)
        assert real_tokens(deployment)[APP_ID] not in told.text


def test_wechats_token_is_found_in_percent_encoding_too(sdk_api, deployment, simulator, caller_token):
    real = real_tokens(deployment)[APP_ID].encode()
    for encoded in ("".join(f"%{byte:02X}" for byte in real), "".join(f"%{byte:02x}" for byte in real)):
        with simulator.failing(IPS, "answer", answer={"content_type": "text/plain", "body": encoded}, times=1):
            told = sdk_api.call(IPS, caller_token)
        assert (told.status, told.json()["errcode"]) == (504, -1000)


def test_an_answer_with_the_callers_own_token_in_it_is_passed_on(sdk_api, simulator, caller_token):
    with simulator.failing(IPS, "answer", answer={"content_type": "text/plain", "body": caller_token}, times=1):
        assert sdk_api.call(IPS, caller_token).content == caller_token.encode()


def test_a_redirect_is_neither_followed_nor_passed_on(sdk_api, simulator, caller_token, outgoing):
    with simulator.failing(IPS, "answer", answer={"status": 302, "content_type": "text/html", "body": "x"}, times=1):
        told = sdk_api.call(IPS, caller_token)

    assert (told.status, told.json()["errcode"]) == (504, -1000)
    assert outgoing() == [IPS]
