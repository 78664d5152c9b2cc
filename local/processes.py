"""Servers that end with the block that started them, whether it is left by success, failure, Ctrl-C or SIGTERM.

Standard library only: it also serves before anything is installed.
"""

import http.client
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "target" / "local-stack"
"""Logs and scratch files."""

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Loopback calls go to loopback, whatever proxy the environment names."""


class LocalStackError(Exception):
    """Its text tells the person at the terminal what to do."""


def end_on_signals() -> None:
    """Makes SIGTERM and SIGHUP end the program as Ctrl-C does: by an exception, so that blocks clean up.

    SIGINT is among them for where it is ignored, as a shell lets it be for what it runs in the background.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody has at the moment, each another."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def serving(name: str, command: list[str], url: str, env: dict[str, str] | None = None) -> Iterator[Path]:
    """Runs a server until the block ends; yields its log once `url` answers, whatever the status."""
    port = urlsplit(url).port
    if _taken(port):
        raise LocalStackError(f"Port {port} is taken, and {name} needs it. `ss -ltnp | grep {port}` shows by whom.")
    WORK.mkdir(parents=True, exist_ok=True)
    log = WORK / f"{name.lower().replace(' ', '-')}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=env, cwd=WORK, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait_until_up(name, process, url, log)
        yield log
    finally:
        _stop(process)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    try:
        DIRECT.open(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


def _wait_until_up(name: str, process: subprocess.Popen, url: str, log: Path, seconds: int = 60) -> None:
    deadline = time.monotonic() + seconds
    while not answers(url):
        if process.poll() is not None:
            raise LocalStackError(f"{name} ended with code {process.returncode}. From {log}:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise LocalStackError(f"{name} did not answer at {url} in {seconds} s. From {log}:\n{tail(log)}")
        time.sleep(0.05)


def _stop(process: subprocess.Popen) -> None:
    """Ends the whole process group: MiniStack's functions are children of its own."""
    patient = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=5)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for number, handler in patient.items():
            signal.signal(number, handler)
