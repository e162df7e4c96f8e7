"""Every doubtful place of the acts that matters is read: in a regulation's file, and on the page that says why."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from aimaq.regulation.files.document import Document
from aimaq.regulation.files.loading import FOLDER
from tests.house import ROOT

LISTED = (Path(__file__).parent / "ambiguities.txt").read_text("utf-8").split()
"""The places that the five acts leave to a choice, without those that are mere misprints: one id a line."""

ACTS = ("000", "001", "002", "003", "004")
ID = r"[0-9]{3}(?:-[A-Z][0-9]?)?-[0-9]{2}"
HEADING = re.compile(rf"^\*\*({ID}(?:(?:,| and|, and) {ID})*)\. ", re.MULTILINE)


def explained(text: str) -> list[str]:
    """The ids that a page explains, each as often as it has a heading: `**000-01. …**`, or several with commas."""
    return [name for heading in HEADING.findall(text) for name in re.findall(ID, heading)]


def read_in_files() -> set[str]:
    """The ids under `readings` of every regulation's file."""
    files = [Document(path.read_bytes()).data for path in FOLDER.glob("*.yaml")]
    return {name for data in files for name in data.get("readings", {})}


@pytest.fixture(scope="module")
def pages() -> Counter[str]:
    """How often each id is explained, over all the pages on reading the law."""
    folder = ROOT / "docs"
    texts = [folder / "reading-the-law.md", *sorted((folder / "reading-the-law").glob("*.md"))]
    return Counter(name for path in texts for name in explained(path.read_text("utf-8")))


@pytest.mark.parametrize("act", ACTS)
def test_every_doubtful_place_is_explained_to_people(pages: Counter[str], act: str) -> None:
    assert not [name for name in LISTED if name.startswith(act) and name not in pages]


@pytest.mark.parametrize("act", ACTS)
def test_every_doubtful_place_is_read_in_some_file(act: str) -> None:
    read = read_in_files()
    assert not [name for name in LISTED if name.startswith(act) and name not in read]


def test_nothing_else_is_explained(pages: Counter[str]) -> None:
    assert not sorted(set(pages) - set(LISTED))


def test_no_place_is_explained_twice(pages: Counter[str]) -> None:
    assert not sorted(name for name, times in pages.items() if times > 1)


def test_what_a_file_reads_is_explained(pages: Counter[str]) -> None:
    assert not sorted(read_in_files() - set(pages))


def test_the_list_names_each_place_once() -> None:
    assert len(LISTED) == len(set(LISTED)) == 188
    assert {name[:3] for name in LISTED} == set(ACTS)
    assert all(re.fullmatch(ID, name) for name in LISTED)


def test_headings_are_found_one_by_one_and_together() -> None:
    page = "**000-01. A.** 000-02.\n\n**001-A1-01, 001-G-06 and 001-A3-04. B.**\n\nsee **000-09. C.**\n\n**Note. D.**\n"
    assert explained(page) == ["000-01", "001-A1-01", "001-G-06", "001-A3-04"]
