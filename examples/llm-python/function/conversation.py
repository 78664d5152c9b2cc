"""The last turns of each user, one item of the table for each question with its answer."""

import os
import time

import boto3
from boto3.dynamodb.conditions import Key

TABLE = boto3.resource("dynamodb").Table(os.environ["CONVERSATION_TABLE"])
TURNS_KEPT = int(os.environ["TURNS_KEPT"])
SECONDS_KEPT = int(os.environ["HOURS_KEPT"]) * 3600


def key_of(message):
    """The sort key of a message's turn. The keys of a user's turns sort by time, and a message has the same one in every run."""
    return f"{int(message['CreateTime']):012d}#{message['MsgId']}"


def answer_to(user, turn):
    """The answer of an earlier run for the same message; None if there is none."""
    return TABLE.get_item(Key={"user": user, "turn": turn}, ConsistentRead=True).get("Item", {}).get("answer")


def before(user, turn):
    """The user's last turns before this one, oldest first."""
    found = TABLE.query(
        KeyConditionExpression=Key("user").eq(user) & Key("turn").lt(turn),
        ScanIndexForward=False,
        Limit=TURNS_KEPT,
        ConsistentRead=True,
    )["Items"]
    now = time.time()
    # DynamoDB deletes an expired item within days, not at once.
    return [item for item in reversed(found) if item["expires_at"] > now]


def keep(user, turn, question, answer):
    expires_at = int(time.time()) + SECONDS_KEPT
    TABLE.put_item(
        Item={"user": user, "turn": turn, "question": question, "answer": answer, "expires_at": expires_at}
    )
