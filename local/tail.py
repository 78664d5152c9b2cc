"""Shows what all functions of the local stack log, as it comes: `make tail`.

CloudWatch Logs is asked each second what is new. `FUNCTION=push` shows one function alone.
"""

import sys
import time
from collections import Counter

from botocore.exceptions import ConnectionError as NoConnection

from .aws import ENDPOINT, client, not_up
from .deployment import NAME
from .functions import FUNCTIONS
from .log_lines import Logged, LogLines
from .processes import LocalStackError, answers, end_on_signals

BEFORE = 20
"""Lines of what was logged before."""
PAUSE_SECONDS = 1
OVERLAP_MILLISECONDS = 10_000
"""Each time, as much is read again: a line may come into the log later than its time says."""


class Tail:
    """The logs of the functions of a stack."""

    def __init__(self, stack: str = NAME, function: str = "") -> None:
        self._logs = client("logs")
        self._prefix = f"/aws/lambda/{stack}/"
        self._function = function
        self._lines = LogLines()
        self._latest = 0
        self._seen: set[tuple] = set()

    def new_lines(self) -> list[str]:
        """What was logged since the call before, in the order of time; at first everything."""
        since = max(0, self._latest - OVERLAP_MILLISECONDS)
        self._seen = {event for event in self._seen if event[1] >= since}
        logged = [event for group in self._groups() for event in self._of(group, since)]
        logged.sort(key=lambda event: event.milliseconds)
        self._latest = max([self._latest, *(event.milliseconds for event in logged)])
        return [line for event in logged if (line := self._lines.line(event)) is not None]

    def _groups(self) -> list[str]:
        pages = self._logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=self._prefix)
        names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
        return [name for name in names if self._function in ("", name.removeprefix(self._prefix))]

    def _of(self, group: str, since: int) -> list[Logged]:
        pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
        alike: Counter[tuple] = Counter()
        found = []
        for event in (event for page in pages for event in page["events"]):
            # MiniStack gives events no id: the same line twice in one millisecond is two events.
            line = (event["logStreamName"], event["timestamp"], event["message"])
            alike[line] += 1
            key = (*line, alike[line])
            if key not in self._seen:
                self._seen.add(key)
                function = group.removeprefix(self._prefix)
                found.append(Logged(event["timestamp"], function, event["message"], event["logStreamName"]))
        return found


def follow(tail: Tail) -> None:
    """Until the stack ends, or Ctrl-C."""
    print("\n".join(tail.new_lines()[-BEFORE:] or ["Nothing is logged yet."]), flush=True)
    while answers(ENDPOINT):
        time.sleep(PAUSE_SECONDS)
        for line in tail.new_lines():
            print(line, flush=True)


def main() -> int:
    end_on_signals()
    function = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        if function not in ("", *FUNCTIONS):
            raise LocalStackError(f"FUNCTION is {function}; it must be one of {', '.join(FUNCTIONS)}.")
        if not answers(ENDPOINT):
            raise not_up()
        follow(Tail(function=function))
    except (KeyboardInterrupt, BrokenPipeError):
        return 0
    except NoConnection:
        pass
    except LocalStackError as error:
        print(error, file=sys.stderr)
        return 1
    print("The local stack has ended.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
