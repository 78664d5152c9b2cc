"""`make test-sam-local` where a Docker engine answers that cannot be used: a fake one does."""

import os
import subprocess
import sys

import pytest

from local.functions import FUNCTIONS
from local.processes import ROOT


@pytest.mark.parametrize(
    "docker",
    [
        """echo '[{"Subnet":"203.0.113.0/24","Gateway":"203.0.113.1"}]'""",
        "echo '[]'; echo 'Error: no such network: bridge' >&2; exit 1",
        "exit 1",
    ],
    ids=["its bridge is another machine's", "as podman says that it has none", "it says nothing"],
)
def test_without_a_bridge_on_this_machine_sam_local_invoke_is_skipped_with_the_reason(tmp_path, docker):
    engine = tmp_path / "docker"
    engine.write_text(f"#!/bin/sh\n{docker}\n")
    engine.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [sys.executable, "-m", "pytest", "-r", "s", "-p", "no:cacheprovider", "tests/operating/sam_local.py"]

    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stdout
    assert f"SKIPPED [{len(FUNCTIONS)}] tests/operating/sam_local.py" in ran.stdout
    assert "sam local invoke. The Docker engine's bridge is not on this machine" in ran.stdout
