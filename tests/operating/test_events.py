"""`events/`: what is written there is what `make events` writes, and right for the local stack."""

import json

import pytest

from invocation import environment, events
from invocation.outcomes import OUTCOMES
from local.functions import FUNCTIONS

RENEW = "`make events` writes it anew"


def test_there_is_one_for_each_function_and_no_other():
    assert sorted(file.name for file in events.FOLDER.iterdir()) == sorted(
        [events.path(function).name for function in FUNCTIONS] + [environment.FILE.name]
    )
    assert sorted(OUTCOMES) == FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_is_made_again_to_the_byte(function):
    assert events.path(function).read_bytes() == events.written(events.EVENTS[function]).encode(), RENEW


def test_the_environments_are_those_of_the_deployed_functions(deployment):
    assert json.loads(environment.FILE.read_text()) == environment.environment_file(deployment.name), RENEW


def test_their_user_is_the_one_who_acts_in_the_simulator_unless_told_another(simulator):
    pushed = simulator.push(None, {"MsgType": "text", "Content": "hello"})

    assert pushed["message"]["FromUserName"] == events.OPENID
