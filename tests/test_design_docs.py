"""What is written of the design, held against the code: the map of packages, the decisions, the walk of a request."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from aimaq.language.messages import TYPES
from tests.house import ROOT, SERVICES

DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "adr").glob("[0-9]*.md"))
WALK = (DOCS / "follow-one-request.md").read_text(encoding="utf-8")


def section(path: Path, heading: str) -> str:
    """What stands under a heading of the second level."""
    return path.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def packages(folder: str) -> set[str]:
    """The packages directly in a folder, as paths."""
    return {f"{folder}/{path.parent.name}" for path in (ROOT / folder).glob("*/__init__.py")}


# --- the map ---------------------------------------------------------------------------------------------------


def test_the_map_has_every_package_with_a_line_of_its_own() -> None:
    text = section(DOCS / "design.md", "2. The parts, and who may know whom")
    lines = [row.split("|") for row in text.splitlines() if row.startswith("|")]
    named = {cell.strip(" `") for cells in lines for cell in cells if re.fullmatch(r" `(aimaq|stand)/[\w.]+` ", cell)}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "aimaq").glob("[a-z]*.py")}
    assert named == packages("aimaq") | modules | packages("stand")


def test_the_map_names_the_folders_of_each_service() -> None:
    text = section(DOCS / "design.md", "2. The parts, and who may know whom")
    for service in SERVICES:
        lacking = {folder for folder in packages(service) - {f"{service}/endpoints"} if f"`{folder}`" not in text}
        assert not lacking, service


# --- the decisions ---------------------------------------------------------------------------------------------


def decision(path: Path) -> tuple[str, str, str, str]:
    """The number, title and status of a decision, and its file, as the index has to have them."""
    first, _, status, *_ = path.read_text(encoding="utf-8").splitlines()
    heading = re.fullmatch(r"# (\d+)\. (.+)", first)
    assert heading, f"{path.name}: the first line is `# N. TITLE`"
    return heading[1], heading[2], status.strip("*"), path.name


def test_the_index_lists_every_decision_with_its_title_and_status() -> None:
    text = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (.+?) \| (.+) \|$", text, re.MULTILINE)
    listed = [(number, title, status, file) for number, title, file, status, _ in rows]
    assert listed == [decision(path) for path in DECISIONS]
    assert all(short.strip() for *_, short in rows)


@pytest.mark.parametrize("path", DECISIONS, ids=[path.stem for path in DECISIONS])
def test_a_decision_says_what_it_must(path: Path) -> None:
    number, _, status, _ = decision(path)
    assert path.name.startswith(f"{int(number):04}-")
    for word in status.split(". "):
        assert re.fullmatch(r"(Proposed|Accepted|Withdrawn|Superseded by \[decision \d+\]\(.+\)), \d{4}-\d\d", word)
    text = path.read_text(encoding="utf-8")
    for heading in ("Context", "Decision", "Consequences", "Alternatives"):
        assert f"\n## {heading}\n" in text, heading


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(decision(path)[0]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


# --- the walk --------------------------------------------------------------------------------------------------


def stops() -> list[tuple[int, str]]:
    """The numbered stops of the walk: number and text."""
    found = re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |^\n?## |^\w|\Z)", WALK, re.MULTILINE | re.DOTALL)
    return [(int(number), text) for number, text in found]


def test_each_stop_is_a_file_and_they_are_counted() -> None:
    found = stops()
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    for number, text in found:
        file = re.match(r"`([\w/]+\.py)` ", text)
        assert file, f"stop {number} begins with a file"
        assert (ROOT / file[1]).is_file(), f"stop {number}: {file[1]}"


def test_the_walk_comes_through_every_package_of_the_kernel_and_every_service_on_its_way() -> None:
    named = set(re.findall(r"`((?:aimaq|\w+_svc)/\w+)", WALK))
    assert packages("aimaq") <= named
    assert {"portal_svc", "gateway_svc", "lea_svc", "registry_svc"} <= {name.partition("/")[0] for name in named}


def test_what_the_walk_says_a_file_defines_is_defined_there() -> None:
    checked = 0
    for number, text in [*stops(), (0, WALK.partition("## Beside the way")[2])]:
        files = [path for path in re.findall(r"`([\w/]+\.py)`", text) if (ROOT / path).is_file()]
        trees = [ast.parse((ROOT / path).read_text(encoding="utf-8")) for path in files]
        defined = {
            node.name
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }
        handlers = set(re.findall(r"`(on_\w+)`", text))
        checked += len(handlers)
        if number:
            assert handlers <= defined, f"stop {number}"
    assert checked >= 4


def test_the_messages_of_the_walk_are_messages() -> None:
    named = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", WALK))
    assert {"RequestSubmitted", "RequestRegistered", "StatusChanged", "ResultIssued"} <= named <= set(TYPES)
