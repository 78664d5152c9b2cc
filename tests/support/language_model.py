"""A stand-in for an endpoint with OpenAI's chat completions, over loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "a-model"
PATH = "/v1/chat/completions"

Answer = Callable[[str], str | None]


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    authorization: str | None
    model: str
    messages: list[dict[str, str]]

    @property
    def question(self) -> str:
        return self.messages[-1]["content"]


class LanguageModel:
    """Echoes the last question unless told otherwise."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.answer: Answer = lambda question: f"echo: {question}"
        """What it says to a question. It may block, or be None: the endpoint then answers 500."""
        self._lock = threading.Lock()
        self._asked: list[Asked] = []

    def asked(self, question: str) -> list[Asked]:
        """The requests that end with this question."""
        with self._lock:
            return [asked for asked in self._asked if asked.question == question]

    def _complete(self, authorization: str | None, body: dict) -> dict | None:
        asked = Asked(authorization, body["model"], body["messages"])
        with self._lock:
            self._asked.append(asked)
        content = self.answer(asked.question)
        if content is None:
            return None
        return {"object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}


@contextmanager
def language_model() -> Iterator[LanguageModel]:
    class Completions(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            completed = model._complete(self.headers["Authorization"], body) if self.path == PATH else None
            answer = json.dumps(completed or {"error": {"message": "no answer"}}).encode()
            self.send_response(200 if completed else 500)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Completions)
    server.daemon_threads = True
    model = LanguageModel(f"http://127.0.0.1:{server.server_address[1]}/v1")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
