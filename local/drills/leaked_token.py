"""Token and EncodingAESKey have leaked, and are rotated twice.

WeChat's end is `wechatpy` here: the simulator keeps the pair that it starts with.
"""

import secrets

from local import wechat
from local.simulator import SECOND
from local.wechat import PAIR, TRANSFER, Pair

from .stage import Stage
from .user import User

TITLE = "A leaked Token, rotated twice"
WECHAT, THIEF = "WeChat", "the thief"
TAKEN, REFUSED = 200, 403
PAIR_OF_SECOND = Pair(SECOND["token"], SECOND["encoding_aes_key"])


def drill(stage: Stage) -> list[User]:
    must, operator, line = stage.report.must, stage.report.operator, stage.report.line
    [lin] = users = stage.users("Lin")

    def pushes(who: str, pair: Pair) -> int:
        """The status of a text of Lin's that is signed with a pair. If it is WeChat's, Lin gets what they asked for."""
        push = wechat.safe(wechat.text(lin.openid, "A human, please"), pair=pair)
        answer = stage.deployment.push(push.query, push.body)
        line(who, f"pushes “A human, please” as Lin: {answer.status_code}")
        if who == WECHAT and answer.status_code == TAKEN:
            must("the answer to WeChat", wechat.opened(answer.content, pair)["MsgType"], TRANSFER["MsgType"])
            lin.is_transferred()
        return answer.status_code

    def others_are_taken() -> bool:
        """The same for WeChat's pushes to the other mini program of the stack."""
        push = wechat.safe(wechat.event(lin.openid, "debug_demo"), app_id=SECOND["appid"], pair=PAIR_OF_SECOND)
        return stage.deployment.push(push.query, push.body, SECOND["appid"]).text == "success"

    first, second = new_pair(), new_pair()
    must("WeChat's push is taken", pushes(WECHAT, PAIR), TAKEN)
    must("a push of whoever has the leaked pair is taken, too", pushes(THIEF, PAIR), TAKEN)
    for number, (old, new) in enumerate([(PAIR, first), (first, second)], 1):
        operator(f"rotation {number}: puts a new pair into the push secret")
        stage.put_pairs(token=new.token, encoding_aes_key=new.encoding_aes_key)
        must("WeChat, which still has the old pair, is taken", pushes(WECHAT, old), TAKEN)
        stage.let_a_minute_pass()
        must("and still is", pushes(WECHAT, old), TAKEN)
        operator(f"rotation {number}: changes the console")
        must("WeChat, with the new pair, is taken with its first attempt", pushes(WECHAT, new), TAKEN)
        must("a push that WeChat signed before, and repeats, is taken", pushes(WECHAT, old), TAKEN)
        must("the other mini program's pushes are taken", others_are_taken(), True)
        if number == 1:
            must("the leaked pair is still good, as AWSPREVIOUS", pushes(THIEF, PAIR), TAKEN)
    must("the leaked pair is refused", pushes(THIEF, PAIR), REFUSED)
    return users


def new_pair() -> Pair:
    """As WeChat's console makes them; the key's spare bits are not zero, as in most real ones."""
    return Pair(secrets.token_hex(16), secrets.token_hex(21) + "B")
