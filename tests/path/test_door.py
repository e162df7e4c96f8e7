"""The gateway's door: what may not pass is journalled with its reason, answered by MessageRejected, and stays there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from aimaq.eds.profile import Role
from aimaq.envelope import seal
from aimaq.messages import CaseClosed, MessageRejected, RegistryAsked, StatusChanged
from aimaq.signing import KeySigner
from registry_svc.nca import Authority
from registry_svc.owner import Owner
from tests.faults import rows
from tests.outsider import Letter, Outsider
from tests.parties import Parties
from tests.path.letters import SUBMITTED, answers
from tests.waiting import eventually

DAY = timedelta(days=1)


@dataclass
class Door:
    """The gateway, with systems of somebody else's around it."""

    parties: Parties
    portal: Outsider
    con: Outsider
    lea: Outsider

    async def journal(self) -> list[dict[str, Any]]:
        entries = await rows(self.parties.services["gateway"], "journal")
        return [entry for entry in entries if entry["sender"] != "gateway"]


@pytest.fixture
async def door(parties: Parties) -> AsyncIterator[Door]:
    await parties.start("gateway")
    yield Door(parties, *[await parties.outsider(name) for name in ("portal", "con", "lea")])


async def refused(door: Door, letter: Letter, by: Outsider, reason: str) -> dict[str, Any]:
    """That the letter was refused for this reason, told to whoever handed it in, and went no further."""
    assert await by.hand_in(letter) == [None]
    await eventually(lambda: by.refusals, what="the rejection")
    (refusal,) = by.refusals
    assert refusal.reason == reason
    assert refusal.digest == letter.digest
    (entry,) = await door.journal()
    assert entry["verdict"] == "rejected"
    assert str(entry["reason"]).startswith(f"{reason}: ")
    assert (entry["body"], entry["signature"]) == (letter.data, letter.signature)
    await door.parties.quiet()
    assert sum(len(outsider.got) for outsider in (door.portal, door.con, door.lea)) == 1
    return entry


Spoilt = Callable[[Outsider], Letter]

NOT_ALLOWED: dict[str, tuple[str, Spoilt]] = {
    "a type that the portal may not send": (
        "not-allowed",
        lambda portal: portal.write(StatusChanged(status="completed"), "con"),
    ),
    "a recipient that the type may not go to": (
        "not-allowed",
        lambda portal: portal.write(SUBMITTED, "registry"),
    ),
    "a message to itself": ("not-allowed", lambda portal: portal.write(SUBMITTED, "portal")),
    "a recipient that nobody knows": ("not-allowed", lambda portal: portal.write(SUBMITTED, "akim")),
    "another kind": ("not-allowed", lambda portal: portal.write(SUBMITTED, kind="NOTIFICATION")),
    "an unknown type": ("unknown-type", lambda portal: portal.write(SUBMITTED, type="RequestWithdrawn")),
    "an unknown regulation": ("unknown-regulation", lambda portal: portal.write(SUBMITTED, regulation="no-such-2012")),
    "an unknown channel": ("unknown-regulation", lambda portal: portal.write(SUBMITTED, channel="akim")),
    "a stale time": (
        "stale-message",
        lambda portal: portal.write(SUBMITTED, occurred_at=portal.clock.now() - 3 * DAY - timedelta(seconds=1)),
    ),
    "a future time": (
        "stale-message",
        lambda portal: portal.write(SUBMITTED, occurred_at=portal.clock.now() + timedelta(seconds=301)),
    ),
    "another's name as sender": ("unknown-sender", lambda portal: portal.write(SUBMITTED, sender="con")),
    "nobody's name as sender": ("unknown-sender", lambda portal: portal.write(SUBMITTED, sender="akim")),
    "not JSON": ("malformed-body", lambda portal: portal.stamp(b"<request/>")),
    "JSON of another shape": ("invalid-input", lambda portal: portal.stamp(b'{"request":1}')),
    "no signature": ("bad-signature", lambda portal: Letter(portal.write(SUBMITTED).data, "")),
    "a signature over other bytes": (
        "bad-signature",
        lambda portal: Letter(portal.write(SUBMITTED).data, portal.write(SUBMITTED).signature),
    ),
}


@pytest.mark.parametrize("what", NOT_ALLOWED)
async def test_the_gateway_refuses(door: Door, what: str) -> None:
    reason, spoilt = NOT_ALLOWED[what]
    await refused(door, spoilt(door.portal), door.portal, reason)


async def test_a_rejection_names_the_message_only_if_its_sender_is_certain(door: Door) -> None:
    letter = door.portal.write(SUBMITTED, channel="akim")
    entry = await refused(door, letter, door.portal, "unknown-regulation")
    assert door.portal.refusals[0].message_id == letter.message_id
    assert door.portal.got[0].caused_by == letter.message_id
    assert (entry["sender"], entry["type"]) == ("portal", "RequestSubmitted")


async def test_nothing_is_believed_of_a_message_whose_signature_is_wrong(door: Door) -> None:
    letter = door.portal.write(SUBMITTED)
    changed = Letter(letter.data.replace(b"Abai", b"").replace(b'"sequence":1', b'"sequence":2'), letter.signature)
    entry = await refused(door, changed, door.portal, "bad-signature")
    assert door.portal.refusals[0].message_id == ""
    assert [entry[name] for name in ("sender", "type", "case_id", "recipient", "sequence")] == [None] * 5
    assert entry["publisher"] == "portal"


async def test_a_certificate_that_nobody_here_owns_is_an_unknown_sender(door: Door) -> None:
    authority = Authority.load(door.parties.home / "nca", door.parties.clock, door.portal.ids)
    key = ec.generate_private_key(ec.SECP256R1())
    owner = Owner(common_name="AIMAQ stranger (TEST)", bin="100140000003", organisation="TEST")
    certificate = authority.issue(key.public_key(), owner, role=Role.INFORMATION_SYSTEM, usage="SIGN")
    door.portal.signer = KeySigner(key, certificate)
    await refused(door, door.portal.write(SUBMITTED), door.portal, "unknown-sender")


async def test_another_connection_than_the_signers_is_an_unknown_sender(door: Door) -> None:
    await refused(door, door.portal.write(SUBMITTED), door.con, "unknown-sender")
    assert door.portal.got == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"iin":5}', "Expected `str`, got `int`"),
        (b'{"iin":"1"}', "missing required field `name`"),
        (b'{"iin":"1","name":"n","form":{},"document":"*","signature":""}', "Invalid base64"),
    ],
)
async def test_a_body_of_another_shape_is_refused(door: Door, body: bytes, said: str) -> None:
    letter = door.portal.write(SUBMITTED)
    plain = json.loads(letter.data) | {"body": json.loads(body)}
    entry = await refused(door, door.portal.stamp(json.dumps(plain).encode()), door.portal, "invalid-input")
    assert said in entry["reason"]
    assert said in door.portal.refusals[0].detail


async def test_a_used_id_with_other_bytes_is_refused_and_the_first_message_stays(door: Door) -> None:
    first = door.portal.write(SUBMITTED)
    again = door.portal.write(SUBMITTED, message_id=first.message_id)
    await door.portal.hand_in(first)
    assert await door.portal.hand_in(again) == [None]
    await eventually(lambda: door.portal.refusals)
    assert [refusal.reason for refusal in door.portal.refusals] == ["used-id"]
    await eventually(lambda: door.lea.got)
    await door.parties.quiet()
    assert [arrival.body for arrival in door.lea.arrivals] == [first.data]
    verdicts = {entry["body"]: entry["verdict"] for entry in await door.journal()}
    assert verdicts == {first.data: "accepted", again.data: "rejected"}


async def test_the_same_bytes_again_have_no_second_effect(door: Door) -> None:
    letter = door.portal.write(SUBMITTED)
    for _ in range(3):
        assert await door.portal.hand_in(letter, letter) == [None, None]
    await door.parties.quiet()
    assert [entry["body"] for entry in await door.journal()] == [letter.data]
    assert [arrival.body for arrival in door.lea.arrivals] == [letter.data]
    assert len(door.con.got) == 1
    assert door.portal.got == []


async def test_a_refused_message_that_comes_again_is_answered_once(door: Door) -> None:
    letter = door.portal.write(SUBMITTED, channel="akim")
    broken = Letter(letter.data + b" ", letter.signature)
    for _ in range(2):
        await door.portal.hand_in(letter, broken, letter, broken)
    await eventually(lambda: len(door.portal.refusals) == 2)
    await door.parties.quiet()
    assert sorted(refusal.reason for refusal in door.portal.refusals) == ["bad-signature", "unknown-regulation"]
    assert len(await door.journal()) == 2


async def test_a_rejection_that_may_not_pass_is_journalled_and_answered_by_nothing(door: Door) -> None:
    await door.portal.hand_in(door.portal.write(MessageRejected("", "d", "r", "d"), "portal"))
    await door.parties.quiet()
    assert [entry["verdict"] for entry in await door.journal()] == ["rejected"]
    assert door.portal.got == []


async def test_what_passes_is_the_same_bytes_with_the_same_signature(door: Door) -> None:
    letter = door.portal.write(SUBMITTED)
    await door.portal.hand_in(letter)
    await eventually(lambda: door.lea.arrivals)
    (arrival,) = door.lea.arrivals
    assert (arrival.body, arrival.signature, arrival.delivery) == (letter.data, letter.signature, 1)
    assert arrival.publisher == "gateway"


@pytest.mark.parametrize("late", [timedelta(days=3), timedelta(seconds=-300)])
async def test_a_message_just_in_time_passes(door: Door, late: timedelta) -> None:
    await door.portal.hand_in(door.portal.write(SUBMITTED, occurred_at=door.portal.clock.now() - late))
    await eventually(lambda: door.lea.got)
    assert door.portal.refusals == []


async def test_a_message_for_the_gateway_itself_goes_no_further(door: Door) -> None:
    letter = door.portal.write(CaseClosed(end="not-authorised", ground="identity"), "gateway")
    await door.portal.hand_in(letter)
    await door.parties.quiet()
    assert [entry["verdict"] for entry in await door.journal()] == ["accepted"]
    assert door.lea.got == door.con.got == door.portal.got == []


async def test_the_status_goes_to_portal_and_service_centre_both(door: Door) -> None:
    request = door.portal.write(SUBMITTED)
    case_id = json.loads(request.data)["case_id"]
    await door.portal.hand_in(request)
    await door.lea.hand_in(*answers(door.lea, case_id))
    await eventually(lambda: len(door.con.got) == 3 and len(door.portal.got) == 3)
    told = [getattr(letter.content(), "status", None) for letter in door.con.got]
    assert told == ["received", "in_progress", "completed"]
    assert [letter.sender for letter in door.con.got] == ["gateway"] * 3
    assert [arrival.delivery for arrival in door.con.arrivals] == [1, 2, 3]
    assert [arrival.delivery for arrival in door.portal.arrivals] == [1, 2, 3]


async def test_a_step_that_the_regulation_does_not_have_is_refused(door: Door) -> None:
    known = door.portal.envelope(RegistryAsked(register="gbd_fl", query={"iin": "1"}), "registry")
    plain = json.loads(seal(known))
    plain["steps"] = [
        {"ref": "process-99", "operation": "sign", "unit": "portal", "outcome": "ok"}
        | {"started_at": plain["occurred_at"], "ended_at": plain["occurred_at"]}
    ]
    await refused(door, door.portal.stamp(json.dumps(plain).encode()), door.portal, "invalid-input")
