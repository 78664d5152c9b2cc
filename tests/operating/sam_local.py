"""As test_invoke.py, by `sam local invoke`: `make test-sam-local`, for it needs a Docker engine.

The image in which the SAM CLI runs a function is pulled unless it is there.
"""

import json
import subprocess
from collections.abc import Iterator

import pytest

from invocation import events
from invocation.outcomes import assert_outcome
from local.containers import bridge, reached_by_containers
from local.deployment import SAM
from local.functions import FUNCTIONS, logical_id
from local.processes import ROOT

IMAGE = "lambda/provided:al2023-x86_64"

# As where no engine answers at all, which the Makefile finds out before anything is built.
pytestmark = pytest.mark.skipif(
    bridge() is None,
    reason="sam local invoke. The Docker engine's bridge is not on this machine, as with a rootless one, Docker Desktop, "
    "podman or a DOCKER_HOST elsewhere, so that containers do not reach the local stack.",
)


@pytest.fixture(scope="module")
def pull() -> list[str]:
    listed = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]
    images = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    return ["--skip-pull-image"] if any(image.endswith(IMAGE) for image in images) else []


@pytest.fixture(scope="module", autouse=True)
def containers(stack) -> Iterator[None]:
    with reached_by_containers():
        yield


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_does_with_its_event_what_it_is_for(stack, pull, function):
    def invoke() -> object:
        command = [str(SAM), "local", "invoke", "--config-env", "local", logical_id(function), *pull]
        ran = subprocess.run([*command, "-e", str(events.path(function))], cwd=ROOT, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    assert_outcome(function, stack, invoke)
