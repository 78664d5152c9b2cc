"""`make update` and `make watch`: one function built and put into the local stack that runs. Nothing in it is edited here."""

import filecmp
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest

from local import update
from local.functions import bootstrap
from local.processes import ROOT, LocalStackError
from local.waiting import said_until

SAM_TOOLS = ROOT / ".venv" / "sam" / "bin"
FUNCTION = "on-text"
OTHER = bootstrap("on-other")
"""A program that does something else."""


@pytest.fixture
def says(simulator, openid):
    """What the user gets to a text: on-text hands over to an agent, on-other says nothing but that it came."""

    def push() -> str:
        attempt = simulator.push(openid, {"MsgType": "text", "Content": "hello"})["attempts"][-1]
        return attempt["reply"]["MsgType"] if attempt["reply"] else attempt["body"]

    return push


@pytest.fixture
def replaced(says, tmp_path) -> Iterator[None]:
    """Another program in the function's place, in the stack and for `sam local invoke`."""
    ours = shutil.copy2(bootstrap(FUNCTION), tmp_path)
    update.put(FUNCTION, OTHER)
    update.keep(FUNCTION, OTHER)
    try:
        assert says() == "success"
        yield
    finally:
        update.keep(FUNCTION, Path(ours))
        update.put(FUNCTION, Path(ours))


def test_update_puts_in_what_the_sources_say(replaced, says):
    ran = subprocess.run(["make", "update", f"FUNCTION={FUNCTION}"], cwd=ROOT, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stderr
    assert "on-text: the local stack runs it" in ran.stdout
    assert says() == "transfer_customer_service"
    assert filecmp.cmp(bootstrap(FUNCTION), ROOT / "target" / "lambda" / FUNCTION / "bootstrap", shallow=False)
    assert sorted(path.name for path in bootstrap(FUNCTION).parent.iterdir()) == ["bootstrap"]


@pytest.mark.parametrize("name", ["no-such", ""])
def test_where_there_is_no_such_function_those_that_there_are_are_named(name):
    with pytest.raises(LocalStackError, match="access-token, .*, on-text, .*, upload-temp-media"):
        update.check(name)


def test_where_no_stack_is_up_it_is_said_how_to_start_one(monkeypatch):
    monkeypatch.setattr(update, "ENDPOINT", "http://127.0.0.1:1")

    with pytest.raises(LocalStackError, match="make local"):
        update.check(FUNCTION)


@contextmanager
def watching(path: Path) -> Iterator[subprocess.Popen]:
    """With another folder before the others in which programs are looked for."""
    environment = os.environ | {"PATH": f"{path}:{SAM_TOOLS}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    command = [str(SAM_TOOLS / "python"), "-m", "local.watch", FUNCTION]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as watch:
        try:
            yield watch
        finally:
            watch.kill()


def save(file: str) -> None:
    """As an editor that has changed nothing: not even the time of the change."""
    path = ROOT / file
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))


@pytest.mark.parametrize("file", ["functions/on-text/replies.json", "protocol/src/lib.rs", "shared/src/lib.rs"])
def test_watch_updates_after_each_change_and_a_failed_build_does_not_end_it(replaced, says, tmp_path, file):
    is_broken = tmp_path / "is-broken"
    cargo = tmp_path / "cargo"
    cargo.write_text(f'#!/bin/sh\n[ ! -e {is_broken} ] || exit 101\nexec {which("cargo")} "$@"\n')
    cargo.chmod(0o755)
    with watching(tmp_path) as watch:
        said_until(watch, "waiting for changes")
        assert says() == "transfer_customer_service"
        update.put(FUNCTION, OTHER)

        is_broken.touch()
        save(file)
        assert "on-text is not built" in said_until(watch, "waiting for changes")
        assert says() == "success"

        is_broken.unlink()
        save(file)
        assert "on-text: the local stack runs it" in said_until(watch, "waiting for changes")
        assert says() == "transfer_customer_service"

        watch.send_signal(signal.SIGINT)
        assert watch.wait(10) == 0
        assert b"Traceback" not in watch.stdout.read()
