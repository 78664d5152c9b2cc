"""Where a drill takes place: a deployment of its own, and the simulator as its WeChat."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from local.aws import client
from local.deployment import Deployment
from local.python_function import make_function, replace_source
from local.simulator import APP_ID, FIRST, SECOND, URL, Simulator
from local.waiting import eventually

from . import desk
from .report import Report
from .user import User

MINUTE_SECONDS = 61


class Stage:
    """`waits`: whether a minute that passes is waited for. Otherwise `push` is started anew, which has the same effect on
    what it remembers of its secret."""

    def __init__(
        self,
        deployment: Deployment,
        desk_arn: str,
        simulator: Simulator,
        new_openid: Callable[[], str],
        waits: bool,
    ) -> None:
        self.deployment = deployment
        self.simulator = simulator
        self.report = Report()
        self._desk_arn = desk_arn
        self._new_openid = new_openid
        self._waits = waits

    def users(self, *names: str) -> list[User]:
        """Users whom nobody knows yet."""
        return [User(name, self._new_openid(), self.simulator, self.report) for name in names]

    def at_once(self, *acts: Callable[[], object]) -> None:
        """What several do at the same time."""
        with ThreadPoolExecutor(len(acts)) as actors:
            for acting in [actors.submit(act) for act in acts]:
                acting.result()

    def deploy_desk(self, source: str) -> None:
        """Another version of the function that answers texts."""
        replace_source(self._desk_arn, source)

    def put_pairs(self, **first: str) -> None:
        """The push secret, with other fields for the first mini program."""
        self.deployment.put_secrets_of([FIRST | first, SECOND])

    def let_a_minute_pass(self) -> None:
        """After which `push` may read its secret once more."""
        if self._waits:
            self.report.operator("waits a minute")
            time.sleep(MINUTE_SECONDS)
        else:
            self.start_anew()

    def start_anew(self) -> None:
        """New environments of `push`, as after some minutes, or a deployment."""
        self.deployment.restart("PushFunction")

    def redrive(self) -> dict:
        """What redrive-failed-pushes reports."""
        found = self.deployment.invoke("RedriveFailedPushesFunction", {})
        why = f": {', '.join(found['why'])}" if found["why"] else ""
        self.report.operator(f"redrives: {found['handed_on']} handed on, {found['stayed']} stayed{why}")
        return found

    def back_end_sends(self, user: User, content: str) -> tuple[int, bool]:
        """The errcode of customerServiceMessage.send, and whether WeChat was asked."""
        asked = len(self.simulator.sends_to(user.openid))
        body = {"touser": user.openid, "msgtype": "text", "text": {"content": content}}
        errcode = self.deployment.send(body).json()["errcode"]
        is_asked = len(self.simulator.sends_to(user.openid)) > asked
        unasked = "" if is_asked else ", without asking WeChat"
        self.report.line("back end", f"sends {user.name} “{content}”: errcode {errcode}{unasked}")
        return errcode, is_asked

    def is_parked(self, count: int) -> bool:
        """Whether so many records are in the failed queue, in the end."""
        return eventually(lambda: self.deployment.parked() == count)

    def reset(self, report: Report) -> None:
        """For the next drill: an empty failed queue, the right secret, a function that works."""
        self.report = report
        client("sqs").purge_queue(QueueUrl=self.deployment.outputs["FailedPushesQueueUrl"])
        self.deploy_desk(desk.WORKING)
        self.put_pairs()
        self.start_anew()


@contextmanager
def stage(simulator: Simulator, back_to: str, new_openid: Callable[[], str], waits: bool) -> Iterator[Stage]:
    """The first mini program's pushes go to a stack of the drills until the block ends, and then `back_to`."""
    desk_arn = make_function("drills/desk", desk.WORKING)
    deployment = Deployment("drills", {"AppId": APP_ID, "WechatApiBaseUrl": URL, "TextFunctionArn": desk_arn})
    deployment.put_secrets_of([FIRST, SECOND])
    deployment.fetch_access_token()
    with simulator.pushing_to(deployment.push_url, back_to):
        yield Stage(deployment, desk_arn, simulator, new_openid, waits)
