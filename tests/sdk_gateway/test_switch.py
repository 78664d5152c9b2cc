"""A stack without the SDK gateway, with it, without it, and with it again: what exists of it, and who gets through."""

import pytest
import requests

from conftest import LOCAL
from local.aws import client
from local.deployment import Deployment
from local.stack import CALLERS
from outbound import SEND, got, posted, text_to

NAME = "gateway-switch"
TREES = {(method, path) for method in ("GET", "POST") for path in ("/cgi-bin/{proxy+}", "/wxa/{proxy+}")}
WITH_IT = {
    "WechatGatewayFunction": "AWS::Lambda::Function",
    "WechatGatewayFunctionRole": "AWS::IAM::Role",
    "WechatGatewayLogs": "AWS::Logs::LogGroup",
    "SdkApi": "AWS::ApiGateway::RestApi",
    "SdkApiv1Stage": "AWS::ApiGateway::Stage",
    "SdkServerErrorsAlarm": "AWS::CloudWatch::Alarm",
    "CallerSecrets": "AWS::SecretsManager::Secret",
}
"""Beside the deployment of its API and the permissions to invoke its function."""


def of_the_gateway() -> dict[str, str]:
    """Logical ID and type of each resource of it in the stack."""
    found = client("cloudformation").describe_stack_resources(StackName=NAME)["StackResources"]
    kinds = {resource["LogicalResourceId"]: resource["ResourceType"] for resource in found}
    return {name: kind for name, kind in kinds.items() if name.startswith(("WechatGateway", "Sdk", "CallerSecrets"))}


def routes(url: str) -> set[tuple[str, str]]:
    """Method and path of each route that API Gateway has at a URL of an API."""
    pages = client("apigateway").get_paginator("get_resources").paginate(restApiId=url.split("/")[4])
    resources = [resource for page in pages for resource in page["items"]]
    return {(method, resource["path"]) for resource in resources for method in resource.get("resourceMethods", {})}


def is_off(deployment: Deployment) -> None:
    assert of_the_gateway() == {}
    assert {"SdkApiUrl", "CallerSecretsArn"}.isdisjoint(deployment.outputs)
    assert routes(deployment.api_url).isdisjoint(TREES)
    for method in ("GET", "POST"):
        for path in ("/cgi-bin/getcallbackip", "/wxa/getwxacodeunlimit", "/cgi-bin/message/custom/business/typing"):
            assert deployment.call(method, path).status_code in (403, 404), (method, path)
    assert is_the_actions(deployment)


def has_an_access_log(deployment: Deployment) -> None:
    is_on(deployment, {"SdkApiAccessLog": "AWS::Logs::LogGroup"})


def is_on(deployment: Deployment, further: dict[str, str] | None = None) -> None:
    found, expected = of_the_gateway(), WITH_IT | (further or {})
    assert expected.items() <= found.items()
    others = sorted(kind for name, kind in found.items() if name not in expected)
    assert others == ["AWS::ApiGateway::Deployment"] + 6 * ["AWS::Lambda::Permission"]
    assert routes(deployment.api_url) >= TREES
    assert routes(deployment.sdk_api_url) == {("GET", "/{proxy+}"), ("POST", "/{proxy+}")}
    # What the callers' secret holds is nothing of the template's.
    assert value_of(deployment.outputs["CallerSecretsArn"]) == ""
    assert is_the_actions(deployment)

    # Before the first call: a gateway that started without callers looks for them again a minute later.
    deployment.put_caller_secrets(CALLERS)
    passed = got("/cgi-bin/getcallbackip")
    assert passed.by_the_api(deployment).json()["ip_list"]
    assert passed.by_the_api(deployment, signed=False).status_code == 403
    assert by_an_sdk(deployment, "/cgi-bin/getcallbackip").json()["errcode"] == 41001
    query = {"grant_type": "client_credential", "appid": LOCAL["AppId"], "secret": CALLERS["shop"]}
    token = by_an_sdk(deployment, "/cgi-bin/token", query).json()["access_token"]
    assert by_an_sdk(deployment, "/cgi-bin/getcallbackip", {"access_token": token}).json()["ip_list"]


def is_the_actions(deployment: Deployment) -> bool:
    """Whether the route of an action leads to its own function."""
    before = deployment.runs("send-customer-message")
    posted(SEND, text_to("oNobody")).by_the_api(deployment)
    return deployment.runs("send-customer-message") == before + 1


def value_of(secret: str) -> str:
    try:
        return client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    except client("secretsmanager").exceptions.ResourceNotFoundException:
        return ""


def by_an_sdk(deployment: Deployment, path: str, query: dict[str, str] | None = None) -> requests.Response:
    return requests.get(deployment.sdk_api_url + path, params=query, proxies={"no_proxy": "*"}, timeout=60)


OFF, ON = {"SdkGateway": "off"}, {"SdkGateway": "on"}
STATES = [(OFF, is_off), (ON, is_on), (OFF, is_off), (ON | {"SdkGatewayAccessLog": "on"}, has_an_access_log)]


@pytest.mark.parametrize(("parameters", "holds"), STATES, ids=["off", "on", "off again", "on again, with an access log"])
def test_it_comes_whole_leaves_whole_and_comes_again(stack, users, parameters, holds):
    users.append("oNobody")
    deployment = Deployment(NAME, LOCAL | parameters)
    deployment.put_secrets()
    deployment.fetch_access_token()

    holds(deployment)
