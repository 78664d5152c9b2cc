"""What stands in the logs. Runs last: it looks through what every other test left there."""

import hashlib
import json
import secrets
import time
from collections.abc import Iterator

import pytest

import rust_sources
from local import wechat
from local.aws import client
from local.deployment import Deployment
from local.simulator import APP_ID, APP_SECRET, ENCODING_AES_KEY, TOKEN
from outbound import SEND, text_to, writes
from payloads import PAYLOADS
from sdk_api import IPS
from sdk_clients.caller_token import CallerToken, read
from local.waiting import eventually

PRIVATE = {"Content", "PicUrl", "MediaId", "Mediaid", "Title", "PagePath", "ThumbUrl", "SessionFrom", "Query"}
"""Fields in which stands what a user said, or where they were."""


PUSHES = {"pushes": [["stack"], ["stack", "appid"], ["stack", "route", "outcome"]]}
ANSWERS = dict.fromkeys(["answer_milliseconds", "duplicates", "late_replies"], [["stack"]])


def hashed(openid: str) -> str:
    return hashlib.sha256(openid.encode()).hexdigest()[:16]


def marker() -> str:
    """A text that stands nowhere by chance."""
    return "private" + secrets.token_hex(8)


def groups() -> list[str]:
    """The log groups of our functions, in every deployment."""
    pages = client("logs").get_paginator("describe_log_groups").paginate()
    names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    return [name for name in names if not name.startswith("/aws/lambda/recorder/")]


def everything() -> Iterator[tuple[str, str]]:
    for name in groups():
        for page in client("logs").get_paginator("filter_log_events").paginate(logGroupName=name):
            yield from ((name, event["message"]) for event in page["events"])


def access_tokens() -> set[str]:
    """Of every deployment: what stands in the tables of access tokens."""
    dynamodb = client("dynamodb")
    tables = [name for page in dynamodb.get_paginator("list_tables").paginate() for name in page["TableNames"]]
    rows = [row for name in tables if "-AccessToken-" in name for row in dynamodb.scan(TableName=name)["Items"]]
    return {row["access_token"]["S"] for row in rows if "access_token" in row}


def counted(line: dict) -> dict[str, list[list[str]]]:
    """The metrics that a line embeds, and the sets of dimensions by which each is counted."""
    return {
        metric["Name"]: directive["Dimensions"]
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def private_texts(message) -> Iterator[str]:
    if isinstance(message, dict):
        for name, value in message.items():
            if name in PRIVATE and isinstance(value, str) and value:
                yield value
            else:
                yield from private_texts(value)


@pytest.fixture(scope="module")
def talked_about(deployment: Deployment, simulator, users: list[str]) -> set[str]:
    """What users say, in pushes that are handled, refused, unreadable, and of another shape than WeChat's."""
    texts = []

    def push(message: dict | str, **style) -> int:
        sealed = wechat.safe(message, **style)
        return deployment.push(sealed.query, sealed.body).status_code

    def said() -> str:
        texts.append(marker())
        return texts[-1]

    for format in ("json", "xml"):
        users.append("o" + secrets.token_urlsafe(20))
        openid = users[-1]
        simulator.push(openid, {"MsgType": "text", "Content": f"营业时间 {said()}"}, format=format)
        deployment.send({"touser": openid, "msgtype": "text", "text": {"content": said()}})
        deployment.send({"touser": openid, "msgtype": said(), "text": {"content": said()}})
        deployment.send(f'{{"touser": "{openid}", "text": {said()}'.encode())
        push(wechat.text(openid, said()), format=format)
        push(wechat.entering(openid, SessionFrom=said(), Query=said()), format=format)
        push(wechat.text(openid, said(), CreateTime=said()), format=format)
        push(wechat.text(openid, said(), MsgType="image"), format=format)
        push(wechat.text(openid, said(), MsgType="voice"), format=format)
        push(wechat.event(openid, "subscribe_msg_sent_event", List={"ErrorCode": said()}), format=format)
        push(wechat.text(openid, said()), format=format, app_id="wx0000000000000000")
        push(wechat.text(openid, said()), format=format, mode="compat")
        broken = wechat.safe(f'{{"FromUserName": "{openid}", "Content": "{said()}"')
        deployment.push(broken.query, broken.body)
        forged = wechat.plain(wechat.text(openid, said()), format=format)
        deployment.push(forged.query, forged.body)
    push(wechat.text(users[-1], {"not a text": said()}))
    # WeChat does not escape what a user typed: it can look like further fields.
    typed = f"x]]></Content><Event><![CDATA[{said()}]]></Event><Content><![CDATA["
    fields = f"<FromUserName>{users[-1]}</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType>"
    push(f"<xml>{fields}<Content><![CDATA[{typed}]]></Content><MsgId>1</MsgId></xml>", format="xml")
    for payload in PAYLOADS:
        texts += private_texts(payload.received)
    return {text for text in texts if len(text) > 5}


def test_no_log_holds_a_secret_a_token_an_openid_or_what_a_user_said(deployment, callers, talked_about, users):
    secret = {TOKEN, ENCODING_AES_KEY, APP_SECRET, *callers.values()}
    forbidden = talked_about | access_tokens() | set(users) | secret
    assert access_tokens(), "there has been one"
    assert eventually(lambda: any("MessageMalformed" in str(record) for record in deployment.failed_pushes()))

    lines = list(everything())
    found = [(group, text, line) for group, line in lines for text in forbidden if text in line]

    assert found == []
    assert len(lines) > len(users), "there was something to look through"


def test_a_push_leaves_one_line_that_tells_what_it_was_and_how_long_it_took(deployment, openid):
    push = wechat.safe(wechat.text(openid, "hello"), format="xml")
    deployment.push(push.query, push.body)
    deployment.push(push.query, push.body)

    def lines() -> list[dict]:
        return [line for line in deployment.lines("push") if line.get("openid") == hashed(openid)]

    assert eventually(lambda: len(lines()) == 2)
    first, again = lines()
    described = {"route": "text", "msg_type": "text", "mode": "safe", "format": "xml", "status": 200, "pushes": 1}
    assert described.items() <= first.items() and described.items() <= again.items()
    assert (first["outcome"], first["attempt"], first["duplicates"]) == ("replied", 1, 0)
    assert (again["outcome"], again.get("attempt"), again["duplicates"]) == ("duplicate", None, 1)
    assert first["request_id"] != again["request_id"]
    assert {"open", "claim", "invoke"} <= first["steps"].keys()
    assert first["answer_milliseconds"] >= first["steps"]["invoke"] > 0


def test_a_refused_push_leaves_its_reason_and_is_counted(deployment, openid):
    before = len(deployment.lines("push"))
    push = wechat.safe(wechat.text(openid, "hello"))
    deployment.push(push.query | {"msg_signature": "0" * 40}, push.body)

    assert eventually(lambda: len(deployment.lines("push")) == before + 1)
    line = deployment.lines("push")[-1]
    assert (line["outcome"], line["reason"], line["refusals"], line["status"]) == ("refused", "signature_wrong", 1, 403)
    assert (line["route"], line["pushes"]) == ("unread", 1)
    assert counted(line) == PUSHES | {"refusals": [["stack"], ["stack", "reason"]]}
    assert "openid" not in line


def test_a_push_that_cannot_be_read_leaves_a_line_and_is_counted(deployment):
    before = len(deployment.lines("push"))
    push = wechat.safe("{")
    deployment.push(push.query, push.body)

    assert eventually(lambda: len(deployment.lines("push")) == before + 1)
    line = deployment.lines("push")[-1]
    assert (line["route"], line["outcome"], line["pushes"], line["status"]) == ("unread", "unreadable", 1, 200)
    assert counted(line) == PUSHES | ANSWERS


def test_a_push_that_is_too_large_is_counted_and_its_time_is_nobodys(deployment):
    before = len(deployment.lines("push"))
    deployment.push(wechat.safe("{").query, "x" * (256 * 1024 + 1))

    assert eventually(lambda: len(deployment.lines("push")) == before + 1)
    line = deployment.lines("push")[-1]
    assert (line["route"], line["outcome"], line["pushes"], line["status"]) == ("unread", "too_large", 1, 413)
    assert counted(line) == PUSHES


def test_a_push_for_which_there_is_no_secret_leaves_a_line_and_is_counted(recorded, wire, openid):
    def pushes() -> list[dict]:
        return [line for line in recorded.lines("push") if line["message"] == "push"]

    recorded.restart("PushFunction")
    before = len(pushes())
    push = wechat.safe(wechat.text(openid, "hello"))
    with wire.cut("secretsmanager"):
        recorded.push(push.query, push.body)

    assert eventually(lambda: len(pushes()) == before + 1)
    line = pushes()[-1]
    assert (line["route"], line["outcome"], line["pushes"], line["status"]) == ("unread", "out_of_reach", 1, 503)
    assert counted(line) == PUSHES | ANSWERS


def test_a_call_leaves_one_line_that_tells_its_user_by_a_hash_and_who_refused(deployment, simulator, openid):
    writes(simulator, openid)
    deployment.send(text_to(openid))
    with simulator.failing(SEND, "errcode", errcode=45047, times=1):
        deployment.send(text_to(openid))
    deployment.send(text_to(openid))

    def lines() -> list[dict]:
        return [line for line in deployment.lines("send-customer-message") if line.get("openid") == hashed(openid)]

    assert eventually(lambda: len(lines()) == 3)
    described = {"action": "send-customer-message", "stack": deployment.name, "status": 200, "sends": 1}
    assert all(described.items() <= line.items() for line in lines())
    assert [(line["errcode"], line.get("refused_by"), line["window_refusals"]) for line in lines()] == [
        ("0", None, 0),
        ("45047", "wechat", 1),
        ("45047", "local", 1),
    ]
    assert len({line["request_id"] for line in lines()}) == 3
    assert lines()[0]["milliseconds"] > 0


def test_a_reply_leaves_a_line_of_its_delivery_and_each_message_the_line_of_a_send(deployment, simulator, openid):
    assert simulator.push(openid, {"MsgType": "text", "Content": "营业时间"})["outcome"] == "answered"

    def lines() -> list[dict]:
        return [line for line in deployment.lines("deliver-reply") if line.get("openid") == hashed(openid)]

    assert eventually(lambda: len(lines()) == 2)
    [line, delivery] = lines()
    described = {"message": "deliver reply", "route": "text", "outcome": "delivered", "messages": 1, "deliveries": 1}
    assert described.items() <= delivery.items()
    described = {"action": "deliver-reply", "stack": deployment.name, "status": 200, "errcode": "0"}
    assert described.items() <= line.items()
    assert line["sends"] == 1
    assert counted(line) == {"sends": [["stack"], ["stack", "appid"], ["stack", "action", "errcode"]]}


def test_a_call_of_an_sdk_leaves_one_line_with_its_caller_and_without_its_token_its_secret_or_its_query(
    deployment, simulator, sdk_api, callers, openid
):
    def lines() -> list[dict]:
        return [line for line in deployment.lines("wechat-gateway") if line.get("message") == "sdk_call"]

    writes(simulator, openid)
    before = len(lines())
    expired = CallerToken("shop", APP_ID, int(time.time()) - 1).signed(callers["shop"])
    unknown = CallerToken(marker(), APP_ID, int(time.time()) + 60).signed(callers["shop"])
    asked, said = marker(), marker()

    token = sdk_api.token(APP_ID, callers["shop"])
    message = json.dumps(text_to(openid, said)).encode()
    sdk_api.call(IPS, token, query=[("asked", asked)], headers=[("User-Agent", asked)])
    sdk_api.call(SEND, token, method="POST", body=message)
    sdk_api.call(IPS, expired, query=[("asked", asked)])
    sdk_api.call(IPS, unknown)
    sdk_api.call(f"/{asked}/{said}", token)
    sdk_api.call(IPS, headers=[("Authorization", f"Bearer {token}")])

    assert eventually(lambda: len(lines()) == before + 7)
    found = lines()[before:]
    columns = ("edge", "caller", "appid", "path_group", "errcode", "status")
    assert [tuple(line[column] for column in columns) for line in found] == [
        ("sdk", "shop", APP_ID, "token", "0", 200),
        ("sdk", "shop", APP_ID, "/cgi-bin/*", "0", 200),
        ("sdk", "shop", APP_ID, "send-customer-message", "0", 200),
        ("sdk", "shop", APP_ID, "/cgi-bin/*", "42001", 200),
        ("sdk", "unknown", "unknown", "/cgi-bin/*", "40001", 200),
        ("sdk", "shop", APP_ID, "refused", "40066", 200),
        ("sdk", "unknown", "unknown", "/cgi-bin/*", "41001", 200),
    ]
    assert counted(found[0]) == {"sdk_calls": [["stack"], ["stack", "caller"], ["stack", "path_group", "errcode_group"]]}
    private = {token, expired, unknown, read(unknown).caller, asked, said, *callers.values()}
    assert [line for _, line in everything() if any(text in line for text in private)] == []
    [action] = [line for line in deployment.lines("wechat-gateway") if line.get("openid") == hashed(openid)]
    assert (action["action"], action["errcode"], action["sends"]) == ("send-customer-message", "0", 1)


def test_every_metric_names_numbers_and_dimensions_that_stand_in_its_line():
    """Embedded metric format (CloudWatch docs: embedded metric format specification)."""
    counted = set()
    for line in (json.loads(message) for _, message in everything() if message.startswith("{")):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            names = {metric["Name"] for metric in directive["Metrics"]}
            assert all(isinstance(line[name], int) for name in names)
            assert all(isinstance(line[name], str) for names in directive["Dimensions"] for name in names)
            counted |= names

    assert counted == rust_sources.metrics().keys()
