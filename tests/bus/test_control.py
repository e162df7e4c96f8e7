"""Control messages: past what waits in a party's queue, signed by whoever the bus vouches for, and of now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from aimaq.bus import IncomingMessage
from aimaq.bus.control import MOST_BYTES, Command, Control, Result, Summary, opened, sealed
from aimaq.language.clock import StandClock
from aimaq.language.errors import (
    AimaqError,
    BadSignature,
    InvalidInput,
    MalformedBody,
    NotAllowed,
    NotFound,
    StaleMessage,
)
from aimaq.language.ids import Ids
from aimaq.language.messages import PARTIES
from tests.bus.conftest import Connect
from tests.bus.messages import drain, incoming, outgoing
from tests.parties import BASE

SYSTEMS = [party for party in PARTIES if party != "gateway"]


@pytest.mark.parametrize("party", SYSTEMS)
async def test_control_messages_go_to_the_gateway_and_from_it(connect: Connect, party: str) -> None:
    system, gateway = await connect(party), await connect("gateway")
    there, back = outgoing(0, to=party), outgoing(0)
    assert await gateway.send_control([there]) == [None]
    assert await system.send_control([back]) == [None]
    assert await system.receive_control(10) == [incoming(there, "gateway")]
    assert await gateway.receive_control(10) == [incoming(back, party)]


async def test_a_control_message_passes_what_waits_in_the_queue_and_comes_once(connect: Connect) -> None:
    portal, gateway = await connect("portal"), await connect("gateway")
    waiting = asyncio.create_task(portal.send([outgoing(number) for number in range(1, 1001)]))
    await portal.send_control([outgoing(0)])
    assert len(await gateway.receive_control(10)) == 1
    assert len(await drain(gateway, 1000)) == 1000
    assert await waiting == [None] * 1000
    await portal.send_control([outgoing(0, body=b"second")])
    assert [one.body for one in await gateway.receive_control(10)] == [b"second"]


async def test_nobody_reads_or_writes_another_partys_control_messages(connect: Connect) -> None:
    portal, lea, gateway = await connect("portal"), await connect("lea"), await connect("gateway")
    (error,) = await portal.send_control([outgoing(0, to="lea")])
    assert isinstance(error, NotAllowed)
    (error,) = await gateway.send_control([outgoing(0, to="nobody")])
    assert isinstance(error, NotFound)
    await gateway.send_control([outgoing(0, to="lea")])
    assert len(await lea.receive_control(10)) == 1


async def test_of_control_messages_that_nobody_reads_the_newest_are_kept(connect: Connect) -> None:
    portal = await connect("portal")
    bodies = [str(number).encode() for number in range(1500)]
    assert set(await portal.send_control([outgoing(0, body=body) for body in bodies])) == {None}
    gateway = await connect("gateway")
    got: list[bytes] = []
    while not got or got[-1] != bodies[-1]:
        got += [one.body for one in await gateway.receive_control(100)]
    assert got == bodies[-len(got) :]
    assert len(got) <= 1000


# --- what counts ------------------------------------------------------------------------------------------------


class Names:
    """Takes the name in the place of a signature for whoever signed."""

    def verify(self, data: bytes, signature: str, at: object) -> str:
        if not signature:
            raise BadSignature
        return signature


CLOCK = StandClock(lambda: BASE)
IDS = Ids(CLOCK)


class Signs:
    """Signs with a party's name."""

    def __init__(self, party: str) -> None:
        self.party = party

    def sign(self, data: bytes) -> str:
        return self.party

    def sign_all(self, messages: object, most: int) -> list[str]:
        raise NotImplementedError


def summary(**changes: object) -> Summary:
    lawful = Summary(party="lea", run=IDS(), sequence=1, at=BASE, version="1")
    return msgspec.structs.replace(lawful, **changes)


def coming(control: Control, signed_by: str = "lea", publisher: str | None = "lea") -> IncomingMessage:
    message = sealed(control, IDS(), "gateway", Signs(signed_by))
    return IncomingMessage(message.body, message.signature, 0, publisher)


def test_what_its_publisher_signed_just_now_counts() -> None:
    news = summary()
    assert opened(coming(news), Names(), CLOCK, 300) == news
    result = Result(party="lea", command_id=IDS(), at=BASE)
    assert opened(coming(result), Names(), CLOCK, 300) == result


_NESTED = b'{"control":"summary","more":' + b"[" * 100_000

WRONG: dict[str, tuple[Callable[[], IncomingMessage], type[AimaqError]]] = {
    "nobody vouches": (lambda: coming(summary(), publisher=None), NotAllowed),
    "another signed": (lambda: coming(summary(), signed_by="portal"), NotAllowed),
    "for another": (lambda: coming(summary(party="portal")), NotAllowed),
    "not signed": (lambda: coming(summary(), signed_by=""), BadSignature),
    "from the future": (lambda: coming(summary(at=BASE + timedelta(seconds=301))), StaleMessage),
    "too large": (lambda: IncomingMessage(b" " * (MOST_BYTES + 1), "lea", 0, "lea"), MalformedBody),
    "no JSON": (lambda: IncomingMessage(b"\xff{", "lea", 0, "lea"), MalformedBody),
    "nested": (lambda: IncomingMessage(_NESTED, "lea", 0, "lea"), InvalidInput),
    "a flaw": (lambda: IncomingMessage(b"{}", "lea", 0, "lea", "its headers cannot be read"), MalformedBody),
    "an envelope": (lambda: IncomingMessage(b'{"message_id":"x"}', "lea", 0, "lea"), InvalidInput),
    "an unknown field": (
        lambda: IncomingMessage(b'{"control":"summary","party":"lea","more":1}', "lea", 0, "lea"),
        InvalidInput,
    ),
    "a control character": (lambda: coming(summary(ailments=("a\x1b[2J",))), InvalidInput),
    "too many ailments": (lambda: coming(summary(ailments=("a",) * 21)), InvalidInput),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_count_is_refused(wrong: str) -> None:
    make, error = WRONG[wrong]
    with pytest.raises(error):
        opened(make(), Names(), CLOCK, 300)


def test_what_was_made_long_ago_does_not_count() -> None:
    machine = [BASE]
    clock = StandClock(lambda: machine[0])
    command = Command(command_id=IDS(), party="lea", at=clock.now(), job=IDS(), principal="dana")
    machine[0] += timedelta(seconds=60)
    assert opened(coming(command), Names(), clock, 300) == command
    machine[0] += timedelta(seconds=1)
    with pytest.raises(StaleMessage):
        opened(coming(command), Names(), clock, 300)
    clock.advance(timedelta(days=30))
    later = msgspec.structs.replace(command, at=clock.now() - timedelta(days=29))
    assert opened(coming(later), Names(), clock, 300) == later, "a clock that is moved ages nothing"
