"""What users see of four failures and of their repair; `make drills` tells each at length."""

import re
import secrets
from collections.abc import Iterator

import pytest

from local.drills import __main__ as program
from local.drills import failing_handler, leaked_token, restored_tables, wrong_key
from local.drills.desk import answer_to
from local.drills.report import Report
from local.drills.stage import Stage
from local.drills.stage import stage as staged
from local.drills.user import Seen
from local.processes import ROOT


@pytest.fixture(scope="module")
def deployed(stack, users) -> Iterator[Stage]:
    def new_openid() -> str:
        users.append("o" + secrets.token_urlsafe(20))
        return users[-1]

    with staged(stack.simulator, stack.deployment.push_url, new_openid, waits=False) as of_drills:
        yield of_drills


@pytest.fixture
def stage(deployed) -> Stage:
    deployed.reset(Report(print))
    return deployed


def seen(users) -> dict[str, Seen]:
    return {user.name: user.saw() for user in users}


def test_pushes_that_do_not_decrypt_are_parked_once_and_answered_once_the_key_is_right(stage):
    assert seen(wrong_key.drill(stage)) == {
        "Lin": Seen([answer_to("Are you there?"), answer_to("When do you open?")], unavailable=1),
        "Wang": Seen([], transfers=1, unavailable=1),
        "Zhao": Seen([]),
    }


def test_while_a_function_fails_an_agent_takes_over_and_once_it_is_mended_each_question_is_answered_once(stage):
    assert seen(failing_handler.drill(stage)) == {
        "Lin": Seen([answer_to("And on Sundays?"), answer_to("When do you open?")], transfers=3),
        "Wang": Seen([answer_to("Where are you?")], transfers=1),
        "Zhao": Seen([answer_to("Thanks")], transfers=1),
    }


def test_restored_tables_lose_no_message_and_wechat_corrects_the_windows(stage):
    hello, thanks = answer_to("Hello"), answer_to("Thanks")
    assert seen(restored_tables.drill(stage)) == {
        "Lin": Seen([hello, thanks]),
        "Wang": Seen([hello, hello, thanks]),
        "Zhao": Seen([answer_to("Please take your time"), thanks]),
        "Sun": Seen([hello, thanks, *["more"] * 4]),
        "Zhou": Seen([hello, thanks]),
        "Wu": Seen([hello, answer_to("Hello again"), thanks, *["more"] * 4, "news"]),
    }


def test_a_leaked_pair_is_refused_after_two_rotations_and_wechat_never_is(stage):
    assert seen(leaked_token.drill(stage)) == {"Lin": Seen([], transfers=9)}


def test_a_drill_in_which_something_does_not_hold_says_what(stage, monkeypatch, capsys):
    monkeypatch.setattr(failing_handler, "WORKING", failing_handler.BROKEN)
    monkeypatch.setattr("local.drills.user.eventually", lambda _: False)

    assert not program.reported(stage, "failing-handler")

    said = capsys.readouterr().out
    assert "THIS DOES NOT HOLD: Wang has the messages: found [], and it must be ['Answer to: Where are you?']" in said


def test_the_page_on_reliability_tells_of_each_drill():
    recovery = (ROOT / "docs" / "reliability.md").read_text().split("\n## Recovery\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)`: ", recovery, re.MULTILINE) == list(program.DRILLS)
