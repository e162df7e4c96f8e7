"""The gateway's door: what may not pass is journalled with its reason, answered by MessageRejected, and stays there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimaq.eds.x509.profile import Role
from aimaq.language.envelope import seal
from aimaq.language.messages import CaseClosed, MessageRejected, RegistryAsked, StatusChanged
from aimaq.language.signing.jws import KeySigner
from registry_svc.nca.authority import Authority
from registry_svc.nca.owner import Owner
from tests.faults import rows
from tests.outsider import Letter, Outsider
from tests.parties import Parties
from tests.pipeline.messages import SUBMITTED, answers
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = timedelta(days=1)
ON_ONE_DATABASE = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Door:
    """The gateway, with systems of somebody else's around it."""

    parties: Parties
    portal: Outsider
    con: Outsider
    lea: Outsider

    async def journal(self, **where: Any) -> list[dict[str, Any]]:
        """What the gateway has journalled, of its own messages or of others'."""
        return await rows(self.parties.services["gateway"], "journal", **where)

    def arrived(self, letter: Letter) -> int:
        """How often these bytes came to one of the systems."""
        return sum(arrival.body == letter.data for one in (self.portal, self.con, self.lea) for arrival in one.arrivals)

    async def told(self, outsider: Outsider, letter: Letter) -> MessageRejected:
        """The rejection of a letter, once it has come; there is one."""
        (refusal,) = await eventually(lambda: refusals(outsider, letter), what="the rejection")
        return refusal


def refusals(outsider: Outsider, letter: Letter) -> list[MessageRejected]:
    """The rejections of these bytes that came to a system."""
    return [refusal for refusal in outsider.refusals if refusal.digest == letter.digest]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(lasting_parties: Parties) -> AsyncIterator[Door]:
    await lasting_parties.start("gateway")
    yield Door(lasting_parties, *[await lasting_parties.outsider(name) for name in ("portal", "con", "lea")])


async def refused(door: Door, letter: Letter, by: Outsider, reason: str) -> dict[str, Any]:
    """That the letter was refused for this reason, told to whoever handed it in, and went no further."""
    assert await by.hand_in(letter) == [None]
    assert (await door.told(by, letter)).reason == reason
    (entry,) = await door.journal(body=letter.data)
    assert entry["verdict"] == "rejected"
    assert str(entry["reason"]).startswith(f"{reason}: ")
    assert (entry["body"], entry["signature"]) == (letter.data, letter.signature)
    await door.parties.sent()
    assert door.arrived(letter) == 0
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


@ON_ONE_DATABASE
@given(st.integers(0, 10**6), st.integers(1, 255), st.booleans())
async def test_any_changed_byte_is_noticed(door: Door, at: int, difference: int, cut: bool) -> None:
    letter = door.portal.write(SUBMITTED)
    data = bytearray(letter.data)
    data[at % len(data)] ^= difference
    await refused(door, Letter(bytes(data), letter.signature), door.portal, "bad-signature")
    other = letter.data[: -1 - at % 100] if cut else letter.data + bytes([difference])
    await refused(door, Letter(other, letter.signature), door.portal, "bad-signature")


async def test_a_rejection_names_the_message_only_if_its_sender_is_certain(door: Door) -> None:
    letter = door.portal.write(SUBMITTED, channel="akim")
    entry = await refused(door, letter, door.portal, "unknown-regulation")
    assert (await door.told(door.portal, letter)).message_id == letter.message_id
    assert letter.message_id in {answer.caused_by for answer in door.portal.got}
    assert (entry["sender"], entry["type"]) == ("portal", "RequestSubmitted")


async def test_nothing_is_believed_of_a_message_whose_signature_is_wrong(door: Door) -> None:
    letter = door.portal.write(SUBMITTED)
    changed = Letter(letter.data.replace(b'"sequence":1', b'"sequence":2'), letter.signature)
    entry = await refused(door, changed, door.portal, "bad-signature")
    assert (await door.told(door.portal, changed)).message_id == ""
    assert [entry[name] for name in ("sender", "type", "case_id", "recipient", "sequence")] == [None] * 5
    assert entry["publisher"] == "portal"


async def test_a_certificate_that_nobody_here_owns_is_an_unknown_sender(door: Door) -> None:
    authority = Authority.load(door.parties.home / "nca", door.parties.clock, door.portal.ids)
    key = ec.generate_private_key(ec.SECP256R1())
    owner = Owner(common_name="AIMAQ stranger (TEST)", bin="100140000003", organisation="TEST")
    certificate = authority.issue(key.public_key(), owner, role=Role.INFORMATION_SYSTEM, usage="SIGN")
    stranger = Outsider("portal", door.parties.broker, KeySigner(key, certificate), door.parties.clock)
    await refused(door, stranger.write(SUBMITTED), door.portal, "unknown-sender")


async def test_another_connection_than_the_signers_is_an_unknown_sender(door: Door) -> None:
    letter = door.portal.write(SUBMITTED)
    await refused(door, letter, door.con, "unknown-sender")
    assert refusals(door.portal, letter) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"iin":5}', "Expected `str`, got `int`"),
        (b'{"iin":"1"}', "missing required field `name`"),
        (b'{"iin":"1","name":"n","form":{},"document":"*","signature":""}', "Invalid base64"),
    ],
)
async def test_a_body_of_another_shape_is_refused(door: Door, body: bytes, said: str) -> None:
    plain = json.loads(door.portal.write(SUBMITTED).data) | {"body": json.loads(body)}
    letter = door.portal.stamp(json.dumps(plain).encode())
    entry = await refused(door, letter, door.portal, "invalid-input")
    assert said in entry["reason"]
    assert said in (await door.told(door.portal, letter)).detail


async def test_a_used_id_with_other_bytes_is_refused_and_the_first_message_stays(door: Door) -> None:
    first = door.portal.write(SUBMITTED)
    again = door.portal.write(SUBMITTED, message_id=first.message_id)
    await door.portal.hand_in(first)
    await refused(door, again, door.portal, "used-id")
    await eventually(lambda: door.arrived(first))
    (entry,) = await door.journal(body=first.data)
    assert (entry["verdict"], entry["message_id"]) == ("accepted", first.message_id)


async def test_the_same_bytes_again_have_no_second_effect(door: Door) -> None:
    letter = door.portal.write(SUBMITTED)
    (case_id,) = {json.loads(letter.data)["case_id"]}
    for _ in range(3):
        assert await door.portal.hand_in(letter, letter) == [None, None]
    await door.parties.sent()
    assert sorted(entry["sender"] for entry in await door.journal(case_id=case_id)) == ["gateway", "portal"]
    assert door.arrived(letter) == 1
    assert [notice.case_id for notice in door.con.got].count(case_id) == 1
    assert refusals(door.portal, letter) == []


async def test_a_refused_message_that_comes_again_is_answered_once(door: Door) -> None:
    letter = door.portal.write(SUBMITTED, channel="akim")
    broken = Letter(letter.data + b" ", letter.signature)
    for _ in range(2):
        await door.portal.hand_in(letter, broken, letter, broken)
    await door.parties.sent()
    for one, reason in ((letter, "unknown-regulation"), (broken, "bad-signature")):
        assert [refusal.reason for refusal in refusals(door.portal, one)] == [reason]
        assert len(await door.journal(body=one.data)) == 1


async def test_a_rejection_that_may_not_pass_is_journalled_and_answered_by_nothing(door: Door) -> None:
    letter = door.portal.write(MessageRejected("", "d", "r", "d"), "portal")
    await door.portal.hand_in(letter)
    await door.parties.sent()
    assert [entry["verdict"] for entry in await door.journal(body=letter.data)] == ["rejected"]
    assert refusals(door.portal, letter) == []
    assert door.arrived(letter) == 0


async def test_what_passes_is_the_same_bytes_with_the_same_signature(door: Door) -> None:
    letter = door.portal.write(SUBMITTED)
    await door.portal.hand_in(letter)
    await eventually(lambda: door.arrived(letter))
    (arrival,) = [arrival for arrival in door.lea.arrivals if arrival.body == letter.data]
    assert (arrival.signature, arrival.delivery, arrival.publisher) == (letter.signature, 1, "gateway")


@pytest.mark.parametrize("late", [timedelta(days=3), timedelta(seconds=-300)])
async def test_a_message_just_in_time_passes(door: Door, late: timedelta) -> None:
    letter = door.portal.write(SUBMITTED, occurred_at=door.portal.clock.now() - late)
    await door.portal.hand_in(letter)
    await eventually(lambda: door.arrived(letter))
    assert refusals(door.portal, letter) == []


async def test_a_message_for_the_gateway_itself_goes_no_further(door: Door) -> None:
    letter = door.portal.write(CaseClosed(end="not-authorised", ground="identity"), "gateway")
    await door.portal.hand_in(letter)
    await door.parties.sent()
    assert [entry["verdict"] for entry in await door.journal(body=letter.data)] == ["accepted"]
    assert door.arrived(letter) == 0
    assert refusals(door.portal, letter) == []


async def test_the_status_goes_to_portal_and_service_centre_both(door: Door) -> None:
    request = door.portal.write(SUBMITTED)
    case_id = json.loads(request.data)["case_id"]
    await door.portal.hand_in(request)
    await door.lea.hand_in(*answers(door.lea, case_id))
    await door.parties.sent()
    told = [one for one in zip(door.con.got, door.con.arrivals, strict=True) if one[0].case_id == case_id]
    assert [getattr(letter.content(), "status", None) for letter, _ in told] == ["received", "in_progress", "completed"]
    assert [(letter.sender, arrival.delivery) for letter, arrival in told] == [("gateway", n) for n in (1, 2, 3)]
    shown = [one for one in zip(door.portal.got, door.portal.arrivals, strict=True) if one[0].case_id == case_id]
    assert [(letter.sender, arrival.delivery) for letter, arrival in shown] == [("lea", n) for n in (1, 2, 3)]


async def test_a_step_that_the_regulation_does_not_have_is_refused(door: Door) -> None:
    known = door.portal.envelope(RegistryAsked(questions={"gbd_fl": {"iin": "1"}}), "registry")
    plain = json.loads(seal(known))
    plain["steps"] = [
        {"ref": "process-99", "operation": "sign", "unit": "portal", "outcome": "ok"}
        | {"started_at": plain["occurred_at"], "ended_at": plain["occurred_at"]}
    ]
    await refused(door, door.portal.stamp(json.dumps(plain).encode()), door.portal, "invalid-input")


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"channel": "con"}, "channel"), ({"regulation": "unemployed-certificate-2016"}, "regulation")],
)
async def test_a_message_that_moves_its_case_to_another_flow_is_refused(
    door: Door, changed: dict[str, Any], field: str
) -> None:
    first = door.portal.write(SUBMITTED)
    case_id = json.loads(first.data)["case_id"]
    await door.portal.hand_in(first)
    strayed = door.portal.write(SUBMITTED, case_id=case_id, sequence=2, **changed)
    entry = await refused(door, strayed, door.portal, "invalid-input")
    assert f": {field}: the case is one of unemployed-certificate-2012/portal" in entry["reason"]


async def test_a_journalled_message_that_nobody_can_read_is_still_shown(door: Door) -> None:
    plain = json.loads(door.portal.write(SUBMITTED).data)
    nested = json.dumps(plain | {"body": {}}).encode().replace(b'"body": {}', b'"body": ' + b"[" * 4000 + b"]" * 4000)
    await refused(door, door.portal.stamp(nested), door.portal, "malformed-body")
    http = await door.parties.http("gateway", **door.parties.admin())
    assert (await http.get("/rejected")).status_code == 200
    assert (await http.get(f"/cases/{plain['case_id']}/trace")).status_code in (200, 404)


async def test_a_nul_in_what_is_searched_for_is_no_error_of_ours(door: Door) -> None:
    http = await door.parties.http("gateway", **door.parties.admin())
    assert (await http.get("/cases", params={"after": "\0"})).status_code == 422
    assert (await http.get("/messages/%00")).status_code == 404
    assert (await http.post("/dead/%00/requeue")).status_code == 404
