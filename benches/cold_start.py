"""What a cold start of `push` costs beside that of the least functions, built with the same profile.

`make bench` runs it. It starts each in turn against a Runtime API of its own, and prints medians of: the bootstrap's
size, spawn to ready (the first ask for an invocation), the first answer, and the peak of resident memory after it.
"""

import contextlib
import http.server
import json
import os
import re
import statistics
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAMBDA = ROOT / "target" / "lambda"
BOOTSTRAPS = {name: LAMBDA / name / "bootstrap" for name in ("bare", "bare-with-clients", "push")}
RUNS = 25
ROUTES = [
    re.sub(r"\B(?=[A-Z])", "_", route).upper()
    for route in re.findall(r"^  (\w+)FunctionArn:$", (ROOT / "template.yaml").read_text(), re.MULTILINE)
]
SETTINGS = {
    "STACK_NAME": "bench",
    "APP_ID": "wxba5fad812f8e6fb9",
    "PUSH_MODE": "safe",
    "PUSH_TOLERANCE_SECONDS": "600",
    "ENTER_SESSION_QUOTA": "1",
    "PUSH_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:bench",
    "PUSH_DEDUPE_TABLE": "bench",
    "REPLY_WINDOW_TABLE": "bench",
    "FAILED_PUSHES_QUEUE_URL": "http://127.0.0.1:9/bench",
    **{f"{route}_FUNCTION_ARN": "arn:aws:lambda:us-east-1:000000000000:function:bench" for route in ROUTES},
}
# Too large a body: answered before anything is asked of AWS.
EVENT = {
    "resource": "/push",
    "path": "/push",
    "httpMethod": "POST",
    "headers": {},
    "multiValueHeaders": {},
    "queryStringParameters": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "stageVariables": None,
    "requestContext": {"stage": "v1", "httpMethod": "POST", "requestTimeEpoch": 0, "identity": {}},
    "body": "x" * (256 * 1024 + 1),
    "isBase64Encoded": False,
}


class RuntimeApi(http.server.ThreadingHTTPServer):
    """Hands out one invocation, and notes when it was asked for and when it was answered."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ready_at = 0.0
        self.answered_at = 0.0
        self.answered = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RuntimeApi

    def do_GET(self) -> None:
        if self.server.ready_at:
            self.server.answered.wait()
            threading.Event().wait(5)
            return
        self.server.ready_at = time.perf_counter()
        body = json.dumps(EVENT).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "00000000-0000-0000-0000-000000000000")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 10_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:bench")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.answered_at = time.perf_counter()
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.answered.set()

    def log_message(self, *_) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the function is killed while it waits for more
            super().handle()


def start(bootstrap: Path) -> tuple[float, float, float]:
    """Milliseconds to ready, milliseconds for the first answer, MiB at the peak."""
    api = RuntimeApi()
    threading.Thread(target=api.serve_forever, daemon=True).start()
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        **SETTINGS,
    }
    spawned_at = time.perf_counter()
    process = subprocess.Popen([bootstrap], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        if not api.answered.wait(10):
            process.kill()
            raise SystemExit(f"{bootstrap} did not answer: {process.communicate()[1].decode(errors='replace')}")
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
    finally:
        process.kill()
        process.communicate()
        api.shutdown()
        api.server_close()
    return (api.ready_at - spawned_at) * 1000, (api.answered_at - api.ready_at) * 1000, peak


def main() -> None:
    found = {name: [] for name in BOOTSTRAPS}
    for run in range(RUNS + 1):
        for name, bootstrap in BOOTSTRAPS.items():
            sample = start(bootstrap)
            if run:  # the first warms the page cache
                found[name].append(sample)
    print(f"{'':18} {'size MB':>8} {'ready ms':>9} {'answer ms':>10} {'peak MiB':>9}   medians of {RUNS} runs in turn")
    for name, samples in found.items():
        ready, answer, peak = (statistics.median(column) for column in zip(*samples))
        print(f"{name:18} {os.path.getsize(BOOTSTRAPS[name]) / 1e6:8.1f} {ready:9.2f} {answer:10.2f} {peak:9.1f}")
    for other in ("bare", "bare-with-clients"):
        ratio = statistics.median(push[0] / least[0] for push, least in zip(found["push"], found[other]))
        print(f"spawn to ready, push / {other}, run by run: median {ratio:.2f}")


if __name__ == "__main__":
    main()
