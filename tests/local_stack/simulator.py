"""The other side of the conversation: the simulator in `simulator/` as WeChat, driven by its control API."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests

from .processes import ROOT, serving

APP_ID = "wxba5fad812f8e6fb9"
TOKEN = "AAAAA"
ENCODING_AES_KEY = "A" * 43
"""AppID, Token and EncodingAESKey of WeChat's published test vectors (WeChat docs: message push)."""
APP_SECRET = "0123456789abcdef0123456789abcdef"
URL = "http://127.0.0.1:8199"
"""samconfig.toml names it as WechatApiBaseUrl of the local deployment."""


class Simulator:
    def __init__(self) -> None:
        self._http = requests.Session()
        self._http.trust_env = False

    def push(
        self, openid: str, message: dict, *, mode: str = "safe", format: str = "json", bad_signature: bool = False
    ):
        """A user's action, pushed as WeChat pushes it: five seconds for an answer, three retries."""
        return self._control(
            "POST",
            "push",
            {"openid": openid, "message": message, "mode": mode, "format": format, "bad_signature": bad_signature},
        )

    def push_again(self, openid: str):
        """The user's last push once more, byte for byte."""
        return self._control("POST", "push/again", {"openid": openid})

    def calls(self) -> list[dict]:
        """The API calls that came in, oldest first."""
        return self._control("GET", "calls")["calls"]

    def calls_of(self, path: str) -> list[dict]:
        """The calls of one path."""
        return [call for call in self.calls() if call["path"] == path]

    def sends_to(self, openid: str) -> list[dict]:
        """The calls of customerServiceMessage.send for this user."""
        return [
            call for call in self.calls() if call["path"] == "/cgi-bin/message/custom/send" and call["openid"] == openid
        ]

    def revoke_access_token(self, keep: bool = False) -> None:
        """Kills the tokens that are out. With `keep`, they are handed out all the same, until a refresh is forced."""
        self._control("POST", "access-token/revoke", {"keep": keep})

    def access_tokens(self) -> dict[str, int]:
        """How many access tokens were `issued`, and how many of these `forced`."""
        return self._control("GET", "access-token")

    @contextmanager
    def failing(self, path: str, fault: str, **details: int) -> Iterator[None]:
        """Lets the calls of a path go wrong until the block ends; `details` are errcode, milliseconds and times."""
        self._control("PUT", "faults", {"path": path, "fault": fault} | details)
        try:
            yield
        finally:
            self._control("DELETE", "faults")

    def _control(self, method: str, path: str, body: dict | None = None):
        answer = self._http.request(method, f"{URL}/simulator/{path}", json=body, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"simulator: {method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


@contextmanager
def simulator(push_url: str) -> Iterator[Simulator]:
    settings = {
        "SIMULATOR_LISTEN": URL.removeprefix("http://"),
        "SIMULATOR_PUSH_URL": push_url,
        "SIMULATOR_APPID": APP_ID,
        "SIMULATOR_APP_SECRET": APP_SECRET,
        "SIMULATOR_TOKEN": TOKEN,
        "SIMULATOR_ENCODING_AES_KEY": ENCODING_AES_KEY,
    }
    program = str(ROOT / "target" / "debug" / "simulator")
    with serving("simulator", [program, "serve"], f"{URL}/simulator/health", settings):
        yield Simulator()
