"""For what happens soon, and not at once."""

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
