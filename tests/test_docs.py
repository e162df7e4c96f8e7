"""The documents tell the truth: what they show exists, and where they point to something is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import commands
from tests.house import ROOT

DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
        *(ROOT / "flows").rglob("*.md"),
    ]
)
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]

CHEAP = re.compile(r"^(make help|\.venv/bin/aimaq (law (list|show .*|check)|version))$")
"""Commands that end by themselves, soon, and leave nothing."""


def lines_shown(text: str) -> list[str]:
    """The command lines in the fences marked `console`: those after a `$`."""
    fences = re.findall(r"^ *```console\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [line.strip()[2:] for fence in fences for line in fence.splitlines() if line.strip().startswith("$ ")]


def paths_shown(text: str) -> list[str]:
    """The targets of the links that stay in the project."""
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", target)]


def headings(text: str) -> set[str]:
    """The anchors that a document's headings have."""
    found = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_command_shown_exists(path: Path) -> None:
    wrong = {line: fault for line in lines_shown(path.read_text(encoding="utf-8")) if (fault := commands.wrong(line))}
    assert not wrong


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for target in paths_shown(text):
        place, _, anchor = target.partition("#")
        file = path.parent / place if place else path
        if not file.exists() or (
            anchor and file.suffix == ".md" and anchor not in headings(file.read_text(encoding="utf-8"))
        ):
            broken.append(target)
    assert not broken


def test_the_commands_shown_that_are_cheap_work() -> None:
    shown = {line for path in DOCUMENTS for line in lines_shown(path.read_text(encoding="utf-8")) if CHEAP.match(line)}
    assert len(shown) >= 3
    for line in sorted(shown):
        words = line.split()
        if words[0] != "make":
            words = [sys.executable, "-m", "stand", *words[1:]]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        assert done.stdout.strip(), line


def test_the_readme_shows_the_two_commands_of_a_fresh_machine() -> None:
    shown = lines_shown((ROOT / "README.md").read_text(encoding="utf-8"))
    assert {"make demo", "make test"} <= set(shown)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    ["aimaq fly", "aimaq law show", "aimaq law list --colour", "make tea", "deploy/secrets/unmake", "rm -rf x"],
)
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert commands.wrong(line)


def test_commands_links_and_headings_are_found() -> None:
    text = "# On the way\n\n[a](b.md#c) [d](https://example.org)\n\n```console\n$ make test\nout\n```\n"
    assert lines_shown(text) == ["make test"]
    assert paths_shown(text) == ["b.md#c"]
    assert headings(text) == {"on-the-way"}
