"""What tells may wait for company on its way; what asks or answers leaves at once and takes along all that waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from aimaq.bus import OutgoingMessage
from aimaq.language.clock import StandClock
from aimaq.language.errors import AimaqError
from aimaq.language.messages import TYPES
from aimaq.pipeline.background.relay import Relay
from aimaq.pipeline.telemetry.counts import Counts
from tests.waiting import eventually

LONG = 3600.0


class Sendings:
    """A bus that takes all, and keeps which messages came together."""

    party = "gateway"

    def __init__(self) -> None:
        self.groups: list[list[str]] = []

    async def send(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        self.groups.append([outgoing.message_id for outgoing in outgoing_messages])
        return [None] * len(outgoing_messages)


@asynccontextmanager
async def relaying(linger: float, group: int = 64) -> AsyncIterator[tuple[Callable[..., None], Sendings]]:
    """A relay at work, as a function that takes over messages of a type for a party, and what it has sent."""
    bus = Sendings()
    relay = Relay(bus, lambda ids: None, 512, Counts("gateway", StandClock()), None, group, linger)  # type: ignore[arg-type]
    task = asyncio.create_task(relay.run())

    def push(type_: str, *ids: str, to: str = "con") -> None:
        relay.push([OutgoingMessage(one, TYPES[type_].routing_key, to, b"{}", "mark") for one in ids])

    try:
        yield push, bus
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settled() -> None:
    """Let everything run that can run without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("type_", sorted(name for name, type_ in TYPES.items() if type_.kind == "NOTIFICATION"))
async def test_news_waits_for_a_request_or_a_response_and_leaves_with_it_in_order(type_: str) -> None:
    async with relaying(LONG) as (push, bus):
        push(type_, "1")
        push(type_, "2")
        await settled()
        assert bus.groups == []
        push("ResultIssued", "3")
        await settled()
        assert bus.groups == [["1", "2", "3"]]


@pytest.mark.parametrize("type_", sorted(name for name, type_ in TYPES.items() if type_.kind != "NOTIFICATION"))
async def test_a_request_or_a_response_does_not_wait(type_: str) -> None:
    async with relaying(LONG) as (push, bus):
        push(type_, "1")
        await settled()
        assert bus.groups == [["1"]]
        push("StatusChanged", "2")
        push(type_, "3")
        await settled()
        assert bus.groups == [["1"], ["2", "3"]]


async def test_news_that_nothing_follows_leaves_after_a_while() -> None:
    async with relaying(0.01) as (push, bus):
        push("StatusChanged", "1")
        push("StatusChanged", "2")
        await eventually(lambda: bus.groups == [["1", "2"]])
        push("StatusChanged", "3")
        await eventually(lambda: bus.groups == [["1", "2"], ["3"]])


async def test_what_goes_to_one_party_takes_nothing_along_that_is_for_another() -> None:
    async with relaying(LONG) as (push, bus):
        push("StatusChanged", "1", to="con")
        push("RequestSubmitted", "2", to="lea")
        await settled()
        assert bus.groups == [["2"]]


async def test_more_than_a_group_leaves_whole_once_one_of_it_is_due() -> None:
    async with relaying(LONG, group=2) as (push, bus):
        push("StatusChanged", "1", "2", "3")
        push("ResultIssued", "4")
        push("StatusChanged", "5")
        await settled()
        assert [one for group in bus.groups for one in group] == ["1", "2", "3", "4", "5"]


async def test_without_a_linger_nothing_waits() -> None:
    async with relaying(0) as (push, bus):
        push("StatusChanged", "1")
        await settled()
        push("StatusChanged", "2")
        await settled()
        assert bus.groups == [["1"], ["2"]]
