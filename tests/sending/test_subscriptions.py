"""POST /cgi-bin/message/subscribe/send and the ledger: what users accepted, what was sent, what became of it."""

import secrets
import time

import pytest

from outbound import SUBSCRIBE, TEMPLATE, answers_the_dialog, got, posted, subscribed_by
from local.waiting import eventually
from wire import wire


@pytest.fixture
def ledger(deployment, openid):
    """What the ledger knows of the user's template, if anything."""

    def read() -> dict | None:
        answer = got(f"/subscriptions/{openid}").by_the_api(deployment)
        assert (answer.status_code, answer.json()["errcode"], answer.json()["openid"]) == (200, 0, openid)
        known = {entry["template_id"]: entry for entry in answer.json()["subscriptions"]}
        return known.get(TEMPLATE)

    return read


@pytest.fixture
def sends(deployment, openid):
    def send() -> dict:
        answer = posted(SUBSCRIBE, subscribed_by(openid)).by_the_api(deployment)
        return {"status": answer.status_code} | answer.json()

    return send


def remains(ledger, count: int) -> bool:
    """Events are handed on: the ledger has them soon."""
    return eventually(lambda: (ledger() or {}).get("remaining") == count)


def delivery(deployment, msgid: int) -> dict | None:
    answer = got(f"/deliveries/{msgid}").by_the_api(deployment)
    return answer.json() if answer.status_code == 200 else None


def asked(simulator, openid: str) -> list[int | None]:
    return [call["errcode"] for call in simulator.calls_of(SUBSCRIBE) if call["openid"] == openid]


def test_of_a_user_whom_nobody_saw_nothing_is_known(ledger):
    assert ledger() is None


def test_two_accepts_allow_two_messages_and_each_send_consumes_one(simulator, openid, ledger, sends):
    answers_the_dialog(simulator, openid, seconds_ago=60)
    assert remains(ledger, 1)
    answers_the_dialog(simulator, openid)
    assert remains(ledger, 2)

    first, second = sends(), sends()

    assert [first["errcode"], second["errcode"]] == [0, 0]
    assert first["msgid"] != second["msgid"]
    assert ledger()["remaining"] == 0


def test_an_accept_that_is_pushed_again_counts_once(simulator, openid, ledger):
    answers_the_dialog(simulator, openid)
    simulator.push_again(openid)
    answers_the_dialog(simulator, openid, seconds_ago=3600)  # one that comes late

    assert remains(ledger, 1)
    reject_another(simulator, openid)
    assert ledger()["remaining"] == 1


def reject_another(simulator, openid: str) -> None:
    """A later event, of another template: when it is in the ledger, so are those before it."""
    item = {"TemplateId": "another", "SubscribeStatusString": "reject"}
    simulator.push(openid, {"MsgType": "event", "Event": "subscribe_msg_change_event", "List": [item]})


@pytest.mark.parametrize("format", ["json", "xml"])
def test_one_dialog_may_be_about_several_templates(deployment, simulator, openid, format):
    items = [
        {"TemplateId": "wanted", "SubscribeStatusString": "accept", "PopupScene": "0"},
        {"TemplateId": "unwanted", "SubscribeStatusString": "reject", "PopupScene": "0"},
    ]
    # Each format has a shape of its own (WeChat docs: 消息订阅).
    several = {"List": items} if format == "json" else {"SubscribeMsgPopupEvent": {"List": items}}
    simulator.push(openid, {"MsgType": "event", "Event": "subscribe_msg_popup_event"} | several, format=format)

    def known() -> dict[str, int]:
        answer = got(f"/subscriptions/{openid}").by_the_api(deployment).json()
        return {entry["template_id"]: entry["remaining"] for entry in answer["subscriptions"]}

    assert eventually(lambda: known() == {"wanted": 1, "unwanted": 0})


def test_wechats_refusal_answers_the_next_send_for_at_most_10_seconds(simulator, openid, ledger, sends):
    answers_the_dialog(simulator, openid)
    assert remains(ledger, 1)
    sends()

    assert [sends()["errcode"], sends()["errcode"]] == [43101, 43101]
    assert asked(simulator, openid) == [0, 43101], "the second refusal is ours"
    assert time.time() < ledger()["refused_until"] <= time.time() + 10


@pytest.mark.parametrize("event", ["subscribe_msg_popup_event", "subscribe_msg_change_event"])
def test_a_user_who_rejected_is_not_sent_anything(simulator, openid, ledger, sends, event):
    answers_the_dialog(simulator, openid, seconds_ago=60)
    assert remains(ledger, 1)
    item = {"TemplateId": TEMPLATE, "SubscribeStatusString": "reject"} | (
        {"PopupScene": "0"} if event == "subscribe_msg_popup_event" else {}
    )
    simulator.push(openid, {"MsgType": "event", "Event": event, "List": item})
    assert remains(ledger, 0)

    assert sends() | {"errmsg": ""} == {"status": 200, "errcode": 43101, "errmsg": ""}
    # The ledger or WeChat may refuse: the ledger does for 10 s after the event, and handling it can take longer.
    assert 0 not in asked(simulator, openid)


def test_a_user_who_accepts_after_all_may_be_sent_a_message(simulator, openid, ledger, sends):
    answers_the_dialog(simulator, openid, "reject", seconds_ago=60)
    assert remains(ledger, 0)
    answers_the_dialog(simulator, openid)
    assert remains(ledger, 1)

    assert sends()["errcode"] == 0


def test_about_a_user_who_was_never_seen_wechat_is_asked(simulator, openid, sends):
    assert sends()["errcode"] == 40003
    assert asked(simulator, openid) == [40003]


@pytest.mark.parametrize("errcode", [40037, 43107, 43108, 45168])
def test_what_wechat_refuses_gives_the_accept_back(simulator, openid, ledger, sends, errcode):
    answers_the_dialog(simulator, openid)
    assert remains(ledger, 1)

    with simulator.failing(SUBSCRIBE, "errcode", errcode=errcode, times=1):
        assert sends()["errcode"] == errcode

    assert ledger()["remaining"] == 1


@pytest.mark.parametrize("fault", ["drop_after_body", "html", "empty", "half", "status_500"])
def test_an_unknown_outcome_is_told_and_neither_repeated_nor_refunded(simulator, openid, ledger, sends, fault):
    answers_the_dialog(simulator, openid)
    assert remains(ledger, 1)

    with simulator.failing(SUBSCRIBE, fault, times=1):
        answer = sends()

    assert (answer["status"], answer["errcode"]) == (504, -1)
    assert "unknown" in answer["errmsg"]
    assert len(asked(simulator, openid)) == 1
    assert ledger()["remaining"] == 0


def test_a_delivery_that_nobody_knows_of_is_not_found(deployment):
    answer = got("/deliveries/1000000000000000001").by_the_api(deployment)

    assert answer.status_code == 404
    assert set(answer.json()) == {"errcode", "errmsg"}


def test_a_report_is_matched_to_its_send(deployment, simulator, openid, ledger, sends):
    answers_the_dialog(simulator, openid)
    assert remains(ledger, 1)
    before = int(time.time())

    msgid = sends()["msgid"]

    assert eventually(lambda: (delivery(deployment, msgid) or {}).get("report"))
    known = delivery(deployment, msgid)
    assert (known["msgid"], known["openid"], known["template_id"]) == (str(msgid), openid, TEMPLATE)
    assert before <= known["sent_at"] <= time.time()
    assert (known["report"]["error_code"], known["report"]["error_status"]) == (0, "success")


def test_a_report_that_comes_first_waits_for_its_send(deployment, simulator, openid, ledger, sends):
    answers_the_dialog(simulator, openid)
    assert remains(ledger, 1)

    with (
        wire() as connection,
        deployment.configured("SendSubscribeMessageFunction", **connection.environment),
        connection.recording() as calls,
        connection.slow("dynamodb", 1),  # long enough for the report to overtake the note of the send
    ):
        msgid = sends()["msgid"]

    noted = next(call for call in calls if call.request.get("Key", {}).get("pk") == {"S": f"message {msgid}"})
    assert "reported_at" in noted.answer["Attributes"], "the report was there before"
    known = delivery(deployment, msgid)
    assert known["sent_at"] is not None
    assert known["report"]["error_code"] == 0


def test_a_failed_delivery_is_told_even_of_a_send_that_is_not_known(deployment, simulator, openid):
    msgid = str(10**18 + secrets.randbelow(10**18))
    item = {"TemplateId": TEMPLATE, "MsgID": msgid, "ErrorCode": "1", "ErrorStatus": "user block"}
    event = {"MsgType": "event", "Event": "subscribe_msg_sent_event"}
    simulator.push(openid, event | {"SubscribeMsgSentEvent": {"List": item}}, format="xml")

    assert eventually(lambda: delivery(deployment, msgid))
    known = delivery(deployment, msgid)
    assert (known["openid"], known["template_id"], known["sent_at"]) == (openid, TEMPLATE, None)
    assert (known["report"]["error_code"], known["report"]["error_status"]) == (1, "user block")
