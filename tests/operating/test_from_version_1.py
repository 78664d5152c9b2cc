"""A stack of version 1 is updated in place: its secrets, URLs and rows stay as they are and stay valid."""

import json
import re
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from local import wechat
from conftest import LOCAL
from local.aws import client
from local.deployment import Deployment
from local.processes import ROOT, WORK
from outbound import text_to
from local.wechat import TRANSFER

NAME = "from-version-1"
OPENID, OF_THE_WINDOW = "oWroteToVersion1", "oHasAWindowOfVersion1"


def version_1() -> Path:
    """Its template, with the programs of today: none of them runs before the update."""
    text = (ROOT / "tests/operating/version_1.yaml").read_text()
    text = text.replace("    CodeUri: .\n", "", 1)
    built = ROOT / ".aws-sam" / "build"
    with_code = re.sub(
        r"^  (\w+Function):\n    Type: AWS::Serverless::Function\n(.*?)    Properties:\n",
        lambda found: f"{found[0]}      CodeUri: {built / found[1]}\n",
        text,
        flags=re.MULTILINE | re.DOTALL,
    )
    template = WORK / "version_1.yaml"
    template.write_text(with_code)
    return template


@pytest.fixture(scope="module")
def message() -> dict:
    return wechat.text(OPENID, "hello", MsgId="7000000000000000007")


@pytest.fixture(scope="module")
def updated(stack, recorder, users, message) -> Iterator[Deployment]:
    users.extend([OPENID, OF_THE_WINDOW])
    old = Deployment(NAME, LOCAL | recorder.parameters, version_1())
    old.put_secrets()
    lives = {"expires_at": int(time.time()) + 3600}
    key = sha256(f"{OPENID}\0{message['MsgId']}".encode()).hexdigest()
    answered = {"push_key": key, "state": "done", "owner": "a", "attempt": 1, "reply": json.dumps(TRANSFER)}
    opened = {"openid": OF_THE_WINDOW, "remaining": 3, "opening": "message 1 1", "message_at": 1, "message_id": "1"}
    token = {"appid": LOCAL["AppId"], "access_token": "of version 1", "generation": 7}
    rows = {"PushDedupe": answered | lives, "ReplyWindow": opened | lives, "AccessToken": token | lives}
    for table, row in rows.items():
        item = {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in row.items()}
        client("dynamodb").put_item(TableName=old.resource(table), Item=item)
    yield Deployment(NAME, LOCAL | recorder.parameters)


def test_a_push_that_version_1_has_answered_gets_the_same_answer(updated, recorder, message):
    push = wechat.safe(message)

    answer = updated.push(push.query, push.body)

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
    assert recorder.received(OPENID) == []


def test_a_window_that_version_1_has_opened_is_counted_on_and_its_token_is_used(updated, simulator):
    """The token is none of the simulator's, which refuses it: it is replaced, and the call without an appid sent once more."""
    answer = updated.send(text_to(OF_THE_WINDOW))

    assert answer.headers["x-reply-window-remaining"] == "3", "WeChat itself does not know the user: the slot comes back"
    assert answer.json()["errcode"] == 40003
    row = client("dynamodb").get_item(TableName=updated.resource("AccessToken"), Key={"appid": {"S": LOCAL["AppId"]}})
    assert int(row["Item"]["generation"]["N"]) == 8


def test_its_flat_secrets_and_its_url_stay_valid(updated, recorder, openid):
    recorder.answer(openid, lambda _: TRANSFER)
    push = wechat.safe(wechat.text(openid, "hello"))

    answer = updated.push(push.query, push.body)

    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"
