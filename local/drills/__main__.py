"""`make drills`: reports each drill, or the one that DRILL names. Ends with 1 if something that must hold does not."""

import secrets
import sys

from local.processes import WORK, LocalStackError, end_on_signals
from local.stack import LocalStack

from . import failing_handler, leaked_token, restored_tables, wrong_key
from .report import DoesNotHold, Report
from .stage import Stage, stage

DRILLS = {
    "wrong-key": wrong_key,
    "failing-handler": failing_handler,
    "restored-tables": restored_tables,
    "leaked-token": leaked_token,
}


def reported(stage: Stage, name: str) -> bool:
    """Whether all of a drill holds."""
    drill = DRILLS[name]
    print(f"\n{drill.TITLE} ({name})", flush=True)
    report = Report(lambda line: print(line, flush=True))
    stage.reset(report)
    try:
        users = drill.drill(stage)
    except DoesNotHold as failure:
        print(f"   THIS DOES NOT HOLD: {failure}\n   Logs: {WORK}", flush=True)
        return False
    print(f"   {report.seconds():6.1f} s  all of it holds. What the users saw:")
    for user in users:
        print(f"             {user.name:<14} {user.saw()}", flush=True)
    return True


def main() -> int:
    end_on_signals()
    names = sys.argv[1:] or list(DRILLS)
    if unknown := [name for name in names if name not in DRILLS]:
        print(f"DRILL is {unknown[0]}; it must be one of {', '.join(DRILLS)}.", file=sys.stderr)
        return 1
    try:
        with (
            LocalStack(lambda what: print(f"==> {what}", flush=True)) as local,
            stage(local.simulator, local.deployment.push_url, new_openid, waits=True) as of_drills,
        ):
            results = [reported(of_drills, name) for name in names]
    except KeyboardInterrupt:
        return 130
    except LocalStackError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{sum(results)} of {len(results)} drills hold.")
    return 0 if all(results) else 1


def new_openid() -> str:
    return "o" + secrets.token_urlsafe(20)


if __name__ == "__main__":
    sys.exit(main())
