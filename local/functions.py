"""The functions, their names and their programs."""

from pathlib import Path

from .processes import ROOT

FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml"))
"""By folder, which is also the name of package and program."""


def logical_id(function: str) -> str:
    """What template.yaml calls it."""
    return "".join(part.capitalize() for part in function.split("-")) + "Function"


def bootstrap(function: str) -> Path:
    """Its program, as `sam build` or `make update` left it: what `sam local invoke` runs."""
    return ROOT / ".aws-sam" / "build" / logical_id(function) / "bootstrap"
