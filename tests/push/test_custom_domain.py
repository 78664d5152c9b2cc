"""A domain of one's own in the push URL: pushes reach the function by it, and half a domain is not deployed."""

import secrets

import pytest
import requests

from conftest import LOCAL
from local import wechat
from local.aws import ENDPOINT, client
from local.deployment import Deployment
from local.processes import LocalStackError
from local.vectors import VERIFICATION

NAME = "custom-domain"
DOMAIN = "push.example.com"


@pytest.fixture(scope="module")
def zone(stack) -> str:
    made = client("route53").create_hosted_zone(Name="example.com", CallerReference=secrets.token_hex(8))
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


@pytest.fixture(scope="module")
def with_a_domain(stack, zone) -> Deployment:
    certificate = client("acm").request_certificate(DomainName=DOMAIN)["CertificateArn"]
    parameters = {"DomainName": DOMAIN, "CertificateArn": certificate, "HostedZoneId": zone}
    deployment = Deployment(NAME, LOCAL | parameters)
    deployment.put_secrets()
    deployment.fetch_access_token()
    return deployment


def by_the_domain(method: str, path: str, query: dict[str, str], body: bytes = b"") -> requests.Response:
    """A request as it is sent once the domain is resolved."""
    with requests.Session() as http:
        http.trust_env = False
        headers = {"Host": DOMAIN, "Content-Type": "text/xml"}
        return http.request(method, ENDPOINT + path, params=query, data=body, headers=headers, timeout=60)


def test_the_push_url_is_of_the_domain_and_its_record_leads_to_api_gateway(with_a_domain, zone):
    assert with_a_domain.outputs["PushUrl"] == f"https://{DOMAIN}/push"
    records = client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    [record] = [record for record in records if record["Name"] == f"{DOMAIN}."]
    assert record["Type"] == "A"
    assert record["AliasTarget"]["DNSName"].rstrip(".") == with_a_domain.outputs["DomainTarget"]


def test_wechat_verifies_and_pushes_by_the_domain(with_a_domain, openid):
    answer = by_the_domain("GET", "/push", VERIFICATION)
    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    sealed = wechat.safe(wechat.text(openid, "hello"))
    assert by_the_domain("POST", "/push", sealed.query, sealed.body).status_code == 200
    forged = sealed.query | {"msg_signature": "0" * 40}
    assert by_the_domain("POST", "/push", forged, sealed.body).status_code == 403


def test_the_outbound_api_is_closed_by_the_domain_as_by_the_other_url(with_a_domain):
    assert by_the_domain("POST", "/cgi-bin/message/custom/send", {}, b"{}").status_code == 403


@pytest.mark.parametrize(
    ("half", "why"),
    [
        ({"DomainName": DOMAIN}, "DomainName needs a CertificateArn"),
        ({"HostedZoneId": "Z0123456789ABCDEFGHIJ"}, "HostedZoneId has no effect without DomainName"),
    ],
)
def test_half_a_domain_is_not_deployed_and_sam_says_why(stack, half, why):
    with pytest.raises(LocalStackError, match=why):
        Deployment("half-a-domain", LOCAL | half)
