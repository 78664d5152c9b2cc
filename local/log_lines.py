"""What a function logs, one readable line for each: time, function, outcome, milliseconds, and what went wrong."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

PLATFORM = ("START ", "END ", "INIT_START ", "EXTENSION ")
"""Lambda's own lines that tell nothing; REPORT tells how long it took, if the function itself does not."""
REPORT = re.compile(r"REPORT RequestId: \S+\s+Duration: ([\d.]+) ms")


@dataclass(frozen=True)
class Logged:
    """One event of CloudWatch Logs."""

    milliseconds: int
    """Since the epoch."""
    function: str
    message: str
    stream: str = ""
    """Of one environment: what it holds is in the order in which it was written."""


class LogLines:
    """Remembers which streams are in an invocation that told how long it took: of the others, Lambda's report is shown."""

    def __init__(self, timezone: tzinfo | None = None) -> None:
        self._timezone = timezone
        self._timed: set[tuple[str, str]] = set()

    def line(self, logged: Logged) -> str | None:
        """None if there is nothing to show."""
        message = logged.message.rstrip()
        if not message or message.startswith(PLATFORM):
            return None
        if report := REPORT.match(message):
            return self._report(logged, report[1])
        try:
            fields = json.loads(message)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            return self._columns(logged, "", None, [message])
        if duration(fields) is not None:
            self._timed.add((logged.function, logged.stream))
        return self._columns(logged, outcome(fields), duration(fields), details(fields))

    def _report(self, logged: Logged, took: str) -> str | None:
        if (logged.function, logged.stream) in self._timed:
            self._timed.discard((logged.function, logged.stream))
            return None
        return self._columns(logged, "ended", round(float(took)), [])

    def _columns(self, logged: Logged, outcome: str, took: int | None, details: list[str]) -> str:
        time = datetime.fromtimestamp(logged.milliseconds / 1000, self._timezone).strftime("%H:%M:%S.%f")[:-3]
        milliseconds = "" if took is None else f"{took} ms"
        line = f"{time}  {logged.function:<25} {outcome:<16} {milliseconds:>9}  {', '.join(details)}"
        return " ".join(line.splitlines()).rstrip()


def outcome(fields: dict) -> str:
    """What it came to, in one or two words."""
    if fields.get("level") in ("WARN", "ERROR"):
        return fields["level"].lower()
    if "outcome" in fields:
        return fields["outcome"]
    if "errcode" in fields:
        return "sent" if fields.get("sends") and fields["errcode"] == "0" else f"errcode {fields['errcode']}"
    if "has_reply" in fields:
        return "has a reply" if fields["has_reply"] else "no reply"
    return "error" if "error" in fields else "info"


def duration(fields: dict) -> int | None:
    """How long WeChat waited for `push`, or how long the function took."""
    return fields.get("answer_milliseconds", fields.get("milliseconds"))


def details(fields: dict) -> list[str]:
    """What kind of push it was, and everything that is not as usual."""
    kind = [fields.get("event") or fields.get("msg_type") or fields.get("route")]
    if "outcome" not in fields and "errcode" not in fields and fields.get("message") != "push type":
        kind.append(fields.get("message"))
    status = fields.get("status", 200)
    attempt, sent, unknown = (fields.get(name) or 0 for name in ("attempt", "messages", "unknown_messages"))
    return [
        detail
        for detail in [
            *kind,
            fields.get("reason"),
            f"HTTP {status}" if status != 200 else None,
            f"attempt {attempt}" if attempt > 1 else None,
            f"{sent} sent" if sent else None,
            f"{unknown} perhaps sent" if unknown else None,
            f"refused by {fields['refused_by']}" if "refused_by" in fields else None,
            fields.get("error"),
        ]
        if detail
    ]
