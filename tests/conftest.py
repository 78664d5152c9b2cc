import secrets
from collections.abc import Callable, Iterator

import pytest

import recorder as recorders
import wire as wires
from local.deployment import Deployment
from local.processes import end_on_signals
from local.simulator import APP_ID, SECOND, URL, Simulator
from local.stack import CALLERS, LocalStack
from recorder import Recorder
from sdk_api import SdkApi, left_the_stack
from wire import Wire

LOCAL = {"AppId": APP_ID, "PushToleranceSeconds": "0", "WechatApiBaseUrl": URL}
"""Parameters of samconfig.toml's `local`, but for the SDK gateway's."""
LAST = "test_logs.py"
"""Looks through what all the others left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == LAST)


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    end_on_signals()
    with LocalStack() as running:
        yield running


@pytest.fixture(scope="session")
def deployment(stack: LocalStack) -> Deployment:
    """PushMode safe, timestamps of any age."""
    return stack.deployment


@pytest.fixture(scope="session")
def callers(stack: LocalStack) -> dict[str, str]:
    """Callers of the deployment's SDK gateway, each with its secret."""
    return CALLERS


@pytest.fixture(scope="session")
def sdk_api(deployment: Deployment) -> SdkApi:
    return SdkApi(deployment)


@pytest.fixture
def caller_token(sdk_api: SdkApi, callers: dict[str, str]) -> str:
    """One of the caller `shop`, for the first mini program."""
    return sdk_api.token(APP_ID, callers["shop"])


@pytest.fixture
def outgoing(simulator: Simulator) -> Callable[[], list[str]]:
    """The paths that the stack has called at WeChat since the test began, but for refreshes of the access token."""
    appids = [APP_ID, SECOND["appid"]]
    before = {appid: len(left_the_stack(simulator, appid)) for appid in appids}
    return lambda: [call["path"] for appid in appids for call in left_the_stack(simulator, appid)[before[appid] :]]


@pytest.fixture(scope="session")
def simulator(stack: LocalStack) -> Simulator:
    return stack.simulator


@pytest.fixture(scope="session")
def plain_mode(stack: LocalStack) -> Deployment:
    """PushMode plain, the default tolerance."""
    other = Deployment("plain-mode", {"AppId": APP_ID, "PushMode": "plain", "WechatApiBaseUrl": URL})
    other.put_secrets()
    other.fetch_access_token()
    return other


@pytest.fixture(scope="session")
def recorder(stack: LocalStack) -> Iterator[Recorder]:
    with recorders.recorder() as running:
        yield running


@pytest.fixture(scope="session")
def wire(stack: LocalStack) -> Iterator[Wire]:
    with wires.wire() as running:
        yield running


@pytest.fixture(scope="session")
def delivery_wire(stack: LocalStack) -> Iterator[Wire]:
    with wires.wire() as running:
        yield running


@pytest.fixture(scope="session")
def recorded(recorder: Recorder, wire: Wire, delivery_wire: Wire) -> Iterator[Deployment]:
    """Every push goes to the recorder; what `push` and `redrive-failed-pushes` ask of AWS goes over one wire, and what
    `deliver-reply` asks over another."""
    other = Deployment("recorded", LOCAL | recorder.parameters | {"EnterSessionQuota": "2"})
    other.put_secrets()
    other.fetch_access_token()
    with (
        other.configured("PushFunction", **wire.environment),
        other.configured("DeliverReplyFunction", **delivery_wire.environment),
        other.configured("RedriveFailedPushesFunction", **wire.environment),
    ):
        yield other


@pytest.fixture(scope="session")
def compat_mode(recorder: Recorder) -> Deployment:
    """PushMode compat; texts go to the recorder, and who enters is welcomed."""
    parameters = {"PushMode": "compat", "TextFunctionArn": recorder.arns["text"], "WelcomeText": "欢迎光临"}
    other = Deployment("compat-mode", LOCAL | parameters)
    other.put_secrets()
    other.fetch_access_token()
    return other


@pytest.fixture(scope="session")
def users() -> list[str]:
    """Whoever appeared in any test."""
    return []


@pytest.fixture
def openid(users: list[str]) -> str:
    """A user whom no other test knows."""
    users.append("o" + secrets.token_urlsafe(20))
    return users[-1]
