"""Messages made to kill whoever reads them: each is rejected with a reason, and the one behind it goes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from aimaq.language.envelope import read
from tests.faults import rows
from tests.outsider import Outsider, SignedMessage
from tests.parties import Parties
from tests.pipeline.messages import SUBMITTED
from tests.poison import BODIES, ENVELOPES, SIGNATURES, marked, signed
from tests.waiting import eventually

LIMIT = 10
"""Seconds in which the gateway must have dealt with a message."""


@dataclass
class Ring:
    """A gateway, and somebody else's systems around it."""

    parties: Parties
    portal: Outsider
    lea: Outsider


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ring(lasting_parties: Parties) -> AsyncIterator[Ring]:
    await lasting_parties.start("gateway")
    await lasting_parties.outsider("con")  # somebody takes what is for it, else the gateway is not well
    yield Ring(lasting_parties, await lasting_parties.outsider("portal"), await lasting_parties.outsider("lea"))


async def outlived(ring: Ring, poison: SignedMessage) -> dict[str, Any]:
    """Send it with an honest message behind it, which must arrive; what the journal says of the first."""
    honest = ring.portal.write(SUBMITTED)
    async with asyncio.timeout(LIMIT):
        assert await ring.portal.hand_in(poison, honest) == [None, None]
    await eventually(lambda: any(incoming.body == honest.data for incoming in ring.lea.incoming_messages))
    gateway = ring.parties.services["gateway"]
    assert await gateway.ailments() == []
    assert await rows(gateway, "inbox", digest=poison.digest, state="dead") == []
    (entry,) = await rows(gateway, "journal", body=poison.data, verdict="rejected")
    return entry


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("what", SIGNATURES)
async def test_a_message_whose_headers_are_poison_is_rejected(ring: Ring, what: str) -> None:
    entry = await outlived(ring, SIGNATURES[what](ring.portal))
    assert (entry["signature"], entry["case_id"]) == ("", None)
    assert entry["reason"].startswith("malformed-body: ")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("what", ENVELOPES)
async def test_a_signed_envelope_that_is_poison_is_rejected(ring: Ring, what: str) -> None:
    entry = await outlived(ring, ENVELOPES[what](ring.portal))
    assert entry["reason"].startswith("invalid-input: ")
    assert entry["case_id"] is None, "nothing in it is believed"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("what", BODIES)
async def test_a_signed_body_that_is_poison_is_rejected_in_the_name_of_its_case(ring: Ring, what: str) -> None:
    poison = BODIES[what](ring.portal)
    entry = await outlived(ring, poison)
    assert entry["reason"].startswith("invalid-input: body.")
    assert entry["case_id"] == read(poison.data).case_id


@pytest.mark.asyncio(loop_scope="module")
async def test_whoever_sent_poison_is_told(ring: Ring) -> None:
    poison = marked(ring.portal, "a\0b")
    await outlived(ring, poison)
    await eventually(lambda: any(refusal.digest == poison.digest for refusal in ring.portal.refusals))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_refusal_does_not_carry_the_poison_on(ring: Ring) -> None:
    poison = signed(ring.portal, type="Request\x1b[31m")
    await outlived(ring, poison)
    await eventually(lambda: any(refusal.digest == poison.digest for refusal in ring.portal.refusals))
