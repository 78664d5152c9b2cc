"""wechatpy, for Python."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import patch

from wechatpy.exceptions import WeChatClientException

from .client import SdkError
from .example import environment, example


@contextmanager
def errors():
    try:
        yield
    except WeChatClientException as error:
        raise SdkError(error.errcode, error.errmsg) from error


class Wechatpy:
    def __init__(self, sdk_api_url: str, appid: str, secret: str) -> None:
        self._namespace: dict = {}
        with patch.dict(os.environ, environment(sdk_api_url, appid, secret)):
            exec(example("python", "wechatpy"), self._namespace)
        self._client = self._namespace["client"]
        self._client._http.trust_env = False

    def close(self) -> None:
        self._client._http.close()

    @property
    def token(self) -> str | None:
        return self._client.session.get(self._client.access_token_key)

    @token.setter
    def token(self, token: str) -> None:
        self._client.session.set(self._client.access_token_key, token)

    def send_text(self, openid: str, content: str) -> dict:
        with errors():
            return self._client.message.send_text(openid, content)

    def send_image(self, openid: str, media_id: str) -> dict:
        with errors():
            return self._client.message.send_image(openid, media_id)

    def upload_image(self, name: str, content: bytes) -> str:
        with errors():
            return self._client.media.upload("image", (name, io.BytesIO(content)))["media_id"]

    def get_media(self, media_id: str) -> bytes:
        with errors():
            return self._client.media.download(media_id).content

    def send_subscribe_message(self, openid: str, template_id: str, data: dict) -> dict:
        with errors():
            return self._client.wxa.send_subscribe_message(openid, template_id, data)

    def callback_ips(self) -> list[str]:
        with errors():
            return self._client.misc.get_wechat_ips()

    def callback_ips_at_once(self, calls: int) -> list[list[str]]:
        """By clients of their own: one is not made for several threads."""
        clients = [self._namespace["Client"](self._client.appid, self._client.secret) for _ in range(calls)]
        for client in clients:
            client._http.trust_env = False
        with ThreadPoolExecutor(calls) as threads:
            return list(threads.map(lambda client: client.misc.get_wechat_ips(), clients))

    def mini_program_code(self, scene: str, page: str) -> bytes:
        with errors():
            return self._client.wxa.get_wxa_code_unlimited(scene, page=page).content
