"""No two Rust files import each other, directly or in a ring: read off the sources, tests left out."""

import re
from pathlib import Path

import pytest
import rust_sources
from local.processes import ROOT

CRATES = sorted(
    manifest.parent / "src"
    for manifest in ROOT.glob("**/Cargo.toml")
    if (manifest.parent / "src").is_dir() and not {"target", ".venv", ".aws-sam"} & set(manifest.relative_to(ROOT).parts)
)
INLINE = re.compile(r"\b(?:crate|self|super)(?:::\w+)+")


def module(src: Path, file: Path) -> tuple[str, ...]:
    """`a/b.rs` is a::b, `a/mod.rs` is a, `lib.rs` and `main.rs` are the root."""
    parts = file.relative_to(src).with_suffix("").parts
    return parts[:-1] if parts[-1] in ("mod", "lib", "main") else parts


def expanded(tree: str) -> list[str]:
    """The paths of a use tree: `a::{b, c::{d, e}}` is a::b, a::c::d, a::c::e."""
    head, brace, rest = tree.partition("{")
    if not brace:
        return [tree.split(" as ")[0].strip()]
    inner, depth, start, branches = rest[: rest.rindex("}")], 0, 0, []
    for at, character in enumerate(inner + ","):
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            branches.append(inner[start:at].strip())
            start = at + 1
    return [head.strip() + path for branch in branches if branch for path in expanded(branch)]


def imports(src: Path) -> dict[Path, set[Path]]:
    files = {module(src, file): file for file in sorted(src.rglob("*.rs")) if not file.stem.endswith("_tests")}
    found: dict[Path, set[Path]] = {}
    for here, file in files.items():
        text = rust_sources.source(file)
        trees = re.findall(r"^\s*(?:pub(?:\(\w+\))? )?use ([^;]+);", text, re.MULTILINE)
        paths = [path for tree in trees for path in expanded(re.sub(r"\s+", " ", tree))] + INLINE.findall(text)
        found[file] = {target for path in paths if (target := resolved(path.split("::"), here, files)) not in (None, file)}
    return found


def resolved(path: list[str], here: tuple[str, ...], files: dict[tuple[str, ...], Path]) -> Path | None:
    """The file that a path leads into; none for another crate's."""
    if path[0] == "crate":
        base, path = (), path[1:]
    elif path[0] in ("self", "super"):
        ups = sum(1 for part in path if part == "super")
        base, path = here[: len(here) - ups], [part for part in path if part not in ("self", "super")]
    elif (*here, path[0]) in files:
        base = here
    else:
        return None
    modules = [(*base, *path[:length]) for length in range(len(path), -1, -1)]
    return next((files[name] for name in modules if name in files), None)


def ring(graph: dict[Path, set[Path]]) -> list[Path]:
    """Files that import each other, in order; none if there are none."""
    done: set[Path] = set()

    def walk(file: Path, trail: list[Path]) -> list[Path]:
        if file in trail:
            return trail[trail.index(file) :]
        if file in done:
            return []
        found = next((found for target in sorted(graph[file]) if (found := walk(target, [*trail, file]))), [])
        done.add(file)
        return found

    return next((found for file in graph if (found := walk(file, []))), [])


@pytest.mark.parametrize("src", CRATES, ids=lambda src: str(src.parent.relative_to(ROOT)))
def test_no_two_files_import_each_other(src):
    graph = imports(src)
    assert graph, "no sources"
    assert [str(file.relative_to(src)) for file in ring(graph)] == []


def test_a_ring_is_found(tmp_path):
    (tmp_path / "lib.rs").write_text("mod a;\nmod b;\nmod c;\n")
    (tmp_path / "a.rs").write_text("use crate::{b::B, std};\n")
    (tmp_path / "b.rs").write_text("use super::c::{self, C};\n")
    (tmp_path / "c.rs").write_text("fn c() { crate::a::A }\n#[cfg(test)]\nmod tests { use crate::b; }\n")
    assert [file.name for file in ring(imports(tmp_path))] == ["a.rs", "b.rs", "c.rs"]
    (tmp_path / "c.rs").write_text("// crate::a\n")
    assert ring(imports(tmp_path)) == []
