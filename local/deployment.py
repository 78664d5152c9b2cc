"""The template deployed once, and what a client, an operator and a curious test see of it."""

import json
import os
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests.adapters import HTTPAdapter

from .aws import ENDPOINT, REGION, client, environment
from .processes import ROOT, WORK, LocalStackError, tail
from .simulator import APP_SECRET, ENCODING_AES_KEY, TOKEN

SAM = ROOT / ".venv" / "sam" / "bin" / "sam"
SEND = "/cgi-bin/message/custom/send"
NAME = "wechat-messages"
"""The stack of samconfig.toml."""
AT_ONCE = 50
"""Connections that are kept: as many as any test calls at once."""


def local_parameters() -> dict[str, str]:
    """What samconfig.toml's `local` gives the template."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    return dict(pair.split("=", 1) for pair in config["local"]["deploy"]["parameters"]["parameter_overrides"])


def resource(stack: str, logical_id: str) -> str:
    """The name that a resource of the template got in this stack: a function's, a table's."""
    described = client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    return described["StackResourceDetail"]["PhysicalResourceId"]


class Deployment:
    """`sam deploy --config-env local`; `parameters` replace those of samconfig.toml as a whole, and `template` the built one."""

    def __init__(
        self, name: str = NAME, parameters: dict[str, str] | None = None, template: Path | None = None
    ) -> None:
        self.name = name
        command = [str(SAM), "deploy", "--config-env", "local", "--stack-name", name]
        if template:
            # Beside another template, the SAM CLI looks for no samconfig.toml of ours.
            command += ["--template-file", str(template), "--config-file", str(ROOT / "samconfig.toml")]
        if parameters:
            command += ["--parameter-overrides", *(f"{key}={value}" for key, value in parameters.items())]
        log = WORK / f"deploy-{name}.log"
        with log.open("wb") as out:
            code = subprocess.run(
                command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=out
            ).returncode
        if code != 0:
            raise LocalStackError(f"sam deploy ended with code {code}. From {log}:\n{tail(log, 40)}")
        described = client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        self.api_url = self._on_loopback(self.outputs["ApiUrl"])
        self.push_url = self._on_loopback(self.outputs["PushUrl"])
        self.sdk_api_url = self._on_loopback(self.outputs["SdkApiUrl"]) if "SdkApiUrl" in self.outputs else None
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.mount("http://", HTTPAdapter(pool_maxsize=AT_ONCE))
        self.backend = self._make_backend()

    def put_secrets(self, token: str = TOKEN, encoding_aes_key: str = ENCODING_AES_KEY) -> None:
        """What the person who deploys does by hand, for one mini program."""
        self._put({"token": token, "encoding_aes_key": encoding_aes_key}, {"app_secret": APP_SECRET})

    def put_secrets_of(self, mini_programs: list[dict[str, str]]) -> None:
        """The same for several, each with its appid, as the simulator takes them."""
        push, app = ("token", "encoding_aes_key"), ("app_secret",)
        self._put(*({each["appid"]: {name: each[name] for name in names} for each in mini_programs} for names in (push, app)))

    def _put(self, push: dict, app: dict) -> None:
        secrets = client("secretsmanager")
        secrets.put_secret_value(SecretId=self.outputs["PushSecretArn"], SecretString=json.dumps(push))
        secrets.put_secret_value(SecretId=self.outputs["AppSecretArn"], SecretString=json.dumps(app))

    def put_caller_secrets(self, callers: dict[str, str | list[str]]) -> None:
        """The same for whoever calls the SDK gateway: the secret of each, or the new and the old one."""
        secrets = client("secretsmanager")
        secrets.put_secret_value(SecretId=self.outputs["CallerSecretsArn"], SecretString=json.dumps(callers))

    def fetch_access_token(self) -> None:
        """What the schedule would do within a minute, in the midst of whatever test; then it leaves WeChat alone."""
        self.invoke("AccessTokenFunction", {})

    def verify(self, query: dict[str, str]) -> requests.Response:
        """GET of the push URL, as the WeChat console does it once."""
        return self._http.get(self.push_url, params=query, timeout=60)

    def push(self, query: dict[str, str], body: bytes | str, appid: str | None = None) -> requests.Response:
        """POST to the push URL, of another mini program where it is named. WeChat says text/xml whatever it sends."""
        data = body.encode() if isinstance(body, str) else body
        url = f"{self.push_url}/{appid}" if appid else self.push_url
        return self._http.post(url, params=query, data=data, headers={"Content-Type": "text/xml"}, timeout=60)

    def send(self, body: dict | bytes, signed: bool = True) -> requests.Response:
        """customerServiceMessage.send by the outbound API, as a back end that may do just that."""
        return self.call("POST", SEND, body, signed=signed)

    def call(
        self,
        method: str,
        path: str,
        body: dict | bytes = b"",
        *,
        query: dict[str, str] | None = None,
        content_type: str = "application/json",
        signed: bool = True,
    ) -> requests.Response:
        """Any call of the outbound API, as that back end."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        url = self.api_url + path + ("?" + urlencode(query) if query else "")
        request = AWSRequest(method, url, data=data, headers={"Content-Type": content_type} if data else {})
        if signed:
            SigV4Auth(self.backend, "execute-api", REGION).add_auth(request)
        return self._http.request(method, url, data=data, headers=dict(request.headers.items()), timeout=60)

    def resource(self, logical_id: str) -> str:
        """Its name in this stack."""
        return resource(self.name, logical_id)

    def invoke(self, logical_id: str, event: dict) -> dict:
        """What a function returns to a direct Invoke."""
        answer = client("lambda").invoke(FunctionName=self.resource(logical_id), Payload=json.dumps(event))
        return json.load(answer["Payload"])

    @contextmanager
    def configured(self, logical_id: str, **variables: str) -> Iterator[None]:
        """A function with other environment variables, in new environments, until the block ends."""
        functions, function = client("lambda"), self.resource(logical_id)
        before = functions.get_function_configuration(FunctionName=function).get("Environment", {"Variables": {}})
        during = {"Variables": before["Variables"] | variables}
        functions.update_function_configuration(FunctionName=function, Environment=during)
        try:
            yield
        finally:
            functions.update_function_configuration(FunctionName=function, Environment=before)

    def restart(self, logical_id: str) -> None:
        """Lets go of a function's environments, and of what they remember."""
        with self.configured(logical_id, RESTARTED="yes"):
            pass

    def kill(self, logical_id: str) -> None:
        """Ends a function's processes in the middle of what they do."""
        marker = f"AWS_LAMBDA_FUNCTION_NAME={self.resource(logical_id)}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if marker in (process / "environ").read_bytes().split(b"\0"):
                    os.kill(int(process.name), signal.SIGKILL)

    def runs(self, function: str) -> int:
        """How often a function ran, by its log."""
        return sum(line.startswith("START ") for line in self.log(function))

    def lines(self, function: str) -> list[dict]:
        """What a function itself wrote into its log."""
        return [json.loads(line) for line in self.log(function) if line.startswith("{")]

    def log(self, function: str) -> list[str]:
        pages = (
            client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=f"/aws/lambda/{self.name}/{function}")
        )
        return [event["message"] for page in pages for event in page["events"]]

    def failed_pushes(self) -> list[dict]:
        """Takes what waits in the queue of failed pushes, within a second."""
        queue = self.outputs["FailedPushesQueueUrl"]
        sqs = client("sqs")
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def parked(self) -> int:
        """How many failed pushes wait, visible or not."""
        counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        queue = self.outputs["FailedPushesQueueUrl"]
        found = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=counts)["Attributes"]
        return sum(int(found[count]) for count in counts)

    def _on_loopback(self, url: str) -> str:
        """https://API.execute-api…/STAGE/PATH as MiniStack serves it."""
        host, stage, *path = url.removeprefix("https://").split("/")
        return "/".join([ENDPOINT, "restapis", host.split(".")[0], stage, "_user_request_", *path])

    def _make_backend(self) -> Credentials:
        """A user with the one right that a caller of the outbound API needs."""
        iam = client("iam")
        user = f"{self.name}-backend"
        api = self.api_url.split("/")[4]
        call = {
            "Effect": "Allow",
            "Action": "execute-api:Invoke",
            "Resource": [
                f"arn:aws:execute-api:{REGION}:*:{api}/*/{path}"
                for path in ("cgi-bin/*", "wxa/*", "GET/subscriptions/*", "GET/deliveries/*")
            ],
        }
        with suppress(iam.exceptions.EntityAlreadyExistsException):  # where the stack is updated
            iam.create_user(UserName=user)
        policy = json.dumps({"Version": "2012-10-17", "Statement": [call]})
        iam.put_user_policy(UserName=user, PolicyName="call-the-outbound-api", PolicyDocument=policy)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])
