"""A function in place of each of ours, which asks the test what to do: once per run, over loopback."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.python_function import make_function
from template import ROUTES

FUNCTION = """
import json, os, urllib.request

direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

def handler(message, context):
    with direct.open(os.environ["ASK"], json.dumps(message).encode(), timeout=9) as answer:
        return json.load(answer)
"""

Answer = Callable[[dict], object]


class Failure(Exception):
    """An answer that raises this makes the function fail."""


def fail(message: dict):
    raise Failure


class Recorder:
    """What the functions received, by user. They return nothing unless told otherwise for a user."""

    def __init__(self, url: str) -> None:
        self.arns = {route: make_function(f"recorder/{route}", FUNCTION, {"ASK": f"{url}/{route}"}) for route in ROUTES}
        self._changed = threading.Condition()
        self._received: dict[str, list[tuple[str, dict]]] = defaultdict(list)
        self._answers: dict[str, Answer] = {}
        self.user_infos: dict[str, dict] = {}
        """What WeChat's cloud functions have beside a message, by user; kept apart from what WeChat says."""

    @property
    def parameters(self) -> dict[str, str]:
        return {ROUTES[route]: arn for route, arn in self.arns.items()}

    def answer(self, openid: str, answer: Answer) -> None:
        """What every run for this user's pushes returns from now on. It may block: the function runs for as long."""
        self._answers[openid] = answer

    def received(self, openid: str) -> list[tuple[str, dict]]:
        """Type and message of each run that has begun."""
        with self._changed:
            return list(self._received[openid])

    def wait_for(self, openid: str, runs: int = 1, seconds: float = 10) -> list[tuple[str, dict]]:
        """As [received], once that many runs have begun."""
        with self._changed:
            begun = self._changed.wait_for(lambda: len(self._received[openid]) >= runs, seconds)
            assert begun, f"{len(self._received[openid])} of {runs} runs have begun"
            return list(self._received[openid])

    def _run(self, route: str, message: dict) -> object:
        openid = message["FromUserName"]
        self.user_infos[openid] = message.pop("userInfo")
        with self._changed:
            self._received[openid].append((route, message))
            self._changed.notify_all()
        answer = self._answers.get(openid)
        return answer(message) if answer else None


@contextmanager
def recorder() -> Iterator[Recorder]:
    class Ask(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, body = 200, json.dumps(running._run(self.path.removeprefix("/"), message)).encode()
            except Failure:
                status, body = 500, b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Ask) as server:
        running = Recorder(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield running
        finally:
            server.shutdown()
