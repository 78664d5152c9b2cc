"""What happens in a drill, in plain words, and what must hold."""

import time
from collections.abc import Callable

OPERATOR = "operator"


class DoesNotHold(Exception):
    """What must hold, what was found, and what had to be there."""


class Report:
    """Each line says when, counted from the beginning of the drill, who, and what."""

    def __init__(self, show: Callable[[str], None] = lambda _: None) -> None:
        self._show = show
        self._began = time.monotonic()

    def line(self, who: str, what: str) -> None:
        self._show(f"   {self.seconds():6.1f} s  {who:<12} {what}")

    def operator(self, does: str) -> None:
        self.line(OPERATOR, does)

    def must(self, what: str, found: object, wanted: object) -> None:
        """Ends the drill unless it holds."""
        if found != wanted:
            raise DoesNotHold(f"{what}: found {found!r}, and it must be {wanted!r}")
        self.line("holds", what if found is True else f"{what}: {found}")

    def seconds(self) -> float:
        """Since the drill began."""
        return time.monotonic() - self._began
