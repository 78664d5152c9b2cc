"""examples/llm-python, deployed by its README and named by TextFunctionArn: a language model answers a user's texts."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from samtranslator.yaml_helper import yaml_parse

from local import wechat
from language_model import NAME, LanguageModel, language_model
from local.aws import client, environment
from local.deployment import SAM, Deployment, resource
from local.processes import ROOT
from local.simulator import APP_ID, URL
from outbound import writes
from local.waiting import eventually

EXAMPLE = ROOT / "examples" / "llm-python"
STACK = "llm-python"
"""As the README names it."""
KEY = "sk-key-of-the-endpoint"


@pytest.fixture(scope="module")
def model(stack) -> Iterator[LanguageModel]:
    with language_model() as running:
        yield running


@pytest.fixture(scope="module")
def function(model) -> str:
    """The handler's ARN, once the README's commands have run."""
    make_secret, deploy = re.findall(r"^ *```sh\n(.*?)^ *```$", (EXAMPLE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    name = re.search(r"--name (\S+) --secret-string \"\$API_KEY\"", make_secret)[1]
    secret = client("secretsmanager").create_secret(Name=name, SecretString=KEY)["ARN"]
    values = {"BASE_URL": model.base_url, "MODEL": NAME, "API_KEY_SECRET_ARN": secret}
    run_environment = environment() | values
    run_environment["PATH"] = f"{SAM.parent}:{run_environment['PATH']}"
    ran = subprocess.run(["bash", "-c", deploy], cwd=EXAMPLE, env=run_environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    described = client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    [arn] = [output["OutputValue"] for output in described["Outputs"] if output["OutputKey"] == "FunctionArn"]
    return arn


@pytest.fixture(scope="module")
def answered_by_model(function) -> Deployment:
    parameters = {"AppId": APP_ID, "PushToleranceSeconds": "0", "WechatApiBaseUrl": URL, "TextFunctionArn": function}
    other = Deployment("llm-main", parameters)
    other.put_secrets()
    other.fetch_access_token()
    return other


@pytest.fixture
def user(simulator, openid) -> str:
    """One to whom WeChat lets us write."""
    writes(simulator, openid, "hello", seconds_ago=60)
    return openid


@pytest.fixture(autouse=True)
def echoing(model) -> None:
    model.answer = lambda question: f"echo: {question}"


def pushed(deployment: Deployment, message: dict):
    push = wechat.safe(message)
    return deployment.push(push.query, push.body)


def seen_by(simulator, openid: str) -> list[str]:
    """What the user sees, in order: the typing state, and the texts that WeChat took."""
    calls = [call for call in simulator.calls() if call["openid"] == openid and call["errcode"] == 0]
    bodies = [call["body"] for call in calls if call["path"].startswith("/cgi-bin/message/custom/")]
    return [body["text"]["content"] if "text" in body else body["command"] for body in bodies]


def kept_turns(openid: str) -> list[dict]:
    found = client("dynamodb").query(
        TableName=resource(STACK, "Conversation"),
        KeyConditionExpression="#user = :user",
        ExpressionAttributeNames={"#user": "user"},
        ExpressionAttributeValues={":user": {"S": f"{APP_ID}#{openid}"}},
    )
    return found["Items"]


def test_an_answer_after_12_seconds_follows_the_typing_state_once_however_often_wechat_asks(
    answered_by_model, model, simulator, user
):
    question = f"When do you open, {user}?"

    def slowly(_: str) -> str:
        time.sleep(12)
        return "At nine."

    model.answer = slowly
    push = wechat.safe(wechat.text(user, question))
    with ThreadPoolExecutor() as wechats:

        def asks_after(seconds: float):
            time.sleep(seconds)
            return answered_by_model.push(push.query, push.body)

        answers = list(wechats.map(asks_after, [0, 5, 6, 7]))

    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "success")] * 4
    assert max(answer.elapsed.total_seconds() for answer in answers) < 5
    assert seen_by(simulator, user) == ["Typing"]
    assert eventually(lambda: "At nine." in seen_by(simulator, user))
    assert answered_by_model.push(push.query, push.body).text == "success"
    assert seen_by(simulator, user) == ["Typing", "At nine."]
    [asked] = model.asked(question)
    assert (asked.authorization, asked.model) == (f"Bearer {KEY}", NAME)


def test_the_model_sees_the_users_last_turns_and_nobody_elses(answered_by_model, model, simulator, user):
    first, second = f"I am {user}.", f"Who am I, {user[:6]}?"
    for question in (first, second):
        assert pushed(answered_by_model, wechat.text(user, question)).text == "success"

    [asked] = model.asked(second)
    system, *conversation = asked.messages
    assert system["role"] == "system" and "customers" in system["content"]
    assert [(message["role"], message["content"]) for message in conversation] == [
        ("user", first),
        ("assistant", f"echo: {first}"),
        ("user", second),
    ]
    assert seen_by(simulator, user)[-1] == f"echo: {second}"


def test_a_turn_is_kept_for_a_day(answered_by_model, user):
    pushed(answered_by_model, wechat.text(user, "hello"))

    [turn] = kept_turns(user)
    # The local stack does not set up expiry, so what it would do stands in the template.
    table = yaml_parse((EXAMPLE / "template.yaml").read_text())["Resources"]["Conversation"]["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert 0 <= time.time() + 24 * 3600 - int(turn["expires_at"]["N"]) < 60


def test_an_expired_turn_is_not_shown_to_the_model(answered_by_model, model, user):
    pushed(answered_by_model, wechat.text(user, "an old question"))
    [turn] = kept_turns(user)
    table = resource(STACK, "Conversation")
    client("dynamodb").put_item(TableName=table, Item=turn | {"expires_at": {"N": str(int(time.time()) - 1)}})
    question = f"a new question of {user}"

    pushed(answered_by_model, wechat.text(user, question))

    [asked] = model.asked(question)
    assert [message["role"] for message in asked.messages] == ["system", "user"]


def test_a_second_run_for_the_same_message_does_not_ask_the_model_again(function, model, user):
    message = wechat.text(user, f"once, {user}") | {"userInfo": {"appId": APP_ID, "openId": user}}

    def run() -> str:
        answer = client("lambda").invoke(FunctionName=function, Payload=json.dumps(message))
        return json.load(answer["Payload"])

    assert [run(), run()] == [f"echo: once, {user}"] * 2
    assert len(model.asked(f"once, {user}")) == 1


@pytest.mark.parametrize("answer", [None, " "], ids=["error", "nothing"])
def test_if_the_model_has_no_answer_an_agent_takes_over(answered_by_model, model, user, answer):
    model.answer = lambda _: answer

    transferred = pushed(answered_by_model, wechat.text(user, f"hello from {user}"))

    assert wechat.opened(transferred.content)["MsgType"] == "transfer_customer_service"
    assert len(model.asked(f"hello from {user}")) == 3, "one run and two retries"
    assert kept_turns(user) == []


def test_who_asks_for_a_human_gets_an_agent_without_the_model(answered_by_model, model, openid):
    transferred = pushed(answered_by_model, wechat.text(openid, f"转人工 {openid}"))

    assert wechat.opened(transferred.content)["MsgType"] == "transfer_customer_service"
    assert model.asked(f"转人工 {openid}") == []
