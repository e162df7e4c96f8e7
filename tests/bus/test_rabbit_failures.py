"""RabbitMQ alone: what becomes of messages, and what is said, when things go wrong."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

import pytest

from aimaq.bus import OutgoingMessage
from aimaq.bus.rabbit.bus import RabbitBus
from aimaq.language.errors import Unavailable, Unconfigured
from tests.bus.cable import cable
from tests.bus.messages import drain, incoming, inside, outgoing, take
from tests.fixtures_broker import RabbitStand, close_connections, limit_queue
from tests.rabbit_nodes import free_ports
from tests.waiting import eventually

pytestmark = pytest.mark.services


async def test_a_closed_connection_is_made_again_and_nothing_is_lost(rabbit: RabbitStand) -> None:
    sent = [outgoing(number) for number in range(1, 3001)]
    async with rabbit.open("portal", bundle=1, window=16) as portal, rabbit.open("gateway", prefetch=32) as gateway:
        sending = [asyncio.create_task(portal.send(sent[at : at + 50])) for at in range(0, 3000, 50)]
        numbers = {one.delivery_number for one in await drain(gateway, 500)}
        await close_connections(rabbit)
        while len(numbers) < 3000:
            deliveries = await gateway.receive(64)
            numbers |= {one.delivery_number for one in inside(deliveries)}
            await gateway.settle(deliveries)
        assert [await one for one in sending] == [[None] * 50] * 60
        assert portal.ailment() is None
        assert gateway.ailment() is None


async def test_a_queue_whose_limit_is_taken_away_is_sent_to_again(rabbit: RabbitStand) -> None:
    numbers = iter(range(1, 100_000))
    async with rabbit.open("portal", bundle=1) as portal:

        async def taken() -> bool:
            return await portal.send([outgoing(next(numbers))]) == [None]

        async def refused() -> bool:
            return not await taken()

        await limit_queue(rabbit, f"{rabbit.prefix}.gateway", 1)
        try:
            assert await eventually(refused, what="the queue is full")
        finally:
            await limit_queue(rabbit, f"{rabbit.prefix}.gateway", None)
        # RabbitMQ goes on refusing what comes over a channel that it has refused once
        assert await eventually(taken, what="the queue takes messages again")


async def test_order_outlives_a_lost_connection(rabbit: RabbitStand) -> None:
    async with cable(rabbit.urls["portal"]) as line:
        portal = RabbitBus(line.url, "portal", prefix=rabbit.prefix, bundle=1, window=8)
        await portal.open()
        async with rabbit.open("gateway") as gateway:
            sending = [asyncio.create_task(portal.send([outgoing(n)])) for n in range(1, 501)]
            first = await drain(gateway, 20)
            await line.pull()
            await line.plug()
            numbers = [one.delivery_number for one in first]
            while set(numbers) != set(range(1, 501)):
                numbers += [one.delivery_number for one in await drain(gateway, 1)]
            assert [await one for one in sending] == [[None]] * 500
        await portal.close()
    firsts = list(dict.fromkeys(numbers))
    assert firsts == sorted(firsts), "what came twice came twice, but nothing overtook"


async def test_a_broker_that_is_gone_is_told_within_a_bounded_time(rabbit: RabbitStand) -> None:
    async with cable(rabbit.urls["portal"]) as line:
        portal = RabbitBus(line.url, "portal", prefix=rabbit.prefix, patience=0.3)
        await portal.open()
        await line.pull()
        await eventually(portal.ailment)
        errors = await asyncio.wait_for(portal.send([outgoing(1), outgoing(2)]), timeout=5)
        assert [type(error) for error in errors] == [Unavailable, Unavailable]
        assert "broker" in str(errors[0])
        await line.plug()
        await eventually(lambda: portal.ailment() is None)
        async with rabbit.open("gateway") as gateway:
            assert await portal.send([outgoing(3)]) == [None]
            assert [one.delivery_number for one in await drain(gateway, 1)] == [3], (
                "what was given up is not sent any more"
            )
        await portal.close()


async def test_what_was_given_up_is_kept_nowhere(rabbit: RabbitStand) -> None:
    async with cable(rabbit.urls["portal"]) as line:
        portal = RabbitBus(line.url, "portal", prefix=rabbit.prefix, patience=0.05)
        await portal.open()
        await line.pull()
        await eventually(portal.ailment)
        body = bytes(1000)
        before = sys.getrefcount(body)
        for _ in range(3):
            await portal.send([outgoing(1, body=body)])
        assert sys.getrefcount(body) == before
        await portal.close()


async def test_a_broker_that_has_fallen_silent_is_told_within_a_bounded_time(rabbit: RabbitStand) -> None:
    async with cable(rabbit.urls["portal"]) as line:
        portal = RabbitBus(line.url, "portal", prefix=rabbit.prefix, patience=0.3)
        await portal.open()
        line.freeze()
        errors = await asyncio.wait_for(portal.send([outgoing(1)]), timeout=5)
        assert [type(error) for error in errors] == [Unavailable]
        assert "confirmed nothing" in (portal.ailment() or "")
        line.thaw()
        await eventually(lambda: portal.ailment() is None)
        await portal.close()


async def test_what_was_being_handled_when_the_connection_went_comes_again(rabbit: RabbitStand) -> None:
    async with cable(rabbit.urls["gateway"]) as line, rabbit.open("portal") as portal:
        gateway = RabbitBus(line.url, "gateway", prefix=rabbit.prefix)
        await gateway.open()
        assert await portal.send([outgoing(1)]) == [None]
        before = await take(gateway, 1)
        await line.pull()
        await eventually(gateway.ailment)
        await gateway.settle(before)
        await line.plug()
        again = await take(gateway, 1)
        assert inside(again) == inside(before)
        await gateway.settle(before)
        await gateway.settle(again)
        await rabbit.settled("gateway")
        await gateway.close()


async def test_a_refused_send_takes_nothing_else_with_it(rabbit: RabbitStand) -> None:
    async with rabbit.open("portal", bundle=1) as portal, rabbit.open("gateway") as gateway:
        assert await portal.send([outgoing(1)]) == [None]
        deliveries = await take(gateway, 1)
        calls = [portal.send([outgoing(n, to="lea" if n % 5 == 0 else "gateway")]) for n in range(2, 202)]
        errors = [type(error) for (error,) in await asyncio.gather(*calls)]
        assert [n for n, error in enumerate(errors, start=2) if error is not type(None)] == list(range(5, 202, 5))
        assert len(await drain(gateway, 160)) == 160
        await gateway.settle(deliveries)
        assert portal.ailment() is None
        await rabbit.settled("gateway")


async def test_the_broker_lays_nothing_aside_however_often_it_comes_back(rabbit: RabbitStand) -> None:
    sent = outgoing(1)
    async with rabbit.open("portal") as portal, rabbit.channel() as channel:
        assert await portal.send([sent]) == [None]
        queue = await channel.get_queue(f"{rabbit.prefix}.gateway", ensure=False)
        for _ in range(60):
            await (await queue.get()).nack(requeue=True)
    async with rabbit.open("gateway") as gateway:
        assert await drain(gateway, 1) == [incoming(sent, "portal")]
    await rabbit.settled("gateway")


async def test_whoever_stops_waiting_for_a_send_leaves_the_others_alone(rabbit: RabbitStand) -> None:
    async with rabbit.open("portal", bundle=1, window=1) as portal, rabbit.open("gateway") as gateway:
        calls = [asyncio.create_task(portal.send([outgoing(number)])) for number in range(1, 101)]
        await asyncio.sleep(0)
        for call in calls[50:]:
            call.cancel()
        await asyncio.wait(calls)
        assert [call.result() for call in calls[:50]] == [[None]] * 50
        assert await portal.send([outgoing(101)]) == [None]
        numbers = [one.delivery_number for one in await drain(gateway, 51)]
        assert numbers == [*range(1, 51), 101]


async def test_nobody_at_the_address_is_one_clear_line() -> None:
    port = free_ports(1)[0]
    bus = RabbitBus(f"amqp://aimaq-portal:secret@127.0.0.1:{port}/aimaq", "portal")
    with pytest.raises(Unavailable, match=f"^no broker answers at 127.0.0.1:{port}$"):
        await bus.open()
    assert bus.ailment() == f"no broker answers at 127.0.0.1:{port}"
    await bus.close()


async def test_another_server_at_the_address_is_one_clear_line() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable, match=f"127.0.0.1:{port}"):
            await RabbitBus(f"amqp://aimaq-portal:secret@127.0.0.1:{port}/aimaq", "portal").open()


async def test_a_wrong_password_or_virtual_host_is_one_clear_line(rabbit: RabbitStand) -> None:
    wrong = rabbit.urls["portal"].replace("-portal:", "-portal:not")
    with pytest.raises(Unavailable, match=f"refused the login of {rabbit.prefix}-portal$"):
        await RabbitBus(wrong, "portal", prefix=rabbit.prefix).open()
    elsewhere = rabbit.urls["portal"].rpartition("/")[0] + "/nowhere"
    with pytest.raises(Unavailable, match=f"does not let {rabbit.prefix}-portal into the virtual host nowhere$"):
        await RabbitBus(elsewhere, "portal", prefix=rabbit.prefix).open()


async def test_a_broker_without_the_topology_is_one_clear_line(rabbit: RabbitStand) -> None:
    with pytest.raises(Unavailable, match=r"other\..*aimaq broker apply") as caught:
        await RabbitBus(rabbit.admin_url, "portal", prefix="other").open()
    assert "\n" not in caught.value.detail


@pytest.mark.parametrize("url", ["http://localhost:5672/", "localhost", "amqp://", "amqp://[/", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Unconfigured, match="amqp"):
        RabbitBus(url, "portal")


async def test_a_parcel_is_the_same_whatever_else_is_on_its_way(rabbit: RabbitStand) -> None:
    twins = [replace(outgoing(1), message_id="same"), replace(outgoing(1), message_id="same")]
    strange: list[OutgoingMessage] = [replace(one, to="nobody") for one in twins]
    async with rabbit.open("gateway", bundle=1) as gateway, rabbit.open("con") as con:
        errors = await gateway.send([strange[0], replace(twins[0], to="con"), strange[1], replace(twins[1], to="con")])
        assert [error is None for error in errors] == [False, True, False, True]
        assert len(await drain(con, 2)) == 2
