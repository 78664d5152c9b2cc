"""redrive-failed-pushes: what was parked goes back to its function, once."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from local import wechat
from local.aws import client
from outbound import text_to, writes
from recorder import fail
from local.waiting import eventually

REDRIVE = "RedriveFailedPushesFunction"


@pytest.fixture
def queue(recorded) -> str:
    """Its queue of failed pushes, empty."""
    queue = recorded.outputs["FailedPushesQueueUrl"]
    client("sqs").purge_queue(QueueUrl=queue)
    return queue


def park(queue: str, message: dict, **beside) -> str:
    """As version 1 did it, by Lambda's own record (AWS docs: asynchronous invocation records). Returns the queue's id."""
    record = {
        "version": "1.0",
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": message,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "as parked by the test"},
    }
    return client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(record | beside))["MessageId"]


def report(handed_on: int = 0, discarded: int = 0, **why: int) -> dict:
    return {"handed_on": handed_on, "discarded": discarded, "stayed": sum(why.values()), "why": why, "unfinished": False}


def redriven(recorded, **request) -> dict:
    """What a run reports, but for the ids of what stays."""
    found = recorded.invoke(REDRIVE, request)
    assert {why: len(ids) for why, ids in found.pop("ids").items()} == found["why"]
    return found


def test_a_failed_push_goes_back_once_its_function_is_mended_and_is_removed(recorded, recorder, queue, openid):
    recorder.answer(openid, fail)
    message = wechat.event(openid, "subscribe_msg_popup_event", List={"TemplateId": "t"})
    push = wechat.safe(message)
    recorded.push(push.query, push.body)
    assert eventually(lambda: recorded.parked() == 1)
    failed = len(recorder.received(openid))
    recorder.answer(openid, lambda _: "success")

    assert redriven(recorded) == report(handed_on=1)

    assert recorder.wait_for(openid, failed + 1)[-1] == ("subscribe-msg-popup", message)
    assert recorded.parked() == 0
    assert redriven(recorded) == report()


def test_a_push_that_fails_again_is_parked_again_and_may_go_again(recorded, recorder, queue, openid):
    park(queue, wechat.text(openid, "hello"))
    recorder.answer(openid, fail)

    assert redriven(recorded) == report(handed_on=1)

    assert eventually(lambda: recorded.parked() == 1)
    runs = len(recorder.received(openid))
    assert runs == 3
    recorder.answer(openid, lambda _: "success")
    assert redriven(recorded) == report(handed_on=1)
    recorder.wait_for(openid, runs + 1)


def test_what_cannot_go_stays_with_the_reason(recorded, recorder, queue, openid):
    push = wechat.safe("{")
    assert recorded.push(push.query, push.body).text == "success"
    client("sqs").send_message(QueueUrl=queue, MessageBody="garbage")
    park(queue, wechat.text(openid, "hello"))
    stays = {"unreadable when it came": 1, "not a parked push": 1}

    assert redriven(recorded) == report(handed_on=1, **stays)

    assert [message["Content"] for _, message in recorder.wait_for(openid)] == ["hello"]
    assert recorded.parked() == 2
    assert redriven(recorded) == report(**stays), "they can be seen by the next run at once"


def test_what_nobody_could_read_is_removed_only_when_that_is_asked_for(recorded, queue):
    push = wechat.safe("{")
    assert recorded.push(push.query, push.body).text == "success"
    assert recorded.parked() == 1

    assert redriven(recorded, discard_unreadable=True) == report(discarded=1)

    assert recorded.parked() == 0


def test_while_lambda_is_out_of_reach_a_push_stays_and_goes_later(recorded, recorder, wire, queue, openid):
    park(queue, wechat.text(openid, "hello"))
    with wire.cut("lambda"):
        found = redriven(recorded)
    assert (found["handed_on"], found["stayed"], list(found["why"].values())) == (0, 1, [1])
    assert "Lambda" in "".join(found["why"])

    assert redriven(recorded) == report(handed_on=1)

    assert len(recorder.wait_for(openid)) == 1


def test_two_runs_at_once_lose_nothing_and_double_nothing(recorded, recorder, queue, openid):
    messages = [wechat.text(openid, f"message {number}") for number in range(25)]
    for message in messages:
        park(queue, message)

    with ThreadPoolExecutor(2) as operators:
        reports = list(operators.map(lambda _: redriven(recorded), range(2)))

    assert sum(found["handed_on"] for found in reports) == len(messages)
    assert [found["stayed"] for found in reports] == [0, 0]
    received = Counter(message["MsgId"] for _, message in recorder.wait_for(openid, len(messages)))
    assert received == Counter(message["MsgId"] for message in messages)
    assert recorded.parked() == 0


def test_a_push_that_went_and_could_not_be_removed_does_not_go_twice(recorded, recorder, wire, queue, openid):
    park(queue, wechat.text(openid, "hello"))
    with wire.cut("sqs", "DeleteMessage"):
        assert redriven(recorded) == report(**{"SQS did not answer": 1})
    recorder.wait_for(openid)

    assert redriven(recorded) == report(handed_on=1)

    assert recorded.parked() == 0
    assert len(recorder.received(openid)) == 1


def test_once_its_function_is_mended_a_push_that_went_to_an_agent_is_answered_once(
    recorded, recorder, simulator, queue, openid
):
    writes(simulator, openid, "hello", seconds_ago=60)
    recorder.answer(openid, fail)
    push = wechat.safe(wechat.text(openid, "a question"))
    answer = recorded.push(push.query, push.body)
    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    recorder.answer(openid, lambda _: "the answer")

    assert redriven(recorded) == report(handed_on=1)

    said = lambda: [call["body"]["text"]["content"] for call in simulator.sends_to(openid)]
    assert eventually(lambda: said() == ["the answer"])
    park(queue, wechat.read(json.dumps(recorder.received(openid)[0][1])))
    assert redriven(recorded) == report(handed_on=1), "the same push, parked once more"
    again = recorded.push(push.query, push.body)
    assert wechat.opened(again.content)["MsgType"] == "transfer_customer_service", "as it was answered"
    assert said() == ["the answer"]


def test_a_message_that_the_user_may_have_is_sent_only_by_its_id_and_then_once(recorded, simulator, queue, openid):
    writes(simulator, openid, "hello", seconds_ago=60)
    parked = {"reason": "unknown", "customerMessage": text_to(openid, "perhaps")}
    message_id = park(queue, wechat.text(openid, "a question"), **parked)
    stays = {"a message that the user may have: resend it by its id": 1}
    assert redriven(recorded) == report(**stays)
    assert simulator.sends_to(openid) == []

    assert redriven(recorded, resend=[message_id]) == report(handed_on=1)

    assert eventually(lambda: [call["body"] for call in simulator.sends_to(openid)] == [text_to(openid, "perhaps")])
    assert recorded.parked() == 0


def test_a_message_that_certainly_was_not_sent_is_sent_as_pushes_are(recorded, simulator, queue, openid):
    writes(simulator, openid, "hello", seconds_ago=60)
    parked = {"reason": "not_sent", "customerMessage": text_to(openid, "not yet")}
    park(queue, wechat.text(openid, "a question"), **parked)

    assert redriven(recorded) == report(handed_on=1)

    assert eventually(lambda: [call["body"] for call in simulator.sends_to(openid)] == [text_to(openid, "not yet")])


def test_one_push_is_removed_by_its_id_and_no_other(recorded, recorder, queue, openid):
    unwanted = park(queue, wechat.text(openid, "unwanted"))
    park(queue, wechat.text(openid, "wanted"))

    assert redriven(recorded, discard=[unwanted]) == report(discarded=1, **{"not named": 1})
    assert redriven(recorded) == report(handed_on=1)

    assert [message["Content"] for _, message in recorder.wait_for(openid)] == ["wanted"]


def test_what_did_not_decrypt_is_read_once_the_secret_is_right(recorded, recorder, queue, openid):
    """Its signature was right, and its key is in the secret only now; its age is that of its arrival."""
    push = wechat.safe(wechat.text(openid, "hello"))
    record = {"unreadable": "the padding is broken", "query": push.query, "body": push.body.decode(), "arrivedAt": 1714112445}
    client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(record))

    assert redriven(recorded) == report(handed_on=1)

    assert [message["Content"] for _, message in recorder.wait_for(openid)] == ["hello"]
    assert recorded.parked() == 0
