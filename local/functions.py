"""The functions, their names and their programs."""

import re
from pathlib import Path

from .processes import ROOT

FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml"))
"""By folder, which is also the name of package and program."""


def logical_id(function: str) -> str:
    """What template.yaml calls it."""
    return "".join(part.capitalize() for part in function.split("-")) + "Function"


def folder(logical_id: str) -> str:
    """The function that template.yaml calls so."""
    return re.sub(r"\B(?=[A-Z])", "-", logical_id.removesuffix("Function")).lower()


def bootstrap(function: str) -> Path:
    """Its program, as `sam build` or `make update` left it: what `sam local invoke` runs."""
    return ROOT / ".aws-sam" / "build" / logical_id(function) / "bootstrap"
