"""What `make local` runs, ended by Ctrl-C. Not test_…: it needs the ports of the stack on which the others run."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.aws import ENDPOINT
from local.processes import ROOT, answers
from local.simulator import URL, Simulator
from local.waiting import eventually, said_until

PATIENCE_SECONDS = 15
"""MiniStack and the simulator have five each to end by themselves."""


@pytest.fixture
def local() -> Iterator[subprocess.Popen[bytes]]:
    """In a process group of its own, as a shell starts it."""
    command = [sys.executable, "-m", "local"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as running:
        try:
            yield running
        finally:
            running.terminate()


def descendants(pid: int) -> set[tuple[int, str]]:
    """The processes that it started, and those that they started, each with its time of start: numbers come again."""
    children = {(int(number), started) for number, parent, started in processes() if parent == str(pid)}
    return children.union(*(descendants(child) for child, _ in children))


def processes() -> Iterator[tuple[str, str, str]]:
    """Number, parent and time of start of each that runs."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z":  # it has ended, and its parent has not asked how
                yield process.name, fields[1], fields[19]


def is_free(url: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what has ended, and the kernel still remembers
        with suppress(OSError):
            probe.bind(("127.0.0.1", urlsplit(url).port))
            return True
    return False


def test_ctrl_c_ends_it_wholly(local):
    said = said_until(local, "Ctrl-C ends it.")
    assert f"{URL}/" in said and ENDPOINT in said
    assert answers(ENDPOINT) and answers(URL)
    assert Simulator().push("oAnyUser", {"MsgType": "text", "Content": "hello"})["outcome"] == "answered"
    started = descendants(local.pid)
    assert len(started) >= 4, "MiniStack, the simulator, and the functions push and on-text"

    os.killpg(local.pid, signal.SIGINT)

    assert local.wait(PATIENCE_SECONDS) == 0
    assert b"Traceback" not in local.stdout.read()
    assert is_free(ENDPOINT) and is_free(URL)
    assert eventually(lambda: not started & {(int(number), began) for number, _, began in processes()})
