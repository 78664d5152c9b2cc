"""The API's resource policy, by another's reading of IAM: /push is open to the ranges, and nothing else is open by it.

SAM writes the policy into the API's body, where MiniStack does not look: here it is put where it does.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local import wechat
from local.aws import REGION, client
from local.deployment import SEND, Deployment
from outbound import text_to
from template import api_policy

OURS = "127.0.0.1"
NOT_OURS = "192.0.2.0/24"


@contextmanager
def policy(deployment: Deployment, ranges: str) -> Iterator[None]:
    """With the parameter PushSourceIpRanges, until the block ends."""

    def put(value: str) -> None:
        operations = [{"op": "replace", "path": "/policy", "value": value}]
        client("apigateway").update_rest_api(restApiId=deployment.resource("Api"), patchOperations=operations)

    put(json.dumps(api_policy(ranges)))
    try:
        yield
    finally:
        put("")


def pushes(deployment: Deployment, openid: str) -> int:
    sealed = wechat.safe(wechat.text(openid, "hello"))
    return deployment.push(sealed.query, sealed.body).status_code


def stranger_sends(deployment: Deployment, openid: str) -> int:
    """A principal of the same account, to whom nobody has given anything."""
    user = "stranger-" + secrets.token_hex(4)
    client("iam").create_user(UserName=user)
    key = client("iam").create_access_key(UserName=user)["AccessKey"]
    url, data = deployment.api_url + SEND, json.dumps(text_to(openid))
    request = AWSRequest("POST", url, data=data, headers={"Content-Type": "application/json"})
    SigV4Auth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), "execute-api", REGION).add_auth(request)
    with requests.Session() as http:
        http.trust_env = False
        return http.post(url, data=data, headers=dict(request.headers.items()), timeout=60).status_code


@pytest.mark.parametrize("ranges", ["", OURS, f"{NOT_OURS},{OURS}/32"])
def test_pushes_from_the_ranges_are_taken_and_without_a_fence_all_are(deployment, openid, ranges):
    with policy(deployment, ranges):
        assert pushes(deployment, openid) == 200


def test_pushes_from_elsewhere_do_not_reach_the_function(deployment, openid):
    before = len(deployment.lines("push"))
    with policy(deployment, NOT_OURS):
        assert pushes(deployment, openid) == 403
        assert deployment.verify({"echostr": "1"}).status_code == 403
    assert len(deployment.lines("push")) == before


@pytest.mark.parametrize("ranges", ["", OURS, NOT_OURS])
def test_the_outbound_api_is_open_to_whom_iam_allows_it_and_to_nobody_else(deployment, openid, ranges):
    with policy(deployment, ranges):
        assert deployment.send(text_to(openid)).status_code == 200
        assert deployment.send(text_to(openid), signed=False).status_code == 403
        assert stranger_sends(deployment, openid) == 403
