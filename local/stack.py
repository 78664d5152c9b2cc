"""Everything together, in the order in which it has to come up."""

from collections.abc import Callable
from contextlib import ExitStack

from .aws import ministack
from .deployment import Deployment, local_parameters
from .simulator import FIRST, SECOND, simulator

WELCOME = {"WelcomeText": "您好，欢迎光临！"}
"""So that whoever enters the session in the simulator's chat page sees something."""
CALLERS = {"shop": "secret-of-the-shop-0123456789abcdef", "crm": "secret-of-the-crm-fedcba9876543210"}
"""Callers of the SDK gateway, each with its secret."""


class LocalStack:
    """MiniStack, the deployment of samconfig.toml's `local`, the secrets of two mini programs and of the SDK gateway's callers,
    and the simulator as both mini programs, until the block ends.

    `parameters` are added to those of samconfig.toml.
    """

    def __init__(
        self, report: Callable[[str], None] = lambda _: None, parameters: dict[str, str] | None = None
    ) -> None:
        self._report = report
        self._parameters = local_parameters() | parameters if parameters else None
        self._running = ExitStack()

    def __enter__(self) -> "LocalStack":
        with ExitStack() as running:
            self._report("starting MiniStack")
            running.enter_context(ministack())
            self._report("deploying template.yaml to it")
            self.deployment = Deployment(parameters=self._parameters)
            self.deployment.put_secrets_of([FIRST, SECOND])
            self.deployment.put_caller_secrets(CALLERS)
            self._report("starting the simulator")
            push_url = self.deployment.push_url
            further = [SECOND | {"push_url": f"{push_url}/{SECOND['appid']}"}]
            self.simulator = running.enter_context(simulator(push_url, further))
            self._running = running.pop_all()
        return self

    def __exit__(self, *failure) -> None:
        self._running.__exit__(*failure)
