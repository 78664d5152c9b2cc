"""Runs a command with DynamoDB Local beside it: python dynamodb_local.py COMMAND ARGUMENT...

The command finds it by DYNAMODB_LOCAL_URL; its exit code is passed on.
"""

import os
import socket
import subprocess
import sys

from local_stack.processes import ROOT, end_on_signals, serving

HOME = ROOT / ".venv" / "dynamodb-local"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> int:
    end_on_signals()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    java = ["java", f"-Djava.library.path={HOME / 'DynamoDBLocal_lib'}", "-jar", str(HOME / "DynamoDBLocal.jar")]
    with serving("DynamoDB Local", [*java, "-port", str(port), "-inMemory", "-disableTelemetry"], url):
        return subprocess.run(sys.argv[1:], env=os.environ | {"DYNAMODB_LOCAL_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
