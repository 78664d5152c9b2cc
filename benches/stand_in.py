"""Lambda as the benchmarks need it: a process behind a Runtime API of its own, and AWS at one address.

Standard library only. What it takes itself is in every wall-clock figure, of each contestant alike; CPU and memory are
those of the function's process alone.
"""

import contextlib
import http.server
import json
import os
import queue
import re
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

FUNCTION_TIMEOUT_SECONDS = 10
RUNTIME_ID = re.compile(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)")
INVOKED = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request: Any, _address: Any) -> None:
        """A function that is stopped while it waits breaks its connection off."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for head and body

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        pass


class Function:
    """A process that asks for events. It is started by the first event, or by `start`."""

    def __init__(self, name: str, command: list[str], settings: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self.asked = threading.Event()
        self.events: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.answers: dict[str, queue.Queue[tuple[str, bytes]]] = {}
        function = self

        class Runtime(_Handler):
            def do_GET(self) -> None:
                function.asked.set()
                request_id, event = function.events.get()
                self.answer(
                    200,
                    event,
                    Lambda_Runtime_Aws_Request_Id=request_id,
                    Lambda_Runtime_Deadline_Ms=str(int((time.time() + FUNCTION_TIMEOUT_SECONDS) * 1000)),
                    Lambda_Runtime_Invoked_Function_Arn=f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}",
                    Content_Type="application/json",
                )

            def do_POST(self) -> None:
                body = self.body()
                self.answer(202, b"")
                if answered := RUNTIME_ID.fullmatch(self.path):
                    function.answers[answered[1]].put((answered[2], body))

        self.server = _Server(("127.0.0.1", 0), Runtime)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start(self) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            **self.settings,
        }
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(self.command, env=environment, stdout=self.output, stderr=self.output)

    def wait_until_ready(self) -> None:
        if not self.asked.wait(FUNCTION_TIMEOUT_SECONDS):
            raise SystemExit(f"{self.name} did not ask for an event:\n{self.printed()}")

    def invoke(self, event: bytes) -> bytes:
        if self.process is None:
            self.start()
        request_id = str(uuid.uuid4())
        answer = self.answers[request_id] = queue.Queue()
        self.events.put((request_id, event))
        try:
            kind, body = answer.get(timeout=FUNCTION_TIMEOUT_SECONDS)
        except queue.Empty:
            raise SystemExit(f"{self.name} did not answer:\n{self.printed()}") from None
        finally:
            del self.answers[request_id]
        if kind == "error":
            raise SystemExit(f"{self.name} failed: {body.decode()}\n{self.printed()}")
        return body

    def printed(self) -> str:
        self.output.seek(0)
        return self.output.read().decode(errors="replace")[-4000:]

    def cpu_nanoseconds(self) -> int:
        """Of all its threads that are still there, in user and kernel mode."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir() if self.process else []
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)

    def peak_mebibytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text() if self.process else ""
        return max((int(kibibytes) / 1024 for kibibytes in re.findall(r"^VmHWM:\s+(\d+)", status, re.MULTILINE)), default=0)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        self.server.shutdown()
        self.server.server_close()


class Aws:
    """Secrets Manager and Lambda's Invoke. Functions are named by the last part of their ARN."""

    def __init__(self, secret: str) -> None:
        self.functions: dict[str, Callable[[bytes], bytes]] = {}
        aws = self

        class Handler(_Handler):
            def do_POST(self) -> None:
                body = self.body()
                if self.headers.get("X-Amz-Target") == "secretsmanager.GetSecretValue":
                    self._secret(json.loads(body))
                elif invoked := INVOKED.fullmatch(self.path.replace("%3A", ":")):
                    answer = aws.functions[invoked[1].rsplit(":", 1)[-1]](body)
                    self.answer(200, answer, Content_Type="application/json")
                else:
                    self.answer(501, b"{}")

            def _secret(self, asked: dict[str, str]) -> None:
                if asked.get("VersionStage", "AWSCURRENT") != "AWSCURRENT":
                    fault = json.dumps({"__type": "ResourceNotFoundException", "Message": "no such version"}).encode()
                    self.answer(400, fault, Content_Type="application/x-amz-json-1.1")
                    return
                found = {"ARN": asked["SecretId"], "Name": "bench", "VersionId": "1" * 32, "SecretString": secret}
                self.answer(200, json.dumps(found).encode(), Content_Type="application/x-amz-json-1.1")

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Counted:
    """A way to DynamoDB that counts the calls and changes nothing."""

    def __init__(self, port: int) -> None:
        self.calls: Counter[str] = Counter()
        self.target = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(self.target)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass_on, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, is_asking: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if is_asking:
                    for call in re.findall(rb"DynamoDB_20120810\.(\w+)", data):
                        self.calls[call.decode()] += 1
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
