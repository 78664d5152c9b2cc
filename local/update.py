"""Builds one function and puts it into the local stack that runs: `make update FUNCTION=on-text`."""

import base64
import hashlib
import io
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from botocore.exceptions import EndpointConnectionError

from .aws import ENDPOINT, client, not_up
from .deployment import NAME, resource
from .functions import FUNCTIONS, bootstrap, logical_id
from .processes import ROOT, LocalStackError, answers


class BuildFailed(Exception):
    """cargo has said why."""


def check(function: str) -> None:
    """Fails where there is no such function, or no local stack to put it into."""
    if function not in FUNCTIONS:
        raise LocalStackError(f"FUNCTION is {function or 'not given'}; it must be one of {', '.join(FUNCTIONS)}.")
    if not answers(ENDPOINT):
        raise not_up()


def update(function: str) -> None:
    """Builds it, puts it in, and says so."""
    began = time.monotonic()
    print(f"==> {function}: building", flush=True)
    build = ["cargo", "lambda", "build", "--release", "--locked", "--bin", function]
    if subprocess.run(build, cwd=ROOT).returncode != 0:
        raise BuildFailed(f"{function} is not built. The local stack runs what it ran before.")
    program = ROOT / "target" / "lambda" / function / "bootstrap"
    is_new = put(function, program)
    keep(function, program)
    state = "runs" if is_new else "already ran"
    print(f"==> {function}: the local stack {state} it, after {time.monotonic() - began:.1f} s", flush=True)


def put(function: str, program: Path) -> bool:
    """Makes this program the function's, from its next invocation on; False where it is that already."""
    package = _package(program)
    try:
        name = resource(NAME, logical_id(function))
        functions = client("lambda")
        deployed = functions.get_function_configuration(FunctionName=name)["CodeSha256"]
        if deployed == base64.b64encode(hashlib.sha256(package).digest()).decode():
            return False
        functions.update_function_code(FunctionName=name, ZipFile=package)
    except EndpointConnectionError:
        raise not_up() from None
    return True


def keep(function: str, program: Path) -> None:
    """Makes this program the one that `sam local invoke` runs, whoever runs the former one at the moment."""
    kept = bootstrap(function)
    beside = kept.with_name("bootstrap.new")
    shutil.copy2(program, beside)
    os.replace(beside, kept)


def _package(program: Path) -> bytes:
    """The same bytes for the same program."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", compresslevel=1) as archive:
        archive.writestr(entry, program.read_bytes())
    return package.getvalue()


def main() -> int:
    function = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        check(function)
        update(function)
    except KeyboardInterrupt:
        return 130
    except (LocalStackError, BuildFailed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
