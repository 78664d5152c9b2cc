"""Fuzzes the targets one after the other with libFuzzer and prints a table of what was reached.

    run.py [--executions N] [--grown-seconds N] [--keep] [TARGET …]

It needs no nightly toolchain and no cargo-fuzz: the compiler's coverage counters are ordinary code generation options, and
address sanitizing, which is not, finds nothing in code without `unsafe`. What is found stays in target/fuzz/. `--keep`
adds the inputs that reach new branches, minimised, to corpora/.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TARGET_DIR = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
TRIPLE = "x86_64-unknown-linux-gnu"
"""With it named, build scripts and macros are built without the counters."""
INSTRUMENTED = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Copt-level=3",
    "-Cdebug-assertions",
    "-Coverflow-checks",
]
LONGEST = 512
"""Bytes of an input: short ones are quick, and `grown` makes long ones of them."""
LONGEST_KEPT = 256
MERGE = ["-set_cover_merge=1", "-use_counters=0", "-use_cmp=0"]
"""Few inputs that reach all branches, however often."""
SHARES = {"gateway-path": 20, "template-value": 20, "multipart": 10, "caller-token": 5, "xml": 3, "open": 1}
"""Of all executions: the quicker a target, the more. One that is not named gets 1."""


def build(out: Path) -> tuple[Path, Path]:
    """The fuzzer, and what replays inputs in a build like the functions' own."""
    cargo = ["cargo", "build", "--locked", "--release", "--package", "fuzz"]
    flags = os.environ | {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(INSTRUMENTED)}
    options = ["--features", "libfuzzer", "--bin", "fuzz", "--target", TRIPLE, "--target-dir", out / "build"]
    subprocess.run([*cargo, *options], env=flags, check=True)
    subprocess.run([*cargo, "--bin", "replay"], check=True)
    return out / "build" / TRIPLE / "release" / "fuzz", TARGET_DIR / "release" / "replay"


def fuzz(fuzzer: Path, target: str, folders: list[Path], options: list[str], grown: bool = False) -> str:
    """Runs libFuzzer and returns what it said."""
    found = folders[0].parent / "found"
    found.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    env = os.environ | {"FUZZ_TARGET": target} | ({"FUZZ_GROWN": "1"} if grown else {})
    command = [fuzzer, f"-artifact_prefix={found}/", "-print_final_stats=1", "-verbosity=1", *options, *folders]
    done = subprocess.run(command, env=env, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    if done.returncode:
        print(done.stderr[-4000:], file=sys.stderr)
        sys.exit(f"{target}: the input that failed is in {found}. Make it a unit test, mend the parser, keep the input.")
    return done.stderr


def number(pattern: str, said: str) -> int:
    return int((re.findall(pattern, said) or ["0"])[-1])


def main() -> None:
    names = sorted(path.name for path in (HERE / "corpora").iterdir())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executions", type=int, default=1_000_000, help="of all targets together")
    parser.add_argument("--grown-seconds", type=int, default=10, help="of each target, on inputs of 256 KiB")
    parser.add_argument("--keep", action="store_true", help="add what reaches new branches to corpora/")
    parser.add_argument("targets", nargs="*", choices=[[], *names], default=[])
    arguments = parser.parse_args()
    targets = arguments.targets or names
    out = TARGET_DIR / "fuzz"
    fuzzer, replay = build(out)
    shares = sum(SHARES.get(target, 1) for target in targets)

    print("| target | executions | a second | branches | of 256 KiB | inputs replayed, slowest |", "|---|---|---|---|---|---|", sep="\n")
    for target in targets:
        kept = HERE / "corpora" / target
        work, grown = out / target / "work", out / target / "grown"
        runs = arguments.executions * SHARES.get(target, 1) // shares
        said = fuzz(fuzzer, target, [work, kept], [f"-runs={runs}", f"-max_len={LONGEST}"])
        long = fuzz(
            fuzzer, target, [grown, kept], [f"-max_total_time={arguments.grown_seconds}", "-max_len=300"], grown=True
        )
        replayed = subprocess.run([replay, target, kept, work, grown], capture_output=True, text=True, check=False)
        if replayed.returncode:
            print(replayed.stderr, file=sys.stderr)
            sys.exit(f"{target}: an input in {kept}, {work} or {grown} breaks a rule in a release build")
        executions = number(r"stat::number_of_executed_units: (\d+)", said)
        speed = number(r"stat::average_exec_per_sec: +(\d+)", said)
        long_executions = number(r"stat::number_of_executed_units: (\d+)", long)
        branches = number(r"cov: (\d+)", said)
        slowest = replayed.stdout.strip()
        print(f"| {target} | {executions:,} | {speed:,} | {branches:,} | {long_executions:,} | {slowest} |", flush=True)
        if arguments.keep:
            fuzz(fuzzer, target, [kept, work], [*MERGE, f"-max_len={LONGEST_KEPT}"])


main()
