"""The page on reliability names a test for each threat."""

import re

from local.processes import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text()
SOURCES = [*ROOT.glob("tests/**/*.py"), *ROOT.glob("protocol/**/*.rs"), *ROOT.glob("shared/**/*.rs")]


def test_every_threat_is_answered_by_a_test_that_exists():
    threats = [row for row in PAGE.split("## Threats")[1].split("## ")[0].splitlines() if row.startswith("| ")][1:]
    written = {name for source in SOURCES for name in re.findall(r"(?:def|fn) (\w+)", source.read_text())}
    for threat in threats:
        named = re.findall(r"`(\w+)`", threat.split("|")[4])
        assert named and set(named) <= written, threat
