"""The roles and the workflow of docs/deploy-from-github.md, against template.yaml and against what they promise."""

import json
import re

import pytest
from samtranslator.yaml_helper import yaml_parse

from local.processes import ROOT
from template import FUNCTIONS, deployed, managed_policies

PAGE = (ROOT / "docs" / "deploy-from-github.md").read_text()
ROLES, WORKFLOW = (yaml_parse(block) for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def policy(role: str) -> list[dict]:
    [only] = ROLES["Resources"][role]["Properties"]["Policies"]
    return only["PolicyDocument"]["Statement"]


def test_cloudformation_may_make_every_kind_of_resource_of_the_template():
    kinds = {resource["Type"].split("::")[1].lower() for resource in deployed().values()}
    allowed = {action.split(":")[0] for statement in policy("CloudFormationRole") for action in statement["Action"]}
    assert kinds - allowed == set()


def test_cloudformation_may_attach_the_managed_policies_that_the_template_uses_and_no_others():
    used = {
        name
        for function in FUNCTIONS
        for name in managed_policies(function, holds={"AccessTokenHasFixedIp", "TracesAreWritten"}, Tracing="Active")
    }
    [denial] = [statement for statement in policy("CloudFormationRole") if statement["Effect"] == "Deny"]
    but_these = denial["Condition"]["ArnNotLike"]["iam:PolicyARN"]
    assert {arn["Fn::Sub"].split(":iam::aws:policy/")[1] for arn in but_these} == used


def test_neither_role_reads_the_value_of_a_secret():
    """Actions end in Secret: GetSecretValue does not."""
    of_secrets = [action for role in ("DeployRole", "CloudFormationRole") for action in re.findall(
        r"secretsmanager:([^\"]+)", json.dumps(policy(role))
    )]
    assert of_secrets
    assert not any(re.fullmatch(action.replace("*", ".*"), "GetSecretValue") for action in of_secrets)


def test_only_runs_in_the_environment_take_the_role_and_the_workflow_runs_in_it():
    [statement] = ROLES["Resources"]["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    subject = statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert subject == {"Fn::Sub": f"repo:${{Repository}}:environment:{WORKFLOW['jobs']['deploy']['environment']}"}
    assert WORKFLOW["permissions"] == {"contents": "read", "id-token": "write"}


@pytest.mark.parametrize("step", [step for step in WORKFLOW["jobs"]["deploy"]["steps"] if "uses" in step])
def test_an_action_is_pinned_by_its_commit(step):
    assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
