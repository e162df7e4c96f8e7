"""Well-signed nonsense: whatever a trusted system sends, the service lives, says what is wrong, and goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from aimaq.language.messages import StatusChanged
from tests.faults import rows
from tests.outsider import BODY, Outsider, SignedMessage
from tests.parties import Parties
from tests.pipeline.messages import SUBMITTED, deliveries, step, submitted
from tests.waiting import eventually

LIMIT = 10
"""Seconds in which the service must have dealt with a message."""


def changed(portal: Outsider, **changes: object) -> bytes:
    """A lawful letter's bytes with other values in its envelope."""
    return json.dumps(json.loads(portal.write(SUBMITTED).data) | changes).encode()


def with_body(portal: Outsider, body: bytes) -> bytes:
    data: dict[str, object] = json.loads(portal.write(SUBMITTED).data) | {"body": "here"}
    return json.dumps(data).encode().replace(b'"here"', body)


DEEP = 200_000

NONSENSE: dict[str, Callable[[Outsider], bytes]] = {
    "an envelope nested without end": lambda portal: b'{"body":' + b"[" * DEEP,
    "a body nested without end": lambda portal: with_body(
        portal,
        b'{"iin":"1","name":"n","document":"","signature":"","form":{"a":' + b"[" * DEEP + b"]" * DEEP + b"}}",
    ),
    "letters that are no UTF-8": lambda portal: with_body(
        portal, b'{"iin":"1","name":"\xff\xfe","document":"","signature":"","form":{}}'
    ),
    "half a letter": lambda portal: with_body(
        portal, b'{"iin":"1","name":"\\ud800","document":"","signature":"","form":{}}'
    ),
    "a NUL in the type": lambda portal: changed(portal, type="Request\x00Submitted"),
    "a NUL in the regulation": lambda portal: changed(portal, regulation="a\x00b"),
    "a number beyond 32 bits": lambda portal: changed(portal, sequence=2**40),
    "a number beyond 64 bits": lambda portal: changed(portal, sequence=2**70),
    "a time before the first day": lambda portal: changed(portal, occurred_at="0001-01-01T00:00:00+14:00"),
    "a time after the last day": lambda portal: changed(portal, occurred_at="9999-12-31T23:59:59-14:00"),
    "nothing": lambda portal: b"",
    "null": lambda portal: b"null",
    "another letter behind the letter": lambda portal: portal.write(SUBMITTED).data * 2,
}


@dataclass
class Ring:
    """A gateway and a body, and somebody else's systems around them."""

    parties: Parties
    portal: Outsider
    lea: Outsider


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ring(lasting_parties: Parties) -> AsyncIterator[Ring]:
    await lasting_parties.start("gateway")
    yield Ring(lasting_parties, await lasting_parties.outsider("portal"), await lasting_parties.outsider("lea"))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("what", NONSENSE)
async def test_the_gateway_outlives(ring: Ring, what: str) -> None:
    nonsense, sound = ring.portal.stamp(NONSENSE[what](ring.portal)), ring.portal.write(SUBMITTED)
    async with asyncio.timeout(LIMIT):
        assert await ring.portal.hand_in(nonsense, sound) == [None, None]
    await eventually(lambda: any(incoming.body == sound.data for incoming in ring.lea.incoming_messages))
    assert all(incoming.body != nonsense.data for incoming in ring.lea.incoming_messages)
    gateway = ring.parties.services["gateway"]
    assert await gateway.ailments() == []
    stored = await rows(gateway, "journal", body=nonsense.data, verdict="rejected")
    waiting = await rows(gateway, "inbox", body=nonsense.data)
    assert len(stored) + len(waiting) == 1, "neither rejected nor kept"


HARD = {
    "a NUL in the name": {"name": "Айгүл\x00"},
    "a NUL in the form": {"form": {"address": "\x00"}},
    "half a letter in the form": {"form": {"address": "\ud800"}},
}


SENT = (step("process-6", "send", "portal"),)


@pytest.mark.parametrize("what", HARD)
async def test_the_body_outlives(parties: Parties, what: str) -> None:
    await parties.start("lea")
    gateway, portal = await parties.outsider("gateway"), await parties.outsider("portal")
    plain = json.loads(portal.write(SUBMITTED, BODY, steps=SENT).data)
    plain["body"] |= HARD[what]
    hard = replace(portal.stamp(json.dumps(plain).encode()), to="lea", number=1)
    case_id = portal.ids()
    sound = portal.write(submitted(parties, case_id), BODY, case_id=case_id, steps=SENT)
    sound = replace(sound, to="lea", number=1)
    async with asyncio.timeout(LIMIT):
        assert await gateway.hand_in(hard, sound) == [None, None]
    assert await parties.services["lea"].ailments() == []
    states = {row["digest"]: row["state"] for row in await rows(parties.services["lea"], "inbox")}
    assert states[sound.digest] == "done"
    assert states[hard.digest] in ("done", "dead")


async def test_what_the_gateway_itself_says_may_be_nonsense_too(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.outsider("gateway")
    case_id = gateway.ids()
    first: SignedMessage = deliveries(gateway, [StatusChanged(status="received")], "con", case_id)[0]
    broken = replace(gateway.stamp(b'{"body":' + b"[" * DEEP), to="con", number=1)
    async with asyncio.timeout(LIMIT):
        assert await gateway.hand_in(broken, first) == [None, None]
    await parties.status("con", case_id, "received")
