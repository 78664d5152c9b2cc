"""Runs a command with DynamoDB Local beside it: python -m local.dynamodb_local COMMAND ARGUMENT...

The command finds it by DYNAMODB_LOCAL_URL; its exit code is passed on.
"""

import os
import subprocess
import sys

from local.processes import ROOT, end_on_signals, free_ports, serving

HOME = ROOT / ".venv" / "dynamodb-local"


def main() -> int:
    end_on_signals()
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    java = ["java", f"-Djava.library.path={HOME / 'DynamoDBLocal_lib'}", "-jar", str(HOME / "DynamoDBLocal.jar")]
    with serving("DynamoDB Local", [*java, "-port", str(port), "-inMemory", "-disableTelemetry"], url):
        return subprocess.run(sys.argv[1:], env=os.environ | {"DYNAMODB_LOCAL_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
