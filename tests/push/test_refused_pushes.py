"""POST /push: what is not WeChat's, or not in the form agreed on, gets no further than `push`."""

import time

import pytest

from local import wechat
from local.vectors import SAFE_JSON
from local.wechat import Push

TOLERANCE = 600
"""PushToleranceSeconds of the template by default."""


def without(push: Push, *names: str) -> Push:
    return Push({name: value for name, value in push.query.items() if name not in names}, push.body)


def having(push: Push, **query: str) -> Push:
    return Push(push.query | query, push.body)


@pytest.mark.parametrize(
    "push",
    [
        having(SAFE_JSON, msg_signature="0" * 40),
        having(SAFE_JSON, msg_signature="046e02"),
        having(SAFE_JSON, msg_signature="中" * 40),
        having(SAFE_JSON, timestamp="1714112446"),
        having(SAFE_JSON, timestamp="soon"),
        Push(SAFE_JSON.query, SAFE_JSON.body.replace(b"+qdx1OKC", b"+qdx1OKD")),
        without(SAFE_JSON, "msg_signature"),
        without(SAFE_JSON, "timestamp"),
        without(SAFE_JSON, "nonce"),
        Push({}, SAFE_JSON.body),
    ],
    ids=[
        "forged",
        "short",
        "not ASCII",
        "another timestamp",
        "timestamp not a number",
        "another body",
        "no msg_signature",
        "no timestamp",
        "no nonce",
        "no query",
    ],
)
def test_a_signature_that_is_not_right_is_refused_without_detail(deployment, push):
    answer = deployment.push(push.query, push.body)

    assert answer.status_code == 403
    assert SAFE_JSON.query["msg_signature"] not in answer.text


def test_a_refused_push_reaches_no_function(deployment, openid):
    before = deployment.runs("on-text")
    push = wechat.safe(wechat.text(openid, "hello"))

    assert deployment.push(push.query | {"msg_signature": "0" * 40}, push.body).status_code == 403

    assert deployment.runs("on-text") == before


def test_a_plain_push_is_refused_where_safe_mode_is_agreed_on(deployment, openid):
    push = wechat.plain(wechat.text(openid, "hello"))

    assert deployment.push(push.query, push.body).status_code == 403


def test_a_compat_push_is_refused_where_safe_mode_is_agreed_on(deployment, openid):
    push = wechat.safe(wechat.text(openid, "hello"), mode="compat")

    assert deployment.push(push.query, push.body).status_code == 403


def test_the_query_cannot_talk_a_plain_push_through(deployment, openid):
    push = wechat.plain(wechat.text(openid, "hello"))

    for encrypt_type in ("raw", "aes", ""):
        assert deployment.push(push.query | {"encrypt_type": encrypt_type}, push.body).status_code == 403


def test_a_push_for_another_mini_program_is_refused(deployment, openid):
    push = wechat.safe(wechat.text(openid, "hello"), app_id="wx0000000000000000")

    assert deployment.push(push.query, push.body).status_code == 403


@pytest.mark.parametrize("age", [TOLERANCE + 60, -TOLERANCE - 60], ids=["too old", "too far ahead"])
def test_a_timestamp_outside_the_tolerance_is_refused(plain_mode, openid, age):
    push = wechat.safe(wechat.text(openid, "hello"), timestamp=str(int(time.time()) - age))

    assert plain_mode.push(push.query, push.body).status_code == 403


@pytest.mark.parametrize("age", [0, TOLERANCE - 60], ids=["now", "nearly too old"])
def test_a_timestamp_within_the_tolerance_is_taken(plain_mode, openid, age):
    push = wechat.safe(wechat.text(openid, "hello"), timestamp=str(int(time.time()) - age))

    assert plain_mode.push(push.query, push.body).status_code == 200


def test_a_body_over_256_kib_is_refused_as_too_large(deployment):
    assert deployment.push(SAFE_JSON.query, b" " * (256 * 1024 + 1)).status_code == 413


def test_a_body_of_256_kib_is_not_too_large(deployment):
    padding = b" " * (256 * 1024 - len(SAFE_JSON.body))

    assert deployment.push(SAFE_JSON.query, SAFE_JSON.body + padding).status_code == 200
