"""The SDK gateway's API without an SDK: whatever a caller may send it, well-meaning or not."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode, urlsplit

from local.aws import client
from local.deployment import Deployment
from local.simulator import Simulator
from raw_http import Answer, exchange

IPS = "/cgi-bin/getcallbackip"
"""A call that is none of the actions: it is passed through."""
TOKEN = "/cgi-bin/token"
STABLE_TOKEN = "/cgi-bin/stable_token"
FUNCTION = "WechatGatewayFunction"
JSON = [("Content-Type", "application/json")]


class SdkApi:
    def __init__(self, deployment: Deployment) -> None:
        self.url = deployment.sdk_api_url

    def call(
        self,
        path: str,
        token: str | None = None,
        *,
        method: str = "GET",
        query: Iterable[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Answer:
        """`path` goes out as it is; the query is written behind it, `access_token` first. API Gateway hands out bytes to callers
        that accept something."""
        fields = [*([("access_token", token)] if token is not None else []), *query]
        behind = "?" + urlencode(fields, quote_via=quote) if fields else ""
        accept = [] if any(name == "Accept" for name, _ in headers) else [("Accept", "*/*")]
        return exchange(self.url, urlsplit(self.url).path + path + behind, method, [*headers, *accept], body)

    def grant(self, appid: str, secret: str) -> Answer:
        query = {"grant_type": "client_credential", "appid": appid, "secret": secret}
        return self.call(TOKEN, query=query.items())

    def token(self, appid: str, secret: str) -> str:
        """A new caller token."""
        return self.grant(appid, secret).json()["access_token"]


def left_the_stack(simulator: Simulator, appid: str) -> list[dict]:
    """What has reached WeChat so far for a mini program, but for refreshes of the access token."""
    return [call for call in simulator.calls(appid) if call["path"] != STABLE_TOKEN]


def real_tokens(deployment: Deployment) -> dict[str, str]:
    """WeChat's access tokens, which no caller ever sees, by their mini program."""
    rows = client("dynamodb").scan(TableName=deployment.resource("AccessToken"))["Items"]
    return {row["appid"]["S"]: row["access_token"]["S"] for row in rows if "access_token" in row}


def refusal(answer: Answer) -> int:
    """The errcode of an answer that an SDK can read: co-wechat-api cannot read JSON in which anything is escaped."""
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert b"\\" not in answer.content
    told = answer.json()
    assert set(told) == {"errcode", "errmsg"} and told["errmsg"]
    return told["errcode"]
