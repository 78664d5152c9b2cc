"""What the README and the pages in docs/ give to copy does what it says, and what they name is there."""

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch

import pytest

from local import wechat
from conftest import LOCAL
from invocation.events import OPENID
from local.aws import REGION, client, environment
from local.deployment import Deployment
from local.functions import FUNCTIONS as FOLDERS
from local.processes import ROOT
from template import FUNCTIONS, ROUTES, TEMPLATE, of_type, served_routes

PAGES = {path: path.read_text() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]}
README = PAGES[ROOT / "README.md"]
ARCHITECTURE, HANDLERS, OPERATIONS, OUTBOUND_API, SIMULATOR = (
    PAGES[ROOT / "docs" / f"{name}.md"] for name in ("architecture", "handlers", "operations", "outbound-api", "simulator")
)
UNTRACKED = {"target"}
"""Beside the folders whose names begin with a dot."""
KINDS = {".md", ".rs", ".py", ".toml", ".yaml"}


def block(page: str, language: str, holding: str) -> str:
    """The one block of code on a page in which that stands."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    [found] = [block for block in blocks if holding in block]
    return found


def caller(deployment: Deployment, openid: str) -> dict[str, str]:
    """The environment that the examples of a call ask for."""
    return {
        "PATH": os.environ["PATH"],
        "API_URL": deployment.api_url,
        "OPENID": openid,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": deployment.backend.access_key,
        "AWS_SECRET_ACCESS_KEY": deployment.backend.secret_key,
        "NO_PROXY": "*",
    }


def test_the_signed_call_in_python_sends_a_message(deployment, simulator, openid):
    simulator.push(openid, {"MsgType": "text", "Content": "您好"})
    command = [sys.executable, "-c", block(OUTBOUND_API, "python", "SigV4Auth")]

    ran = subprocess.run(command, env=caller(deployment, openid), capture_output=True, text=True)

    assert (ran.stdout, ran.stderr) == ("{'errcode': 0, 'errmsg': 'ok'} 4\n", "")
    assert [call["body"]["text"]["content"] for call in simulator.sends_to(openid)] == ["您好"]


def test_the_signed_call_by_curl_sends_a_message(deployment, simulator, openid):
    if not shutil.which("curl") or "--aws-sigv4" not in subprocess.check_output(["curl", "--help", "all"], text=True):
        pytest.skip("there is no curl that signs calls: --aws-sigv4 came with 7.75")
    simulator.push(openid, {"MsgType": "text", "Content": "您好"})
    command = ["bash", "-c", block(OUTBOUND_API, "sh", "--aws-sigv4")]

    ran = subprocess.run(command, env=caller(deployment, openid), capture_output=True, text=True)

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"errcode": 0, "errmsg": "ok"}
    assert [call["body"]["text"]["content"] for call in simulator.sends_to(openid)] == ["您好"]


def test_the_simulators_command_line_pushes(simulator, users):
    users.append(OPENID)
    commands = re.findall(r"^target/debug/simulator .*", README + SIMULATOR, re.MULTILINE)
    for command in commands:
        ran = subprocess.run(
            ["bash", "-c", command], cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True
        )
        assert (command, ran.returncode, ran.stderr) == (command, 0, "")

    assert {"push", "trigger", "replay", "--help"} <= {command.split()[1] for command in commands}


def test_the_functions_that_are_invoked_by_hand_answer(deployment, simulator, users):
    users.append(OPENID)
    client("sqs").purge_queue(QueueUrl=deployment.outputs["FailedPushesQueueUrl"])
    simulator.push(OPENID, {"MsgType": "text", "Content": "您好"})
    commands = re.findall(r"^ *(\S+/sam remote invoke (?:.*\\\n)*.*)", OUTBOUND_API + OPERATIONS, re.MULTILINE)

    answers = [json.loads(ran_by_administrator(command)) for command in commands]

    sent, examined, redriven = answers
    assert json.loads(sent["body"]) == {"errcode": 0, "errmsg": "ok"}
    assert examined.keys() == {"ok", "findings", "checked"}
    assert redriven == {"handed_on": 0, "discarded": 0, "stayed": 0, "why": {}, "ids": {}, "unfinished": False}


def ran_by_administrator(command: str) -> str:
    ran = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def own_handler(stack, users, tmp_path_factory) -> Deployment:
    """A stack into which docs/handlers.md put the README's handler in Python, in on-text's place."""
    if not shutil.which("aws"):
        pytest.skip("there is no AWS CLI")
    users.append(OPENID)
    other = Deployment("readme", LOCAL)
    other.put_secrets()
    other.fetch_access_token()
    folder = tmp_path_factory.mktemp("own-handler")
    for name in (".venv", ".aws-sam", "samconfig.toml", "target", "LICENSE", "README.md"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "handler.py").write_text(block(README, "python", "def handler"))
    commands = block(HANDLERS, "sh", "create-function").replace("sam deploy", f"sam deploy --stack-name {other.name}")

    ran = subprocess.run(["bash", "-ec", commands], cwd=folder, env=environment(), capture_output=True, text=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    return other


def test_the_handler_in_python_hands_over_who_asks_for_it_and_answers_everybody_else(own_handler, simulator, openid):
    asks, greets = (wechat.safe(wechat.text(openid, content)) for content in ("我要找人工客服", "您好"))
    simulator.push(openid, {"MsgType": "text", "Content": "您好"})  # opens the window at WeChat

    answer = own_handler.push(asks.query, asks.body)
    assert wechat.opened(answer.content)["MsgType"] == "transfer_customer_service"

    answer = own_handler.push(greets.query, greets.body)
    assert (answer.status_code, answer.text) == (200, "success")
    assert [call["body"]["text"]["content"] for call in simulator.sends_to(openid)] == ["您说的是：您好"]


def test_the_handler_in_rust_is_that_of_on_image():
    assert block(HANDLERS, "rust", "on_image") in (ROOT / "functions" / "on-image" / "src" / "on_image.rs").read_text()


def test_the_tables_name_every_call_every_type_of_push_and_every_folder():
    calls = re.findall(r"^\| `((?:GET|POST) [^`]+)`", OUTBOUND_API, re.MULTILINE)
    assert {tuple(call.split("?")[0].split()) for call in calls} == {
        route
        for function in FUNCTIONS
        if function not in ("PushFunction", "WechatGatewayFunction")  # those are no calls of their own
        for route in served_routes(function)
    }
    assert {name for row in re.findall(r"^\| (`on-.*?) \|", HANDLERS, re.MULTILINE) for name in spelt_out(row)} == {
        f"on-{route}" for route in ROUTES
    }
    rows = re.findall(r"^\| (`functions/\w.*?) \|", ARCHITECTURE, re.MULTILINE)
    patterns = [name.removeprefix("functions/") for row in rows for name in re.findall(r"`([^`]+)/`", row)]
    assert [folder for folder in FOLDERS if not any(fnmatch(folder, pattern) for pattern in patterns)] == []


def test_the_tables_of_operations_name_every_parameter_output_and_alarm():
    first_columns = re.findall(r"^\| (`[A-Z].*?) \|", OPERATIONS, re.MULTILINE)
    named = {name for column in first_columns for name in re.findall(r"`(\w+)`", column)}
    of_handlers = {name for name in TEMPLATE["Parameters"] if name.endswith("FunctionArn")}

    assert set(TEMPLATE["Parameters"]) - of_handlers - named == set()
    assert {name for name in of_handlers if f"`{name}`" not in HANDLERS} == set()
    assert set(TEMPLATE["Outputs"]) - named == set()
    assert set(of_type("AWS::CloudWatch::Alarm")) - named == set()
    assert named - set(TEMPLATE["Parameters"]) - set(TEMPLATE["Outputs"]) - set(TEMPLATE["Resources"]) == set()


def spelt_out(row: str) -> list[str]:
    """The names in a row, of which those after the first may be given by how they end: `on-a-b`, `-c` is on-a-c."""
    first, *others = re.findall(r"`([\w-]+)`", row)
    return [first, *(first.rsplit("-", 1)[0] + other if other[0] == "-" else other for other in others)]


def texts() -> dict[str, str]:
    """Every file in which a target of make may be named, in quotes of whatever kind or at the beginning of a line."""
    folders = [child for child in ROOT.iterdir() if child.is_dir() and not child.name.startswith(".")]
    tracked = [ROOT, *(folder for folder in folders if folder.name not in UNTRACKED)]
    found = [path for folder in tracked for path in (folder.glob("*") if folder == ROOT else folder.rglob("*"))]
    files = {str(path.relative_to(ROOT)): path.read_text() for path in found if path.suffix in KINDS}
    # What the Makefile prints has no quotes; its comments speak of make itself.
    makefile = re.sub(r"^#.*", "", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    return files | {"Makefile": makefile.replace("make ", "`make ")}


def test_every_make_target_that_is_named_anywhere_is_there():
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", texts()["Makefile"], re.MULTILINE))
    named = {
        (file, target)
        for file, text in texts().items()
        for target in re.findall(r"""(?:^(?=make [a-z_-]+(?:$| +#| +[A-Z]+=))|[`"'])make ([a-z][a-z_-]*)""", text, re.MULTILINE)
    }
    assert {(file, target) for file, target in named if target not in targets} == set()
    assert {("README.md", "demo"), ("Makefile", "local"), ("CONTRIBUTING.md", "events")} <= named
    assert len({file for file, _ in named}) > 10


def test_the_files_and_headings_that_the_pages_link_to_are_there():
    links = [
        (page, target, heading)
        for page, text in PAGES.items()
        for target, heading in re.findall(r"\]\(([^():#]*)(?:#([^()]+))?\)", without_code(text))
    ]
    broken = [
        (page.name, target, heading)
        for page, target, heading in links
        if not (file := (page.parent / target).resolve() if target else page).exists()
        or (heading and heading not in headings(file.read_text()))
    ]
    assert broken == []
    assert len(links) > 40


def test_the_folders_of_the_map_are_there():
    rows = re.findall(r"^\| (`\w[\w-]*/.*?) \|", ARCHITECTURE, re.MULTILINE)
    folders = [name for row in rows for name in re.findall(r"`([\w/-]+/)`", row)]
    known = [ROOT, ROOT / "functions"]  # the second folder of a row stands beside the first
    assert [folder for folder in folders if not any((parent / folder).is_dir() for parent in known)] == []
    assert len(folders) > 15


def without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def headings(text: str) -> set[str]:
    """The names by which GitHub links to them."""
    titles = re.findall(r"^#+ (.*)", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
