"""A request as it is written: no client in between that puts a path in order, adds a header or encodes anything."""

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPResponse
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    """By their names in lower case."""
    content: bytes

    def json(self):
        return json.loads(self.content)


def exchange(
    url: str, target: str, method: str = "GET", headers: Iterable[tuple[str, str]] = (), body: bytes = b""
) -> Answer:
    """`url` says whom to ask, and `target` is what stands between the method and the version."""
    host = urlsplit(url).netloc
    length = [("Content-Length", str(len(body)))] if body or method == "POST" else []
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in [*headers, *length]]
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        with HTTPResponse(connection, method=method) as response:
            response.begin()
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
