"""What every bus promises, held against memory and against a real RabbitMQ."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from aimaq.language.errors import NotAllowed, NotFound, Unavailable
from aimaq.language.messages import PARTIES
from tests.bus.conftest import Connect
from tests.bus.messages import drain, incoming, inside, outgoing, take


async def test_a_parcel_arrives_as_it_was_sent(connect: Connect) -> None:
    portal, gateway = await connect("portal"), await connect("gateway")
    sent = replace(outgoing(7), body=bytes(range(256)))
    sending = asyncio.create_task(portal.send([sent]))
    assert await drain(gateway, 1) == [incoming(sent, "portal")]
    assert await sending == [None]


@pytest.mark.parametrize("party", [party for party in PARTIES if party != "gateway"])
async def test_the_gateway_reaches_every_party_and_every_party_the_gateway(connect: Connect, party: str) -> None:
    system, gateway = await connect(party), await connect("gateway")
    there, back = outgoing(1, to=party), outgoing(2)
    sending = asyncio.gather(gateway.send([there]), system.send([back]))
    assert await drain(system, 1) == [incoming(there, "gateway")]
    assert await drain(gateway, 1) == [incoming(back, party)]
    assert list(await sending) == [[None], [None]]


@pytest.mark.parametrize("bundle", [1, 48])
@pytest.mark.parametrize("traced", [(), (1,), (2, 5), (1, 2, 3, 4, 5)])
async def test_what_a_message_belongs_to_in_a_trace_comes_with_it(
    connect: Connect, bundle: int, traced: tuple[int, ...]
) -> None:
    portal, gateway = await connect("portal", bundle=bundle), await connect("gateway")
    traces = {number: f"00-{number:032x}-{number:016x}-01" for number in traced}
    batch = [replace(outgoing(number), traceparent=traces.get(number, "")) for number in range(1, 6)]
    sending = asyncio.create_task(portal.send(batch))
    assert await drain(gateway, 5) == [incoming(one, "portal") for one in batch]
    assert await sending == [None] * 5


async def test_nothing_sent_is_nothing_to_wait_for(connect: Connect) -> None:
    portal = await connect("portal")
    assert await portal.send([]) == []


@pytest.mark.parametrize("bundle", [1, 48])
async def test_parcels_arrive_in_the_order_of_the_calls(connect: Connect, bundle: int) -> None:
    portal, gateway = await connect("portal", bundle=bundle, window=8), await connect("gateway")
    numbers = iter(range(1, 1001))
    batches = [[outgoing(next(numbers)) for _ in range(size)] for size in (1, 199, 50, 3, 247, 500)]
    sending = asyncio.gather(*(portal.send(batch) for batch in batches))
    assert [one.delivery_number for one in await drain(gateway, 1000)] == list(range(1, 1001))
    assert await sending == [[None] * len(batch) for batch in batches]


async def test_parcels_to_each_party_keep_their_order_in_a_mixed_batch(connect: Connect) -> None:
    gateway = await connect("gateway")
    systems = {party: await connect(party) for party in PARTIES if party != "gateway"}
    batch = [outgoing(number, to=list(systems)[number * 7 % 4]) for number in range(1, 201)]
    sending = asyncio.create_task(gateway.send(batch))
    for party, bus in systems.items():
        mine = [incoming(one, "gateway") for one in batch if one.to == party]
        assert await drain(bus, len(mine)) == mine
    assert await sending == [None] * 200


async def test_many_calls_at_once_lose_and_double_nothing(connect: Connect) -> None:
    parties = ("portal", "con", "lea", "registry")
    systems, gateway = [await connect(party) for party in parties], await connect("gateway")
    calls = [[outgoing(1000 * call + place) for place in range(1, 26)] for call in range(1, 41)]
    sending = asyncio.gather(*(systems[place % 4].send(call) for place, call in enumerate(calls)))
    incoming_messages = await drain(gateway, 1000)
    assert sorted(one.delivery_number for one in incoming_messages) == sorted(
        one.delivery_number for call in calls for one in call
    )
    assert {one.publisher for one in incoming_messages} == set(parties)
    assert await sending == [[None] * 25] * 40


async def test_a_party_without_a_queue_is_not_found_and_the_rest_arrives(connect: Connect) -> None:
    gateway, con = await connect("gateway"), await connect("con")
    batch = [outgoing(1, to="con"), outgoing(2, to="nobody"), outgoing(3, to="nobody"), outgoing(4, to="con")]
    sending = asyncio.create_task(gateway.send(batch))
    assert [one.delivery_number for one in await drain(con, 2)] == [1, 4]
    errors = await sending
    assert [type(error) for error in errors] == [type(None), NotFound, NotFound, type(None)]
    assert "nobody" in str(errors[1])


@pytest.mark.parametrize("target", ["lea", "portal", "nobody"])
async def test_a_system_may_send_to_the_gateway_only(connect: Connect, target: str) -> None:
    portal, gateway, lea = await connect("portal"), await connect("gateway"), await connect("lea")
    batch = [outgoing(1), outgoing(2, to=target), outgoing(3), outgoing(4, to=target)]
    sending = asyncio.create_task(portal.send(batch))
    assert [one.delivery_number for one in await drain(gateway, 2)] == [1, 3]
    assert [type(error) for error in await sending] == [type(None), NotAllowed, type(None), NotAllowed]
    batches = (portal, [outgoing(5)]), (portal, [outgoing(6, to="lea")]), (gateway, [outgoing(7, to="lea")])
    after = asyncio.gather(*(bus.send(outgoing_messages) for bus, outgoing_messages in batches))
    assert [one.delivery_number for one in await drain(gateway, 1)] == [5]
    assert [one.delivery_number for one in await drain(lea, 1)] == [7], "nothing of the portal's came here"
    assert [[type(error) for error in errors] for errors in await after] == [[type(None)], [NotAllowed], [type(None)]]


async def test_the_gateway_does_not_send_to_itself(connect: Connect) -> None:
    gateway = await connect("gateway")
    assert [type(error) for error in await gateway.send([outgoing(1)])] == [NotAllowed]


async def test_what_was_not_settled_comes_again_to_the_next_who_connects(connect: Connect) -> None:
    portal, first = await connect("portal", bundle=1), await connect("gateway")
    sending = asyncio.create_task(portal.send([outgoing(number) for number in range(1, 11)]))
    deliveries = await take(first, 10, limit=1)
    await first.settle(deliveries[:4])
    await first.close()
    second = await connect("gateway")
    again = await take(second, 6)
    assert [one.delivery_number for one in inside(again)] == [5, 6, 7, 8, 9, 10]
    await second.settle(again)
    assert await sending == [None] * 10


async def test_what_was_settled_does_not_come_again(connect: Connect) -> None:
    portal, first = await connect("portal"), await connect("gateway")
    sending = asyncio.create_task(portal.send([outgoing(number) for number in range(1, 101)]))
    await drain(first, 100)
    await sending
    await first.close()
    second = await connect("gateway")
    sending = asyncio.create_task(portal.send([outgoing(101)]))
    assert [one.delivery_number for one in await drain(second, 1)] == [101]
    assert await sending == [None]


async def test_shipments_may_be_settled_in_any_order(connect: Connect) -> None:
    portal, first = await connect("portal", bundle=1), await connect("gateway")
    sending = asyncio.create_task(portal.send([outgoing(number) for number in range(1, 11)]))
    deliveries = await take(first, 10, limit=1)
    for chosen in ((7, 3), (0, 1), (9,), (2, 4, 3)):
        await first.settle([deliveries[place] for place in chosen])
    await first.close()
    second = await connect("gateway")
    again = await take(second, 3)
    assert [one.delivery_number for one in inside(again)] == [6, 7, 9]
    await second.settle(again)
    assert await sending == [None] * 10


async def test_a_shipment_is_settled_once_and_by_its_own_connection(connect: Connect) -> None:
    portal, first = await connect("portal"), await connect("gateway")
    sending = asyncio.create_task(portal.send([outgoing(1)]))
    old = await take(first, 1)
    await first.close()
    await first.settle(old)
    second = await connect("gateway")
    again = await take(second, 1)
    await second.settle(old)
    await second.settle(again)
    await second.settle(again)
    assert await sending == [None]
    assert second.ailment() is None


async def test_a_large_message_arrives_whole(connect: Connect) -> None:
    portal, gateway = await connect("portal"), await connect("gateway")
    batch = [outgoing(1), outgoing(2, body=bytes(range(256)) * 20_000), outgoing(3), outgoing(4, body=b"")]
    sending = asyncio.create_task(portal.send(batch))
    assert await drain(gateway, 4) == [incoming(one, "portal") for one in batch]
    assert await sending == [None] * 4


async def test_no_more_is_received_than_was_asked_for(connect: Connect) -> None:
    portal, gateway = await connect("portal", bundle=1), await connect("gateway")
    sending = asyncio.create_task(portal.send([outgoing(number) for number in range(1, 31)]))
    sizes: list[int] = []
    while sum(sizes) < 30:
        deliveries = await gateway.receive(4)
        sizes.append(len(inside(deliveries)))
        await gateway.settle(deliveries)
    assert max(sizes) <= 4
    await sending


async def test_a_closed_connection_says_so_and_neither_sends_nor_receives(connect: Connect) -> None:
    portal = await connect("portal")
    assert portal.ailment() is None
    receiving = asyncio.create_task(portal.receive(1))
    await asyncio.sleep(0)
    await portal.close()
    with pytest.raises(Unavailable):
        await receiving
    assert "closed" in (portal.ailment() or "")
    assert [type(error) for error in await portal.send([outgoing(1)])] == [Unavailable]
    with pytest.raises(Unavailable):
        await portal.receive(1)


async def test_a_connection_can_be_opened_again(connect: Connect) -> None:
    portal, gateway = await connect("portal"), await connect("gateway")
    await portal.close()
    await portal.close()
    await portal.open()
    sending = asyncio.create_task(portal.send([outgoing(1)]))
    assert [one.delivery_number for one in await drain(gateway, 1)] == [1]
    assert await sending == [None]
    assert portal.ailment() is None


async def test_whoever_stops_waiting_for_a_receipt_takes_nothing(connect: Connect) -> None:
    portal, gateway = await connect("portal"), await connect("gateway")
    receiving = asyncio.create_task(gateway.receive(1))
    await asyncio.sleep(0)
    receiving.cancel()
    await asyncio.wait((receiving,))
    sending = asyncio.create_task(portal.send([outgoing(1)]))
    assert [one.delivery_number for one in await drain(gateway, 1)] == [1]
    assert await sending == [None]
