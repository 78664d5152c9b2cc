"""`events/env.json` for `sam local invoke --env-vars`: the environment of each function on the local stack.

The names of tables, functions and queue come of the stack's name and are the same in every local stack. A secret's ARN is
not: it ends in six characters by chance. Secrets Manager takes the name in its place.
"""

from local.aws import ADMINISTRATOR, ENDPOINT, REGION, client
from local.containers import HOST
from local.functions import logical_id
from local.stack import WELCOME

from .events import FOLDER

FILE = FOLDER / "env.json"
FOR_ALL = "Parameters"
"""Under this key the SAM CLI looks for what every function gets."""


def environment_file(stack: str) -> dict[str, dict[str, str]]:
    """What env.json must hold for the functions of this stack."""
    described = client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    functions = {
        resource["LogicalResourceId"]: _environment(resource["PhysicalResourceId"])
        for resource in described
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }
    own = {function: variables for function, variables in sorted(functions.items()) if variables}
    return {FOR_ALL: {"AWS_ENDPOINT_URL": _seen_from_inside(ENDPOINT), "AWS_REGION": REGION} | ADMINISTRATOR} | own


def on_this_machine(file: dict[str, dict[str, str]], function: str) -> dict[str, str]:
    """What env.json says for a function, where it runs outside of any container."""
    variables = file[FOR_ALL] | file.get(logical_id(function), {})
    return {name: value.replace(HOST, "127.0.0.1") for name, value in variables.items()}


def _environment(physical_id: str) -> dict[str, str]:
    configuration = client("lambda").get_function_configuration(FunctionName=physical_id)
    variables = configuration.get("Environment", {}).get("Variables", {})
    if "WELCOME_TEXT" in variables:  # so that entering has an effect in each local stack
        variables["WELCOME_TEXT"] = WELCOME["WelcomeText"]
    return {name: _seen_from_inside(_stable(value)) for name, value in sorted(variables.items())}


def _stable(value: str) -> str:
    if not value.startswith("arn:aws:secretsmanager:"):
        return value
    return value.rsplit(":", 1)[1].rsplit("-", 1)[0]


def _seen_from_inside(value: str) -> str:
    """Inside a container loopback is the container's own."""
    return value.replace("127.0.0.1", HOST).replace("localhost", HOST)
