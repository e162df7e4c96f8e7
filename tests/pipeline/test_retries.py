"""Retries: a message is tried again when its time has come, and again where the database is out of reach just then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from aimaq.language.clock import StandClock
from aimaq.language.errors import AimaqError, Technical, Unavailable
from aimaq.pipeline.background import retries
from aimaq.pipeline.background.retries import Retries
from tests.parties import BASE

SOON = timedelta(seconds=10)


@pytest.fixture
def clock() -> StandClock:
    return StandClock(lambda: BASE)


@pytest.fixture
def tried() -> list[str]:
    """The messages that were tried again, in order."""
    return []


def again(tried: list[str], *faults: Exception) -> Callable[[str], Awaitable[None]]:
    """Notes what is tried again, and fails with these faults, one each time; then it works."""
    left = list(faults)

    async def attempt(message_id: str) -> None:
        tried.append(message_id)
        if left:
            raise left.pop(0)

    return attempt


async def turns() -> None:
    """Let every task go on as far as it can; nothing here waits for the machine's time."""
    for _ in range(100):
        await asyncio.sleep(0)


async def test_each_message_is_tried_when_its_own_time_has_come(clock: StandClock, tried: list[str]) -> None:
    waiting = Retries(clock, again(tried))
    waiting.plan("later", BASE + 2 * SOON)
    waiting.plan("soon", BASE + SOON)
    assert len(waiting) == 2
    clock.advance(SOON)
    await turns()
    assert (tried, len(waiting)) == (["soon"], 1)
    clock.advance(SOON)
    await turns()
    assert (tried, len(waiting)) == (["soon", "later"], 0)


async def test_a_message_is_tried_until_the_database_is_within_reach(
    clock: StandClock, tried: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "_PAUSE", 0.0)
    away = Unavailable(Technical("the database is away"))
    waiting = Retries(clock, again(tried, away, away))
    waiting.plan("message", BASE)
    await turns()
    assert (tried, len(waiting)) == (["message"] * 3, 0)


async def test_between_two_tries_of_the_database_there_is_a_pause(clock: StandClock, tried: list[str]) -> None:
    waiting = Retries(clock, again(tried, Unavailable(Technical("the database is away"))))
    waiting.plan("message", BASE)
    await turns()
    assert (tried, len(waiting)) == (["message"], 1)
    waiting.cancel()


@pytest.mark.parametrize("fault", [RuntimeError("a fault"), AimaqError(Technical("no such message"))])
async def test_any_other_fault_ends_it_and_costs_the_others_nothing(
    clock: StandClock, tried: list[str], fault: Exception
) -> None:
    waiting = Retries(clock, again(tried, fault))
    waiting.plan("faulty", BASE)
    waiting.plan("good", BASE)
    await turns()
    assert (tried, len(waiting)) == (["faulty", "good"], 0)


async def test_what_is_cancelled_is_tried_no_more(clock: StandClock, tried: list[str]) -> None:
    waiting = Retries(clock, again(tried))
    waiting.plan("first", BASE + SOON)
    waiting.plan("second", BASE + SOON)
    await turns()
    waiting.cancel()
    clock.advance(SOON)
    await turns()
    assert (tried, len(waiting)) == ([], 0)
