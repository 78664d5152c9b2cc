"""The functions and their names."""

from .processes import ROOT

FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml"))
"""By folder, which is also the name of package and program."""


def logical_id(function: str) -> str:
    """What template.yaml calls it."""
    return "".join(part.capitalize() for part in function.split("-")) + "Function"
