"""What a cold start costs: of `push` and of a function without AWS clients beside that of the least function, and the first push,
with and without the connections that `push` opens while it starts.

`make bench` runs it. All functions start in turn against a Runtime API and stand-ins for AWS of its own. The stand-ins speak TLS
with a certificate of their own authority, which `AWS_CA_BUNDLE` names. From the first request for work on, a function that
is measured "throttled" has 0.15 of a core, as Lambda gives to 256 MB. Look at the ratios: they are those of one run.
"""

import contextlib
import hashlib
import http.server
import json
import os
import re
import signal
import socket
import ssl
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAMBDA = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "lambda"
RUNS = 15
CORE = 0.15
PERIOD = 0.02
TOKEN, OPENID = "AAAAA", "o-bench"
ROUTES = [
    re.sub(r"\B(?=[A-Z])", "_", route).upper()
    for route in re.findall(r"^  (\w+)FunctionArn:$", (ROOT / "template.yaml").read_text(), re.MULTILINE)
]
ARN = "arn:aws:lambda:us-east-1:000000000000:function:bench"
SETTINGS = {
    "STACK_NAME": "bench",
    "APP_ID": "wxba5fad812f8e6fb9",
    "PUSH_MODE": "plain",
    "PUSH_TOLERANCE_SECONDS": "600",
    "ENTER_SESSION_QUOTA": "1",
    "REPLY_TIMEOUT_SECONDS": "120",
    "HANDOFF_MINUTES": "0",
    "PUSH_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:bench",
    "PUSH_DEDUPE_TABLE": "push-dedupe",
    "REPLY_WINDOW_TABLE": "reply-window",
    "FAILED_PUSHES_QUEUE_URL": "https://127.0.0.1:9/bench",
    "REPLY_GUARD_QUEUE_URL": "https://127.0.0.1:9/bench",
    "DELIVER_REPLY_FUNCTION_ARN": ARN,
    **{f"{route}_FUNCTION_ARN": ARN for route in ROUTES},
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
}


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status: int, body: bytes, headers: dict | None = None) -> None:
        head = [f"HTTP/1.1 {status} ok", f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.wfile.write("\r\n".join([*head, "", ""]).encode() + body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the function is killed while it waits for more
            super().handle()

    def log_message(self, *_) -> None:
        pass


class AwsHandler(Quiet):
    def do_POST(self) -> None:
        request, target = self.body(), self.headers.get("X-Amz-Target", "")
        answer: dict | str = {}
        status = 200
        if target.endswith("GetSecretValue"):
            if json.loads(request)["VersionStage"] == "AWSCURRENT":
                answer = {"SecretString": json.dumps({"token": TOKEN, "encoding_aes_key": "A" * 43})}
            else:
                status, answer = 400, {"__type": "ResourceNotFoundException"}
        elif target.endswith("UpdateItem"):
            update = json.loads(request)
            if update["TableName"] == "push-dedupe":
                owner = update["ExpressionAttributeValues"].get(":owner", {"S": "bench"})
                expires = {"N": str(int(time.time()) + 86_400)}
                answer = {"Attributes": {"state": {"S": "running"}, "owner": owner, "expires_at": expires}}
        elif self.headers.get("X-Amz-Invocation-Type") == "DryRun":
            status = 204
        elif self.path.endswith("/invocations"):
            answer = {"replied": "success"}
        self.answer(status, b"" if status == 204 else json.dumps(answer).encode())


class Aws(http.server.ThreadingHTTPServer):
    """A stand-in for a service, each with a port, so that none finds another's connection open. Until it is opened, connections
    are refused; it notes when the first one came."""

    request_queue_size = 64

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), AwsHandler, bind_and_activate=False)
        self.context = context
        self.server_bind()
        self.first_at = 0.0
        self.is_open = False

    def open(self) -> None:
        self.is_open = True
        self.server_activate()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def get_request(self):
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.first_at = self.first_at or time.perf_counter()
        return connection, address

    def finish_request(self, request, client_address) -> None:
        with contextlib.suppress(OSError), self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, *_) -> None:
        pass

    def end(self) -> None:
        if self.is_open:
            self.shutdown()
        self.server_close()


class RuntimeApi(http.server.ThreadingHTTPServer):
    """Hands out one push, and notes when it was asked for and when it was answered."""

    def __init__(self, at_ready) -> None:
        super().__init__(("127.0.0.1", 0), RuntimeHandler)
        self.at_ready = at_ready
        self.ready_at = self.handed_out_at = self.answered_at = 0.0
        self.answer = b""
        self.answered = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class RuntimeHandler(Quiet):
    server: RuntimeApi

    def do_GET(self) -> None:
        server = self.server
        if server.ready_at:
            threading.Event().wait(60)
            return
        server.ready_at = time.perf_counter()
        server.at_ready()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": "00000000-0000-0000-0000-000000000000",
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30_000),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
        }
        server.handed_out_at = time.perf_counter()
        self.answer(200, json.dumps(push()).encode(), headers)

    def do_POST(self) -> None:
        self.server.answer = self.body()
        self.server.answered_at = time.perf_counter()
        self.answer(202, b"")
        self.server.answered.set()


def push() -> dict:
    """A user's text, in plain mode, as API Gateway hands it on."""
    timestamp, nonce = str(int(time.time())), "1"
    signature = hashlib.sha1("".join(sorted([TOKEN, timestamp, nonce])).encode()).hexdigest()
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce}
    message = {
        "ToUserName": "gh_bench", "FromUserName": OPENID, "CreateTime": int(timestamp), "MsgType": "text",
        "Content": "hello", "MsgId": time.time_ns(),
    }
    return {
        "resource": "/push", "path": "/push", "httpMethod": "POST", "headers": {}, "multiValueHeaders": {},
        "queryStringParameters": query, "multiValueQueryStringParameters": {key: [value] for key, value in query.items()},
        "pathParameters": None, "stageVariables": None,
        "requestContext": {"stage": "v1", "httpMethod": "POST", "requestTimeEpoch": int(time.time() * 1000), "identity": {}},
        "body": json.dumps(message), "isBase64Encoded": False,
    }


class Quota:
    """Gives a process 0.15 of a core: by a control group, or where none may be made, by stopping and continuing it."""

    def __init__(self) -> None:
        self.group = None
        self.ended = threading.Event()
        for parent, name in ((Path("/sys/fs/cgroup/cpu"), "cpu.cfs_quota_us"), (Path("/sys/fs/cgroup"), "cpu.max")):
            group = parent / f"bench-{os.getpid()}"
            try:
                group.mkdir()
                self.group, self.limit = group, group / name
                if self.limit.exists():
                    return
                group.rmdir()
            except OSError:
                pass
        self.group = None

    def name(self) -> str:
        return f"control group {self.limit}" if self.group else "SIGSTOP and SIGCONT, which is coarser than a quota"

    def hold(self, pid: int) -> None:
        microseconds = (int(PERIOD * CORE * 1e6), int(PERIOD * 1e6))
        if not self.group:
            threading.Thread(target=self.stop_and_go, args=(pid,), daemon=True).start()
        elif self.limit.name == "cpu.max":
            self.limit.write_text("{} {}".format(*microseconds))
        else:
            (self.group / "cpu.cfs_period_us").write_text(str(microseconds[1]))
            self.limit.write_text(str(microseconds[0]))
        if self.group:
            (self.group / "cgroup.procs").write_text(str(pid))

    def stop_and_go(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            while not self.ended.is_set():
                os.kill(pid, signal.SIGCONT)
                time.sleep(PERIOD * CORE)
                os.kill(pid, signal.SIGSTOP)
                time.sleep(PERIOD * (1 - CORE))

    def end(self) -> None:
        self.ended.set()
        if self.group:
            for _ in range(50):
                with contextlib.suppress(OSError):
                    self.group.rmdir()
                    return
                time.sleep(0.02)


def start(name: str, tls: tuple[ssl.SSLContext, Path], *, warms: bool, is_throttled: bool) -> dict:
    """Starts a function once and has it answer one push; times in milliseconds, memory in MiB."""
    context, bundle = tls
    services = {name: Aws(context) for name in ("DYNAMODB", "LAMBDA", "SECRETS_MANAGER", "SQS")}
    quota = Quota() if is_throttled else None

    def open_services() -> None:
        for service in services.values():
            service.open()

    if warms:
        open_services()

    def at_ready() -> None:
        if not warms:
            open_services()
        if quota:
            quota.hold(process.pid)

    api = RuntimeApi(at_ready)
    environment = SETTINGS | {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "AWS_CA_BUNDLE": str(bundle),
    }
    for service, server in services.items():
        environment[f"AWS_ENDPOINT_URL_{service}"] = f"https://127.0.0.1:{server.server_address[1]}"
    spawned_at = time.perf_counter()
    bootstrap = LAMBDA / name / "bootstrap"
    process = subprocess.Popen([bootstrap], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        if not api.answered.wait(20):
            process.kill()
            raise SystemExit(f"{bootstrap} did not answer: {process.communicate()[0].decode(errors='replace')}")
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
    finally:
        process.kill()
        output = process.communicate()[0].decode(errors="replace")
        if quota:
            quota.end()
        api.shutdown()
        api.server_close()
        for server in services.values():
            server.end()
    if name == "push" and b"success" not in api.answer:
        raise SystemExit(f"the first push was not answered success: {api.answer!r}\n{output}")
    first = min((server.first_at for server in services.values() if server.first_at), default=0.0) if warms else 0.0
    first = first or api.ready_at
    return {
        "init": (first - spawned_at) * 1000,
        "ready": (api.ready_at - spawned_at) * 1000,
        "first": (api.answered_at - api.handed_out_at) * 1000,
        "peak": peak,
    }


CASES = {
    "bare": ("bare", True, False),
    "on-image": ("on-image", True, False),
    "push": ("push", True, False),
    "push, cold": ("push", False, False),
    "push, throttled": ("push", True, True),
    "push, throttled, cold": ("push", False, True),
}


def main() -> None:
    found: dict[str, list[dict]] = {case: [] for case in CASES}
    quota = Quota()
    how = quota.name()
    quota.end()
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder) / "ca.pem", Path(folder) / "key.pem"
        subject = ["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", *subject]
        subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        for run in range(RUNS + 1):
            for case, (name, warms, is_throttled) in CASES.items():
                sample = start(name, (context, certificate), warms=warms, is_throttled=is_throttled)
                if run:  # the first warms the page cache
                    found[case].append(sample)
    report(found, how)


def report(found: dict[str, list[dict]], how: str) -> None:
    def median(case: str, column: str) -> float:
        return statistics.median(sample[column] for sample in found[case])

    def ratio(column: str, case: str, other: str) -> float:
        return statistics.median(one[column] / two[column] for one, two in zip(found[case], found[other]))

    print(f"medians of {RUNS} runs in turn, milliseconds and MiB; cold: AWS refuses connections until the first push")
    print(f"{'':22} {'MB':>6} {'init':>7} {'ready':>7} {'first':>8} {'peak':>6} {'init / bare':>12}")
    for case, (name, *_) in CASES.items():
        size = (LAMBDA / name / "bootstrap").stat().st_size / 1e6
        times = f"{median(case, 'init'):7.2f} {median(case, 'ready'):7.2f} {median(case, 'first'):8.2f} {median(case, 'peak'):6.1f}"
        print(f"{case:22} {size:6.1f} {times} {ratio('init', case, 'bare'):12.2f}")
    print("init: spawn to the first connection, or to the first request for work if there is none; ready: to that request")
    print(f"throttled: {CORE} of a core from then on, by {how}")
    for kind in ("", ", throttled"):
        print(f"first push, cold / warm{kind}: {ratio('first', f'push{kind}, cold', f'push{kind}'):.1f}")


if __name__ == "__main__":
    main()
