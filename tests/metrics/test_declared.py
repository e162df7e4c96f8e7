"""What is declared, what a scraper gets, and what the operators' guide says are the same."""

from __future__ import annotations

import re

from aimaq.language.messages import PARTIES
from tests.house import ROOT
from tests.metrics import declared
from tests.metrics.scraping import scraped
from tests.parties import Parties

GUIDE = ROOT / "docs" / "guide-operators.md"


def test_the_guide_has_the_table_of_what_is_declared() -> None:
    rows = declared.table()
    lines = GUIDE.read_text("utf-8").splitlines()
    start = lines.index(rows[0])
    end = next(number for number, line in enumerate(lines[start:], start) if not line.startswith("|"))
    assert lines[start:end] == rows


def test_every_family_is_declared_once_and_says_what_it_is() -> None:
    every = [one for one, _ in declared.everywhere()]
    assert len({one.name for one in every}) == len(every) > 25
    for one in every:
        assert (one.kind == "counter") is one.name.endswith("_total"), one.name
        assert re.fullmatch(r"aimaq(_[a-z]+)+", one.name)
        assert one.kind != "histogram" or one.name.endswith(("_seconds", "_size")), one.name
        assert one.help.endswith("."), one.name
        assert one.help.isascii(), one.name


async def test_a_scraper_gets_what_is_declared_for_the_service_and_nothing_else(parties: Parties) -> None:
    await parties.start(*PARTIES)
    for party in PARTIES:
        found = await scraped(await parties.http(party), parties.admin(party))
        shown = {name for name in found.families if name.startswith("aimaq_")}
        expected = {one.name.removesuffix("_total") for one, at in declared.everywhere() if at in ("all", party)}
        assert shown == expected, party
