"""Keeps the local stack up until Ctrl-C, which is `make local`; with arguments, while the command that they are runs.

    python -m local [COMMAND ARGUMENT...]

The command finds the stack by SIMULATOR_URL, PUSH_URL, API_URL, SDK_API_URL with SDK_CALLER_SECRET, and the AWS_… of a user who
may call the API and do nothing else; its exit code is passed on.
"""

import os
import shutil
import signal
import subprocess
import sys

from .aws import ENDPOINT, REGION
from .containers import reached_by_containers
from .deployment import Deployment
from .processes import WORK, LocalStackError, end_on_signals
from .simulator import URL
from .stack import CALLERS, WELCOME, LocalStack

SAM_LOCAL = "sam local invoke --config-env local OnTextFunction -e events/on-text.json"


def main() -> int:
    end_on_signals()
    command = sys.argv[1:]
    if command and not shutil.which(command[0]):
        print(f"{command[0]}: command not found.", file=sys.stderr)
        return 127
    try:
        with LocalStack(lambda what: print(f"==> {what}", flush=True), WELCOME) as stack:
            if command:
                return run(command, stack.deployment)
            with reached_by_containers() as has_docker:
                show(stack.deployment, has_docker)
                signal.pause()
    except KeyboardInterrupt:
        return 130 if command else 0
    except LocalStackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def show(deployment: Deployment, has_docker: bool) -> None:
    print(f"AWS        {ENDPOINT} (access key and secret key: test)")
    print(f"push       {deployment.push_url}")
    print(f"API        {deployment.api_url}")
    print(f"SDK API    {deployment.sdk_api_url} (secret of a caller: {CALLERS['shop']})")
    print(f"chat page  {URL}/")
    print(f"sam local  {SAM_LOCAL if has_docker else 'not without a Docker engine on this machine'}")
    print(f"logs       {WORK}")
    print("Ctrl-C ends it.", flush=True)


def run(command: list[str], deployment: Deployment) -> int:
    """A shell's exit code: one that a signal ended gets 128 and the signal's number."""
    code = subprocess.run(command, env=environment_beside(deployment)).returncode
    return code if code >= 0 else 128 - code


def environment_beside(deployment: Deployment) -> dict[str, str]:
    # A profile or a session of the person at the terminal would go before the user's keys, or spoil them.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "SIMULATOR_URL": URL,
        "PUSH_URL": deployment.push_url,
        "API_URL": deployment.api_url,
        "SDK_API_URL": deployment.sdk_api_url,
        "SDK_CALLER_SECRET": CALLERS["shop"],
        "AWS_ACCESS_KEY_ID": deployment.backend.access_key,
        "AWS_SECRET_ACCESS_KEY": deployment.backend.secret_key,
        "AWS_REGION": REGION,
    }


if __name__ == "__main__":
    sys.exit(main())
