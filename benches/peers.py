"""The same push, taken by the product and by what people use today: `make bench-peers`.

Contestants run in turn, each from a cold start: init (spawn until it asks for work), the first push, then warm ones. Texts in
safe mode, as XML; Secrets Manager and Invoke answer at once, DynamoDB is Amazon's DynamoDB Local. One table comes out,
medians of all rounds; each absolute figure has its ratio to the Python function beside it.
"""

import json
import os
import re
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from wechatpy.crypto import WeChatCrypto

from local.processes import end_on_signals
from stand_in import Aws, Counted, Function

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / ".aws-sam" / "build"
PEERS = ROOT / "benches" / "peers"
ROUNDS = 11
WARM_PUSHES = 200

APP_ID = "wxba5fad812f8e6fb9"
TOKEN = "benchtoken"
ENCODING_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ARN = "arn:aws:lambda:us-east-1:000000000000:function"
ROUTES = [
    re.sub(r"\B(?=[A-Z])", "_", route).upper()
    for route in re.findall(r"^  (\w+)FunctionArn:$", (ROOT / "template.yaml").read_text(), re.MULTILINE)
]
SETTINGS = {
    "STACK_NAME": "bench",
    "APP_ID": APP_ID,
    "PUSH_MODE": "safe",
    "PUSH_TOLERANCE_SECONDS": "600",
    "ENTER_SESSION_QUOTA": "1",
    "REPLY_TIMEOUT_SECONDS": "120",
    "TYPING_AFTER_MILLISECONDS": "800",
    "WHEN_HANDLER_FAILS": "transfer",
    "LONG_TEXT": "split",
    "HANDOFF_MINUTES": "0",
    "WECHAT_API_BASE_URL": "https://api.weixin.qq.com",
    "TYPING_PATH": "/cgi-bin/message/custom/typing",
    "PUSH_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:bench",
    "PUSH_DEDUPE_TABLE": "PushDedupe",
    "REPLY_WINDOW_TABLE": "ReplyWindow",
    "ACCESS_TOKEN_TABLE": "AccessToken",
    "FAILED_PUSHES_QUEUE_URL": "http://127.0.0.1:9/failed",
    "REPLY_GUARD_QUEUE_URL": "http://127.0.0.1:9/guard",
    "DELIVER_REPLY_FUNCTION_ARN": f"{ARN}:deliver-reply",
    "ACCESS_TOKEN_FUNCTION_ARN": f"{ARN}:access-token",
    **{f"{route}_FUNCTION_ARN": f"{ARN}:on-text" for route in ROUTES},
}
TABLES = {"PushDedupe": "push_key", "ReplyWindow": "openid", "AccessToken": "appid"}


@dataclass
class Round:
    """One cold start and what followed it. Milliseconds, but for memory and calls."""

    init: float
    first: float
    warm: float
    cpu: float
    memory: float
    calls: float


@dataclass
class Contestant:
    """Who takes the push: the first of its functions, which may invoke the others."""

    name: str
    functions: dict[str, list[str]]
    note: str = ""
    rounds: list[Round] = field(default_factory=list)


def bootstrap(function: str) -> list[str]:
    logical_id = "".join(part.capitalize() for part in function.split("-")) + "Function"
    return [str(BUILT / logical_id / "bootstrap")]


def contestants() -> list[Contestant]:
    python = [str(ROOT / ".venv" / "peers" / "bin" / "python"), "-m", "awslambdaric", "push.handler"]
    node = ["node", str(PEERS / "node" / "runtime.mjs")]
    whole = {function: bootstrap(function) for function in ("push", "deliver-reply", "on-text")}
    return [
        Contestant("push", {"push": bootstrap("push")}, "deliver-reply answered at once"),
        Contestant("push, deliver-reply, on-text", whole, "init of push; the others start within the first push"),
        Contestant("Python: wechatpy, boto3", {"python": python}, "everything in one function, see peers/python"),
        Contestant("Node: wechat-crypto, AWS SDK", {"node": node}, "everything in one function, see peers/node"),
    ]


class Pushes:
    """Texts of one user, each with an id of its own."""

    def __init__(self) -> None:
        self.crypto = WeChatCrypto(TOKEN, ENCODING_AES_KEY, APP_ID)
        self.next_id = 23_000_000_000_000_000

    def event(self) -> bytes:
        self.next_id += 1
        now = str(int(time.time()))
        text = (
            "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
            "<FromUserName><![CDATA[oABCD-0123456789abcdefghijkl]]></FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[When do you open on Sunday?]]></Content><MsgId>{self.next_id}</MsgId></xml>"
        )
        body = self.crypto.encrypt_message(text, "nonce", now)
        signature = re.search(r"<MsgSignature><!\[CDATA\[(\w+)", body)[1]
        # The form in which WeChat pushes: without the answer's own elements.
        encrypted = re.search(r"<Encrypt>.*</Encrypt>", body, re.DOTALL)[0]
        query = {"msg_signature": signature, "timestamp": now, "nonce": "nonce", "encrypt_type": "aes"}
        return json.dumps(
            {
                "resource": "/push",
                "path": "/push",
                "httpMethod": "POST",
                "headers": {"Content-Type": "text/xml"},
                "multiValueHeaders": {"Content-Type": ["text/xml"]},
                "queryStringParameters": query,
                "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
                "pathParameters": None,
                "stageVariables": None,
                "requestContext": {"stage": "v1", "httpMethod": "POST", "requestTimeEpoch": int(now) * 1000, "identity": {}},
                "body": f"<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>{encrypted}</xml>",
                "isBase64Encoded": False,
            }
        ).encode()


def run(contestant: Contestant, aws: Aws, dynamodb: Counted, pushes: Pushes) -> Round:
    endpoints = {"AWS_ENDPOINT_URL": aws.url, "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.url}
    python_path = {"PYTHONPATH": str(PEERS / "python")}
    functions = {
        name: Function(name, command, SETTINGS | endpoints | python_path)
        for name, command in contestant.functions.items()
    }
    aws.functions = {"deliver-reply": lambda _: b'{"replied":"success"}'}
    aws.functions |= {name: function.invoke for name, function in functions.items()}
    front = next(iter(functions.values()))

    def push() -> float:
        event = pushes.event()
        started = time.perf_counter()
        answer = json.loads(front.invoke(event))
        took = (time.perf_counter() - started) * 1000
        if answer["statusCode"] != 200:
            raise SystemExit(f"{contestant.name} answered {answer}\n{front.printed()}")
        return took

    def cpu() -> int:
        return sum(function.cpu_nanoseconds() for function in functions.values())

    try:
        started = time.perf_counter()
        front.start()
        front.wait_until_ready()
        init = (time.perf_counter() - started) * 1000
        first = push()
        cpu_before, calls_before = cpu(), dynamodb.calls.total()
        warm = statistics.median(push() for _ in range(WARM_PUSHES))
        cpu_each = (cpu() - cpu_before) / WARM_PUSHES / 1e6
        calls_each = (dynamodb.calls.total() - calls_before) / WARM_PUSHES
        memory = max(function.peak_mebibytes() for function in functions.values())
        return Round(init, first, warm, cpu_each, memory, calls_each)
    finally:
        for function in functions.values():
            function.stop()


def table(found: list[Contestant]) -> None:
    def median(contestant: Contestant, figure: str) -> float:
        return statistics.median(getattr(one, figure) for one in contestant.rounds)

    def cold(contestant: Contestant) -> float:
        return statistics.median(one.init + one.first for one in contestant.rounds)

    python = found[2]
    print(f"Medians of {ROUNDS} cold starts in turn, {WARM_PUSHES} warm pushes each; in brackets: times the Python function's\n")
    print("| | init ms | first push ms | init and first | warm ms | CPU ms a push | peak MiB | DynamoDB calls |")
    print("|---|---|---|---|---|---|---|---|")
    for contestant in found:
        cells = []
        for figure in ("init", "first", None, "warm", "cpu", "memory", "calls"):
            value = median(contestant, figure) if figure else cold(contestant)
            other = median(python, figure) if figure else cold(python)
            cells.append(f"{value:.2f} ({value / other:.3f})" if figure != "calls" else f"{value:.0f}")
        print(f"| {contestant.name} | {' | '.join(cells)} |")
    print()
    for contestant in found:
        print(f"{contestant.name}: {contestant.note}")
    for other in found[2:]:
        for ours in found[:2]:
            print(f"{ours.name}: {cold(other) / cold(ours):.1f} times faster than {other.name}, init and first push")


def main() -> None:
    end_on_signals()
    url = os.environ["DYNAMODB_LOCAL_URL"]
    client = boto3.client(
        "dynamodb", endpoint_url=url, region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench"
    )
    for name, key in TABLES.items():
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        )
    aws = Aws(json.dumps({"token": TOKEN, "encoding_aes_key": ENCODING_AES_KEY}))
    dynamodb = Counted(int(url.rsplit(":", 1)[1]))
    pushes = Pushes()
    found = contestants()
    for number in range(ROUNDS + 1):
        for contestant in found:
            measured = run(contestant, aws, dynamodb, pushes)
            if number:  # the first fills the page cache
                contestant.rounds.append(measured)
    table(found)


if __name__ == "__main__":
    main()
