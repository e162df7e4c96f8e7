"""Memory alone: its confirms come when the recipient has settled, so that a dying process loses nothing."""

from __future__ import annotations

import asyncio

import pytest

from aimaq.bus import MemoryBroker
from aimaq.language.errors import Unavailable
from tests.bus.messages import drain, inside, outgoing, take


async def test_a_send_ends_when_its_recipient_has_settled() -> None:
    broker = MemoryBroker()
    portal, gateway = broker.connect("portal"), broker.connect("gateway")
    await portal.open()
    await gateway.open()
    sending = asyncio.create_task(portal.send([outgoing(1), outgoing(2)]))
    first, second = await take(gateway, 2)
    await gateway.settle([first])
    await asyncio.wait((sending,), timeout=0.05)
    assert not sending.done()
    await gateway.settle([second])
    assert await sending == [None, None]


async def test_a_send_that_nobody_receives_ends_and_leaves_nothing_behind() -> None:
    broker = MemoryBroker(patience=0.05)
    portal, gateway = broker.connect("portal"), broker.connect("gateway")
    await portal.open()
    assert [type(error) for error in await portal.send([outgoing(1), outgoing(2)])] == [Unavailable, Unavailable]
    await gateway.open()
    sending = asyncio.create_task(portal.send([outgoing(3)]))
    assert [one.delivery_number for one in await drain(gateway, 1)] == [3]
    assert await sending == [None]


async def test_a_recipient_at_work_is_waited_for_as_long_as_it_settles_something() -> None:
    broker = MemoryBroker(patience=0.1)
    portal, gateway = broker.connect("portal"), broker.connect("gateway")
    await portal.open()
    await gateway.open()
    sending = asyncio.create_task(portal.send([outgoing(number) for number in range(8)]))
    for delivery in await take(gateway, 8):
        await asyncio.wait((sending,), timeout=0.05)
        await gateway.settle([delivery])
    assert await sending == [None] * 8


async def test_a_sender_that_dies_takes_back_what_nobody_has_taken() -> None:
    broker = MemoryBroker()
    portal, gateway = broker.connect("portal"), broker.connect("gateway")
    await portal.open()
    await gateway.open()
    sending = asyncio.create_task(portal.send([outgoing(1), outgoing(2)]))
    deliveries = await take(gateway, 1, limit=1)
    sending.cancel()
    await asyncio.wait((sending,))
    await gateway.settle(deliveries)
    sending = asyncio.create_task(portal.send([outgoing(2)]))
    assert [one.delivery_number for one in await drain(gateway, 1)] == [2]
    await sending


async def test_recipients_of_one_party_share_its_queue() -> None:
    broker = MemoryBroker()
    portal, one, other = broker.connect("portal"), broker.connect("gateway"), broker.connect("gateway")
    for bus in (portal, one, other):
        await bus.open()
    receiving = [asyncio.create_task(bus.receive(1)) for bus in (one, other)]
    sending = asyncio.create_task(portal.send([outgoing(1), outgoing(2)]))
    taken = [await task for task in receiving]
    assert sorted(incoming.delivery_number for deliveries in taken for incoming in inside(deliveries)) == [1, 2]
    await one.settle(taken[0])
    await other.settle(taken[1])
    assert await sending == [None, None]


async def test_a_party_without_a_queue_cannot_connect() -> None:
    stranger = MemoryBroker(["portal", "gateway"]).connect("lea")
    with pytest.raises(Unavailable, match="lea"):
        await stranger.open()
    await stranger.close()
