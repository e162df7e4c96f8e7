"""The sixteen regulations and their thirty-eight flows, with the items and rows that the acts print."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimaq.regulation import Catalogue, Flow
from aimaq.regulation.files.loading import FOLDER
from aimaq.regulation.validation.check import check

PRINTED: dict[str, dict[str, tuple[int, int]]] = {
    # Mamlyut district No 346: paragraphs 6, 7 and 8, tables 1, 2 and 3.
    "unemployed-certificate-2012": {"provider": (11, 12), "con": (10, 15), "portal": (10, 15)},
    # Mangystau oblast No 52: paragraphs 6, 7 and 8, tables 2, 3 and 1.
    "archive-certificate-2012": {"provider": (11, 8), "con": (10, 9), "portal": (10, 8)},
    # Government No 1116: paragraphs 6 and 7; its table is a blank to be filled in.
    "model-full-2010": {"portal": (13, 0)},
    "model-partial-2010": {"portal": (13, 0)},
    # West Kazakhstan No 122: a channel of the service centre is two paragraphs, of seven items and of four.
    "unemployed-registration-2016": {"provider": (5, 0), "con": (11, 0), "portal": (11, 0)},
    "semey-victims-2016": {"provider": (5, 0), "con": (11, 0)},
    "unemployed-certificate-2016": {"provider": (5, 0), "con": (11, 0), "portal": (11, 0)},
    "child-allowance-2016": {"provider": (5, 0), "akim": (10, 0), "con": (11, 0)},
    "targeted-assistance-2016": {"provider": (5, 0), "akim": (10, 0), "con": (11, 0)},
    "home-schooling-costs-2016": {"provider": (5, 0), "con": (11, 0), "portal": (11, 0)},
    "rural-fuel-assistance-2016": {"provider": (5, 0), "akim": (10, 0), "con": (11, 0)},
    "targeted-assistance-certificate-2016": {"provider": (5, 0), "akim": (5, 0), "con": (11, 0)},
    "oralman-status-2016": {"provider": (11, 0), "con": (11, 0)},
    # Kyzylorda oblast No 1057: paragraphs 6 and 9.
    "job-seeker-registration-2018": {"provider": (6, 0), "portal": (5, 0)},
    "unemployed-registration-2018": {"provider": (6, 0)},
    "employment-referral-2018": {"provider": (6, 0), "portal": (6, 0)},
}
"""The items of the paragraph and the rows of the table, by regulation and channel."""

FLOWS = [(name, channel) for name, flows in PRINTED.items() for channel in flows]
FILES = sorted(FOLDER.glob("*.yaml"))


def _flow(name: str, channel: str) -> Flow:
    return Catalogue.bundled().flow(name, channel)


def test_there_are_sixteen_regulations() -> None:
    assert len(PRINTED) == 16
    assert {regulation.id for regulation in Catalogue.bundled()} == set(PRINTED)


def test_there_are_thirty_eight_flows() -> None:
    assert len(FLOWS) == 38
    found = {(regulation.id, channel) for regulation in Catalogue.bundled() for channel in regulation.flows}
    assert found == set(FLOWS)


@pytest.mark.parametrize(("name", "channel"), FLOWS, ids=lambda text: text)
def test_every_item_that_the_act_prints_is_a_step(name: str, channel: str) -> None:
    assert len(_flow(name, channel).printed) == PRINTED[name][channel][0]


@pytest.mark.parametrize(("name", "channel"), FLOWS, ids=lambda text: text)
def test_every_row_that_the_act_prints_is_a_norm(name: str, channel: str) -> None:
    assert len(_flow(name, channel).table) == PRINTED[name][channel][1]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_file_has_no_mistake(path: Path) -> None:
    assert not check(path)
