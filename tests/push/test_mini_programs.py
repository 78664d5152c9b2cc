"""Two mini programs in one stack: each with its own pair, tokens, windows and pushes, whatever the other does."""

import json
import time

import pytest

from local import wechat
from conftest import LOCAL
from local.aws import client
from local.deployment import Deployment
from local.simulator import APP_ID, FIRST, SECOND
from outbound import SEND, text_to
from local.waiting import eventually
from local.wechat import PAIR, TRANSFER, Pair

SECONDS = Pair(SECOND["token"], SECOND["encoding_aes_key"])

@pytest.fixture(scope="module")
def both(recorder) -> Deployment:
    """Every push of either goes to the recorder."""
    other = Deployment("both", LOCAL | recorder.parameters | {"PushToleranceSeconds": "600"})
    other.put_secrets_of([FIRST, SECOND])
    other.fetch_access_token()
    return other


def of_the_second(message: dict, pair: Pair = SECONDS, app_id: str = SECOND["appid"]) -> wechat.Push:
    return wechat.safe(message, pair=pair, app_id=app_id)


def pushed_to_the_second(deployment, push: wechat.Push):
    return deployment.push(push.query, push.body, SECOND["appid"])


def said(simulator, openid: str, appid: str) -> list[str]:
    calls = [call for call in simulator.calls(appid=appid) if call["path"] == SEND and call["openid"] == openid]
    return [call["body"]["text"]["content"] for call in calls if call["errcode"] == 0]


def test_a_push_is_opened_and_answered_with_the_pair_of_its_mini_program(both, recorder, openid):
    recorder.answer(openid, lambda _: TRANSFER)

    answer = pushed_to_the_second(both, of_the_second(wechat.text(openid, "hello")))

    assert opened(answer.json())["MsgType"] == "transfer_customer_service"
    assert recorder.user_infos[openid] == {"appId": SECOND["appid"], "openId": openid}


def opened(envelope: dict) -> dict:
    crypto = wechat.PrpCrypto(SECONDS.crypto().key)
    return json.loads(crypto.decrypt(envelope["Encrypt"], SECOND["appid"]))


@pytest.mark.parametrize(
    "push",
    [
        lambda message: of_the_second(message, pair=PAIR, app_id=APP_ID),
        lambda message: of_the_second(message, pair=PAIR),
        lambda message: of_the_second(message, app_id=APP_ID),
        lambda message: of_the_second(message, pair=Pair(SECOND["token"], FIRST["encoding_aes_key"]), app_id=APP_ID),
    ],
    ids=["the first's", "the first's pair", "the first's appid", "the first's key"],
)
def test_what_is_signed_or_encrypted_as_another_mini_programs_is_not_taken(both, recorder, openid, push):
    answer = pushed_to_the_second(both, push(wechat.text(openid, "hello")))

    assert answer.status_code in (403, 503)
    assert answer.text == ""
    assert recorder.received(openid) == []


@pytest.mark.parametrize("appid", ["wx00000000000000ff", "wx", "x", "wx0123456789abcdeF", "%2e%2e"])
def test_a_mini_program_that_nobody_knows_is_refused_without_a_word(both, openid, appid):
    push = of_the_second(wechat.text(openid, "hello"))

    answer = both.push(push.query, push.body, appid)

    assert (answer.status_code, answer.text) == (403, "")


def test_equal_pushes_in_both_are_two_and_neither_touches_the_others_rows(both, recorder, simulator, openid):
    message = wechat.text(openid, "hello", MsgId="7000000000000000001", CreateTime=int(time.time()))
    for appid in (APP_ID, SECOND["appid"]):
        simulator.push(openid, {"MsgType": "text", "Content": "您好"}, appid=appid)
    recorder.answer(openid, lambda _: "the answer")
    first, second = wechat.safe(message), of_the_second(message)

    for _ in range(2):
        assert both.push(first.query, first.body).text == "success"
        assert pushed_to_the_second(both, second).text == "success"

    assert len(recorder.received(openid)) == 2
    assert [said(simulator, openid, appid) for appid in (APP_ID, SECOND["appid"])] == [["the answer"]] * 2
    windows = client("dynamodb").scan(TableName=both.resource("ReplyWindow"))["Items"]
    rows = {row["openid"]["S"]: row["remaining"]["N"] for row in windows if openid in row["openid"]["S"]}
    assert rows == {openid: "4", f"{SECOND['appid']}#{openid}": "4"}


def test_a_back_end_names_the_mini_program_that_it_sends_as(both, simulator, openid):
    simulator.push(openid, {"MsgType": "text", "Content": "您好"}, appid=SECOND["appid"])

    answer = both.call("POST", SEND, text_to(openid, "as the second"), query={"appid": SECOND["appid"]})
    of_the_first = both.call("POST", SEND, text_to(openid, "as the first"))
    unknown = both.call("POST", SEND, text_to(openid), query={"appid": "wx00000000000000ff"})

    assert answer.json()["errcode"] == 0
    assert said(simulator, openid, SECOND["appid"]) == ["as the second"]
    assert of_the_first.json()["errcode"] == 40003, "to the first the user never wrote"
    assert (unknown.status_code, unknown.json()["errcode"]) == (400, 40013)


def test_each_is_refreshed_and_one_that_fails_holds_up_no_other(both, openid):
    broken = FIRST | {"appid": "wx00000000000000aa", "app_secret": "not the secret"}
    both.put_secrets_of([broken, FIRST, SECOND])
    table = both.resource("AccessToken")
    dynamodb = client("dynamodb")
    for appid in (APP_ID, SECOND["appid"]):
        dynamodb.delete_item(TableName=table, Key={"appid": {"S": appid}})

    both.invoke("AccessTokenFunction", {})

    tokens = {row["appid"]["S"]: row.get("access_token") for row in dynamodb.scan(TableName=table)["Items"]}
    assert tokens[APP_ID] and tokens[SECOND["appid"]] and tokens[APP_ID] != tokens[SECOND["appid"]]
    assert not tokens.get(broken["appid"])
    both.put_secrets_of([FIRST, SECOND])


def test_in_the_stack_of_make_local_a_user_of_the_second_is_answered(simulator, openid):
    pushed = simulator.push(openid, {"MsgType": "text", "Content": "营业时间"}, appid=SECOND["appid"])

    assert pushed["outcome"] == "answered"
    assert eventually(lambda: len(said(simulator, openid, SECOND["appid"])) == 1)
