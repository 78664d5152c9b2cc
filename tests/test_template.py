"""template.yaml against itself, and against the sources."""

import json
import re

import pytest

import rust_sources
from local_stack.processes import ROOT
from template import (
    FUNCTIONS,
    TEMPLATE,
    api_policy,
    binary,
    deployed,
    failure_destination,
    grants,
    named,
    of_type,
    statements,
    substituted,
    variables,
)

FOLDERS = sorted(path.name for path in (ROOT / "functions").iterdir())
EACH_FUNCTION = pytest.mark.parametrize("function", FUNCTIONS)

MANAGED = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}
"""What SAM attaches to every role, for logs and for tracing: the exceptions, whose resource is *."""
MANAGED_IN_A_VPC = {"AccessTokenFunction": {"AWSLambdaVPCAccessExecutionRole"}}


def test_every_folder_is_one_package_with_one_program_of_its_name():
    assert {folder: rust_sources.binaries(folder) for folder in FOLDERS} == {
        folder: (folder, [folder]) for folder in FOLDERS
    }


def test_every_folder_is_one_function_named_after_it_and_there_is_no_other():
    pascal = {"".join(word.capitalize() for word in folder.split("-")) + "Function": folder for folder in FOLDERS}
    assert {function: binary(function) for function in FUNCTIONS} == pascal


# ------------------------------------------------------------------ what each may do


@EACH_FUNCTION
def test_a_role_has_no_wildcard_beyond_the_managed_policies_that_sam_attaches(function):
    role = deployed()[f"{function}Role"]["Properties"]
    managed = {arn.rsplit("/", 1)[1] for arn in role["ManagedPolicyArns"]}
    assert managed == MANAGED | MANAGED_IN_A_VPC.get(function, set())
    for statement in statements(function):
        assert statement.keys() == {"Effect", "Action", "Resource"}
        assert "*" not in json.dumps(statement)
    assert None not in {resource for _, resource in grants(function)}


@EACH_FUNCTION
def test_a_role_covers_what_the_environment_names_and_the_failure_destination_and_nothing_else(function):
    used = set(variables(function).values()) | ({failure_destination(function)} - {None})
    assert {resource for _, resource in grants(function)} == used


@EACH_FUNCTION
def test_a_role_allows_the_verbs_that_the_code_calls_and_no_others(function):
    tables = of_type("AWS::DynamoDB::Table")
    put_by_lambda = {("sqs:SendMessage", failure_destination(function))}
    granted = {(verb, table if table in tables else None) for verb, table in grants(function) - put_by_lambda}
    names = variables(function)
    called = {(verb, variable and names[variable]) for verb, variable in rust_sources.calls(binary(function))}
    assert granted == called


@EACH_FUNCTION
def test_the_environment_holds_the_settings_that_the_code_reads_and_no_others(function):
    environment = FUNCTIONS[function].get("Environment", {}).get("Variables", {})
    assert environment.keys() == rust_sources.settings(binary(function))


# ------------------------------------------------------------------ the public route


def routes() -> dict[tuple[str, str], bool]:
    """Method and path of each route, and whether it is closed to all but IAM's principals."""
    paths = deployed()["Api"]["Properties"]["Body"]["paths"]
    return {
        (method.upper(), path): any("AWS_IAM" in scheme for scheme in operation["security"])
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "x-amazon-apigateway-integration" in operation
    }


def test_push_alone_is_open_and_the_resource_policy_allows_just_that():
    stage = TEMPLATE["Resources"]["Api"]["Properties"]["StageName"]
    open_routes = {route for route, is_closed in routes().items() if not is_closed}
    assert open_routes == {("GET", "/push"), ("POST", "/push")}
    [statement] = api_policy()["Statement"]
    assert statement.pop("Resource") == [f"execute-api:/{stage}/{method}{path}" for method, path in sorted(open_routes)]
    assert statement == {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke"}


def test_a_fence_narrows_the_policy_to_the_ranges_and_the_api_is_deployed_anew_for_it():
    [statement] = api_policy("192.0.2.0/24,2001:db8::1")["Statement"]
    assert statement.pop("Condition") == {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::1"]}}
    assert [statement] == api_policy()["Statement"]

    # API Gateway applies a changed policy with the next deployment.
    def deployments(ranges: str) -> set[str]:
        return set(of_type("AWS::ApiGateway::Deployment", deployed(PushSourceIpRanges=ranges)))

    assert deployments("192.0.2.0/24").isdisjoint(deployments("198.51.100.0/24"))


def test_the_ranges_are_checked_before_they_reach_the_policy():
    pattern = TEMPLATE["Parameters"]["PushSourceIpRanges"]["AllowedPattern"]
    for ranges in ["", "192.0.2.1", "192.0.2.0/24,198.51.100.7", "2001:db8::/32"]:
        assert re.fullmatch(pattern, ranges)
    for ranges in ["*", "192.0.2.0/24, 198.51.100.7", "192.0.2.0/24,", "example.org"]:
        assert not re.fullmatch(pattern, ranges)


def test_each_open_route_has_the_limits_of_the_parameters():
    [stage] = of_type("AWS::ApiGateway::Stage", deployed()).values()
    limits = {"ThrottlingRateLimit": {"Ref": "PushRateLimit"}, "ThrottlingBurstLimit": {"Ref": "PushBurstLimit"}}
    settings = sorted(stage["MethodSettings"], key=lambda setting: setting["HttpMethod"])
    assert settings == [
        {"HttpMethod": method, "ResourcePath": "/" + path.replace("/", "~1")} | limits
        for (method, path), is_closed in sorted(routes().items())
        if not is_closed
    ]


# ------------------------------------------------------------------ what each resource has


def test_every_call_is_traced():
    deployed_functions = of_type("AWS::Lambda::Function", deployed())
    assert {name: function["TracingConfig"] for name, function in deployed_functions.items()} == {
        name: {"Mode": "Active"} for name in FUNCTIONS
    }
    [stage] = of_type("AWS::ApiGateway::Stage", deployed()).values()
    assert stage["TracingEnabled"] is True


@EACH_FUNCTION
def test_a_function_says_how_long_it_may_take(function):
    assert 0 < FUNCTIONS[function]["Timeout"] <= 90


def test_every_function_has_a_log_group_of_its_own_that_ends():
    groups = of_type("AWS::Logs::LogGroup")
    assert {named(FUNCTIONS[function]["LoggingConfig"]["LogGroup"]): binary(function) for function in FUNCTIONS} == {
        group: properties["LogGroupName"]["Fn::Sub"].removeprefix("/aws/lambda/${AWS::StackName}/")
        for group, properties in groups.items()
    }
    assert all(properties["RetentionInDays"] > 0 for properties in groups.values())


@pytest.mark.parametrize("table", of_type("AWS::DynamoDB::Table"))
def test_a_table_forgets_can_be_restored_and_is_encrypted_with_a_key_of_the_account(table):
    properties = TEMPLATE["Resources"][table]["Properties"]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}


@pytest.mark.parametrize("secret", of_type("AWS::SecretsManager::Secret"))
def test_a_secret_outlives_the_stack_and_its_own_replacement(secret):
    resource = TEMPLATE["Resources"][secret]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_every_parameter_says_what_it_is_and_stands_in_one_group():
    parameters = TEMPLATE["Parameters"]
    assert [name for name, parameter in parameters.items() if not parameter.get("Description", "").endswith(".")] == []
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(parameters)


# ------------------------------------------------------------------ what is watched


def widgets() -> list[dict]:
    body, names = substituted(TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    assert {name.split(".")[0] for name in names} <= TEMPLATE["Resources"].keys() | {"AWS::StackName", "AWS::Region"}
    return [widget["properties"] for widget in json.loads(body)["widgets"]]


def graphed() -> list[tuple[str, str, tuple[str, ...]]]:
    """Namespace, name and dimensions of each metric on the dashboard."""
    found = []
    for widget in widgets():
        for metric in widget["metrics"]:
            if isinstance(metric[0], dict):
                search = re.fullmatch(
                    r"""SEARCH\('\{(\w+),([\w,"]+)\} MetricName="(\w+)" stack="AWS::StackName"', 'Sum'\)""",
                    metric[0]["expression"],
                )
                found.append((search[1], search[3], tuple(search[2].replace('"', "").split(","))))
                continue
            values = [value for value in metric if isinstance(value, str)]
            # "...": as before, up to what follows it.
            before = values if values[0] != "..." else [*before[: len(before) - len(values) + 1], *values[1:]]
            found.append((before[0], before[1], tuple(before[2::2])))
    return found


def test_the_dashboard_and_the_alarms_name_only_metrics_that_the_code_emits_with_their_dimensions():
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    watched = [
        (alarm["Namespace"], alarm["MetricName"], tuple(dimension["Name"] for dimension in alarm["Dimensions"]))
        for alarm in alarms
    ]
    ours = [(name, sets) for namespace, name, sets in graphed() + watched if namespace == "WechatMiniProgram"]
    emitted = rust_sources.metrics()
    assert [metric for metric in ours if metric[1] not in emitted.get(metric[0], set())] == []
    assert {name for name, _ in ours} == emitted.keys(), "each is shown"


def test_the_dashboard_shows_errors_and_throttles_of_every_function_and_the_failed_queue():
    shown = {}
    for widget in widgets():
        namespace, name, *_ = widget["metrics"][0] if isinstance(widget["metrics"][0][0], str) else [None, None]
        shown[namespace, name] = {
            value for metric in widget["metrics"] for value in metric if isinstance(value, str) and value in FUNCTIONS
        }
    assert shown["AWS/Lambda", "Errors"] == shown["AWS/Lambda", "Throttles"] == FUNCTIONS.keys()
    queue = {name for namespace, name, _ in graphed() if namespace == "AWS/SQS"}
    assert queue == {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}
