"""Well-signed nonsense: whatever a trusted system sends, the service lives, says what is wrong, and goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from aimaq.messages import StatusChanged
from tests.faults import rows
from tests.outsider import BODY, Letter, Outsider
from tests.parties import Parties
from tests.path.letters import SUBMITTED, deliveries, step
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


@pytest.fixture
async def portal(parties: Parties) -> AsyncIterator[Outsider]:
    await parties.start("gateway")
    yield await parties.outsider("portal")


@pytest.mark.parametrize("what", NONSENSE)
async def test_the_gateway_outlives(parties: Parties, portal: Outsider, what: str) -> None:
    lea = await parties.outsider("lea")
    nonsense, sound = portal.stamp(NONSENSE[what](portal)), portal.write(SUBMITTED)
    async with asyncio.timeout(LIMIT):
        assert await portal.hand_in(nonsense, sound) == [None, None]
    await eventually(lambda: lea.arrivals)
    assert [arrival.body for arrival in lea.arrivals] == [sound.data]
    assert await parties.services["gateway"].ailments() == []
    journal = await rows(parties.services["gateway"], "journal")
    kept = [entry for entry in journal if entry["body"] == nonsense.data and entry["verdict"] == "rejected"]
    dead = [row for row in await rows(parties.services["gateway"], "inbox") if row["body"] == nonsense.data]
    assert len(kept) + len(dead) == 1, "neither rejected nor laid aside"


HARD = {
    "a NUL in the name": {"name": "Айгүл\x00"},
    "a NUL in the form": {"form": {"address": "\x00"}},
    "half a letter in the form": {"form": {"address": "\ud800"}},
}


@pytest.mark.parametrize("what", HARD)
async def test_the_body_outlives(parties: Parties, what: str) -> None:
    await parties.start("lea")
    gateway, portal = await parties.outsider("gateway"), await parties.outsider("portal")
    plain = json.loads(portal.write(SUBMITTED, BODY, steps=(step("process-6", "send", "portal"),)).data)
    plain["body"] |= HARD[what]
    hard = replace(portal.stamp(json.dumps(plain).encode()), to="lea", number=1)
    sound = replace(portal.write(SUBMITTED, BODY, steps=(step("process-6", "send", "portal"),)), to="lea", number=1)
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
    first: Letter = deliveries(gateway, [StatusChanged(status="received")], "con", case_id)[0]
    broken = replace(gateway.stamp(b'{"body":' + b"[" * DEEP), to="con", number=1)
    async with asyncio.timeout(LIMIT):
        assert await gateway.hand_in(broken, first) == [None, None]
    await parties.status("con", case_id, "received")
