"""Every function invoked by itself with `events/FUNCTION.json` and `events/env.json`, under the Runtime Interface Emulator."""

import json
import secrets
from contextlib import suppress
from pathlib import Path

import pytest

from invocation import environment, events
from invocation.emulator import emulated
from invocation.outcomes import assert_outcome
from local.functions import FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_does_with_its_event_what_it_is_for(stack, users, function):
    users.append(events.OPENID)
    event = json.loads(events.path(function).read_text())
    variables = environment.on_this_machine(json.loads(environment.FILE.read_text()), function)

    with emulated(function, variables) as invoke:
        assert_outcome(function, stack, lambda: invoke(event))


def test_nothing_of_it_runs_on_afterwards():
    marker = {"MARKER": secrets.token_hex(8)}
    with emulated("on-image", marker) as invoke:
        invoke(events.EVENTS["on-image"])
        assert running_with(marker) == ["aws-lambda-rie-x86_64", "bootstrap"]

    assert running_with(marker) == []


def running_with(variables: dict[str, str]) -> list[str]:
    """The programs that have these in their environment."""
    wanted = {f"{name}={value}".encode() for name, value in variables.items()}
    running = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            if wanted <= set((process / "environ").read_bytes().split(b"\0")):
                running.append((process / "exe").readlink().name)
    return sorted(running)
