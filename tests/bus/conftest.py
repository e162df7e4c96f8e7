"""What the tests of the bus share: the two adapters behind one face, and a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from aimaq.bus import Bus, MemoryBroker
from tests.fixtures_broker import RabbitStand, own_rabbit, rabbit_stand

__all__ = ["adapter", "connect", "own_rabbit", "rabbit", "rabbit_stand"]

Connect = Callable[..., Awaitable[Bus]]
"""Gives the open bus of a party; options go to the adapter that knows them. All are closed after the test."""


@pytest.fixture(params=["memory", pytest.param("rabbit", marks=pytest.mark.services)])
def adapter(request: pytest.FixtureRequest) -> Callable[..., Bus]:
    """Makes the bus of a party over the adapter under test."""
    if request.param == "memory":
        broker = MemoryBroker()
        return lambda party, **_: broker.connect(party)
    stand: RabbitStand = request.getfixturevalue("rabbit_stand")
    with asyncio.Runner() as runner:
        runner.run(stand.purge())
    return stand.bus


@pytest.fixture
async def connect(adapter: Callable[..., Bus]) -> AsyncIterator[Connect]:
    """Connects parties over the adapter under test."""
    async with AsyncExitStack() as stack:

        async def connected(party: str, **options: Any) -> Bus:
            bus = adapter(party, **options)
            await bus.open()
            stack.push_async_callback(bus.close)
            return bus

        yield connected


@pytest.fixture
async def rabbit(rabbit_stand: RabbitStand) -> RabbitStand:
    """The stand on the real broker, with empty queues."""
    await rabbit_stand.purge()
    return rabbit_stand
