"""The function of texts fails for an hour, and is mended."""

from .desk import BROKEN, WORKING, answer_to
from .stage import Stage
from .user import User

TITLE = "A function that fails for an hour, then mended"


def drill(stage: Stage) -> list[User]:
    must, operator = stage.report.must, stage.report.operator
    lin, wang, zhao = users = stage.users("Lin", "Wang", "Zhao")

    operator("deploys a function of texts that fails each time")
    stage.deploy_desk(BROKEN)
    stage.at_once(
        lambda: lin.writes("When do you open?"),
        lambda: wang.writes("Where are you?"),
        lambda: zhao.writes("A human, please"),
    )
    lin.writes("And on Sundays?")
    must("how often Lin, Wang and Zhao were handed to an agent", [user.saw().transfers for user in users], [2, 1, 1])
    must("each push is parked, once", stage.is_parked(4), True)
    operator("redrives too early")
    must("pushes handed on", stage.redrive()["handed_on"], 4)
    must("they fail again and are parked again", stage.is_parked(4), True)

    operator("deploys the mended function")
    stage.deploy_desk(WORKING)
    must("pushes handed on", stage.redrive()["handed_on"], 4)
    wang.gets(answer_to("Where are you?"))
    lin.gets(answer_to("When do you open?"), answer_to("And on Sundays?"))
    must("a push that WeChat repeats is answered as before", lin.is_pushed_again()["outcome"], "answered")
    again = stage.redrive()
    must("pushes left in the failed queue", again["handed_on"] + stage.deployment.parked(), 0)
    lin.gets(answer_to("When do you open?"), answer_to("And on Sundays?"))
    zhao.writes("Thanks")
    zhao.gets(answer_to("Thanks"))
    must("Zhao, who was handed to an agent, is not handed over once more", zhao.saw().transfers == 1, True)
    return users
