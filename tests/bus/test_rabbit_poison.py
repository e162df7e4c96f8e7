"""RabbitMQ alone: messages made to kill or starve whoever reads them, and one that is too large for the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aio_pika
import msgspec
import pytest

from aimaq.bus import IncomingMessage
from aimaq.bus.bundle import BUNDLE, MOST_ENVELOPES
from aimaq.bus.pending import PendingConfirm
from aimaq.bus.rabbit.bus import RabbitBus
from aimaq.bus.rabbit.frames import Labels, short
from aimaq.bus.rabbit.properties import read_header
from aimaq.bus.rabbit.publisher import Publication
from aimaq.language.errors import BodyTooLarge
from tests.bus.messages import drain, incoming, outgoing, take
from tests.fixtures_broker import RabbitStand, close_connections, stand_on
from tests.poison import nested
from tests.rabbit_nodes import OwnRabbit


async def publish(bus: RabbitBus, table: bytes, user: str) -> None:
    """Send `{}` with these headers, as they are."""
    pending = PendingConfirm(1)
    labels = Labels(short("application/json"), table, short("m"), short(user))
    bus._gateway.add(Publication("request.submitted", labels, b"{}", pending, (0,)))
    assert await pending.outcomes(10, lambda: 0, lambda: "nobody said") == [None]


@pytest.mark.services
async def test_headers_nested_beyond_measure_disturb_nobody(rabbit: RabbitStand) -> None:
    sent = [outgoing(number) for number in range(1, 61)]
    async with rabbit.open("portal") as portal, rabbit.open("gateway") as gateway:
        for _ in range(7):
            await publish(portal, nested(600), f"{rabbit.prefix}-portal")
        assert await portal.send(sent) == [None] * 60
        came = await drain(gateway, 67)
        assert came[:7] == [IncomingMessage(b"{}", "", 0, "portal")] * 7, "unsigned, and whose it is is known"
        assert came[7:] == [incoming(one, "portal") for one in sent]
        assert gateway.ailment() is None
    await rabbit.settled("gateway")


def header(present: int, properties: bytes) -> bytes:
    """The payload of a header frame."""
    return b"\x00\x3c\x00\x00" + (2).to_bytes(8, "big") + present.to_bytes(2, "big") + properties


@pytest.mark.parametrize(
    "field", [b"\x01aQ", b"\x01aS\xff\xff\xff\xff", b"\xffa", b"\x01aS\x00\x00\x00\x01\xff", b"\x01al\x00"]
)
def test_whose_unreadable_headers_they_are_is_known_all_the_same(field: bytes) -> None:
    table = len(field).to_bytes(4, "big") + field
    size, found = read_header(header(1 << 13 | 1 << 4, table + short("aimaq-portal")))
    assert (size, found.user_id, found.headers) == (2, "aimaq-portal", {})
    assert found.flaw == "its headers cannot be read"


@pytest.mark.parametrize("properties", [b"", b"\xff", short("a"), (2**31).to_bytes(4, "big")])
def test_properties_that_cannot_be_read_are_a_flaw(properties: bytes) -> None:
    assert read_header(header(1 << 13 | 1 << 4, properties))[1].flaw


@pytest.mark.services
async def test_a_bundle_of_more_envelopes_than_it_may_have_is_one_message(rabbit: RabbitStand) -> None:
    body = msgspec.msgpack.encode([("", 0, b"")] * 36_000)
    lawful = msgspec.msgpack.encode([("a..b", 1, b"{}")] * MOST_ENVELOPES)
    user = f"{rabbit.prefix}-portal"
    async with rabbit.open("gateway") as gateway, rabbit.channel(rabbit.urls["portal"]) as channel:
        exchange = await channel.get_exchange(f"{rabbit.prefix}.gateway", ensure=False)
        for one in (body, lawful):
            await exchange.publish(aio_pika.Message(one, content_type=BUNDLE, user_id=user), "bundle")
        came = await drain(gateway, 1 + MOST_ENVELOPES)
    assert (came[0].body, came[0].publisher) == (body, "portal")
    assert came[0].flaw == f"it is not a bundle of 1 to {MOST_ENVELOPES} envelopes"
    assert came[1:] == [IncomingMessage(b"{}", "a..b", 1, "portal")] * MOST_ENVELOPES


@pytest.mark.services
async def test_connections_that_are_closed_again_and_again_lose_nothing(rabbit: RabbitStand) -> None:
    sent = [outgoing(number) for number in range(1, 9)]
    async with rabbit.open("portal") as portal, rabbit.open("gateway") as gateway:
        assert await portal.send(sent) == [None] * 8
        for _ in range(5):
            await take(gateway, 8)
            await close_connections(rabbit)
        assert await drain(gateway, 8) == [incoming(one, "portal") for one in sent]


SMALL = 1024 * 1024
"""Bytes that the broker of the next tests takes, as RabbitMQ 4 takes 16 MiB."""


@asynccontextmanager
async def small(own_rabbit: OwnRabbit, secrets: Path) -> AsyncIterator[RabbitStand]:
    """A stand on a broker that takes small messages only."""
    await own_rabbit.limit_messages(SMALL)
    async with stand_on(own_rabbit.url, own_rabbit.admin, secrets) as stand:
        yield stand


@pytest.mark.services
async def test_a_message_that_is_too_large_for_the_broker_fails_alone(own_rabbit: OwnRabbit, tmp_path: Path) -> None:
    sizes = [10, SMALL + 1, 20, 3 * SMALL, SMALL, 30, SMALL + 2, 40]
    sent = [outgoing(number, body=bytes(size)) for number, size in enumerate(sizes, 1)]
    async with (
        small(own_rabbit, tmp_path) as stand,
        stand.open("portal", bundle=1) as portal,
        stand.open("gateway") as gateway,
    ):
        calls: list[Any] = [portal.send(sent), portal.send([outgoing(100)])]
        first, second = await asyncio.gather(*calls)
        assert [type(error) for error in first] == [BodyTooLarge if size > SMALL else type(None) for size in sizes]
        assert second == [None]
        numbers: set[int] = set()
        while numbers != {1, 3, 5, 6, 8, 100}:
            numbers |= {one.delivery_number for one in await drain(gateway, 1)}
        assert portal.ailment() is None, "the session went on"
