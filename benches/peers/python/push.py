"""The smallest honest version of `push` in Python: it verifies, decrypts and parses a push, takes it once, and answers.

Everything happens in one function: unlike the product it has no reply window, no delivery of late replies and no function of
its own for each push type.
"""

import base64
import json
import os
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

config = Config(connect_timeout=0.5, read_timeout=1.5, retries={"max_attempts": 3, "mode": "standard"})
table = boto3.client("dynamodb", config=config)
secrets = boto3.client("secretsmanager", config=config)
secret = json.loads(secrets.get_secret_value(SecretId=os.environ["PUSH_SECRET_ARN"])["SecretString"])
crypto = WeChatCrypto(secret["token"], secret["encoding_aes_key"], os.environ["APP_ID"])

REPLIES = {"hours": "9 to 5"}
DAY = 24 * 60 * 60


def handler(event, _context):
    query = event["queryStringParameters"]
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"]
    text = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_message(text)
    now = int(time.time())
    try:
        table.put_item(
            TableName=os.environ["PUSH_DEDUPE_TABLE"],
            Item={
                "push_key": {"S": f"{message.id}#{message.source}"},
                "expires_at": {"N": str(now + DAY)},
            },
            ConditionExpression="attribute_not_exists(push_key)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return {"statusCode": 200, "body": "success"}
    return {"statusCode": 200, "body": answer(message, now, query)}


def answer(message, now: int, query) -> str:
    if message.type != "text" or message.content in REPLIES:
        return "success"
    transfer = (
        f"<xml><ToUserName><![CDATA[{message.source}]]></ToUserName>"
        f"<FromUserName><![CDATA[{message.target}]]></FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>"
    )
    return crypto.encrypt_message(transfer, query["nonce"], query["timestamp"])
