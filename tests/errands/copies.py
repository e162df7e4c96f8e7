"""An errand, done in a copy of the project: the files that it takes, and what is written into each."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.house import CODE, ROOT

CONTRIBUTING = ROOT / "CONTRIBUTING.md"


@dataclass(frozen=True)
class Edit:
    """Text that is put in after the first place where `after` stands, or in its place before it."""

    after: str
    text: str
    before: bool = False

    def apply(self, source: str) -> str:
        """The source with the text in it; the place must be there."""
        assert self.after in source, f"no place {self.after!r}"
        at = source.index(self.after) + (0 if self.before else len(self.after))
        return source[:at] + self.text + source[at:]


@dataclass(frozen=True)
class Errand:
    """One errand of CONTRIBUTING.md: the edits of each of its files, and what is said if one is left out."""

    title: str
    edits: dict[str, tuple[Edit, ...]]
    refusals: dict[str, str]
    """By file: a regular expression over what the start says where the file was left out."""


def listed(text: str) -> dict[str, list[str]]:
    """The errands of CONTRIBUTING.md: the files of each in their order."""
    found: dict[str, list[str]] = {}
    section = text.partition("## The errands\n")[2].partition("\n## ")[0]
    for part in section.split("\n### ")[1:]:
        found[part.partition("\n")[0]] = re.findall(r"^\d+\. `([^`]+)`", part, re.MULTILINE)
    return found


def copy(there: Path) -> None:
    """Copy what runs: the packages with what is compiled of them, and the schema of flow files."""
    for package in CODE:
        shutil.copytree(ROOT / package, there / package)
    (there / "flows").mkdir(parents=True)
    shutil.copy2(ROOT / "flows" / "schema.json", there / "flows")


def do(errand: Errand, there: Path, without: str = "") -> None:
    """Do an errand in a copy, in all its files but one."""
    for name, edits in errand.edits.items():
        if name == without:
            continue
        path = there / name
        source = path.read_text("utf-8") if path.exists() else ""
        for edit in edits:
            source = edit.apply(source)
        path.write_text(source, "utf-8")


def aimaq(there: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """What a command says in a copy, with the code of the copy."""
    return python(there, "-m", "stand", *words)


def python(there: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """What a Python says in a copy, with the code of the copy."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIMAQ_")}
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=there,
        env=environment | {"PYTHONPATH": str(there), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        timeout=120,
    )
