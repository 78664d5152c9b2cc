"""What each function must bring about when it is invoked with its event, by whatever means, beside the local stack."""

import json
import time
from base64 import b64decode
from collections.abc import Callable

from local import wechat
from local.aws import client
from local.functions import folder, logical_id
from local.simulator import APP_ID
from local.stack import WELCOME, LocalStack
from outbound import ACTIONS, SUBSCRIBE, TEMPLATE, TYPING, answers_the_dialog, got, posted, typing_to, writes
from local.waiting import eventually
from payloads import PAYLOADS, TRANSFER

from .events import AT, EVENTS, KEY, MSGID, OPENID, QUESTION

Invoke = Callable[[], object]
"""Invokes the function with its event, and returns its answer."""


def assert_outcome(function: str, stack: LocalStack, invoke: Invoke) -> None:
    _forget_the_user(stack)
    OUTCOMES[function](stack, invoke)


def push(stack: LocalStack, invoke: Invoke) -> None:
    answer = invoke()

    assert answer["statusCode"] == 200
    reply = wechat.opened(answer["body"])
    assert (reply["MsgType"], reply["ToUserName"]) == ("transfer_customer_service", OPENID)


def deliver_reply(stack: LocalStack, invoke: Invoke) -> None:
    writes(stack.simulator, OPENID)

    assert invoke() == {"replied": "success"}

    assert "营业时间：" in _last_sent(stack)["text"]["content"]


def resume_replies(stack: LocalStack, invoke: Invoke) -> None:
    """The row is that of a push whose function was late, and whose `deliver-reply` died."""
    writes(stack.simulator, OPENID)
    sent = len(stack.simulator.sends_to(OPENID))
    row = {"state": "late", "owner": "dead", "answer": '"success"'}
    numbers = {"lease_expires_at": AT, "work_until": AT, "attempt": 1, "expires_at": int(time.time()) + 3600}
    item = {name: {"S": value} for name, value in row.items()} | {
        name: {"N": str(value)} for name, value in numbers.items()
    }
    client("dynamodb").put_item(
        TableName=stack.deployment.resource("PushDedupe"),
        Item=item | {"push_key": {"S": KEY}, "answered": {"BOOL": True}},
    )

    assert invoke() == {"batchItemFailures": []}

    assert eventually(lambda: len(stack.simulator.sends_to(OPENID)) > sent)
    assert "营业时间：" in _last_sent(stack)["text"]["content"]


def on_text(stack: LocalStack, invoke: Invoke) -> None:
    reply = invoke()

    assert reply["msgtype"] == "text" and "营业时间：" in reply["text"]["content"]


def on_user_enter_tempsession(stack: LocalStack, invoke: Invoke) -> None:
    assert invoke() == WELCOME["WelcomeText"]


def on_subscribe_msg_popup(stack: LocalStack, invoke: Invoke) -> None:
    assert invoke() == "success"

    assert _accepted(stack) == {TEMPLATE: 1}


def on_subscribe_msg_change(stack: LocalStack, invoke: Invoke) -> None:
    assert invoke() == "success"

    assert _accepted(stack) == {TEMPLATE: 0}


def on_subscribe_msg_sent(stack: LocalStack, invoke: Invoke) -> None:
    assert invoke() == "success"

    assert got(f"/deliveries/{MSGID}").by_the_api(stack.deployment).json()["report"]["error_status"] == "success"


def on_other(stack: LocalStack, invoke: Invoke) -> None:
    """A payment that nobody books: `push` answers WeChat that it is to come again."""
    assert invoke() == "success"


def send_customer_message(stack: LocalStack, invoke: Invoke) -> None:
    writes(stack.simulator, OPENID)

    answer = invoke()

    assert _said(answer)["errcode"] == 0
    assert answer["multiValueHeaders"]["x-reply-window-remaining"] == ["4"]
    assert _last_sent(stack) == json.loads(EVENTS["send-customer-message"]["body"])


def set_typing(stack: LocalStack, invoke: Invoke) -> None:
    writes(stack.simulator, OPENID)
    posted(TYPING, typing_to(OPENID, "CancelTyping")).by_the_api(stack.deployment)

    assert _said(invoke())["errcode"] == 0

    assert stack.simulator.calls_of(TYPING)[-1]["body"] == typing_to(OPENID)


def upload_temp_media(stack: LocalStack, invoke: Invoke) -> None:
    said = _said(invoke())

    assert said["type"] == "image"
    assert got(f"/cgi-bin/media/get?media_id={said['media_id']}").by_the_api(stack.deployment).ok


def send_subscribe_message(stack: LocalStack, invoke: Invoke) -> None:
    answers_the_dialog(stack.simulator, OPENID)

    said = _said(invoke())

    assert said["errcode"] == 0
    assert got(f"/deliveries/{said['msgid']}").by_the_api(stack.deployment).json()["openid"] == OPENID
    assert stack.simulator.calls_of(SUBSCRIBE)[-1]["openid"] == OPENID


def wechat_gateway(stack: LocalStack, invoke: Invoke) -> None:
    """WeChat's answer to a call that is none of the actions."""
    assert _said(invoke())["ip_list"]


def get_subscriptions(stack: LocalStack, invoke: Invoke) -> None:
    _invoke_deployed(stack, "on-subscribe-msg-popup")

    said = _said(invoke())

    assert said["openid"] == OPENID
    assert [(each["template_id"], each["remaining"]) for each in said["subscriptions"]] == [(TEMPLATE, 1)]


def get_delivery(stack: LocalStack, invoke: Invoke) -> None:
    _invoke_deployed(stack, "on-subscribe-msg-sent")

    said = _said(invoke())

    assert (said["msgid"], said["openid"], said["report"]["error_status"]) == (MSGID, OPENID, "success")


def access_token(stack: LocalStack, invoke: Invoke) -> None:
    row = {"TableName": stack.deployment.resource("AccessToken"), "Key": {"appid": {"S": APP_ID}}}
    client("dynamodb").delete_item(**row)

    assert invoke()["outcomes"][APP_ID] == "Refreshed"

    assert client("dynamodb").get_item(**row)["Item"]["access_token"]["S"]
    assert invoke()["outcomes"][APP_ID] == "NotDue"


def redrive_failed_pushes(stack: LocalStack, invoke: Invoke) -> None:
    queue = stack.deployment.outputs["FailedPushesQueueUrl"]
    client("sqs").purge_queue(QueueUrl=queue)
    parked = {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": QUESTION}
    client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(parked))

    report = invoke()

    assert report == {"handed_on": 1, "discarded": 0, "stayed": 0, "why": {}, "ids": {}, "unfinished": False}
    assert stack.deployment.parked() == 0


def doctor(stack: LocalStack, invoke: Invoke) -> None:
    """Nothing is wrong with the secrets, the access tokens and what WeChat says of both mini programs."""
    report = invoke()

    assert [found for found in report["findings"] if found["appid"]] == []
    assert report["checked"] == 2 * 5 + 3


def as_its_payload(answer: str) -> Callable[[LocalStack, Invoke], None]:
    """What the payloads say of a type that has no more to show."""

    def outcome(_: LocalStack, invoke: Invoke) -> None:
        assert invoke() == (wechat.TRANSFER if answer == TRANSFER else "success")

    return outcome


def as_its_action(errcode: int | None) -> Callable[[LocalStack, Invoke], None]:
    """WeChat's answer to an action that has no more to show."""

    def outcome(_: LocalStack, invoke: Invoke) -> None:
        assert _said(invoke())["errcode"] == errcode

    return outcome


OUTCOMES: dict[str, Callable[[LocalStack, Invoke], None]] = {
    f"on-{payload.route}": as_its_payload(payload.answer) for payload in PAYLOADS
}
OUTCOMES |= {folder(action.function): as_its_action(action.errcode) for action in ACTIONS}
OUTCOMES |= {
    outcome.__name__.replace("_", "-"): outcome
    for outcome in [
        push,
        deliver_reply,
        resume_replies,
        on_text,
        on_user_enter_tempsession,
        on_subscribe_msg_popup,
        on_subscribe_msg_change,
        on_subscribe_msg_sent,
        on_other,
        send_customer_message,
        set_typing,
        upload_temp_media,
        send_subscribe_message,
        wechat_gateway,
        get_subscriptions,
        get_delivery,
        access_token,
        redrive_failed_pushes,
        doctor,
    ]
}


def _said(answer: dict) -> dict:
    """WeChat's JSON in an answer to API Gateway."""
    assert answer["statusCode"] == 200
    return json.loads(b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"])


def _last_sent(stack: LocalStack) -> dict:
    return stack.simulator.sends_to(OPENID)[-1]["body"]


def _accepted(stack: LocalStack) -> dict[str, int]:
    known = got(f"/subscriptions/{OPENID}").by_the_api(stack.deployment).json()["subscriptions"]
    return {each["template_id"]: each["remaining"] for each in known}


def _invoke_deployed(stack: LocalStack, function: str) -> None:
    assert stack.deployment.invoke(logical_id(function), EVENTS[function]) == "success"


def _forget_the_user(stack: LocalStack) -> None:
    """The events are of one user and one day, so that what is known already would make them late."""
    dynamodb = client("dynamodb")
    for table, key in [("ReplyWindow", ["openid"]), ("Subscription", ["pk", "sk"]), ("PushDedupe", ["push_key"])]:
        name = stack.deployment.resource(table)
        for row in dynamodb.scan(TableName=name)["Items"]:
            if OPENID in json.dumps(row) or KEY in json.dumps(row):
                dynamodb.delete_item(TableName=name, Key={part: row[part] for part in key})
