"""AWS on loopback: MiniStack with its IAM enforced, and clients for it."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.config import Config

from .processes import WORK, LocalStackError, serving

ENDPOINT = "http://127.0.0.1:4566"
REGION = "us-east-1"
ADMINISTRATOR = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""MiniStack's root account: not subject to policies, unlike the functions and the users made in it."""

SCRATCH = WORK / "tmp"


def environment() -> dict[str, str]:
    """What programs that talk to MiniStack get to see: no profile, region or proxy of the person at the terminal."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SAM_CLI_TELEMETRY") if name in os.environ}
    return kept | ADMINISTRATOR | {"AWS_ENDPOINT_URL": ENDPOINT, "AWS_DEFAULT_REGION": REGION, "TMPDIR": str(SCRATCH)}


@contextmanager
def ministack() -> Iterator[Path]:
    settings = {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",  # it would take a port of its own
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",  # Lambda waits a minute
    }
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.mkdir(parents=True)
    program = str(Path(sys.executable).with_name("ministack"))
    with serving("MiniStack", [program], f"{ENDPOINT}/_ministack/health", environment() | settings) as log:
        yield log


def client(service: str):
    """A client with the administrator's rights, for looking behind the API."""
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=REGION,
        config=Config(proxies={}),
        aws_access_key_id=ADMINISTRATOR["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ADMINISTRATOR["AWS_SECRET_ACCESS_KEY"],
    )


def not_up() -> LocalStackError:
    """What whoever needs a running stack says without one."""
    return LocalStackError(f"No local stack answers at {ENDPOINT}. `make local`, in another terminal, starts one.")
