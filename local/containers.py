"""The local stack as a container of `sam local invoke` needs it.

A container does not reach what listens on this machine's loopback, and the SAM CLI joins none to the host's network. So
the ports are opened on the bridge of the Docker engine too, where containers see this machine as `host.docker.internal`.
And the SAM CLI sets only variables that the template declares: the template for it declares where AWS is.
"""

import ipaddress
import json
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import yaml

from .aws import ADMINISTRATOR, ENDPOINT
from .processes import ROOT
from .simulator import URL

HOST = "host.docker.internal"
BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
TEMPLATE = ROOT / ".aws-sam" / "local.yaml"
"""samconfig.toml names it for `sam local invoke --config-env local`."""
DECLARED = ["AWS_ENDPOINT_URL", "AWS_REGION", *ADMINISTRATOR]


@contextmanager
def reached_by_containers() -> Iterator[bool]:
    """`sam local invoke --config-env local` works until the block ends; False where there is no Docker engine for it."""
    address = bridge()
    if address is None:
        yield False
        return
    _write_template()
    with _open(address):
        yield True


def bridge() -> str | None:
    """This machine's address on the bridge; None where no Docker engine answers, or one whose bridge is elsewhere."""
    command = ["docker", "network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}"]
    try:
        found = subprocess.run(command, capture_output=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    try:
        networks = json.loads(found.stdout) or []
    except ValueError:  # it says nothing, or something else, where there is no such network
        return None
    for network in networks:
        subnet = ipaddress.ip_network(network["Subnet"])
        if subnet.version == 4:
            address = network.get("Gateway") or str(next(subnet.hosts()))
            return address if _is_of_this_machine(address) else None
    return None


def _is_of_this_machine(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _write_template() -> None:
    """The built template with those variables declared in every function."""
    template = yaml.safe_load(BUILT.read_text())
    every = template["Globals"]["Function"].setdefault("Environment", {}).setdefault("Variables", {})
    every.update(dict.fromkeys(DECLARED, ""))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            properties["CodeUri"] = str(BUILT.parent.relative_to(TEMPLATE.parent) / properties["CodeUri"])
    TEMPLATE.write_text(yaml.safe_dump(template, allow_unicode=True, sort_keys=False))


@contextmanager
def _open(address: str) -> Iterator[None]:
    """Hands on what comes to this address for the local AWS and for the simulator."""
    with ExitStack() as doors:
        for url in (ENDPOINT, URL):
            door = doors.enter_context(_Door((address, urlsplit(url).port), _Passage))
            threading.Thread(target=door.serve_forever, daemon=True).start()
            doors.callback(door.shutdown)
        yield


class _Door(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Passage(socketserver.BaseRequestHandler):
    """One connection, to the same port on loopback."""

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.server_address[1])) as inside:
            answers = threading.Thread(target=_carry, args=(inside, self.request), daemon=True)
            answers.start()
            _carry(self.request, inside)
            answers.join()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
