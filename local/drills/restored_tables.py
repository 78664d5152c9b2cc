"""The rows of the dedupe and of the reply-window table are lost, and come back as they were some minutes before.

AWS restores a table to a point in time into a new table, from which the operator copies rows back. Here the rows are copied at
that point; later all are deleted, and the copy is put back.
"""

from local.aws import client
from local.deployment import SEND

from .desk import answer_to
from .stage import Stage
from .user import User

TITLE = "Dedupe and reply windows restored to a point in time"
KEYS = {"PushDedupe": "push_key", "ReplyWindow": "openid"}
"""The tables, each with its key."""


def drill(stage: Stage) -> list[User]:
    must, operator, line = stage.report.must, stage.report.operator, stage.report.line
    lin, wang, zhao, sun, zhou, wu = users = stage.users("Lin", "Wang", "Zhao", "Sun", "Zhou", "Wu")

    for user in (lin, sun, zhou, wu):
        user.writes("Hello")
    uses_up(stage, wu)
    point = {table: rows(stage, table) for table in KEYS}
    line("", "——— the point in time ———")
    wang.writes("Hello")
    uses_up(stage, sun)
    with stage.simulator.failing(SEND, "errcode", errcode=45015, times=1):
        must("WeChat closes Zhou's window", stage.back_end_sends(zhou, "news"), (45015, True))
    wu.writes("Hello again")

    line("Zhao", "asks what takes 8 s; WeChat has its answer before")
    zhao.writes("Please take your time")
    operator("finds that the rows of both tables were deleted, and puts those of the restored tables in their place")
    for table, then in point.items():
        restore(stage, table, then)
    zhao.gets(answer_to("Please take your time"))

    lin.is_pushed_again()
    lin.gets(answer_to("Hello"))
    operator("knows that a push whose row is lost is handled once more when WeChat repeats it")
    wang.is_pushed_again()
    wang.gets(answer_to("Hello"), answer_to("Hello"))

    must("the restored window has room, WeChat's has not", stage.back_end_sends(sun, "one too many"), (45047, True))
    must("which is known from then on", stage.back_end_sends(sun, "one too many"), (45047, False))
    with stage.simulator.failing(SEND, "errcode", errcode=45015, times=1):
        must("the restored window is open, WeChat's is not", stage.back_end_sends(zhou, "news"), (45015, True))
    must("which is known from then on", stage.back_end_sends(zhou, "news"), (45015, False))
    must("the restored window has no room, WeChat's has", stage.back_end_sends(wu, "news"), (45047, False))
    operator("deletes Wu's row: a window that is not known is WeChat's to judge")
    delete(stage, "ReplyWindow", wu.openid)
    must("now Wu gets it", stage.back_end_sends(wu, "news"), (0, True))

    for user in users:
        must(f"{user.name} writes again", user.writes("Thanks")["outcome"], "answered")
    sun.gets(answer_to("Hello"), *["more"] * 4, answer_to("Thanks"))
    zhou.gets(answer_to("Hello"), answer_to("Thanks"))
    wu.gets(answer_to("Hello"), *["more"] * 4, answer_to("Hello again"), "news", answer_to("Thanks"))
    must("pushes in the failed queue", stage.deployment.parked(), 0)
    return users


def uses_up(stage: Stage, user: User) -> None:
    """The rest of a window, one message of which is sent."""
    for _ in range(4):
        stage.back_end_sends(user, "more")


def rows(stage: Stage, table: str) -> list[dict]:
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=stage.deployment.resource(table))
    return [row for page in pages for row in page["Items"]]


def restore(stage: Stage, table: str, then: list[dict]) -> None:
    for row in rows(stage, table):
        delete(stage, table, row[KEYS[table]]["S"])
    for row in then:
        client("dynamodb").put_item(TableName=stage.deployment.resource(table), Item=row)


def delete(stage: Stage, table: str, key: str) -> None:
    name = stage.deployment.resource(table)
    client("dynamodb").delete_item(TableName=name, Key={KEYS[table]: {"S": key}})
