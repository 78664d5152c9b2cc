"""A function under Lambda's Runtime Interface Emulator, which rides in the SAM CLI: its real program, without a container."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.functions import bootstrap
from local.processes import DIRECT, ROOT, free_ports, serving

RAPID = "lib/python3.*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"
INVOCATIONS = "2015-03-31/functions/function/invocations"


@contextmanager
def emulated(function: str, environment: dict[str, str]) -> Iterator[Callable[[dict], object]]:
    """Invokes the function with an event and returns its answer, until the block ends."""
    [emulator] = (ROOT / ".venv" / "sam").glob(RAPID)
    invokes, runtime = free_ports(2)
    command = [str(emulator), "--runtime-interface-emulator-address", f"127.0.0.1:{invokes}"]
    command += ["--runtime-api-address", f"127.0.0.1:{runtime}", str(bootstrap(function))]
    url = f"http://127.0.0.1:{invokes}"

    def invoke(event: dict) -> object:
        with DIRECT.open(f"{url}/{INVOCATIONS}", json.dumps(event).encode(), timeout=60) as answer:
            return json.load(answer)

    with serving(f"{function} emulated", command, url, environment):
        yield invoke
