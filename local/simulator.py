"""The other side of the conversation: the simulator in `simulator/` as WeChat, driven by its control API."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import requests

from .processes import ROOT, serving

APP_ID = "wxba5fad812f8e6fb9"
TOKEN = "AAAAA"
ENCODING_AES_KEY = "A" * 43
"""AppID, Token and EncodingAESKey of WeChat's published test vectors (WeChat docs: message push)."""
APP_SECRET = "0123456789abcdef0123456789abcdef"
FIRST = {"appid": APP_ID, "app_secret": APP_SECRET, "token": TOKEN, "encoding_aes_key": ENCODING_AES_KEY}
SECOND = {
    "appid": "wx0123456789abcdef",
    "app_secret": "fedcba9876543210fedcba9876543210",
    "token": "BBBBB",
    "encoding_aes_key": "B" * 42 + "A",
}
"""A further mini program of the same stack."""
PROGRAM = ROOT / "target" / "debug" / "simulator"
URL = "http://127.0.0.1:8199"
"""samconfig.toml names it as WechatApiBaseUrl of the local deployment."""


class Simulator:
    """`appid` names one of several mini programs; without it, it is the first."""

    def __init__(self) -> None:
        self._http = requests.Session()
        self._http.trust_env = False

    def push(
        self,
        openid: str,
        message: dict,
        *,
        mode: str = "safe",
        format: str = "json",
        bad_signature: bool = False,
        appid: str | None = None,
    ):
        """A user's action, pushed as WeChat pushes it: five seconds for an answer, three retries."""
        return self._control(
            "POST",
            "push",
            {
                "appid": appid,
                "openid": openid,
                "message": message,
                "mode": mode,
                "format": format,
                "bad_signature": bad_signature,
            },
        )

    def push_again(self, openid: str, appid: str | None = None):
        """The user's last push once more, byte for byte."""
        return self._control("POST", "push/again", {"appid": appid, "openid": openid})

    def calls(self, appid: str | None = None) -> list[dict]:
        """The API calls that came in, oldest first."""
        return self._control("GET", "calls", appid=appid)["calls"]

    def calls_of(self, path: str, appid: str | None = None) -> list[dict]:
        """The calls of one path."""
        return [call for call in self.calls(appid) if call["path"] == path]

    def sends_to(self, openid: str, appid: str | None = None) -> list[dict]:
        """The calls of customerServiceMessage.send for this user."""
        return [call for call in self.calls_of("/cgi-bin/message/custom/send", appid) if call["openid"] == openid]

    def revoke_access_token(self, keep: bool = False, appid: str | None = None) -> None:
        """Kills the tokens that are out. With `keep`, they are handed out all the same, until a refresh is forced."""
        self._control("POST", "access-token/revoke", {"appid": appid, "keep": keep})

    def access_tokens(self, appid: str | None = None) -> dict[str, int]:
        """How many access tokens were `issued`, and how many of these `forced`."""
        return self._control("GET", "access-token", appid=appid)

    @contextmanager
    def failing(self, path: str, fault: str, appid: str | None = None, **details: int | dict) -> Iterator[None]:
        """Lets the calls of a path go wrong until the block ends; `details` are errcode, milliseconds, answer and times."""
        self._control("PUT", "faults", {"appid": appid, "path": path, "fault": fault} | details)
        try:
            yield
        finally:
            self._control("DELETE", "faults", appid=appid)

    @contextmanager
    def pushing_to(self, push_url: str, back_to: str) -> Iterator[None]:
        """Lets the pushes of the first mini program go to another URL until the block ends."""
        self._control("PUT", "push-url", {"push_url": push_url})
        try:
            yield
        finally:
            self._control("PUT", "push-url", {"push_url": back_to})

    def _control(self, method: str, path: str, body: dict | None = None, appid: str | None = None):
        """`appid` goes into the query: for the calls that have no body to name it."""
        query = {"appid": appid}
        answer = self._http.request(method, f"{URL}/simulator/{path}", params=query, json=body, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"simulator: {method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


@contextmanager
def simulator(push_url: str, further: Iterable[dict[str, str]] = ()) -> Iterator[Simulator]:
    """`further`: the mini programs beside the first, each as `simulator serve --mini-programs` takes it."""
    settings = {
        "SIMULATOR_LISTEN": URL.removeprefix("http://"),
        "SIMULATOR_PUSH_URL": push_url,
        "SIMULATOR_APPID": APP_ID,
        "SIMULATOR_APP_SECRET": APP_SECRET,
        "SIMULATOR_TOKEN": TOKEN,
        "SIMULATOR_ENCODING_AES_KEY": ENCODING_AES_KEY,
        "SIMULATOR_MINI_PROGRAMS": json.dumps(list(further)),
    }
    with serving("simulator", [str(PROGRAM), "serve"], f"{URL}/simulator/health", settings):
        yield Simulator()
