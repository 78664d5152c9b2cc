"""WeChat SDKs over the gateway, as docs/sdk-gateway.md points them at it. They keep their own tokens and refresh them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from local.simulator import APP_ID, SECOND
from outbound import GET_MEDIA, SEND, SUBSCRIBE, TEMPLATE, UPLOAD, answers_the_dialog, writes
from sdk_api import IPS, STABLE_TOKEN, real_tokens
from sdk_clients.caller_token import CallerToken, read
from sdk_clients.client import Client, SdkError
from sdk_clients.co_wechat_api import CoWechatApi
from sdk_clients.wechatpy_client import Wechatpy

SDKS = {"wechatpy": Wechatpy, "co-wechat-api": CoWechatApi}
PNG = b"\x89PNG\r\n\x1a\n"
PICTURE = PNG + bytes(range(256)) * 300
CODE = "/wxa/getwxacodeunlimit"
AT_ONCE = 50


@pytest.fixture(params=SDKS)
def sdk(request, deployment, callers) -> Iterator[Client]:
    """A client of the caller `shop` that has made no call yet."""
    with closing(SDKS[request.param](deployment.sdk_api_url, APP_ID, callers["shop"])) as running:
        yield running


def refreshes(simulator) -> int:
    return len(simulator.calls_of(STABLE_TOKEN))


def test_a_text_is_sent(sdk, simulator, openid):
    writes(simulator, openid)

    assert sdk.send_text(openid, "您好，\"引号\" 👋")["errcode"] == 0

    [sent] = simulator.sends_to(openid)
    assert (sent["errcode"], sent["body"]["text"]["content"]) == (0, "您好，\"引号\" 👋")


def test_a_picture_is_uploaded_sent_and_got_back_byte_for_byte(sdk, simulator, openid):
    writes(simulator, openid)

    media_id = sdk.upload_image("picture.png", PICTURE)
    assert sdk.send_image(openid, media_id)["errcode"] == 0

    [sent] = simulator.sends_to(openid)
    assert (sent["errcode"], sent["body"]["image"]) == (0, {"media_id": media_id})
    assert sdk.get_media(media_id) == PICTURE


def test_a_subscription_message_is_sent(sdk, simulator, openid):
    answers_the_dialog(simulator, openid)

    assert sdk.send_subscribe_message(openid, TEMPLATE, {"thing1": {"value": "您的订单已发货"}})["errcode"] == 0

    [sent] = [call for call in simulator.calls_of(SUBSCRIBE) if call["openid"] == openid]
    assert (sent["errcode"], sent["body"]["data"]) == (0, {"thing1": {"value": "您的订单已发货"}})


def test_any_other_call_is_passed_through(sdk, simulator):
    ips = sdk.callback_ips()

    assert ips == simulator.calls_of(IPS)[-1]["answer"]["ip_list"]
    assert len(ips) > 0


def test_a_mini_program_code_arrives_as_its_bytes(sdk, simulator):
    picture = sdk.mini_program_code("table=7", "pages/index/index")

    assert picture.startswith(PNG)
    assert len(picture) == simulator.calls_of(CODE)[-1]["answer"]["bytes"]


def test_what_the_sdk_keeps_is_a_caller_token_and_never_wechats(sdk, deployment, callers):
    now = time.time()
    sdk.callback_ips()

    token = read(sdk.token)
    assert (token.caller, token.appid) == ("shop", APP_ID)
    assert now < token.expires_at <= time.time() + 7200
    assert token.signed(callers["shop"]) == sdk.token, "the format, as somebody else reads and writes it"
    assert real_tokens(deployment)[APP_ID] not in sdk.token


def test_the_sdk_replaces_a_caller_token_that_has_expired(sdk, callers, outgoing):
    expired = CallerToken("shop", APP_ID, int(time.time()) - 1).signed(callers["shop"])
    sdk.token = expired

    assert sdk.callback_ips()

    assert read(sdk.token).expires_at > time.time()
    assert outgoing() == [IPS], "the first attempt went no further than the gateway"


def test_the_sdk_replaces_a_caller_token_that_is_no_longer_valid(sdk, callers, outgoing):
    sdk.token = CallerToken("shop", APP_ID, int(time.time()) + 60).signed("another secret of the same caller")

    assert sdk.callback_ips()

    assert read(sdk.token).signed(callers["shop"]) == sdk.token
    assert outgoing() == [IPS]


@pytest.mark.parametrize("call", ["an action", "a call that is passed through"])
def test_a_revoked_access_token_is_replaced_and_the_sdk_does_not_notice(sdk, simulator, openid, call):
    writes(simulator, openid)
    sdk.callback_ips()
    kept, before = sdk.token, refreshes(simulator)
    simulator.revoke_access_token()

    if call == "an action":
        assert sdk.send_text(openid, "after")["errcode"] == 0
        assert [sent["errcode"] for sent in simulator.sends_to(openid)] == [40001, 0]
    else:
        assert sdk.callback_ips()

    assert sdk.token == kept
    assert refreshes(simulator) == before + 1


def test_fifty_calls_of_two_sdks_with_a_revoked_access_token_cause_one_refresh(deployment, simulator, callers):
    python = Wechatpy(deployment.sdk_api_url, APP_ID, callers["shop"])
    node = CoWechatApi(deployment.sdk_api_url, APP_ID, callers["crm"])
    with closing(python), closing(node), ThreadPoolExecutor(2) as sdks:
        python.callback_ips()
        before = refreshes(simulator)
        simulator.revoke_access_token()

        calls = [sdks.submit(sdk.callback_ips_at_once, AT_ONCE // 2) for sdk in (python, node)]
        answers = [ips for call in calls for ips in call.result()]

    assert len(answers) == AT_ONCE and all(answers)
    assert refreshes(simulator) == before + 1


def test_the_sixth_message_is_refused_by_the_window_as_an_exception_of_the_sdk(sdk, simulator, openid, outgoing):
    writes(simulator, openid)
    for number in range(5):
        sdk.send_text(openid, str(number))

    with pytest.raises(SdkError) as refusal:
        sdk.send_text(openid, "too many")

    assert refusal.value.errcode == 45047
    assert outgoing() == [SEND] * 5, "WeChat was not asked about the sixth"


@pytest.mark.parametrize("sdk_of", SDKS.values(), ids=SDKS)
def test_a_secret_that_is_nobodys_is_an_exception_of_the_sdk(deployment, sdk_of, outgoing):
    with closing(sdk_of(deployment.sdk_api_url, APP_ID, "nobodys-" * 4)) as sdk:
        with pytest.raises(SdkError) as refusal:
            sdk.callback_ips()

    assert refusal.value.errcode == 40125
    assert outgoing() == []


@pytest.mark.parametrize("sdk_of", SDKS.values(), ids=SDKS)
def test_one_caller_speaks_for_every_mini_program_of_the_stack_by_its_appid(
    deployment, simulator, callers, sdk_of, openid, outgoing
):
    message = {"MsgType": "text", "Content": "hello", "CreateTime": int(time.time())}
    assert simulator.push(openid, message, appid=SECOND["appid"])["outcome"] == "answered"

    with closing(sdk_of(deployment.sdk_api_url, SECOND["appid"], callers["shop"])) as sdk:
        assert sdk.send_text(openid, "您好")["errcode"] == 0
        assert read(sdk.token).appid == SECOND["appid"]

    [sent] = simulator.sends_to(openid, SECOND["appid"])
    assert sent["errcode"] == 0
    assert outgoing() == [SEND]


def test_what_an_sdk_uploads_is_there_for_the_other_callers_of_the_stack(sdk, deployment, simulator, outgoing):
    media_id = sdk.upload_image("picture.png", PICTURE)

    answer = deployment.call("GET", GET_MEDIA, query={"media_id": media_id})

    assert answer.content == PICTURE
    uploading, *getting = outgoing()
    # Twice if the action still remembers a token that an earlier test revoked.
    assert uploading == UPLOAD and set(getting) == {GET_MEDIA}
