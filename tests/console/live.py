"""A stand that is up for the tests of a module, with flows played on it, so that pages have something to show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aimaq.regulation import Catalogue
from stand.client.address import StandAddress
from stand.commands.tester.playing import chosen, own_stand, play_all

FLOWS = ("unemployed-certificate-2012",)
"""The flows that are played: every folder or file of `flows` may stand here."""


@dataclass(frozen=True)
class Live:
    """A stand with traffic on it: its address, where its console is, the gateway's token."""

    address: StandAddress
    url: str
    token: str


@asynccontextmanager
async def live_stand(home: Path) -> AsyncIterator[Live]:
    """A stand in this process, until the block ends."""
    catalogue = Catalogue.bundled()
    async with own_stand(home, catalogue) as address:
        await play_all(chosen(FLOWS, everything=False, catalogue=catalogue), address, "console", catalogue, at_once=4)
        yield Live(address, address.urls["gateway"], address.tokens["gateway"])
