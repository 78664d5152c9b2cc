"""A wrong EncodingAESKey stands in the push secret for a while, and is mended."""

from local.simulator import ENCODING_AES_KEY

from .desk import answer_to
from .stage import Stage
from .user import TEMPLATE, User

TITLE = "A wrong EncodingAESKey in the push secret, then mended"


def drill(stage: Stage) -> list[User]:
    must, operator = stage.report.must, stage.report.operator
    lin, wang, zhao = users = stage.users("Lin", "Wang", "Zhao")

    operator("puts a mistyped EncodingAESKey into the push secret")
    stage.put_pairs(encoding_aes_key="C" * 42 + "A")
    stage.start_anew()
    lin.writes("Are you there?")
    lin.gets(answer_to("Are you there?"))
    operator("puts another wrong one: now AWSPREVIOUS is wrong, too, and push learns of it within five minutes")
    stage.put_pairs(encoding_aes_key="D" * 42 + "A")
    stage.start_anew()

    pushed: list[dict] = []
    stage.at_once(
        lambda: pushed.append(lin.writes("When do you open?")),
        lambda: pushed.append(wang.writes("A human, please")),
        lambda: pushed.append(zhao.accepts_a_subscription()),
    )
    must("what became of each push", [push["outcome"] for push in pushed], ["fault_notice"] * 3)
    must("attempts for each push", [len(push["attempts"]) for push in pushed], [4] * 3)
    must("each push is parked as it came, once", stage.is_parked(3), True)
    before = stage.redrive()
    must("nothing is taken, and nothing lost, while the key is wrong", (before["handed_on"], before["stayed"]), (0, 3))

    operator("puts the right EncodingAESKey into the push secret")
    stage.put_pairs(encoding_aes_key=ENCODING_AES_KEY)
    stage.let_a_minute_pass()
    must("pushes handed on", stage.redrive()["handed_on"], 3)
    lin.gets(answer_to("Are you there?"), answer_to("When do you open?"))
    must("the subscription is in the ledger", accepted(stage, zhao), True)
    wang.writes("Hello?")
    must("Wang, who had asked for an agent, is handed to one with the next message", wang.saw().transfers == 1, True)
    must("pushes left in the failed queue", stage.redrive()["handed_on"] + stage.deployment.parked(), 0)
    return users


def accepted(stage: Stage, user: User) -> bool:
    """Whether the stack knows of the user's consent."""
    found = stage.deployment.call("GET", f"/subscriptions/{user.openid}")
    return TEMPLATE in found.text
