"""co-wechat-api, for Node.js: a process for each client."""

import json
import os
import subprocess
import time
from base64 import b64decode, b64encode
from pathlib import Path

from local.processes import ROOT

from .client import SdkError
from .example import environment, example

DRIVER = Path(__file__).with_name("drive.cjs")
MODULES = ROOT / ".venv" / "node" / "node_modules"


class CoWechatApi:
    def __init__(self, sdk_api_url: str, appid: str, secret: str) -> None:
        where = {"PATH": os.environ["PATH"], "NODE_PATH": str(MODULES)}
        self._node = subprocess.Popen(
            ["node", str(DRIVER), example("js", "co-wechat-api")],
            env=where | environment(sdk_api_url, appid, secret),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        self._node.stdin.close()
        self._node.stdout.close()
        self._node.wait(10)

    @property
    def token(self) -> str | None:
        kept = self._call("getToken")
        return kept["accessToken"] if kept else None

    @token.setter
    def token(self, token: str) -> None:
        self._call("saveToken", {"accessToken": token, "expireTime": (time.time() + 3600) * 1000})

    def send_text(self, openid: str, content: str) -> dict:
        return self._call("sendText", openid, content)

    def send_image(self, openid: str, media_id: str) -> dict:
        return self._call("sendImage", openid, media_id)

    def upload_image(self, name: str, content: bytes) -> str:
        return self._call("uploadMedia", {"base64": b64encode(content).decode()}, "image", name)["media_id"]

    def get_media(self, media_id: str) -> bytes:
        return self._call("getMedia", media_id)

    def send_subscribe_message(self, openid: str, template_id: str, data: dict) -> dict:
        return self._call("sendSubscribeMessage", openid, template_id, "pages/index/index", data)

    def callback_ips(self) -> list[str]:
        return self._call("getIp")["ip_list"]

    def callback_ips_at_once(self, calls: int) -> list[list[str]]:
        return [answer["ip_list"] for answer in self._calls(*[["getIp"]] * calls)]

    def mini_program_code(self, scene: str, page: str) -> bytes:
        return self._call("getWXACodeUnlimit", scene, page)

    def _call(self, method: str, *parameters: object):
        [value] = self._calls([method, *parameters])
        return value

    def _calls(self, *calls: list) -> list:
        """Each a method and its arguments, all at the same time."""
        self._node.stdin.write(json.dumps(calls) + "\n")
        self._node.stdin.flush()
        return [_value(outcome) for outcome in json.loads(self._node.stdout.readline())]


def _value(outcome: dict):
    if error := outcome.get("error"):
        raise SdkError(error.get("code"), error["message"])
    value = outcome.get("value")
    return b64decode(value["base64"]) if isinstance(value, dict) and "base64" in value else value
