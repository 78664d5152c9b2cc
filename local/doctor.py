"""Asks the doctor of the local stack that runs and shows its report: `make doctor`. With findings, the exit code is 1."""

import json
import shutil
import sys
import textwrap
from itertools import zip_longest

from .aws import ENDPOINT, client, not_up
from .deployment import NAME, resource
from .functions import logical_id
from .processes import LocalStackError, answers

COLUMNS = ("finding", "meaning", "remedy")
GAP = "  "
NARROWEST = 80


def examined(stack: str = NAME) -> dict:
    """The report of a run."""
    function = resource(stack, logical_id("doctor"))
    answer = client("lambda").invoke(FunctionName=function, Payload=b"{}")
    report = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise LocalStackError(f"doctor failed: {report.get('errorMessage', report)}")
    return report


def shown(report: dict, width: int) -> str:
    """The findings in columns, each cell wrapped, and how many checks there were."""
    checked = f"{report['checked']} checks, {len(report['findings'])} findings"
    if not report["findings"]:
        return f"{checked}: all is well."
    each = (width - len(GAP) * (len(COLUMNS) - 1)) // len(COLUMNS)
    rows = [[column.upper() for column in COLUMNS], *map(_cells, report["findings"])]
    return "\n\n".join([*(_wrapped(row, each) for row in rows), checked])


def _cells(finding: dict) -> list[str]:
    head = f"{finding['severity'].replace('_', ' ')}: {finding['check']} {finding['appid'] or ''}".rstrip()
    return [f"{head}\n{finding['finding']}", finding["meaning"], finding["remedy"]]


def _wrapped(row: list[str], each: int) -> str:
    columns = [[part for line in cell.splitlines() for part in textwrap.wrap(line, each)] for cell in row]
    lines = zip_longest(*columns, fillvalue="")
    return "\n".join(GAP.join(cell.ljust(each) for cell in line).rstrip() for line in lines)


def main(stack: str = NAME) -> int:
    try:
        if not answers(ENDPOINT):
            raise not_up()
        report = examined(stack)
    except LocalStackError as error:
        print(error, file=sys.stderr)
        return 1
    print(shown(report, max(NARROWEST, shutil.get_terminal_size().columns)))
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
