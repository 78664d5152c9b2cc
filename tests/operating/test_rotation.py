"""Token and EncodingAESKey change: no push is refused, and nobody can make `push` read the secret over and over."""

import secrets
from collections.abc import Iterator

import pytest

from local import wechat
from local.wechat import PAIR, Pair

@pytest.fixture
def newer() -> Pair:
    """A pair that was never set before; the key's spare bits are not zero, as in most real ones."""
    return Pair(secrets.token_hex(16), secrets.token_hex(21) + "B")


@pytest.fixture
def rotating(recorded) -> Iterator:
    """A deployment whose `push` has just started; afterwards it is as before."""
    recorded.restart("PushFunction")
    yield recorded
    recorded.put_secrets(PAIR.token, PAIR.encoding_aes_key)
    recorded.restart("PushFunction")


def reads(calls) -> int:
    return sum(call.request["VersionStage"] == "AWSCURRENT" for call in calls.of("secretsmanager"))


def replied(deployment, recorder, openid: str, pair: Pair) -> None:
    recorder.answer(openid, lambda _: wechat.TRANSFER)
    push = wechat.safe(wechat.text(openid, "hello"), pair=pair)
    answer = deployment.push(push.query, push.body)
    assert answer.status_code == 200
    assert wechat.opened(answer.content, pair)["MsgType"] == "transfer_customer_service"


def test_while_a_rotation_is_under_way_pushes_signed_with_either_are_taken_at_once(
    rotating, recorder, wire, openid, newer
):
    replied(rotating, recorder, openid, PAIR)
    rotating.put_secrets(newer.token, newer.encoding_aes_key)

    with wire.recording() as calls:
        for pair in (PAIR, newer, PAIR, newer):
            replied(rotating, recorder, openid, pair)

    assert reads(calls) == 1


def test_url_verification_takes_either_token_too(rotating, newer):
    old, new = (wechat.plain_query(pair=pair) | {"echostr": "1234567890"} for pair in (PAIR, newer))
    assert (rotating.verify(old).text, rotating.verify(new).status_code) == ("1234567890", 403)
    rotating.put_secrets(newer.token, newer.encoding_aes_key)
    rotating.restart("PushFunction")

    assert [rotating.verify(query).text for query in (old, new)] == ["1234567890"] * 2


def test_a_flood_of_bad_signatures_causes_one_further_read(rotating, recorder, wire, openid):
    replied(rotating, recorder, openid, PAIR)
    push = wechat.safe(wechat.text(openid, "hello"))
    forged = push.query | {"msg_signature": "0" * 40}

    with wire.recording() as calls:
        answers = [rotating.push(forged, push.body) for _ in range(30)]
        answers += [rotating.verify(forged | {"signature": "0" * 40, "echostr": "1"}) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {403}
    assert reads(calls) == 1
    assert calls.of("dynamodb") == calls.of("lambda") == []
