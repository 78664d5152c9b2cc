"""Lambda functions in Python, as somebody who uses the product may deploy beside it."""

import io
import json
import zipfile

from . import aws


def make_function(name: str, source: str, environment: dict[str, str] | None = None) -> str:
    """Makes a function out of one file with a `handler`; its log group is /aws/lambda/NAME. Returns its ARN."""
    plain_name = name.replace("/", "-")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName=plain_name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    function = aws.client("lambda").create_function(
        FunctionName=plain_name,
        Runtime="python3.13",
        Handler="function.handler",
        Role=role,
        Timeout=10,
        Code={"ZipFile": _package(source)},
        Environment={"Variables": environment or {}},
        LoggingConfig={"LogGroup": f"/aws/lambda/{name}"},
    )
    return function["FunctionArn"]


def replace_source(arn: str, source: str) -> None:
    """Another file in place of the function's own, from its next invocation on."""
    aws.client("lambda").update_function_code(FunctionName=arn, ZipFile=_package(source))


def _package(source: str) -> bytes:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("function.py", source)
    return package.getvalue()
