"""Keeps the local stack up until Ctrl-C: `make local`."""

import signal
import sys

from .aws import ENDPOINT
from .processes import WORK, LocalStackError, end_on_signals
from .simulator import URL
from .stack import LocalStack


def main() -> int:
    end_on_signals()
    try:
        with LocalStack(lambda what: print(f"==> {what}", flush=True)) as stack:
            print(f"AWS        {ENDPOINT} (access key and secret key: test)")
            print(f"push       {stack.deployment.push_url}")
            print(f"API        {stack.deployment.api_url}")
            print(f"simulator  {URL}")
            print(f"logs       {WORK}")
            print("Ctrl-C ends it.", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except LocalStackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
