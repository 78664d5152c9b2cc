"""With EventBusName, each push is an event on that bus, which a rule hands to a queue; the answers do not depend on it."""

import hashlib
import json
import re
import time
from collections.abc import Iterator

import pytest

from local import wechat
import wire as wires
from local.aws import client
from local.deployment import Deployment
from local.processes import ROOT
from local.simulator import APP_ID, URL
from outbound import writes
from local.waiting import eventually
from wire import Wire

BUS = "wechat-pushes"
SOURCE = "wechat.miniprogram"
PAGE = (ROOT / "docs" / "operations.md").read_text()


class Events:
    """What the rule has put into its queue."""

    def __init__(self) -> None:
        client("events").create_event_bus(Name=BUS)
        self._queue = client("sqs").create_queue(QueueName=BUS)["QueueUrl"]
        found = client("sqs").get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        client("events").put_rule(Name=BUS, EventBusName=BUS, EventPattern=json.dumps({"source": [SOURCE]}))
        target = {"Id": "queue", "Arn": found["Attributes"]["QueueArn"]}
        client("events").put_targets(Rule=BUS, EventBusName=BUS, Targets=[target])
        self._seen: list[dict] = []

    def of(self, openid: str) -> list[dict]:
        """Those that concern a user, by their openid or its hash."""
        sqs = client("sqs")
        while messages := sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._seen.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in self._seen if {openid, hashed(openid)} & set(event["detail"].values())]

    def wait_for(self, openid: str) -> list[dict]:
        assert eventually(lambda: self.of(openid)), "no event"
        return self.of(openid)


def hashed(openid: str) -> str:
    """As the logs show it."""
    return hashlib.sha256(openid.encode()).hexdigest()[:16]


@pytest.fixture(scope="module")
def events(stack) -> Events:
    return Events()


@pytest.fixture(scope="module")
def events_wire(stack) -> Iterator[Wire]:
    with wires.wire() as running:
        yield running


@pytest.fixture(scope="module")
def publishing(events, recorder, events_wire) -> Iterator[Deployment]:
    """Publishes redacted events; every push goes to the recorder."""
    local = {"AppId": APP_ID, "PushToleranceSeconds": "0", "WechatApiBaseUrl": URL}
    other = Deployment("event-bus", local | recorder.parameters | {"EventBusName": BUS})
    other.put_secrets()
    other.fetch_access_token()
    with other.configured("DeliverReplyFunction", **events_wire.environment):
        yield other


@pytest.fixture
def user(simulator, openid) -> str:
    """One to whom WeChat lets us write."""
    writes(simulator, openid, "hello", seconds_ago=60)
    return openid


def pushed(deployment: Deployment, message: dict):
    push = wechat.safe(message)
    return deployment.push(push.query, push.body)


def reached(simulator, openid: str) -> list[str]:
    return [call["body"]["text"]["content"] for call in simulator.sends_to(openid) if call["errcode"] == 0]


def lines_of(deployment: Deployment, openid: str) -> list[dict]:
    """One for each run of `deliver-reply`."""
    return [
        line
        for line in deployment.lines("deliver-reply")
        if line.get("openid") == hashed(openid) and line["message"] == "deliver reply"
    ]


def test_a_message_is_one_event_however_often_wechat_asks_and_tells_nothing_of_what_was_typed(
    publishing, events, recorder, simulator, user
):
    recorder.answer(user, lambda _: "an answer")
    message = wechat.text(user, "a secret")
    push = wechat.safe(message)

    answers = [publishing.push(push.query, push.body) for _ in range(4)]

    assert [answer.text for answer in answers] == ["success"] * 4
    assert reached(simulator, user) == ["an answer"]
    [event] = events.wait_for(user)
    assert (event["source"], event["detail-type"]) == (SOURCE, "text")
    header = {name: message[name] for name in ("ToUserName", "CreateTime", "MsgType", "MsgId")}
    assert event["detail"] == header | {"FromUserName": hashed(user), "appid": APP_ID}
    example = next(block for block in re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S) if SOURCE in block)
    assert json.loads(example)["detail"].keys() == event["detail"].keys()
    [line] = lines_of(publishing, user)
    assert line["unpublished_events"] == 0


def test_an_event_of_wechats_is_one_under_its_name(publishing, events, openid):
    pushed(publishing, wechat.entering(openid, SessionFrom="a secret"))

    [event] = events.wait_for(openid)
    assert event["detail-type"] == "user_enter_tempsession"
    assert "a secret" not in json.dumps(event)


def test_a_payment_is_one_event_though_wechat_repeats_it_until_it_is_booked(publishing, events, recorder, openid):
    recorder.answer(openid, lambda _: {"ErrCode": len(recorder.received(openid)) % 3})
    payment = wechat.event(openid, "xpay_goods_deliver_notify", OpenId=openid, OutTradeNo="order-1")
    push = wechat.safe(payment)

    answers = [wechat.opened(publishing.push(push.query, push.body).content)["ErrCode"] for _ in range(3)]

    assert answers == [1, 2, 0]
    [event] = events.wait_for(openid)
    assert event["detail-type"] == "xpay_goods_deliver_notify"
    assert (event["detail"]["OpenId"], event["detail"]["OutTradeNo"]) == (hashed(openid), "order-1")
    assert [line["unpublished_events"] for line in lines_of(publishing, openid)] == [0, 0, 0]


def test_with_full_content_an_event_is_the_whole_message(publishing, events, openid):
    message = wechat.text(openid, "您好 🙂")

    with publishing.configured("DeliverReplyFunction", EVENT_CONTENT="full"):
        pushed(publishing, message)

    [event] = events.wait_for(openid)
    assert event["detail"] == message | {"appid": APP_ID}


@pytest.mark.parametrize("fault", ["cut", "silent"])
def test_a_bus_that_is_down_is_counted_and_the_user_is_answered_in_time(
    publishing, events, events_wire, recorder, simulator, user, fault
):
    recorder.answer(user, lambda _: "an answer")

    with getattr(events_wire, fault)("events"):
        answer = pushed(publishing, wechat.text(user, "a secret"))

    assert (answer.status_code, answer.text) == (200, "success")
    assert answer.elapsed.total_seconds() < 4.5
    assert reached(simulator, user) == ["an answer"]
    [line] = lines_of(publishing, user)
    assert (line["outcome"], line["unpublished_events"]) == ("delivered", 1)
    warned = [line for line in publishing.lines("deliver-reply") if line["message"] == "push not published"]
    assert warned and "a secret" not in json.dumps(publishing.log("deliver-reply"))
    assert events.of(user) == []


def test_a_bus_that_is_missing_or_not_ours_to_write_to_is_counted(publishing, events, recorder, simulator, user):
    recorder.answer(user, lambda _: "an answer")

    with publishing.configured("DeliverReplyFunction", EVENT_BUS_NAME="another"):
        answer = pushed(publishing, wechat.text(user, "hello"))

    assert answer.text == "success"
    assert reached(simulator, user) == ["an answer"]
    [line] = lines_of(publishing, user)
    assert line["unpublished_events"] == 1


def test_what_could_not_be_published_is_published_by_the_next_run(publishing, events, events_wire, recorder, openid):
    recorder.answer(openid, lambda _: {"ErrCode": 2 - len(recorder.received(openid))})
    push = wechat.safe(wechat.event(openid, "xpay_goods_deliver_notify", OutTradeNo="order-2"))

    with events_wire.cut("events"):
        publishing.push(push.query, push.body)
    assert events.of(openid) == []
    publishing.push(push.query, push.body)

    assert len(events.wait_for(openid)) == 1
    assert [line["unpublished_events"] for line in lines_of(publishing, openid)] == [1, 0]


def test_an_event_that_wechat_does_not_wait_for_is_handled_though_the_bus_is_silent(
    publishing, events_wire, recorder, openid
):
    with events_wire.silent("events"):
        pushed(publishing, wechat.entering(openid))
        recorder.wait_for(openid)
        began = time.monotonic()
        assert eventually(lambda: lines_of(publishing, openid))
        assert time.monotonic() - began < 8

    assert lines_of(publishing, openid)[0]["unpublished_events"] == 1


def test_without_a_bus_nothing_is_published_or_counted(publishing, events, openid):
    with publishing.configured("DeliverReplyFunction", EVENT_BUS_NAME=""):
        pushed(publishing, wechat.text(openid, "hello"))

    [line] = lines_of(publishing, openid)
    assert "unpublished_events" not in line
    assert events.of(openid) == []
