"""`make storm`: what can be asked for, in which order it comes, and that the documents have every line."""

from __future__ import annotations

import re

import pytest

from tests.commands import targets
from tests.house import ROOT
from tests.storm import command, table
from tests.storm.account import Evidence, judged
from tests.storm.backlog import BACKLOG
from tests.storm.lines import LINES
from tests.storm.storm import RANDOM
from tests.storm.test_storm import EACH_KIND, ON_FILES, QUICK


def test_a_seed_has_one_order_of_all_lines() -> None:
    assert command.order(7) == command.order(7) != command.order(8)
    assert sorted(command.order(7)) == sorted(LINES)


def test_one_line_can_be_asked_for_again_with_its_seed() -> None:
    options = command.chosen(["--line", "read-only-lea", "--seed", "7"])
    assert (options.line, options.seed, options.cases) == (["read-only-lea"], 7, 50_000)


def test_a_line_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.chosen(["--line", "earthquake"])
    assert "earthquake" in capsys.readouterr().err


def test_the_tests_have_a_line_of_each_kind() -> None:
    assert {*QUICK, *EACH_KIND, *ON_FILES} <= LINES.keys()
    kinds = {re.sub(r"-(portal|con|lea|gateway|registry|all|several|days|jumps)$", "", name) for name in LINES}
    tried = {
        re.sub(r"-(portal|con|lea|gateway|registry|all|several|days|jumps)$", "", name)
        for name in (*EACH_KIND, *ON_FILES)
    }
    assert kinds - tried <= {"broker-killed", "poison-signature", "poison-body", "files-kill"}


def test_what_is_not_as_it_should_be_is_in_the_table() -> None:
    row = judged("kill-lea", 7, [Evidence("a")], None, 6.0, notes=["1 dead at lea"], unready=["lea"])
    assert table.cells(row) == ("kill-lea", "1", "0", "1", "0", "0", "none", "6.0", "", "lea", "1 dead at lea")
    assert "| kill-lea | 1 | 0 | 1 | 0 | 0 | none | 6.0 |  | lea | 1 dead at lea |" in table.markdown([row])


def test_the_documents_have_every_line() -> None:
    assert "storm" in targets()
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)
    assert sorted(shown) == sorted([*LINES, BACKLOG, RANDOM])
