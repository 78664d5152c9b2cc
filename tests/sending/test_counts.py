"""What a send costs: its calls to AWS, seen on the wire, and to WeChat, seen by WeChat."""

import pytest

import outbound
from outbound import ACTIONS, SEND, UPLOAD, text_to, writes
from wire import wire


@pytest.fixture(scope="module")
def connection():
    with wire() as running:
        yield running


def test_a_warm_send_costs_one_dynamodb_round_trip_and_one_call_to_wechat(deployment, simulator, openid, connection):
    writes(simulator, openid)
    with deployment.configured("SendCustomerMessageFunction", **connection.environment):
        assert deployment.send(text_to(openid)).json()["errcode"] == 0
        before = len(simulator.calls())

        with connection.recording() as calls:
            assert deployment.send(text_to(openid)).json()["errcode"] == 0

    assert [(call.service, call.action) for call in calls] == [("dynamodb", "UpdateItem")]
    assert [call["path"] for call in simulator.calls()[before:]] == [SEND]


def test_a_send_that_the_window_refuses_costs_no_call_to_wechat(deployment, simulator, openid, connection):
    writes(simulator, openid)
    with deployment.configured("SendCustomerMessageFunction", **connection.environment):
        for _ in range(5):
            deployment.send(text_to(openid))
        before = len(simulator.calls())

        with connection.recording() as calls:
            assert deployment.send(text_to(openid)).json()["errcode"] == 45047

    assert [(call.service, call.action) for call in calls] == [("dynamodb", "UpdateItem")]
    assert len(simulator.calls()) == before


def test_a_warm_upload_costs_one_call_to_wechat_alone(deployment, simulator, connection):
    with deployment.configured("UploadTempMediaFunction", **connection.environment):
        outbound.uploaded(outbound.GIF).by_the_api(deployment)
        before = len(simulator.calls())

        with connection.recording() as calls:
            assert "media_id" in outbound.uploaded(outbound.GIF).by_the_api(deployment).json()

    assert calls == []
    assert [call["path"] for call in simulator.calls()[before:]] == [UPLOAD]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.function)
def test_no_action_reads_a_secret_even_when_cold(deployment, simulator, openid, connection, action):
    writes(simulator, openid)
    with (
        deployment.configured(action.function, **connection.environment),
        connection.recording() as calls,
    ):
        action.request(openid).by_the_api(deployment)

    assert calls != [], "a cold action asks for a token, a window or the ledger"
    assert {call.service for call in calls} == {"dynamodb"}
