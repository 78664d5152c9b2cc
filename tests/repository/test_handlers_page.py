"""The handlers that docs/handlers.md gives to copy do what they say. No stack runs for it."""

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local.processes import ROOT

PAGE = (ROOT / "docs" / "handlers.md").read_text()
RUST = ROOT / "examples" / "rust" / "src" / "main.rs"
TRANSFER = {"MsgType": "transfer_customer_service"}


def block(language: str) -> str:
    """The one example in that language."""
    examples = PAGE[PAGE.index("## Examples") :]
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", examples, re.MULTILINE | re.DOTALL)
    return found


def text(content: str) -> dict:
    """The page's own example of a push, with another content."""
    return next(json.loads(found) for found in re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)) | {
        "Content": content
    }


def test_the_handler_in_python_answers_with_a_text_and_a_link_or_calls_an_agent():
    module: dict = {}
    exec(block("python"), module)

    assert module["handler"](text("我要找人工客服"), None) == TRANSFER
    echo, link = module["handler"](text("您好"), None)
    assert echo == "您说的是：您好"
    assert set(link["link"]) == {"title", "description", "url", "thumb_url"}


@contextmanager
def assistant(status: int, answer: str) -> Iterator[tuple[str, list[tuple[str, dict]]]]:
    """The service that the handler in JavaScript asks: its URL, and the idempotency key and body of each request."""
    requests: list[tuple[str, dict]] = []

    class Assistant(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append((self.headers["idempotency-key"], body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Assistant) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", requests
        server.shutdown()


def node(folder: Path, url: str, message: dict) -> subprocess.CompletedProcess:
    (folder / "handler.mjs").write_text(block("js"))
    (folder / "run.mjs").write_text(
        'import { handler } from "./handler.mjs";\n'
        "console.log(JSON.stringify(await handler(JSON.parse(process.argv[2]))));\n"
    )
    environment = {"PATH": os.environ["PATH"], "ASSISTANT_URL": url}
    command = ["node", "run.mjs", json.dumps(message)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_handler_in_javascript_returns_what_the_assistant_says(tmp_path):
    message = text("opening hours?")
    with assistant(200, "九点 🙂") as (url, requests):
        ran = node(tmp_path, url, message)

    assert (ran.stdout, ran.stderr) == ('"九点 🙂"\n', "")
    body = {"user": message["userInfo"]["openId"], "question": "opening hours?"}
    assert requests == [(message["MsgId"], body)]


@pytest.mark.parametrize("status", [429, 500])
def test_the_handler_in_javascript_fails_if_the_assistant_does(tmp_path, status):
    with assistant(status, "busy") as (url, _):
        ran = node(tmp_path, url, text("opening hours?"))

    assert ran.returncode != 0
    assert f"the assistant answered {status}" in ran.stderr


def test_the_handler_in_rust_is_the_one_that_is_compiled_and_tested():
    source, _, tests = RUST.read_text().partition("\n#[cfg(test)]\n")
    assert source.endswith(block("rust"))
    assert "handler(" in tests
