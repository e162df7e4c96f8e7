"""Poison on the wire: what somebody sends who has the portal's key and its broker user, past the portal itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from aimaq.access.systems.keystore import load_signer
from aimaq.bus import MemoryBroker
from aimaq.bus.bundle import ALONE, BUNDLE
from aimaq.bus.pending import PendingConfirm
from aimaq.bus.rabbit.connection import Address
from aimaq.bus.rabbit.frames import Labels, headers, short
from aimaq.bus.rabbit.publisher import Publication, Publisher
from aimaq.language.clock import StandClock
from aimaq.settings import clock_file
from stand.provision.broker import party_url, passwords
from stand.provision.topology import user
from tests.outsider import Outsider
from tests.poison import BODIES, ENVELOPES, SIGNATURES, Poison, nested
from tests.storm.faults import Fault
from tests.storm.place import Place

LARGE = 20 * 1024 * 1024
"""Bytes of one message: RabbitMQ 4 refuses it, and an older one hands it to the gateway."""
PATIENCE = 30.0
NOTHING = bytes(4)
"""No headers."""

Raw = tuple[str, bytes, bytes]
"""Content type, headers and body of a broker message."""
Source = Callable[[Outsider], Iterator[Raw]]


def crafted(poisons: Mapping[str, Poison]) -> Source:
    """The messages of a table, as far as the wire can carry them."""

    def source(outsider: Outsider) -> Iterator[Raw]:
        for poison in poisons.values():
            message = poison(outsider)
            try:
                table = headers(message.signature, message.number)
            except (UnicodeEncodeError, OverflowError):
                continue
            yield ALONE, table, message.data

    return source


def deep(outsider: Outsider) -> Iterator[Raw]:
    """Headers that are nested beyond measure, as often as once stopped a connection."""
    for _ in range(7):
        yield ALONE, nested(600), b"{}"


def bundles(outsider: Outsider) -> Iterator[Raw]:
    """Bundles with a NUL in them, of more envelopes than there may be, and of no envelopes at all."""
    yield BUNDLE, NOTHING, msgspec.msgpack.encode([("a\0b", 1, b'{"\0": "\0"}')])
    yield BUNDLE, NOTHING, msgspec.msgpack.encode([("", 0, b"")] * 36_000)
    yield BUNDLE, NOTHING, b"\0" * 100


def large(outsider: Outsider) -> Iterator[Raw]:
    """One message that is too large."""
    yield ALONE, NOTHING, bytes(LARGE)


SOURCES: dict[str, Source] = {
    "signature": crafted(SIGNATURES),
    "envelope": crafted(ENVELOPES),
    "body": crafted(BODIES),
    "headers": deep,
    "bundle": bundles,
    "large": large,
}


def poisoned(kind: str) -> Fault:
    """Poison of this kind is sent to the gateway."""

    @asynccontextmanager
    async def fault(place: Place) -> AsyncIterator[None]:
        stand = place.stand
        outsider = Outsider(
            "portal", MemoryBroker(), load_signer(stand.home, "portal"), StandClock(file=clock_file(stand.home))
        )
        await send(place, SOURCES[kind](outsider))
        yield

    return fault


async def send(place: Place, messages: Iterator[Raw]) -> None:
    """Send broker messages as the portal's user; what the broker refuses is refused."""
    stand = place.stand
    word = passwords(stand.home / "keys" / "broker")["portal"]
    address = Address(party_url(stand.broker, "portal", word, prefix=stand.name, vhost=stand.vhost))
    name = short(user(stand.name, "portal"))
    async with address.connected("poison") as (frames_transport, _):
        publisher, ready = Publisher(f"{stand.name}.gateway", 64), asyncio.Event()
        serving = asyncio.create_task(publisher.serve(frames_transport, 1, ready.set))
        try:
            for content_type, table, body in messages:
                pending = PendingConfirm(1)
                labels = Labels(short(content_type), table, short("poison"), name)
                publisher.add(Publication("request.submitted", labels, body, pending, (0,)))
                await pending.outcomes(PATIENCE, lambda: 0, lambda: "nobody confirmed it")
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
