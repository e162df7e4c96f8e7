"""Nothing grows: after many cases, good and bad, a service holds no more than before them, but for what is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Sized
from datetime import timedelta
from functools import partial

import pytest

from aimaq.language.errors import NotAllowed, Technical
from aimaq.service import Service
from tests.faults import bewitch, rows
from tests.parties import Parties
from tests.waiting import eventually


def under_way(service: Service) -> dict[str, int]:
    """How much a service holds that belongs to work under way."""
    writer = service.writer
    parked: dict[str, Sized] = {
        "queue": writer._queue,
        "confirmed": writer._confirmed,
        "watchers": writer.notifier,
        "retries": writer._retries,
    }
    return {name: len(what) for name, what in parked.items()} | {"relayed": writer.relay.waiting}


def at_rest(service: Service) -> bool:
    return not any(under_way(service).values())


async def idle(parties: Parties) -> None:
    """That every service holds nothing, and no task is left but those that a service always has."""
    await parties.quiet()
    for name, service in parties.services.items():
        await eventually(partial(at_rest, service), what=f"an idle {name}")
    for queue in parties.broker.queues.values():
        assert len(queue.waiting) == 0


async def test_nothing_is_left_of_cases_that_are_done(parties: Parties) -> None:
    await parties.start("portal", "con", "lea", "gateway", autopilot=True)
    await parties.status("portal", await parties.ask(), "completed")
    await idle(parties)
    tasks = len(asyncio.all_tasks())
    for _ in range(3):
        cases = await asyncio.gather(*(parties.ask() for _ in range(20)))
        for case_id in cases:
            with parties.services["portal"].writer.notifier.watch(case_id):
                await parties.status("portal", case_id, "completed")
        await idle(parties)
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
    for name in parties.services:
        assert await rows(parties.services[name], "outbox") == []
        box = await rows(parties.services[name], "inbox")
        assert {row["state"] for row in box} == {"done"}
        assert {row["body"] for row in box} == {None}, "the bytes of what is done are kept by the journal alone"


async def test_nothing_is_left_of_commands_that_fail_and_of_readers_that_go_away(parties: Parties) -> None:
    await parties.start("portal")
    writer = parties.services["portal"].writer

    def fails(uow: object) -> None:
        raise NotAllowed(Technical("no"))

    for _ in range(50):
        with pytest.raises(NotAllowed):
            await writer.run(fails)
        reader = asyncio.create_task(writer.run(lambda uow: None))
        await asyncio.sleep(0)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
    with writer.notifier.watch("a"), writer.notifier.watch("a"), writer.notifier.watch("b"):
        assert len(writer.notifier) == 2
    await idle(parties)


async def test_nothing_is_left_of_messages_that_were_tried_again(parties: Parties) -> None:
    await parties.start("portal", "con", "lea", "gateway", autopilot=True, retry_first=10)
    spell = bewitch(parties.services["lea"], RuntimeError("not now"))
    cases = [await parties.ask() for _ in range(10)]
    await eventually(lambda: len(parties.services["lea"].writer._retries) == 10)
    spell.lifted = True
    parties.clock.advance(timedelta(seconds=10))
    for case_id in cases:
        await parties.status("portal", case_id, "completed")
    await idle(parties)


async def test_what_a_service_remembers_is_bounded(parties: Parties) -> None:
    await parties.start("portal", "con", "lea", "gateway", autopilot=True)
    bounds = {}
    for name, service in parties.services.items():
        cache = service.writer.cache
        for recent in (cache.cases, cache.messages, cache.papers):
            recent._most = 5
        bounds[name] = cache
    cases = await asyncio.gather(*(parties.ask() for _ in range(30)))
    for case_id in cases:
        await parties.status("portal", case_id, "completed")
        await parties.status("con", case_id, "completed")
    await idle(parties)
    for name, cache in bounds.items():
        for recent in (cache.cases, cache.messages, cache.papers):
            assert len(recent) <= 5, name
    assert [await parties.waiting(name) for name in parties.services] == [{}] * 4
    journal = await rows(parties.services["gateway"], "journal")
    assert len(journal) == 30 * 7
