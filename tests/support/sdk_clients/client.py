"""What a back end does with an SDK, whichever it is."""

from typing import Protocol


class SdkError(Exception):
    """The SDK's own exception, by what it tells of WeChat's answer."""

    def __init__(self, errcode: int | None, message: str) -> None:
        super().__init__(f"{errcode} {message}")
        self.errcode = errcode


class Client(Protocol):
    """Each method raises [SdkError] where the SDK raises its own."""

    token: str | None
    """The caller token that the SDK keeps; it takes one that is set for valid."""

    def close(self) -> None: ...

    def send_text(self, openid: str, content: str) -> dict: ...

    def send_image(self, openid: str, media_id: str) -> dict: ...

    def upload_image(self, name: str, content: bytes) -> str:
        """Returns the media_id."""

    def get_media(self, media_id: str) -> bytes: ...

    def send_subscribe_message(self, openid: str, template_id: str, data: dict) -> dict: ...

    def callback_ips(self) -> list[str]: ...

    def callback_ips_at_once(self, calls: int) -> list[list[str]]:
        """As many calls at the same time, each by an SDK that has no token yet or all by one."""

    def mini_program_code(self, scene: str, page: str) -> bytes: ...
