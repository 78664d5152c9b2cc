"""The examples of docs/sdk-gateway.md, and the environment that they ask for."""

import re

from local.processes import ROOT

PAGE = ROOT / "docs" / "sdk-gateway.md"


def example(language: str, holding: str) -> str:
    """The one block of code of the page in which that stands."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    [found] = [block for block in blocks if holding in block]
    return found


def environment(sdk_api_url: str, appid: str, secret: str) -> dict[str, str]:
    return {"SDK_API_URL": sdk_api_url, "APP_ID": appid, "CALLER_SECRET": secret}
