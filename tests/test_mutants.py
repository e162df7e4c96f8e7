"""What `make mutants` tries is there: rooms, the functions and tests named for them, survivors that are known."""

from __future__ import annotations

import ast
import fnmatch
import tomllib
from functools import cache
from typing import Any

import pytest

from scripts import mutants
from tests.house import ROOT

LISTED: dict[str, Any] = tomllib.loads(mutants.LIST.read_text(encoding="utf-8"))
ROOMS: list[dict[str, Any]] = LISTED["room"]
SURVIVORS: list[dict[str, str]] = LISTED["survivor"]


@cache
def functions(file: str) -> dict[str, str]:
    """The functions and methods of a file, by name, each as one line of text."""
    source = (ROOT / file).read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for node in ast.parse(source).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for one in inside:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_source_segment(source, one) or ""
                found[prefix + one.name] = " ".join(line.strip() for line in text.splitlines())
    return found


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room["file"]))
def test_a_room_names_functions_and_tests_that_there_are(room: dict[str, Any]) -> None:
    known = functions(room["file"])
    for pattern in room.get("functions", []):
        assert fnmatch.filter(known, pattern), f"{room['file']} has no function {pattern}"
    for test in room["tests"]:
        assert (ROOT / test).is_file(), test


@pytest.mark.parametrize("survivor", SURVIVORS, ids=lambda survivor: str(survivor["where"]))
def test_a_known_survivor_changes_a_line_that_there_is_and_has_a_reason(survivor: dict[str, str]) -> None:
    (file,) = [room["file"] for room in ROOMS if survivor["where"].startswith(module_of(room["file"]) + ".")]
    function = survivor["where"].removeprefix(module_of(file) + ".")
    before, _, after = survivor["change"].partition(" => ")
    assert before in functions(file)[function]
    assert after != before
    assert survivor["reason"]


def module_of(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


def test_a_survivor_that_is_listed_once_is_listed_once() -> None:
    listed = [(survivor["where"], survivor["change"]) for survivor in SURVIVORS]
    assert len(set(listed)) == len(listed)


def test_the_same_mutants_are_drawn_each_time_and_of_the_named_functions_alone() -> None:
    names = [f"x_{name}__mutmut_{n}" for name in ("one", "two") for n in range(1, 50)] + ["xǁKindǁone__mutmut_1"]
    chosen = mutants.drawn(names, ["one"], 20, seed=9)
    assert chosen == mutants.drawn(names[::-1], ["one"], 20, seed=9)
    assert len(chosen) == 20
    assert {mutants.function_of(name) for name in chosen} == {"one"}
    assert mutants.drawn(names, ["Kind.*"], 20, seed=9) == ["xǁKindǁone__mutmut_1"]


def test_only_a_survivor_with_a_reason_is_known() -> None:
    found = [mutants.Mutant("room.f", killed=False, change=change) for change in ("a => b", "c => d", "e => f")]
    known = [
        {"where": "room.f", "change": "a => b", "reason": "the same"},
        {"where": "room.f", "change": "c => d", "reason": ""},
    ]
    assert [one.change for one in mutants.unlisted(found, known)] == ["c => d", "e => f"]
