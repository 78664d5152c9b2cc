"""`simulator trigger` and `simulator replay`, from the command line to the function for the push."""

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from local.processes import ROOT
from local.simulator import PROGRAM
from payloads import PAYLOADS
from recorder import fail

EVENTS = sorted(path.stem for path in (ROOT / "simulator" / "events").glob("*.json"))
ROUTE_BY_EVENT = {payload.received["Event"]: payload.route for payload in PAYLOADS if "Event" in payload.received}


@pytest.fixture
def pushes_to_recorder(deployment, recorded, simulator) -> Iterator[None]:
    with simulator.pushing_to(recorded.push_url, back_to=deployment.push_url):
        yield


def run(*arguments: str, text: str | None = None) -> str:
    ran = subprocess.run(
        [PROGRAM, *arguments], env={"PATH": os.environ["PATH"]}, input=text, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    return ran.stdout


def test_every_event_of_the_payloads_can_be_triggered():
    assert ROUTE_BY_EVENT.keys() <= set(EVENTS)


@pytest.mark.parametrize("format", ["json", "xml"])
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_that_is_triggered_reaches_its_function(pushes_to_recorder, recorder, openid, event, format):
    if event.startswith("xpay_"):
        recorder.answer(openid, lambda message: {"ErrCode": 0, "ErrMsg": "success"})

    said = run("trigger", event, "--openid", openid, "--format", format, "--set", "Mark=of this test")

    assert said.startswith(f"pushed {event} from {openid}, CreateTime ") and said.endswith("answered\n")
    [(route, message)] = recorder.wait_for(openid)
    assert route == ROUTE_BY_EVENT.get(event, "other")
    assert (message["Event"], message["Mark"]) == (event, "of this test")


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
def test_a_file_that_is_replayed_reaches_its_function_with_all_its_fields(
    pushes_to_recorder, recorder, openid, tmp_path, payload
):
    if payload.received.get("Event", "").startswith("xpay_"):
        recorder.answer(openid, lambda message: {"ErrCode": 0, "ErrMsg": "success"})
    file = tmp_path / "push"
    file.write_text(payload.of(openid))

    assert run("replay", str(file)).endswith("answered\n")

    assert recorder.wait_for(openid) == [(payload.route, payload.received_of(openid))]


def test_a_parked_push_is_replayed_from_its_record(pushes_to_recorder, recorded, recorder, simulator, openid):
    recorded.failed_pushes()
    recorder.answer(openid, fail)
    simulator.push(openid, {"MsgType": "text", "Content": "hello"})
    [record] = recorded.failed_pushes()
    runs = len(recorder.received(openid))
    recorder.answer(openid, lambda message: None)

    run("replay", "-", text=json.dumps(record))
    assert len(recorder.received(openid)) == runs, "the product has dealt with this push"

    run("replay", "-", "--fresh", text=json.dumps(record))
    route, message = recorder.wait_for(openid, runs + 1)[-1]
    assert (route, message["Content"]) == ("text", "hello")
    assert message["MsgId"] != record["requestPayload"]["MsgId"]
