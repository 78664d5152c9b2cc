"""doctor: what it finds on a healthy stack, and of each fault."""

import json
import secrets
import time
from collections.abc import Callable, Iterator

import pytest

from local import doctor, wechat
from local.aws import client
from local.deployment import Deployment
from local.simulator import APP_ID, APP_SECRET, ENCODING_AES_KEY, FIRST, SECOND, TOKEN, URL, Simulator
from local.waiting import eventually

OTHER = SECOND["appid"]
CHECKS = 5 * 2 + 3
"""Five of each mini program, three of the stack."""
FAILED_PAYMENT = {"message": "push", "outcome": "out_of_reach", "failed_payments": 1}

Examine = Callable[[], list[tuple[str | None, str, str]]]
"""Appid, check and severity of each finding."""


@pytest.fixture(scope="module")
def new_stack(stack) -> Deployment:
    """A stack of two mini programs, whose logs and whose queue no other test fills."""
    other = Deployment("doctored", {"AppId": APP_ID, "PushToleranceSeconds": "0", "WechatApiBaseUrl": URL})
    other.put_secrets_of([FIRST, SECOND])
    return other


@pytest.fixture(scope="module")
def first_report(new_stack: Deployment) -> dict:
    """What it says before the first push."""
    return new_stack.invoke("DoctorFunction", {})


@pytest.fixture(scope="module")
def doctored(new_stack: Deployment, first_report: dict, users: list[str]) -> Deployment:
    """The same stack after the first push."""
    users.append("o" + secrets.token_urlsafe(20))
    push = wechat.safe(wechat.text(users[-1], "您好"))
    assert new_stack.push(push.query, push.body).ok
    assert eventually(lambda: new_stack.runs("push") > 0)
    return new_stack


@pytest.fixture
def report(doctored: Deployment) -> Callable[[], dict]:
    def examined() -> dict:
        found = doctored.invoke("DoctorFunction", {})
        assert found["checked"] == CHECKS, found
        assert found["ok"] == (found["findings"] == [])
        for finding in found["findings"]:
            assert finding.keys() == {"appid", "check", "severity", "finding", "meaning", "remedy"}
            assert all(finding[text] for text in ("finding", "meaning", "remedy"))
        text = json.dumps(found)
        assert [secret for secret in (TOKEN, ENCODING_AES_KEY, APP_SECRET, SECOND["app_secret"]) if secret in text] == []
        return found

    return examined


@pytest.fixture
def examine(report: Callable[[], dict]) -> Examine:
    return lambda: [(found["appid"], found["check"], found["severity"]) for found in report()["findings"]]


@pytest.fixture
def secrets_restored(doctored: Deployment) -> Iterator[None]:
    yield
    doctored.put_secrets_of([FIRST, SECOND])


def put(arn: str, value: dict) -> None:
    client("secretsmanager").put_secret_value(SecretId=arn, SecretString=json.dumps(value))


def written(group: str, line: dict, *, days_ago: float = 0) -> str:
    """Puts a line into a log group, in a stream of its own."""
    logs, stream = client("logs"), "put-by-the-test"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    at = int((time.time() - days_ago * 24 * 3600) * 1000)
    events = [{"timestamp": at, "message": json.dumps(line)}]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    return stream


def answered(body: dict) -> dict:
    return {"status": 200, "content_type": "application/json", "body": json.dumps(body)}


def test_before_the_first_push_it_says_that_none_came(first_report):
    [finding] = first_report["findings"]
    assert (finding["appid"], finding["check"], finding["severity"]) == (None, "last_push", "warning")
    assert "no push came" in finding["finding"] and "PushUrl" in finding["remedy"]


def test_if_all_is_well_it_finds_nothing(report):
    assert report() == {"ok": True, "findings": [], "checked": CHECKS}


def test_a_broken_entry_of_the_push_secret_is_named_with_the_field_and_not_the_value(
    doctored, report, secrets_restored
):
    broken = {"token": TOKEN, "encoding_aes_key": "hunter2"}
    good = {name: SECOND[name] for name in ("token", "encoding_aes_key")}
    put(doctored.outputs["PushSecretArn"], {APP_ID: broken, OTHER: good})

    [finding] = report()["findings"]

    assert (finding["appid"], finding["check"], finding["severity"]) == (APP_ID, "push_secret", "error")
    assert "encoding_aes_key" in finding["finding"] and "hunter2" not in json.dumps(finding)


def test_a_mini_program_that_one_of_the_secrets_leaves_out_is_named(doctored, examine, secrets_restored):
    put(doctored.outputs["AppSecretArn"], {APP_ID: {"app_secret": APP_SECRET}})
    assert examine() == [(OTHER, "app_secret", "error")]
    doctored.put_secrets_of([FIRST, SECOND])

    pair = {name: FIRST[name] for name in ("token", "encoding_aes_key")}
    put(doctored.outputs["PushSecretArn"], {APP_ID: pair})
    assert examine() == [(OTHER, "push_secret", "warning")]


def test_a_wrong_app_secret_is_found_although_the_access_token_is_good(doctored, report, secrets_restored):
    wrong = {"app_secret": "0" * 32}
    put(doctored.outputs["AppSecretArn"], {APP_ID: wrong, OTHER: {"app_secret": SECOND["app_secret"]}})

    [finding] = report()["findings"]

    assert (finding["appid"], finding["check"], finding["severity"]) == (APP_ID, "access_token", "error")
    assert "40125" in finding["finding"] and "AppSecretArn" in finding["remedy"]


def test_an_address_that_is_not_on_the_ip_list_is_told_with_where_to_put_it(report, simulator: Simulator):
    refusal = {"errcode": 40164, "errmsg": "invalid ip 192.0.2.7 ipv6 ::ffff:192.0.2.7, not in whitelist"}
    with simulator.failing("/cgi-bin/stable_token", "answer", OTHER, answer=answered(refusal)):
        [finding] = report()["findings"]

    assert (finding["appid"], finding["check"], finding["severity"]) == (OTHER, "access_token", "error")
    assert "192.0.2.7" in finding["finding"] and "IP list" in finding["remedy"]


def test_without_any_access_token_the_checks_that_need_one_are_told_as_not_made(
    doctored, examine, simulator: Simulator
):
    client("dynamodb").delete_item(TableName=doctored.resource("AccessToken"), Key={"appid": {"S": OTHER}})
    doctored.restart("DoctorFunction")
    with simulator.failing("/cgi-bin/stable_token", "errcode", OTHER, errcode=40164):
        found = examine()

    asked = [(OTHER, check, "not_checked") for check in ("callback", "callback_addresses", "quota")]
    assert found == [(OTHER, "access_token", "error"), *asked]


@pytest.mark.parametrize(
    ("path", "answer", "check", "severity", "said"),
    [
        ("/cgi-bin/callback/check", {"dns": []}, "callback", "error", "no address"),
        ("/cgi-bin/callback/check", {"errcode": 40201, "errmsg": "invalid url"}, "callback", "error", "40201"),
        ("/cgi-bin/callback/check", {"errcode": 48001, "errmsg": "no"}, "callback", "not_checked", "48001"),
        (
            "/cgi-bin/openapi/quota/get",
            {"errcode": 0, "quota": {"daily_limit": 1000, "used": 1000, "remain": 0}},
            "quota",
            "error",
            "0 of 1000",
        ),
        (
            "/cgi-bin/openapi/quota/get",
            {"errcode": 0, "quota": {"daily_limit": 1000, "used": 901, "remain": 99}},
            "quota",
            "warning",
            "99 of 1000",
        ),
    ],
)
def test_what_wechat_says_of_one_mini_program_is_a_finding_of_that_one(
    report, simulator: Simulator, path, answer, check, severity, said
):
    with simulator.failing(path, "answer", OTHER, answer=answered(answer)):
        [finding] = report()["findings"]

    assert (finding["appid"], finding["check"], finding["severity"]) == (OTHER, check, severity)
    assert said in finding["finding"]


def test_addresses_of_wechats_outside_the_ranges_are_named(doctored, report):
    with doctored.configured("DoctorFunction", PUSH_SOURCE_IP_RANGES="203.0.113.1,198.51.100.0/24"):
        found = report()["findings"]

    assert [(finding["appid"], finding["check"], finding["severity"]) for finding in found] == [
        (appid, "callback_addresses", "error") for appid in sorted([APP_ID, OTHER])
    ]
    assert all("203.0.113.2," in finding["finding"] for finding in found)
    with doctored.configured("DoctorFunction", PUSH_SOURCE_IP_RANGES="203.0.113.0/24,198.51.100.0/24"):
        assert report()["ok"]


def test_what_waits_in_the_failed_queue_is_counted(doctored, report):
    queue = doctored.outputs["FailedPushesQueueUrl"]
    client("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    try:
        [finding] = report()["findings"]
    finally:
        client("sqs").purge_queue(QueueUrl=queue)

    assert (finding["appid"], finding["check"], finding["severity"]) == (None, "failed_queue", "error")
    assert finding["finding"].startswith("1 records")


def test_a_payment_of_the_last_day_that_was_not_acknowledged_is_told_and_an_older_one_is_not(doctored, report):
    group = f"/aws/lambda/{doctored.name}/deliver-reply"
    for days_ago, is_told in [(2, False), (0, True)]:
        stream = written(group, FAILED_PAYMENT, days_ago=days_ago)
        try:
            found = report()["findings"]
        finally:
            client("logs").delete_log_stream(logGroupName=group, logStreamName=stream)
        assert [(finding["check"], finding["severity"]) for finding in found] == [("payments", "error")] * is_told


def test_a_check_that_cannot_be_made_is_told_and_holds_up_no_other(doctored, report, simulator: Simulator):
    with (
        simulator.failing("/cgi-bin/callback/check", "drop"),
        doctored.configured("DoctorFunction", DELIVER_REPLY_LOG_GROUP="/aws/lambda/another/deliver-reply"),
    ):
        found = report()["findings"]

    assert [(finding["appid"], finding["check"], finding["severity"]) for finding in found] == [
        (APP_ID, "callback", "not_checked"),
        (None, "payments", "not_checked"),
    ]


def test_a_wechat_that_does_not_answer_costs_its_own_check_alone(report, simulator: Simulator):
    began = time.monotonic()
    with simulator.failing("/cgi-bin/openapi/quota/get", "delay", OTHER, milliseconds=60_000):
        [finding] = report()["findings"]

    assert (finding["appid"], finding["check"], finding["severity"]) == (OTHER, "quota", "not_checked")
    assert time.monotonic() - began < 20


def test_each_run_counts_its_findings_and_logs_each(doctored, report, simulator: Simulator):
    with simulator.failing("/cgi-bin/callback/check", "answer", OTHER, answer=answered({"dns": []})):
        report()

    def lines() -> list[dict]:
        return [line for line in doctored.lines("doctor") if line.get("message") in ("doctor", "finding")]

    assert eventually(lambda: lines() and lines()[-1]["message"] == "doctor")
    finding, run = lines()[-2:]
    assert (finding["outcome"], finding["appid"], finding["check"]) == ("error", OTHER, "callback")
    assert (run["outcome"], run["checked"], run["doctor_findings"]) == ("findings", CHECKS, 1)
    [directive] = run["_aws"]["CloudWatchMetrics"]
    assert (directive["Dimensions"], directive["Metrics"]) == ([["stack"]], [{"Name": "doctor_findings", "Unit": "Count"}])


def test_make_doctor_shows_finding_meaning_and_remedy_beside_each_other_and_fails_with_findings(
    doctored, report, simulator: Simulator, capsys
):
    with simulator.failing("/cgi-bin/callback/check", "answer", OTHER, answer=answered({"dns": []})):
        [finding] = report()["findings"]
        assert doctor.main(doctored.name) == 1

    table, checked = capsys.readouterr().out.strip().rsplit("\n\n", 1)
    head, *lines = [line for line in table.splitlines() if line]
    starts = [head.index(column) for column in ("FINDING", "MEANING", "REMEDY")]
    columns = [" ".join(line[start:end].strip() for line in lines) for start, end in zip(starts, [*starts[1:], None])]
    told = [f"error: callback {OTHER} {finding['finding']}", finding["meaning"], finding["remedy"]]
    assert [column.strip() for column in columns] == told
    assert checked == f"{CHECKS} checks, 1 findings"

    assert doctor.main(doctored.name) == 0
    assert capsys.readouterr().out == f"{CHECKS} checks, 0 findings: all is well.\n"
