"""Writes `events/`: `make events`. What the environments are, a local stack is asked."""

import sys

from local.processes import LocalStackError, end_on_signals
from local.stack import LocalStack

from . import environment, events


def main() -> int:
    end_on_signals()
    for function, event in events.EVENTS.items():
        events.path(function).write_text(events.written(event))
    try:
        with LocalStack(lambda what: print(f"==> {what}", flush=True)) as stack:
            environment.FILE.write_text(events.written(environment.environment_file(stack.deployment.name)))
    except KeyboardInterrupt:
        return 130
    except LocalStackError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"==> {events.FOLDER} is written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
