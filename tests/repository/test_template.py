"""template.yaml against itself, and against the sources."""

import json
import re

import pytest

import rust_sources
from local.functions import logical_id
from local.processes import ROOT
from outbound import ACTIONS
from template import (
    FUNCTIONS,
    NO_VALUE,
    ROUTES,
    TEMPLATE,
    api_policy,
    binary,
    deployed,
    deployed_in,
    failure_destination,
    grants,
    listed,
    managed_policies,
    named,
    of_type,
    polled,
    refusals,
    resolved,
    role,
    served_routes,
    statements,
    substituted,
    variables,
)

FOLDERS = sorted(path.name for path in (ROOT / "functions").iterdir())
EACH_FUNCTION = pytest.mark.parametrize("function", FUNCTIONS)

GATEWAY = "WechatGatewayFunction"
PUSH_TYPES = [function for function in FUNCTIONS if binary(function).startswith("on-")]
BEHIND_THE_API = [function for function in FUNCTIONS if served_routes(function) and function != "PushFunction"]
OUR_OWN_ACTIONS = [function for function in BEHIND_THE_API if function != GATEWAY]

GATEWAY_ON = frozenset({"SdkGatewayIsOn"})
MANAGED = {"service-role/AWSLambdaBasicExecutionRole"}
"""For logs: the exception, whose resource is *."""
FOR_TRACES = {"AWSXrayWriteOnlyAccess", "AWSXRayDaemonWriteAccess"}
"""The policy's older name, which SAM attaches outside China, and its newer one."""
MANAGED_IN_A_VPC = "service-role/AWSLambdaVPCAccessExecutionRole"


def test_every_folder_is_one_package_with_one_program_of_its_name():
    assert {folder: rust_sources.binaries(folder) for folder in FOLDERS} == {
        folder: (folder, [folder]) for folder in FOLDERS
    }


def test_every_folder_is_one_function_named_after_it_and_there_is_no_other():
    pascal = {"".join(word.capitalize() for word in folder.split("-")) + "Function": folder for folder in FOLDERS}
    assert {function: binary(function) for function in FUNCTIONS} == pascal


# ------------------------------------------------------------------ what each may do


def test_every_function_has_a_role_of_its_own_and_nothing_else_gives_a_right():
    kinds = {name: resource["Type"] for name, resource in deployed().items()}
    assert {name: kind for name, kind in kinds.items() if kind.startswith("AWS::IAM::")} == {
        f"{function}Role": "AWS::IAM::Role" for function in FUNCTIONS
    }
    functions = of_type("AWS::Lambda::Function", deployed())
    assert {name: properties["Role"] for name, properties in functions.items()} == {
        function: {"Fn::GetAtt": [f"{function}Role", "Arn"]} for function in FUNCTIONS
    }


@EACH_FUNCTION
def test_a_role_can_be_taken_by_lambda_alone(function):
    [statement] = role(function)["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Effect"], listed(statement["Action"])) == ("Allow", ["sts:AssumeRole"])
    principals = {kind: listed(names) for kind, names in statement["Principal"].items()}
    assert principals == {"Service": ["lambda.amazonaws.com"]}


@EACH_FUNCTION
@pytest.mark.parametrize("holds", [set(), {"AccessTokenHasFixedIp"}], ids=["no VPC", "with a VPC"])
def test_a_role_has_the_managed_policy_for_logs_and_for_a_vpc_only_in_one(function, holds):
    is_in_a_vpc = resolved(FUNCTIONS[function].get("VpcConfig", NO_VALUE), holds=holds) != NO_VALUE
    assert is_in_a_vpc == (function == "AccessTokenFunction" and bool(holds))
    assert managed_policies(function, holds=holds) == MANAGED | ({MANAGED_IN_A_VPC} if is_in_a_vpc else set())


@pytest.mark.parametrize("tracing", TEMPLATE["Parameters"]["Tracing"]["AllowedValues"])
@EACH_FUNCTION
def test_a_function_may_write_traces_only_where_there_are_some_and_never_the_gateway(function, tracing):
    holds = {"TracesAreWritten"} if tracing != "Disabled" else set()
    policies = managed_policies(function, holds=holds, Tracing=tracing)
    assert len(policies & FOR_TRACES) == (1 if holds and function != GATEWAY else 0)
    assert policies - FOR_TRACES == MANAGED


@EACH_FUNCTION
def test_a_role_has_no_wildcard_beyond_its_managed_policies(function):
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
    # What a function puts into two queues is granted for both: only Lambda's own puts are left out.
    by_lambda = polled(function) if failure_destination(function) in variables(function).values() else (
        polled(function) | {("sqs:SendMessage", failure_destination(function))}
    )
    granted = {(verb, table if table in tables else None) for verb, table in grants(function) - by_lambda}
    names = variables(function)
    called = {(verb, variable and names[variable]) for verb, variable in rust_sources.calls(binary(function))}
    assert granted == called


def test_events_may_be_put_on_the_named_bus_and_on_none_without_a_name():
    properties = role("DeliverReplyFunction")["Policies"]
    found = [statement for policy in properties for statement in policy["PolicyDocument"]["Statement"]]
    [choice] = [statement for statement in found if "events:PutEvents" in json.dumps(statement)]
    named_bus = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}"
    right = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": {"Fn::Sub": named_bus}}
    assert choice == {"Fn::If": ["PushesArePublished", right, NO_VALUE]}
    assert TEMPLATE["Conditions"]["PushesArePublished"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "EventBusName"}, ""]}]}


@EACH_FUNCTION
def test_the_environment_holds_the_settings_that_the_code_reads_and_no_others(function):
    environment = FUNCTIONS[function].get("Environment", {}).get("Variables", {})
    assert environment.keys() == rust_sources.settings(binary(function))


# ------------------------------------------------------------------ the public route


def routes(api: str = "Api", *, holds: frozenset[str] = GATEWAY_ON) -> dict[tuple[str, str], bool]:
    """Method and path of each route, and whether it is closed to all but IAM's principals."""
    paths = resolved(deployed()[api]["Properties"]["Body"]["paths"], holds=holds)
    return {
        (method.upper(), path): any("AWS_IAM" in scheme for scheme in operation.get("security", []))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "x-amazon-apigateway-integration" in operation
    }


def test_push_alone_is_open_and_the_resource_policy_allows_just_that():
    stage = TEMPLATE["Resources"]["Api"]["Properties"]["StageName"]
    open_routes = {route for route, is_closed in routes().items() if not is_closed}
    assert open_routes == {(method, path) for method in ("GET", "POST") for path in ("/push", "/push/{appid}")}
    [statement] = api_policy()["Statement"]
    assert statement.pop("Sid") == "PushIsOpenAndTheSdkGatewayIsoff"
    # API Gateway matches the path that is asked for, of whatever mini program.
    asked_for = [(method, path.replace("{appid}", "*")) for method, path in sorted(open_routes)]
    assert statement.pop("Resource") == [f"execute-api:/{stage}/{method}{path}" for method, path in asked_for]
    assert statement == {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke"}


def test_a_fence_narrows_the_policy_to_the_ranges_and_the_api_is_deployed_anew_for_it():
    [statement] = api_policy("192.0.2.0/24,2001:db8::1")["Statement"]
    assert statement.pop("Condition") == {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::1"]}}
    assert [statement] == api_policy()["Statement"]

    # API Gateway applies a changed policy with the next deployment.
    assert deployment(PushSourceIpRanges="192.0.2.0/24") != deployment(PushSourceIpRanges="198.51.100.0/24")


def deployment(**parameters: str) -> str:
    """The deployment that the main API's stage serves."""
    return deployed(**parameters)["Apiv1Stage"]["Properties"]["DeploymentId"]["Ref"]


def test_the_ranges_are_checked_before_they_reach_the_policy():
    pattern = TEMPLATE["Parameters"]["PushSourceIpRanges"]["AllowedPattern"]
    for ranges in ["", "192.0.2.1", "192.0.2.0/24,198.51.100.7", "2001:db8::/32"]:
        assert re.fullmatch(pattern, ranges)
    for ranges in ["*", "192.0.2.0/24, 198.51.100.7", "192.0.2.0/24,", "example.org"]:
        assert not re.fullmatch(pattern, ranges)


def test_each_open_route_has_the_limits_of_the_parameters():
    stage = deployed()["Apiv1Stage"]["Properties"]
    limits = {"ThrottlingRateLimit": {"Ref": "PushRateLimit"}, "ThrottlingBurstLimit": {"Ref": "PushBurstLimit"}}
    settings = sorted(stage["MethodSettings"], key=lambda setting: (setting["HttpMethod"], setting["ResourcePath"]))
    assert settings == [
        {"HttpMethod": method, "ResourcePath": "/" + path.replace("/", "~1")} | limits
        for (method, path), is_closed in sorted(routes().items())
        if not is_closed
    ]


# ------------------------------------------------------------------ the SDK gateway


def test_all_that_belongs_to_the_sdk_gateway_hangs_on_its_parameter_and_nothing_else_does():
    assert TEMPLATE["Conditions"]["SdkGatewayIsOn"] == {"Fn::Equals": [{"Ref": "SdkGateway"}, "on"]}
    assert TEMPLATE["Parameters"]["SdkGateway"]["Default"] == "off"
    conditions = {name: resource.get("Condition", "") for name, resource in TEMPLATE["Resources"].items()}
    conditional = {name for name, condition in conditions.items() if condition.startswith("SdkGateway")}
    assert conditional == {
        GATEWAY,
        "WechatGatewayLogs",
        "SdkApi",
        "SdkApiAccessLog",
        "SdkServerErrorsAlarm",
        "CallerSecrets",
    }
    outputs = {name for name, output in TEMPLATE["Outputs"].items() if output.get("Condition") == "SdkGatewayIsOn"}
    assert outputs == {"SdkApiUrl", "CallerSecretsArn"}
    # What SAM makes of them, too: roles, permissions, deployment and stage.
    made = {name: resource for name, resource in deployed().items() if name.startswith(("WechatGateway", "SdkApi"))}
    assert {name for name, resource in made.items() if "Condition" not in resource} == set()


def test_the_sdks_api_takes_every_path_from_everybody_and_iams_callers_get_two_trees_besides_the_actions():
    assert routes("SdkApi") == {("GET", "/{proxy+}"): False, ("POST", "/{proxy+}"): False}
    trees = {(method, path) for method in ("GET", "POST") for path in ("/cgi-bin/{proxy+}", "/wxa/{proxy+}")}
    with_it, without_it = routes(), routes(holds=frozenset())
    assert with_it.items() - without_it.items() == {(route, True) for route in trees}
    assert without_it.items() <= with_it.items()


def test_the_main_api_is_deployed_anew_when_the_gateway_is_switched():
    """API Gateway serves changed routes with the next deployment, and the text of the routes is the same with on and off."""
    assert deployment(SdkGateway="on") != deployment(SdkGateway="off")


def test_no_log_of_the_sdks_api_holds_a_query_or_a_header():
    stage = deployed()["SdkApiv1Stage"]["Properties"]
    assert "AccessLogSetting" not in resolved(stage, holds=GATEWAY_ON)
    setting = resolved(stage, holds=GATEWAY_ON | {"SdkGatewayHasAccessLog"})["AccessLogSetting"]
    fields = json.loads(setting["Format"])
    assert set(fields.values()) == {
        "$context.requestId",
        "$context.identity.sourceIp",
        "$context.httpMethod",
        "$context.path",
        "$context.status",
        "$context.responseLatency",
    }
    [settings] = stage["MethodSettings"]
    assert (settings["LoggingLevel"], settings["DataTraceEnabled"]) == ("OFF", False)


def test_the_sdks_api_has_the_limits_of_the_parameters_for_the_whole_stage():
    [settings] = deployed()["SdkApiv1Stage"]["Properties"]["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert settings["ThrottlingRateLimit"] == {"Ref": "SdkGatewayRateLimit"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "SdkGatewayBurstLimit"}


@pytest.mark.parametrize(
    ("function", "parameter", "condition"),
    [
        ("PushFunction", "PushReservedConcurrency", "PushHasReservedConcurrency"),
        ("WechatGatewayFunction", "SdkGatewayReservedConcurrency", "SdkGatewayHasReservedConcurrency"),
    ],
)
def test_an_open_door_keeps_the_concurrency_of_its_parameter_and_by_default_none(function, parameter, condition):
    assert TEMPLATE["Parameters"][parameter]["Default"] == 0
    assert TEMPLATE["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, "0"]}]}
    properties = TEMPLATE["Resources"][function]["Properties"]
    assert resolved(properties, holds=GATEWAY_ON | {condition})["ReservedConcurrentExecutions"] == {"Ref": parameter}
    assert resolved(properties["ReservedConcurrentExecutions"], holds=GATEWAY_ON) == {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(
    ("paths", "are_taken"),
    [
        ("/cgi-bin/*,/wxa/*", True),
        ("/wxa/getwxacodeunlimit", True),
        ("/cgi-bin/message/*", True),
        ("/*", True),
        ("cgi-bin/*", False),
        ("/cgi-bin/*,", False),
        ("/cgi-bin/*, /wxa/*", False),
        ("/cgi-bin/*/send", False),
        ("/cgi-bin//send", False),
        ("/cgi-bin/%2e%2e/send", False),
    ],
)
def test_the_paths_of_the_gateway_are_checked_before_a_function_reads_them(paths, are_taken):
    pattern = TEMPLATE["Parameters"]["SdkGatewayPaths"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, paths)) == are_taken


def test_the_dashboard_shows_the_gateway_where_it_is_on_and_names_nothing_of_it_where_it_is_off():
    titles = [{widget["title"] for widget in widgets(holds=holds)} for holds in (frozenset(), GATEWAY_ON)]
    assert titles[0] < titles[1]
    assert all(title.startswith("SDK gateway") for title in titles[1] - titles[0])
    _, names = substituted(TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    assert {name for name in names if name.startswith(("Wechat", "Sdk"))} == set()


# ------------------------------------------------------------------ a domain of one's own, and China

DOMAIN = {"DomainName": "push.example.com", "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1a2b"}
ZONE = {"HostedZoneId": "Z0123456789ABCDEFGHIJ"}


@pytest.mark.parametrize("given", [{}, DOMAIN, DOMAIN | ZONE], ids=["none", "DNS elsewhere", "in Route 53"])
def test_a_domain_may_be_left_out_or_have_its_dns_elsewhere(given):
    assert refusals(**given) == []
    for name, value in given.items():
        assert re.fullmatch(TEMPLATE["Parameters"][name]["AllowedPattern"], value)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"DomainName": DOMAIN["DomainName"]}, "DomainName needs a CertificateArn"),
        (DOMAIN | ZONE | {"CertificateArn": ""}, "DomainName needs a CertificateArn"),
        ({"CertificateArn": DOMAIN["CertificateArn"]}, "CertificateArn has no effect without DomainName"),
        (ZONE, "HostedZoneId has no effect without DomainName"),
    ],
)
def test_half_a_domain_is_refused_and_what_is_missing_is_named(given, named):
    [why] = refusals(**given)
    assert why.startswith(named)


@pytest.mark.parametrize("domain", ["https://push.example.com", "push.example.com/push", "Push.Example.com", "push"])
def test_a_domain_is_neither_a_url_nor_a_single_word(domain):
    assert not re.fullmatch(TEMPLATE["Parameters"]["DomainName"]["AllowedPattern"], domain)


def test_the_domain_leads_to_the_stage_that_the_policy_and_the_limits_of_push_are_for():
    conditions = {name: resource.get("Condition") for name, resource in TEMPLATE["Resources"].items()}
    assert {name: condition for name, condition in conditions.items() if name.startswith("PushDomain")} == {
        "PushDomain": "PushHasItsDomain",
        "PushDomainMapping": "PushHasItsDomain",
        "PushDomainRecord": "DomainIsInRoute53",
    }
    [mapping] = of_type("AWS::ApiGateway::BasePathMapping", deployed()).values()
    assert mapping == {"DomainName": {"Ref": "PushDomain"}, "RestApiId": {"Ref": "Api"}, "Stage": {"Ref": "Apiv1Stage"}}
    [domain] = of_type("AWS::ApiGateway::DomainName", deployed()).values()
    assert (domain["EndpointConfiguration"], domain["SecurityPolicy"]) == ({"Types": ["REGIONAL"]}, "TLS_1_2")
    url = TEMPLATE["Outputs"]["PushUrl"]["Value"]
    assert resolved(url, holds={"PushHasItsDomain"}) == "https://DomainName/push"
    assert resolved(url, holds=set()) == "https://Api.execute-api.AWS::Region.AWS::URLSuffix/Api.Stage/push"


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("cn-northwest-1", "aws-cn"), ("eu-central-1", "aws")]
)
def test_every_arn_and_every_url_is_of_the_partition_that_the_stack_is_in(region, partition):
    on = {"SdkGateway": "on", "SdkGatewayAccessLog": "on", "PushSourceIpRanges": "192.0.2.0/24"}
    whole = deployed_in(region, **on)
    said = json.dumps([whole["Resources"], whole["Outputs"]])
    assert set(re.findall(r"arn:(\$\{[\w:]+\}|[^:]*):", said)) <= {partition, "${AWS::Partition}"}
    # The principals of services are the same in China.
    assert set(re.findall(r"[\w.-]*amazonaws[\w.-]*", said)) == {
        "apigateway.amazonaws.com",
        "events.amazonaws.com",
        "lambda.amazonaws.com",
    }
    for function in FUNCTIONS:
        attached = whole["Resources"][f"{function}Role"]["Properties"]["ManagedPolicyArns"]
        assert json.dumps(attached).count("AWSLambdaBasicExecutionRole") == 1


def test_the_template_itself_names_no_partition_and_no_domain_of_aws_but_lambda_as_a_principal():
    said = json.dumps([TEMPLATE["Resources"], TEMPLATE["Outputs"]])
    assert set(re.findall(r"arn:(\$\{[\w:]+\}|[^:]*):", said)) == {"${AWS::Partition}"}
    assert set(re.findall(r"[\w.-]*amazonaws[\w.-]*", said)) == {"lambda.amazonaws.com"}


# ------------------------------------------------------------------ what each resource has


@pytest.mark.parametrize("tracing", TEMPLATE["Parameters"]["Tracing"]["AllowedValues"])
def test_what_sdks_call_is_never_traced_and_the_rest_as_the_parameter_says(tracing):
    functions = of_type("AWS::Lambda::Function", deployed(Tracing=tracing))
    traced = {name: function["TracingConfig"] for name, function in functions.items() if "TracingConfig" in function}
    assert traced == {
        name: {"Mode": {"Ref": "Tracing"}} for name in FUNCTIONS if tracing != "Disabled" and name != GATEWAY
    }
    holds = {"TracesBegin"} if tracing == "Active" else set()
    stages = of_type("AWS::ApiGateway::Stage", deployed(Tracing=tracing))
    assert {name: resolved(stage["TracingEnabled"], holds=holds) for name, stage in stages.items()} == {
        "Apiv1Stage": bool(holds),
        "SdkApiv1Stage": False,
    }


def test_nothing_is_traced_unless_somebody_asks_for_it_and_in_china_nobody_can():
    assert TEMPLATE["Parameters"]["Tracing"]["Default"] == "Disabled"
    assert TEMPLATE["Conditions"]["TracesBegin"] == {"Fn::Equals": [{"Ref": "Tracing"}, "Active"]}
    assert TEMPLATE["Conditions"]["TracesAreWritten"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Tracing"}, "Disabled"]}]}
    for tracing in ("PassThrough", "Active"):
        assert refusals("eu-central-1", Tracing=tracing) == []
        for region in ("cn-north-1", "cn-northwest-1"):
            [why] = refusals(region, Tracing=tracing)
            assert "X-Ray" in why
    assert refusals("cn-north-1") == []


@EACH_FUNCTION
def test_a_function_says_how_long_it_may_take(function):
    longest = 900 if function == "DeliverReplyFunction" else 90
    assert 0 < FUNCTIONS[function]["Timeout"] <= longest


def test_a_reply_may_take_as_long_as_it_can_be_delivered_after():
    most = TEMPLATE["Parameters"]["ReplyTimeoutSeconds"]["MaxValue"]
    assert most + 60 <= FUNCTIONS["DeliverReplyFunction"]["Timeout"]


@pytest.mark.parametrize("function", BEHIND_THE_API)
def test_what_is_behind_the_api_can_answer_before_api_gateway_hangs_up(function):
    assert FUNCTIONS[function]["Timeout"] <= 29 - 1


@pytest.mark.parametrize("api", of_type("AWS::Serverless::Api"))
def test_what_api_gateway_answers_itself_is_wechats_json_and_never_says_that_nothing_was_sent(api):
    responses = deployed()[api]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
    errcodes = {}
    for name, response in responses.items():
        [(content_type, text)] = response["responseTemplates"].items()
        assert content_type == "application/json"
        answer = json.loads(text.replace("$context.error.messageString", '"words"'))
        assert answer.keys() == {"errcode", "errmsg"}
        errcodes[name] = answer["errcode"]
    # Some SDKs send again what is answered with -1.
    unknown = {"Api": -1, "SdkApi": -1000}[api]
    assert errcodes == {"DEFAULT_4XX": 48001, "THROTTLED": 45009, "REQUEST_TOO_LARGE": 45001, "DEFAULT_5XX": unknown}
    # A function that died may have sent: 504, as for every outcome that is unknown.
    assert responses["DEFAULT_5XX"]["statusCode"] == "504"


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("https://api.weixin.qq.com", True),
        ("https://api.weixin.qq.com:8443", True),
        ("http://127.0.0.1:8199", True),
        ("http://localhost", True),
        ("http://api.weixin.qq.com", False),
        ("http://127.0.0.1.example.com", False),
        ("https://api.weixin.qq.com/", False),
    ],
)
def test_the_app_secret_travels_in_clear_text_on_one_machine_alone(url, is_taken):
    pattern = TEMPLATE["Parameters"]["WechatApiBaseUrl"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, url)) == is_taken


def test_the_actions_of_the_tests_are_those_of_the_api():
    requests = {action.function: (action.request("OPENID").method, action.resource) for action in ACTIONS}
    assert requests == {function: route for function in OUR_OWN_ACTIONS for route in served_routes(function)}


@pytest.mark.parametrize("function", PUSH_TYPES)
def test_a_push_type_is_invoked_by_deliver_reply_alone_and_needs_nothing_but_its_log_the_ledger_and_its_texts(function):
    assert "EventInvokeConfig" not in FUNCTIONS[function]
    assert {resource for _, resource in grants(function)} <= {"Subscription", "OwnTexts"}
    arn = {"Fn::GetAtt": [function, "Arn"]}
    invokers = {
        invoker
        for invoker in FUNCTIONS
        if json.dumps(arn) in json.dumps([s for s in statements(invoker) if "lambda:" in str(s["Action"])])
    }
    assert invokers == {"DeliverReplyFunction"}


def test_a_reply_whose_delivery_keeps_failing_is_tried_three_times_and_parked():
    assert FUNCTIONS["DeliverReplyFunction"]["EventInvokeConfig"] == {
        "MaximumRetryAttempts": 2,
        "DestinationConfig": {
            "OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailedPushes", "Arn"]}},
        },
    }


@pytest.mark.parametrize("route", ROUTES)
def test_a_type_of_push_is_ours_unless_its_parameter_names_another(route):
    parameter = ROUTES[route]
    of_text, own = (TEMPLATE["Parameters"][name] for name in ("TextFunctionArn", parameter))
    assert own | {"Description": ""} == of_text | {"Description": ""}
    is_ours = parameter.removesuffix("FunctionArn") + "IsOurs"
    assert TEMPLATE["Conditions"][is_ours] == {"Fn::Equals": [{"Ref": parameter}, ""]}
    choice = {"Fn::If": [is_ours, {"Fn::GetAtt": [logical_id(f"on-{route}"), "Arn"]}, {"Ref": parameter}]}
    variable = f"{route.replace('-', '_').upper()}_FUNCTION_ARN"
    assert FUNCTIONS["DeliverReplyFunction"]["Environment"]["Variables"][variable] == choice


def test_there_is_one_function_for_each_type_of_push():
    assert sorted(binary(function) for function in PUSH_TYPES) == sorted(f"on-{route}" for route in ROUTES)


def test_every_function_has_a_log_group_of_its_own_that_ends():
    groups = of_type("AWS::Logs::LogGroup")
    assert groups.pop("SdkApiAccessLog")["RetentionInDays"] > 0
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
def test_a_secret_outlives_the_stack_and_its_own_replacement_and_has_no_value_of_the_templates(secret):
    resource = TEMPLATE["Resources"][secret]
    # A first deployment that fails takes it away again: nobody has put a value then. The callers' secret leaves with the gateway.
    deletion = "Delete" if secret == "CallerSecrets" else "RetainExceptOnCreate"
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (deletion, "Retain")
    # A name of its own would be taken for as long as a deleted one waits.
    assert resource["Properties"].keys() == {"Description"}


def test_every_parameter_says_what_it_is_and_stands_in_one_group():
    parameters = TEMPLATE["Parameters"]
    assert [name for name, parameter in parameters.items() if not parameter.get("Description", "").endswith(".")] == []
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(parameters)


def test_the_version_and_the_files_that_the_serverless_application_repository_shows_are_those_of_the_repository():
    application = TEMPLATE["Metadata"]["AWS::ServerlessRepo::Application"]
    newest = re.search(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert application["SemanticVersion"] == newest[1]
    assert application["SpdxLicenseId"] == "MIT"
    for name in ("LicenseUrl", "ReadmeUrl"):
        assert (ROOT / application[name]).is_file()


# ------------------------------------------------------------------ what is watched


def widgets(*, holds: frozenset[str] = GATEWAY_ON) -> list[dict]:
    body, names = substituted(TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"], holds=holds)
    assert {name.split(".")[0] for name in names} <= TEMPLATE["Resources"].keys() | {"AWS::StackName", "AWS::Region"}
    return [widget["properties"] for widget in json.loads(body)["widgets"]]


def graphed() -> list[tuple[str, str, tuple[str, ...]]]:
    """Namespace, name and names of the dimensions of each metric on the dashboard."""
    return [(namespace, name, dimensions) for namespace, name, dimensions, _ in lines()]


def lines() -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """The same with the values of the dimensions, where they are given."""
    found = []
    for widget in widgets():
        for metric in widget["metrics"]:
            if isinstance(metric[0], dict):
                # A stack's name is a part of its functions' names, and a dimension of our own metrics as a whole.
                search = re.fullmatch(
                    r"""SEARCH\('\{([\w/]+),([\w,"]+)\} MetricName="(\w+)" (?:stack="|FunctionName=)AWS::StackName"?', 'Sum'\)""",
                    metric[0]["expression"],
                )
                found.append((search[1], search[3], tuple(search[2].replace('"', "").split(",")), ()))
                continue
            values = [value for value in metric if isinstance(value, str)]
            # "...": as before, up to what follows it; ".": as before, in its place.
            if values[0] == "...":
                values = [*before[: len(before) - len(values) + 1], *values[1:]]
            before = [before[place] if value == "." else value for place, value in enumerate(values)]
            found.append((before[0], before[1], tuple(before[2::2]), tuple(before[3::2])))
    return found


def test_every_way_in_which_a_push_is_lost_silently_has_an_alarm():
    watched = {alarm["MetricName"] for alarm in of_type("AWS::CloudWatch::Alarm").values()}
    assert watched >= {
        "refusals",
        "4XXError",
        "5XXError",
        "DestinationDeliveryFailures",
        "AsyncEventsDropped",
        "Errors",
        "Throttles",
        "invalid_replies",
        "token_failures",
        "failed_payments",
        "ApproximateNumberOfMessagesVisible",
        "doctor_findings",
    }


def test_the_dashboard_and_the_alarms_name_only_metrics_that_the_code_emits_with_their_dimensions():
    watched = [
        (alarm["Namespace"], alarm["MetricName"], tuple(dimension["Name"] for dimension in alarm.get("Dimensions", [])))
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
    ]
    ours = [(name, sets) for namespace, name, sets in graphed() + watched if namespace == "WechatMiniProgram"]
    emitted = rust_sources.metrics()
    assert [metric for metric in ours if metric[1] not in emitted.get(metric[0], set())] == []
    assert {name for name, _ in ours} == emitted.keys(), "each is shown"


def shown(metric: str) -> list[tuple[str, ...]]:
    """The functions of which each line of the dashboard shows a metric of Lambda's own; none if it searches for them."""
    return [values for namespace, name, _, values in lines() if (namespace, name) == ("AWS/Lambda", metric)]


def test_the_dashboard_finds_errors_and_throttles_of_every_function_by_the_name_of_the_stack_and_shows_the_failed_queue():
    assert shown("Errors") == shown("Throttles") == [()]
    # CloudFormation begins the name with the stack's, unless the template gives one.
    assert [function for function, properties in FUNCTIONS.items() if "FunctionName" in properties] == []
    queue = {name for namespace, name, _ in graphed() if namespace == "AWS/SQS"}
    assert queue == {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}


def test_a_failed_push_that_cannot_be_parked_is_shown():
    assert shown("DestinationDeliveryFailures") == [("DeliverReplyFunction",)]


@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm"))
def test_an_alarm_says_what_to_do_first(alarm):
    assert ". First " in TEMPLATE["Resources"][alarm]["Properties"]["AlarmDescription"]


@pytest.mark.parametrize("holds", [set(), {"AlarmsNotify"}], ids=["no topic", "a topic"])
@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm"))
def test_an_alarm_notifies_the_topic_when_it_goes_off_and_when_it_ends(alarm, holds):
    properties = resolved(TEMPLATE["Resources"][alarm]["Properties"], holds=holds)
    notified = [[{"Ref": "AlarmTopicArn"}]] * 2 if holds else [None] * 2
    assert [properties.get("AlarmActions"), properties.get("OKActions")] == notified
