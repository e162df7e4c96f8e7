"""RabbitMQ alone: what a broker message looks like, whoever sent it."""

from __future__ import annotations

from dataclasses import replace

import aio_pika
import msgspec
import pytest

from aimaq.bus import IncomingMessage
from aimaq.bus.bundle import BUNDLE, MOST_BYTES
from aimaq.bus.rabbit.bus import LARGEST
from aimaq.language.errors import BodyTooLarge
from tests.bus.messages import drain, incoming, inside, outgoing, take
from tests.fixtures_broker import RabbitStand

pytestmark = pytest.mark.services


async def test_envelopes_to_one_party_share_a_message_and_keep_their_own_bytes(rabbit: RabbitStand) -> None:
    sent = [outgoing(number) for number in range(1, 101)]
    async with rabbit.open("portal") as portal, rabbit.open("gateway") as gateway:
        assert await portal.send(sent) == [None] * 100
        deliveries = await take(gateway, 100)
        assert [len(delivery.incoming_messages) for delivery in deliveries] == [48, 48, 4]
        assert inside(deliveries) == [incoming(one, "portal") for one in sent]
        await gateway.settle(deliveries)


async def test_a_bundle_has_a_limit_in_bytes(rabbit: RabbitStand) -> None:
    sizes = [MOST_BYTES // 2, MOST_BYTES // 2, 1, MOST_BYTES + 1, 1, 1]
    async with rabbit.open("portal") as portal, rabbit.open("gateway") as gateway:
        assert await portal.send([outgoing(n, body=bytes(size)) for n, size in enumerate(sizes)]) == [None] * 6
        deliveries = await take(gateway, 6)
        assert [[len(one.body) for one in s.incoming_messages] for s in deliveries] == [
            sizes[:2],
            [1],
            [MOST_BYTES + 1],
            [1, 1],
        ]
        await gateway.settle(deliveries)


async def test_an_outside_party_gets_one_envelope_a_message(rabbit: RabbitStand) -> None:
    batch = [outgoing(n, to=to) for n, to in enumerate(("lea", "con", "lea", "con"), start=1)]
    async with (
        rabbit.open("gateway", bundled=frozenset({"con"})) as gateway,
        rabbit.open("lea") as lea,
        rabbit.open("con") as con,
    ):
        assert await gateway.send(batch) == [None] * 4
        alone, together = await take(lea, 2), await take(con, 2)
        assert [len(delivery.incoming_messages) for delivery in alone] == [1, 1]
        assert [len(delivery.incoming_messages) for delivery in together] == [2]
        await lea.settle(alone)
        await con.settle(together)


async def test_an_envelope_alone_is_plain_json_with_its_signature_beside_it(rabbit: RabbitStand) -> None:
    sent = outgoing(3)
    async with rabbit.open("portal") as portal, rabbit.channel() as channel:
        assert await portal.send([sent]) == [None]
        queue = await channel.get_queue(f"{rabbit.prefix}.gateway", ensure=False)
        message = await queue.get(no_ack=True)
    assert message is not None
    assert message.body == sent.body
    assert message.content_type == "application/json"
    assert (message.headers["signature"], message.headers["delivery"]) == (sent.signature, sent.delivery_number)
    assert message.message_id == sent.message_id
    assert message.routing_key == sent.routing_key
    assert message.user_id == f"{rabbit.prefix}-portal"
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT


@pytest.mark.parametrize(
    ("content_type", "headers", "body"),
    [
        (BUNDLE, {}, b"\xc1 not a bundle"),
        (BUNDLE, {}, msgspec.msgpack.encode([])),
        (BUNDLE, {}, msgspec.msgpack.encode([["signature", "one", b"{}"]])),
        (BUNDLE, {"signature": "of one"}, b"{}"),
        ("application/json", {}, b"{}"),
        ("application/json", {"signature": 7, "delivery": "8"}, b"{}"),
        ("application/json", {"signature": ["a"], "delivery": -1, "more": {"x": [1, None, True]}}, b""),
        (None, {"delivery": 2.5}, b"\xff\xfe"),
    ],
)
async def test_what_an_outside_system_garbles_comes_in_unsigned(
    rabbit: RabbitStand, content_type: str | None, headers: dict[str, aio_pika.abc.FieldValue], body: bytes
) -> None:
    async with rabbit.open("gateway") as gateway, rabbit.channel() as channel:
        message = aio_pika.Message(body, content_type=content_type, headers=headers)
        await channel.default_exchange.publish(message, f"{rabbit.prefix}.gateway")
        (came,) = await drain(gateway, 1)
        assert replace(came, flaw="") == IncomingMessage(body, "", 0, None)
        assert bool(came.flaw) is (content_type == BUNDLE)
        assert gateway.ailment() is None


async def test_a_signed_envelope_of_a_plain_client_is_as_good_as_ours(rabbit: RabbitStand) -> None:
    user = f"{rabbit.prefix}-lea"
    async with rabbit.open("gateway") as gateway, rabbit.channel(rabbit.urls["lea"]) as channel:
        exchange = await channel.get_exchange(f"{rabbit.prefix}.gateway", ensure=False)
        headers: dict[str, aio_pika.abc.FieldValue] = {"delivery": 5, "x-trace": "abc", "signature": "a..b"}
        await exchange.publish(aio_pika.Message(b"{}", headers=headers, user_id=user), "request.registered")
        await exchange.publish(aio_pika.Message(b"{}", headers=headers), "request.registered")
        vouched, anonymous = await drain(gateway, 2)
    assert vouched == IncomingMessage(b"{}", "a..b", 5, "lea")
    assert anonymous == IncomingMessage(b"{}", "a..b", 5, None)


async def test_an_envelope_too_large_for_any_broker_is_not_sent(rabbit: RabbitStand) -> None:
    async with rabbit.open("portal") as portal, rabbit.open("gateway") as gateway:
        errors = await portal.send([outgoing(1), outgoing(2, body=bytes(LARGEST + 1)), outgoing(3)])
        assert [type(error) for error in errors] == [type(None), BodyTooLarge, type(None)]
        assert [one.delivery_number for one in await drain(gateway, 2)] == [1, 3]
