"""PushMode compat: the message rides along in the clear, unsigned; only what is encrypted counts."""

import json

import pytest

from local import wechat
from local.wechat import Push


@pytest.mark.parametrize("format", ["json", "xml"])
def test_only_the_encrypted_content_is_read(compat_mode, recorder, openid, format):
    recorder.answer(openid, lambda _: wechat.TRANSFER)
    message = wechat.text(openid, "what WeChat encrypted", MsgId="7000000000000000001")
    forged = wechat.text("o-victim", "what somebody wrote beside it", MsgId="7000000000000000002", Event="debug_demo")
    push = wechat.safe(message, format=format, mode="compat", clear=forged)

    answer = compat_mode.push(push.query, push.body)

    assert recorder.received(openid) == [("text", message)]
    assert recorder.received("o-victim") == []
    assert wechat.opened(answer.content)["ToUserName"] == openid


@pytest.mark.parametrize("mode", ["safe", "compat"])
@pytest.mark.parametrize("format", ["json", "xml"])
def test_the_reply_is_encrypted_in_the_format_of_the_push(compat_mode, recorder, openid, mode, format):
    recorder.answer(openid, lambda _: wechat.TRANSFER)
    push = wechat.safe(wechat.text(openid, "hello"), format=format, mode=mode)

    answer = compat_mode.push(push.query, push.body)

    assert answer.text.startswith("<xml>" if format == "xml" else "{")
    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"


def without_encrypt(push: Push) -> bytes:
    return json.dumps({name: value for name, value in json.loads(push.body).items() if name != "Encrypt"}).encode()


@pytest.mark.parametrize("agreed", ["compat_mode", "deployment"], ids=["compat", "safe"])
@pytest.mark.parametrize(
    "weaken",
    [
        lambda push, query: Push({k: v for k, v in query.items() if k != "encrypt_type"}, push.body),
        lambda push, query: Push(query | {"encrypt_type": "raw"}, push.body),
        lambda push, query: Push(query, without_encrypt(push)),
        lambda push, query: Push({k: v for k, v in query.items() if k != "encrypt_type"}, without_encrypt(push)),
        lambda push, query: Push({k: v for k, v in query.items() if k != "msg_signature"}, push.body),
        lambda push, query: Push(wechat.plain_query(), without_encrypt(push)),
        lambda push, query: Push(query | {"msg_signature": query["signature"]}, without_encrypt(push)),
    ],
    ids=[
        "encrypt_type dropped",
        "encrypt_type raw",
        "Encrypt dropped",
        "both dropped",
        "msg_signature dropped",
        "plain with a valid signature",
        "signature in the place of msg_signature",
    ],
)
def test_a_push_that_is_made_weaker_is_refused(request, openid, agreed, weaken):
    agreed_on = request.getfixturevalue(agreed)
    push = wechat.safe(wechat.text(openid, "hello"), mode="compat")
    weaker = weaken(push, push.query)

    answer = agreed_on.push(weaker.query, weaker.body)

    assert (answer.status_code, answer.text) == (403, "")
