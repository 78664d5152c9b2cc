"""template.yaml, as it is written and as SAM hands it to CloudFormation. No stack runs for it."""

import copy
import json
import os
import re
from functools import cache

from samtranslator.translator.arn_generator import ArnGenerator
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from local.processes import ROOT

TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())
NO_VALUE = {"Ref": "AWS::NoValue"}
EVENT_BUS = "EventBusName"
"""The parameter that names what is no resource of the template, and is granted if there is one."""


class NoManagedPolicies:
    """The template names none, so there is nothing to ask IAM for."""

    def load(self) -> dict[str, str]:
        return {}


@cache
def deployed(**parameters: str) -> dict[str, dict]:
    """The resources after SAM's transform."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # else SAM asks for one
    template = copy.deepcopy(TEMPLATE)
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"  # as `sam deploy` leaves it
    return transform(template, parameters, NoManagedPolicies())["Resources"]


def deployed_in(region: str, **parameters: str) -> dict:
    """The whole template after SAM's transform in a region, whose partition SAM writes into what it adds."""
    ArnGenerator.BOTO_SESSION_REGION_NAME, before = region, ArnGenerator.BOTO_SESSION_REGION_NAME
    try:
        partition = ArnGenerator.get_partition_name(region)
        template = copy.deepcopy(TEMPLATE)
        template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
        return transform(template, parameters | {"AWS::Region": region, "AWS::Partition": partition}, NoManagedPolicies())
    finally:
        ArnGenerator.BOTO_SESSION_REGION_NAME = before


def refusals(region: str = "us-east-1", **parameters: str) -> list[str]:
    """What CloudFormation says, by the template's rules, to these values of parameters before it makes anything."""
    defaults = {name: parameter.get("Default") for name, parameter in TEMPLATE["Parameters"].items()}
    values = defaults | parameters | {"AWS::Region": region}
    return [
        assertion["AssertDescription"]
        for rule in TEMPLATE["Rules"].values()
        if "RuleCondition" not in rule or _is_so(rule["RuleCondition"], values)
        for assertion in rule["Assertions"]
        if not _is_so(assertion["Assert"], values)
    ]


def _is_so(expression: dict, values: dict) -> object:
    """An expression of a rule, worked out with the values of parameters."""
    [(function, argument)] = expression.items()
    if function == "Ref":
        return values[argument]
    worked_out = [_is_so(item, values) if isinstance(item, dict) else item for item in argument]
    if function == "Fn::Not":
        return not worked_out[0]
    if function == "Fn::Contains":
        return worked_out[1] in worked_out[0]
    assert function == "Fn::Equals"
    return worked_out[0] == worked_out[1]


def of_type(kind: str, resources: dict[str, dict] = TEMPLATE["Resources"]) -> dict[str, dict]:
    """Properties by logical ID."""
    return {name: resource.get("Properties", {}) for name, resource in resources.items() if resource["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
ROUTES = {
    re.sub(r"\B(?=[A-Z])", "-", parameter.removesuffix("FunctionArn")).lower(): parameter
    for parameter in TEMPLATE["Parameters"]
    if parameter.endswith("FunctionArn")
}
"""The parameter that names a function of one's own, for each type of push."""


def binary(function: str) -> str:
    """The folder, package and program of a function."""
    return TEMPLATE["Resources"][function]["Metadata"]["BuildProperties"]["Binary"]


def named(value: object) -> str | None:
    """The resource that a value names, by Ref, GetAtt, an ARN made of its name or a choice of these; else nothing."""
    if not isinstance(value, dict):
        return None
    [(function, argument)] = value.items()
    if function == "Fn::If":
        names = [named(choice) for choice in argument[1:]]
        return next((json.dumps(argument) for name in names if name), None)
    if function == "Fn::Sub" and isinstance(argument, str) and argument.startswith("arn:"):
        names = re.findall(r"\$\{(\w+)\}", argument)
        return next((name for name in names if name in TEMPLATE["Resources"] or name == EVENT_BUS), None)
    name = argument[0] if function == "Fn::GetAtt" else argument.split(".")[0] if function == "Ref" else None
    return name if name in TEMPLATE["Resources"] or name == EVENT_BUS else None


def listed(value: object) -> list:
    return value if isinstance(value, list) else [value]


def role(function: str, **parameters: str) -> dict:
    """A function's role: SAM's, made of what stands in the function, or the template's own."""
    return deployed(**parameters)[f"{function}Role"]["Properties"]


def managed_policies(function: str, *, holds: set[str], **parameters: str) -> set[str]:
    """Path and name of each policy of AWS's own that is attached to a function's role."""
    arns = resolved(role(function, **parameters)["ManagedPolicyArns"], holds=holds)
    return {arn.split(":iam::aws:policy/")[1] for arn in arns}


def statements(function: str) -> list[dict]:
    """What a function's role allows beyond its managed policies, also under a condition."""
    policies = role(function).get("Policies", [])
    found = [statement for policy in policies for statement in listed(policy["PolicyDocument"]["Statement"])]
    return [statement["Fn::If"][1] if "Fn::If" in statement else statement for statement in found]


def grants(function: str) -> set[tuple[str, str | None]]:
    """Verb and resource of each permission."""
    return {
        (verb, named(resource))
        for statement in statements(function)
        for verb in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def served_routes(function: str, api: str = "Api") -> set[tuple[str, str]]:
    """Method and path of each route of an API that a function serves."""
    events = [event["Properties"] for event in FUNCTIONS[function].get("Events", {}).values() if event["Type"] == "Api"]
    return {(event["Method"], event["Path"]) for event in events if named(event["RestApiId"]) == api}


def failure_destination(function: str) -> str | None:
    """Where Lambda, in the function's name, puts what failed."""
    invocation = FUNCTIONS[function].get("EventInvokeConfig", {})
    return named(invocation.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"))


def polled(function: str) -> set[tuple[str, str]]:
    """Verb and queue of what Lambda asks in the name of a function that a queue feeds."""
    sources = of_type("AWS::Lambda::EventSourceMapping").values()
    queues = [named(source["EventSourceArn"]) for source in sources if named(source["FunctionName"]) == function]
    verbs = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    return {(verb, queue) for queue in queues for verb in verbs}


def variables(function: str) -> dict[str, str]:
    """Environment variables that name resources, and which."""
    environment = FUNCTIONS[function].get("Environment", {}).get("Variables", {})
    return {name: named(value) for name, value in environment.items() if named(value)}


def resolved(value: object, *, holds: set[str]) -> object:
    """A value in which Fn::If, Fn::Split and Fn::Sub are worked out; `holds` are the conditions that hold."""
    if isinstance(value, list):
        items = [resolved(item, holds=holds) for item in value]
        return [item for item in items if item != NO_VALUE]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        return resolved(then if condition in holds else otherwise, holds=holds)
    if "Fn::Split" in value:
        separator, text = value["Fn::Split"]
        return text.split(separator)
    if "Fn::Sub" in value:
        return substituted(value["Fn::Sub"])[0]
    items = {name: resolved(item, holds=holds) for name, item in value.items()}
    return {name: item for name, item in items.items() if item != NO_VALUE}


def api_policy(ranges: str = "") -> dict:
    """The API's resource policy; `ranges` is the parameter PushSourceIpRanges."""
    body = deployed(PushSourceIpRanges=ranges, SdkGateway="off")["Api"]["Properties"]["Body"]
    return resolved(body["x-amazon-apigateway-policy"], holds={"PushIsFenced"} if ranges else set())


def substituted(sub: str | list, *, holds: frozenset[str] = frozenset()) -> tuple[str, set[str]]:
    """The text of an Fn::Sub with each name in the place of its value, and the names. What the Fn::Sub itself gives a value,
    a choice between texts, stands in it; `holds` are the conditions that hold."""
    text, own = (sub, {}) if isinstance(sub, str) else sub
    names = set()

    def value(found: re.Match) -> str:
        if found[1] not in own:
            names.add(found[1])
            return found[1]
        condition, then, otherwise = own[found[1]]["Fn::If"]
        chosen = then if condition in holds else otherwise
        inner, inner_names = substituted(chosen["Fn::Sub"]) if isinstance(chosen, dict) else (chosen, set())
        names.update(inner_names)
        return inner

    return re.sub(r"\$\{([\w:.]+)\}", value, text), names
