"""The wire between a function and AWS: it shows every call, and it can be cut."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from local.aws import ENDPOINT

SERVICES = {
    "dynamodb": "AWS_ENDPOINT_URL_DYNAMODB",
    "events": "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "lambda": "AWS_ENDPOINT_URL_LAMBDA",
    "secretsmanager": "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "sqs": "AWS_ENDPOINT_URL_SQS",
}
"""The environment variable by which an SDK finds each service."""

DRY_RUN = "DryRun"


@dataclass(frozen=True)
class Call:
    service: str
    action: str
    request: dict
    status: int
    answer: dict
    began: float
    ended: float


class Calls(list[Call]):
    """Calls that were answered, in the order of their answers."""

    def of(self, service: str) -> list[Call]:
        """Without the dry runs with which functions that start open their connections: they invoke nothing."""
        return [call for call in self if call.service == service and call.action != DRY_RUN]


def round_trips(calls: list[Call]) -> int:
    """How many of them had to wait for another one: those that were under way together count as one."""
    count, ended = 0, 0.0
    for call in sorted(calls, key=lambda call: call.ended):
        if call.began >= ended:
            count, ended = count + 1, call.ended
    return count


@dataclass
class Fault:
    """What happens to calls of a service, or to one kind of them."""

    service: str
    action: str | None
    table: str | None = None
    is_silent: bool = False
    seconds: float | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def concerns(self, service: str, action: str, table: str | None) -> bool:
        return service == self.service and self.action in (None, action) and self.table in (None, table)


class Wire:
    def __init__(self, url: str) -> None:
        self.environment = dict.fromkeys(SERVICES.values(), url)
        """Lays a function's calls over this wire."""
        self._answered = threading.Condition()
        self._recordings: list[Calls] = []
        self._faults: list[Fault] = []

    @contextmanager
    def recording(self) -> Iterator[Calls]:
        calls = Calls()
        self._recordings.append(calls)
        try:
            yield calls
        finally:
            self._recordings.remove(calls)

    def wait_for(self, calls: Calls, holds: Callable[[Call], bool], seconds: float = 10) -> None:
        """Until such a call is answered."""
        with self._answered:
            assert self._answered.wait_for(lambda: any(holds(call) for call in calls), seconds), "no such call"

    def cut(self, service: str, action: str | None = None, table: str | None = None):
        """Connections break; with a table, those that concern it."""
        return self._with(Fault(service, action, table))

    def silent(self, service: str):
        """Connections stand, and no answer comes."""
        return self._with(Fault(service, None, is_silent=True))

    def slow(self, service: str, seconds: float):
        """Every call takes that much longer."""
        return self._with(Fault(service, None, seconds=seconds))

    @contextmanager
    def _with(self, fault: Fault) -> Iterator[None]:
        self._faults.append(fault)
        try:
            yield
        finally:
            self._faults.remove(fault)
            fault.over.set()

    def _passes(self, service: str, action: str, table: str | None) -> bool:
        """Whether the call goes through, after what it has to wait for."""
        for fault in [fault for fault in self._faults if fault.concerns(service, action, table)]:
            if fault.seconds is None:
                if fault.is_silent:
                    fault.over.wait(30)
                return False
            time.sleep(fault.seconds)
        return True

    def _note(self, call: Call) -> None:
        with self._answered:
            for calls in self._recordings:
                calls.append(call)
            self._answered.notify_all()


def _json(body: bytes) -> dict:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


@contextmanager
def wire() -> Iterator[Wire]:
    class Hop(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            began = time.monotonic()
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service = self.headers["Authorization"].split("/")[3]
            target = self.headers.get("X-Amz-Target")
            is_dry = self.headers.get("X-Amz-Invocation-Type") == DRY_RUN
            action = target.rsplit(".")[-1] if target else DRY_RUN if is_dry else "Invoke"
            if not running._passes(service, action, _json(body).get("TableName")):
                self.close_connection = True
                return
            onward = http.client.HTTPConnection(urlsplit(ENDPOINT).netloc)
            try:
                onward.request("POST", self.path, body, dict(self.headers.items()))
                answer = onward.getresponse()
                content = answer.read()
            finally:
                onward.close()
            # Before it is handed on: whoever got it finds the call in the recording.
            running._note(Call(service, action, _json(body), answer.status, _json(content), began, time.monotonic()))
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments) -> None:
            """A function that hangs up is no error here."""

    with Server(("127.0.0.1", 0), Hop) as server:
        running = Wire(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield running
        finally:
            server.shutdown()
