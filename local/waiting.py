"""For what happens soon, and not at once."""

import os
import select
import subprocess
import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it holds within that time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def said_until(process: subprocess.Popen[bytes], wanted: str, seconds: float = 300) -> str:
    """What a program prints up to the line that holds `wanted`; fails where it ends before, or the time is over."""
    said, deadline = b"", time.monotonic() + seconds
    while wanted not in said.decode(errors="replace") or not said.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"{wanted!r} did not come in {seconds} s, but: {said.decode(errors='replace')}"
        # A byte at a time, past any buffer: what follows that line is left for the next call.
        byte = os.read(process.stdout.fileno(), 1)
        assert byte, f"it ended before {wanted!r}, and had said: {said.decode(errors='replace')}"
        said += byte
    return said.decode(errors="replace")
