"""What the README gives to copy does what it says."""

import os
import re
import subprocess
import sys

from local_stack.aws import REGION
from local_stack.processes import ROOT

README = (ROOT / "README.md").read_text()


def test_the_signed_call_in_python_sends_a_message(deployment, simulator, openid):
    simulator.push(openid, {"MsgType": "text", "Content": "您好"})
    [program] = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "SigV4Auth" in block]
    caller = {
        "API_URL": deployment.api_url,
        "OPENID": openid,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": deployment.backend.access_key,
        "AWS_SECRET_ACCESS_KEY": deployment.backend.secret_key,
        "NO_PROXY": "*",
    }

    ran = subprocess.run(
        [sys.executable, "-c", program], env={"PATH": os.environ["PATH"]} | caller, capture_output=True, text=True
    )

    assert (ran.stdout, ran.stderr) == ("{'errcode': 0, 'errmsg': 'ok'} 4\n", "")
    assert [call["body"]["text"]["content"] for call in simulator.sends_to(openid)] == ["您好"]


def test_every_make_target_that_it_names_is_there():
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"`?make ([a-z][a-z-]+)", README + (ROOT / "CONTRIBUTING.md").read_text()))
    assert {target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()
    assert {"demo", "local", "update", "watch", "events"} <= named


def test_the_files_and_folders_that_it_names_are_there():
    named = re.findall(r"\]\(([\w./-]+)\)|^\| `((?:\w[\w-]*/)+)`", README, re.MULTILINE)
    paths = [ROOT / (link or folder) for link, folder in named]
    assert [path for path in paths if not path.exists()] == []
    assert len(paths) > 5
