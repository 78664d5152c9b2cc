"""A page in Chinese says what the page in English says: the same headings, code, keys of tables and links."""

import re
from pathlib import Path

import pytest

from local.processes import ROOT

SUFFIX = ".zh-CN.md"
PAIRS = [
    (page.with_name(page.name.removesuffix(SUFFIX) + ".md"), page)
    for page in sorted([*ROOT.glob(f"*{SUFFIX}"), *(ROOT / "docs").glob(f"*{SUFFIX}")])
]
SWITCH = re.compile(r"^.*\]\(README(?:\.zh-CN)?\.md\).*\n", re.MULTILINE)
"""The line that leads to the other language."""


@pytest.fixture(params=PAIRS, ids=lambda pair: pair[0].name)
def pair(request) -> list[Path]:
    return request.param


def test_the_page_to_start_from_and_those_of_handlers_and_operations_are_in_both_languages():
    assert [page.name for page, _ in PAIRS] == ["README.md", "handlers.md", "operations.md"]


def test_both_have_the_same_headings(pair):
    english, chinese = ([marks for marks, _ in headings(page)] for page in pair)
    assert chinese == english
    assert len(english) > 5


def test_both_have_the_same_code(pair):
    english, chinese = ([block[1] for block in CODE.findall(page.read_text())] for page in pair)
    assert chinese == english
    assert english


def test_both_have_tables_with_the_same_keys(pair):
    english, chinese = (rows(page) for page in pair)
    assert chinese == english
    assert english


def test_both_name_the_same_things(pair):
    """Whatever is in a code span, in the same section, is a name or a value, and the same in both languages."""
    english, chinese = (spans(page) for page in pair)
    assert chinese == english


def test_both_link_to_the_same_places(pair):
    english, chinese = (links(page) for page in pair)
    assert chinese == english


def test_a_link_on_a_page_in_chinese_leads_to_chinese_if_there_is_any():
    translated = {english.resolve() for english, _ in PAIRS}
    leads_away = [
        (page.name, target)
        for _, page in PAIRS
        for target in re.findall(r"\]\(([^):#]+)", SWITCH.sub("", without_code(page)))
        if (page.parent / target).resolve() in translated
    ]
    assert leads_away == []


CODE = re.compile(r"^( *)```(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def without_code(page: Path) -> str:
    return CODE.sub("", page.read_text())


def headings(page: Path) -> list[tuple[str, str]]:
    return re.findall(r"^(#+) (.*)$", without_code(page), re.MULTILINE)


def anchors(page: Path) -> list[str]:
    """By which GitHub links to the headings."""
    return [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for _, title in headings(page)]


def rows(page: Path) -> list[list[str]]:
    """What is in code spans in the first column of each row."""
    return [re.findall(r"`([^`]+)`", row) for row in re.findall(r"^ *\| (.*?) \|", without_code(page), re.MULTILINE)]


def spans(page: Path) -> list[set[str]]:
    sections = re.split(r"^#+ .*$", without_code(page), flags=re.MULTILINE)
    return [{" ".join(span.split()) for span in re.findall(r"`([^`]+)`", section)} for section in sections]


def links(page: Path) -> list[tuple[str, int | None]]:
    """Each target, without its language and with the number of its heading there; sorted, since words change their order."""
    found = []
    for target, anchor in re.findall(r"\]\(([^()#]*)(?:#([^()]+))?\)", SWITCH.sub("", without_code(page))):
        path = page.parent / target if target else page
        heading = anchors(path).index(anchor) if anchor else None
        found.append((target.replace(".zh-CN.", "."), heading))
    return sorted(found, key=str)
