"""Costly things are done a few at a time, in an order that lets nobody be shut out by another who asks for more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from aimaq.access.worker_pool import Asker, WorkerPool
from aimaq.language.errors import Unavailable


@dataclass
class Crowd:
    """Calls of a pool of one thread; the first holds the thread until `let`, and `order` is who was served when."""

    pool: WorkerPool
    order: list[str] = field(default_factory=list)
    calls: list[asyncio.Task[str]] = field(default_factory=list)
    let: threading.Event = field(default_factory=threading.Event)

    async def ask(self, client: str, *, known: bool = False) -> None:
        """Somebody asks."""
        call = asyncio.create_task(self.pool.run(partial(self._serve, client), Asker(client, known)))
        self.calls.append(call)
        await asyncio.sleep(0)  # it runs, or is in the queue

    async def call(self, client: str) -> asyncio.Task[str]:
        """The call of somebody who asks."""
        await self.ask(client)
        return self.calls[-1]

    async def served(self) -> list[str]:
        """Let go of the thread; in which order everybody was served after the first."""
        self.let.set()
        await asyncio.gather(*self.calls, return_exceptions=True)
        return self.order[1:]

    def _serve(self, client: str) -> str:
        if client == "first":
            assert self.let.wait(10)
        self.order.append(client)
        return client


@pytest.fixture
async def crowd() -> AsyncIterator[Crowd]:
    """A pool of one thread with twelve places in its queue, whose thread is held."""
    made = Crowd(WorkerPool(at_once=1, waiting=12, seconds=60))
    await made.ask("first")
    yield made
    await made.served()


async def test_what_is_asked_for_is_done_and_told() -> None:
    pool = WorkerPool(at_once=2, waiting=1, seconds=60)
    assert await asyncio.gather(*(pool.run(partial(pow, 2, n)) for n in range(3))) == [1, 2, 4]
    with pytest.raises(ZeroDivisionError):
        await pool.run(lambda: 1 // 0)
    assert await pool.run(lambda: "still") == "still"


async def test_no_more_run_at_once_than_there_are_threads() -> None:
    pool, running, most = WorkerPool(at_once=2, waiting=100, seconds=60), [0], [0]
    lock = threading.Lock()

    def costly() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.001)
        with lock:
            running[0] -= 1

    await asyncio.gather(*(pool.run(costly) for _ in range(50)))
    assert 1 <= most[0] <= 2


async def test_who_asks_once_does_not_wait_behind_all_that_another_asks_for(crowd: Crowd) -> None:
    for _ in range(6):
        await crowd.ask("greedy")
    await crowd.ask("honest")
    assert await crowd.served() == ["greedy", "honest", *["greedy"] * 5]


async def test_who_is_known_is_served_before_strangers(crowd: Crowd) -> None:
    for number in range(6):
        await crowd.ask(f"stranger {number}")
    await crowd.ask("somebody", known=True)
    assert (await crowd.served())[0] == "somebody"


async def test_a_full_queue_refuses_the_one_who_asked_for_most(crowd: Crowd) -> None:
    greedy = [await crowd.call("greedy") for _ in range(12)]
    refused = await crowd.call("greedy")
    with pytest.raises(Unavailable) as error:
        await refused
    assert (error.value.status, error.value.texts.ru) == (503, "сейчас этого ждут слишком многие: повторите позже")
    honest = await crowd.call("honest")
    with pytest.raises(Unavailable):
        await greedy[-1]
    assert (await crowd.served()).count("greedy") == 11
    assert honest.result() == "honest"


async def test_nobody_waits_for_longer_than_they_may() -> None:
    crowd = Crowd(WorkerPool(at_once=1, waiting=12, seconds=0.05))
    await crowd.ask("first")
    late = await crowd.call("late")
    with pytest.raises(Unavailable):
        await late
    assert await crowd.served() == []
    assert await crowd.pool.run(lambda: "after") == "after"


async def test_who_goes_away_leaves_the_place_to_the_next(crowd: Crowd) -> None:
    gone, there = await crowd.call("gone"), await crowd.call("there")
    gone.cancel()
    await asyncio.wait([gone])
    crowd.calls[0].cancel()  # that one has begun, and holds its thread to the end
    await asyncio.wait([crowd.calls[0]])
    assert not there.done()
    assert await crowd.served() == ["there"]


class Late(WorkerPool):
    """A pool in which this call is cancelled just as a place is handed on, before or after."""

    gone: asyncio.Task[str]

    def __init__(self, *, after: bool) -> None:
        super().__init__(at_once=1, waiting=12, seconds=60)
        self._after = after

    def _leave(self) -> None:
        if not self._after:
            self.gone.cancel()
        super()._leave()
        self.gone.cancel()


@pytest.mark.parametrize("after", [True, False])
async def test_a_place_that_nobody_takes_any_more_goes_to_the_next(*, after: bool) -> None:
    pool = Late(after=after)
    crowd = Crowd(pool)
    await crowd.ask("first")
    pool.gone = await crowd.call("gone")
    there = await crowd.call("there")
    assert await crowd.served() == ["there"]
    assert pool.gone.cancelled()
    assert there.result() == "there"
    assert await pool.run(lambda: "after") == "after"
