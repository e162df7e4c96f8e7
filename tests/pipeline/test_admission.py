"""What the gateway admits: all else is journalled with its reason, answered by MessageRejected, and stays there."""

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
from aimaq.language.envelope import to_bytes
from aimaq.language.messages import CaseClosed, MessageRejected, RegistryAsked, StatusChanged
from aimaq.language.signing.jws import KeySigner
from registry_svc.nca.authority import Authority
from registry_svc.nca.owner import Owner
from tests.faults import rows
from tests.outsider import Outsider, SignedMessage
from tests.parties import Parties
from tests.pipeline.messages import SUBMITTED, answers
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = timedelta(days=1)
ON_ONE_DATABASE = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class ServiceClient:
    """The gateway, with systems of somebody else's around it."""

    parties: Parties
    portal: Outsider
    con: Outsider
    lea: Outsider

    async def journal(self, **where: Any) -> list[dict[str, Any]]:
        """What the gateway has journalled, of its own messages or of others'."""
        return await rows(self.parties.services["gateway"], "journal", **where)

    def arrived(self, envelope: SignedMessage) -> int:
        """How often these bytes came to one of the systems."""
        return sum(
            incoming.body == envelope.data
            for one in (self.portal, self.con, self.lea)
            for incoming in one.incoming_messages
        )

    async def rejection(self, outsider: Outsider, envelope: SignedMessage) -> MessageRejected:
        """The rejection of a letter, once it has come; there is one."""
        (refusal,) = await eventually(lambda: refusals(outsider, envelope), what="the rejection")
        return refusal


def refusals(outsider: Outsider, envelope: SignedMessage) -> list[MessageRejected]:
    """The rejections of these bytes that came to a system."""
    return [refusal for refusal in outsider.refusals if refusal.digest == envelope.digest]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(lasting_parties: Parties) -> AsyncIterator[ServiceClient]:
    await lasting_parties.start("gateway")
    yield ServiceClient(lasting_parties, *[await lasting_parties.outsider(name) for name in ("portal", "con", "lea")])


async def refused(gateway: ServiceClient, envelope: SignedMessage, by: Outsider, reason: str) -> dict[str, Any]:
    """That the letter was refused for this reason, told to whoever handed it in, and went no further."""
    assert await by.hand_in(envelope) == [None]
    assert (await gateway.rejection(by, envelope)).reason == reason
    (entry,) = await gateway.journal(body=envelope.data)
    assert entry["verdict"] == "rejected"
    assert str(entry["reason"]).startswith(f"{reason}: ")
    assert (entry["body"], entry["signature"]) == (envelope.data, envelope.signature)
    await gateway.parties.sent()
    assert gateway.arrived(envelope) == 0
    return entry


Spoilt = Callable[[Outsider], SignedMessage]

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
    "no signature": ("bad-signature", lambda portal: SignedMessage(portal.write(SUBMITTED).data, "")),
    "a signature over other bytes": (
        "bad-signature",
        lambda portal: SignedMessage(portal.write(SUBMITTED).data, portal.write(SUBMITTED).signature),
    ),
}


@pytest.mark.parametrize("what", NOT_ALLOWED)
async def test_the_gateway_refuses(gateway: ServiceClient, what: str) -> None:
    reason, spoilt = NOT_ALLOWED[what]
    await refused(gateway, spoilt(gateway.portal), gateway.portal, reason)


@ON_ONE_DATABASE
@given(st.integers(0, 10**6), st.integers(1, 255), st.booleans())
async def test_any_changed_byte_is_noticed(gateway: ServiceClient, at: int, difference: int, cut: bool) -> None:
    envelope = gateway.portal.write(SUBMITTED)
    data = bytearray(envelope.data)
    data[at % len(data)] ^= difference
    await refused(gateway, SignedMessage(bytes(data), envelope.signature), gateway.portal, "bad-signature")
    other = envelope.data[: -1 - at % 100] if cut else envelope.data + bytes([difference])
    await refused(gateway, SignedMessage(other, envelope.signature), gateway.portal, "bad-signature")


async def test_a_rejection_names_the_message_only_if_its_sender_is_certain(gateway: ServiceClient) -> None:
    envelope = gateway.portal.write(SUBMITTED, channel="akim")
    entry = await refused(gateway, envelope, gateway.portal, "unknown-regulation")
    assert (await gateway.rejection(gateway.portal, envelope)).message_id == envelope.message_id
    assert envelope.message_id in {answer.caused_by for answer in gateway.portal.got}
    assert (entry["sender"], entry["type"]) == ("portal", "RequestSubmitted")


async def test_nothing_is_believed_of_a_message_whose_signature_is_wrong(gateway: ServiceClient) -> None:
    envelope = gateway.portal.write(SUBMITTED)
    changed = SignedMessage(envelope.data.replace(b'"sequence":1', b'"sequence":2'), envelope.signature)
    entry = await refused(gateway, changed, gateway.portal, "bad-signature")
    assert (await gateway.rejection(gateway.portal, changed)).message_id == ""
    assert [entry[name] for name in ("sender", "type", "case_id", "recipient", "sequence")] == [None] * 5
    assert entry["publisher"] == "portal"


async def test_a_certificate_that_nobody_here_owns_is_an_unknown_sender(gateway: ServiceClient) -> None:
    authority = Authority.load(gateway.parties.home / "nca", gateway.parties.clock, gateway.portal.ids)
    key = ec.generate_private_key(ec.SECP256R1())
    owner = Owner(common_name="AIMAQ stranger (TEST)", bin="100140000003", organisation="TEST")
    certificate = authority.issue(key.public_key(), owner, role=Role.INFORMATION_SYSTEM, usage="SIGN")
    stranger = Outsider("portal", gateway.parties.broker, KeySigner(key, certificate), gateway.parties.clock)
    await refused(gateway, stranger.write(SUBMITTED), gateway.portal, "unknown-sender")


async def test_another_connection_than_the_signers_is_an_unknown_sender(gateway: ServiceClient) -> None:
    envelope = gateway.portal.write(SUBMITTED)
    await refused(gateway, envelope, gateway.con, "unknown-sender")
    assert refusals(gateway.portal, envelope) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"iin":5}', "Expected `str`, got `int`"),
        (b'{"iin":"1"}', "missing required field `name`"),
        (b'{"iin":"1","name":"n","form":{},"document":"*","signature":""}', "Invalid base64"),
    ],
)
async def test_a_body_of_another_shape_is_refused(gateway: ServiceClient, body: bytes, message: str) -> None:
    plain = json.loads(gateway.portal.write(SUBMITTED).data) | {"body": json.loads(body)}
    envelope = gateway.portal.stamp(json.dumps(plain).encode())
    entry = await refused(gateway, envelope, gateway.portal, "invalid-input")
    assert message in entry["reason"]
    assert message in (await gateway.rejection(gateway.portal, envelope)).detail


async def test_a_used_id_with_other_bytes_is_refused_and_the_first_message_stays(gateway: ServiceClient) -> None:
    first = gateway.portal.write(SUBMITTED)
    again = gateway.portal.write(SUBMITTED, message_id=first.message_id)
    await gateway.portal.hand_in(first)
    await refused(gateway, again, gateway.portal, "used-id")
    await eventually(lambda: gateway.arrived(first))
    (entry,) = await gateway.journal(body=first.data)
    assert (entry["verdict"], entry["message_id"]) == ("accepted", first.message_id)


async def test_the_same_bytes_again_have_no_second_effect(gateway: ServiceClient) -> None:
    envelope = gateway.portal.write(SUBMITTED)
    (case_id,) = {json.loads(envelope.data)["case_id"]}
    for _ in range(3):
        assert await gateway.portal.hand_in(envelope, envelope) == [None, None]
    await gateway.parties.sent()
    assert sorted(entry["sender"] for entry in await gateway.journal(case_id=case_id)) == ["gateway", "portal"]
    assert gateway.arrived(envelope) == 1
    assert [notice.case_id for notice in gateway.con.got].count(case_id) == 1
    assert refusals(gateway.portal, envelope) == []


async def test_a_refused_message_that_comes_again_is_answered_once(gateway: ServiceClient) -> None:
    envelope = gateway.portal.write(SUBMITTED, channel="akim")
    broken = SignedMessage(envelope.data + b" ", envelope.signature)
    for _ in range(2):
        await gateway.portal.hand_in(envelope, broken, envelope, broken)
    await gateway.parties.sent()
    for one, reason in ((envelope, "unknown-regulation"), (broken, "bad-signature")):
        assert [refusal.reason for refusal in refusals(gateway.portal, one)] == [reason]
        assert len(await gateway.journal(body=one.data)) == 1


async def test_a_rejection_that_may_not_pass_is_journalled_and_answered_by_nothing(gateway: ServiceClient) -> None:
    envelope = gateway.portal.write(MessageRejected("", "d", "r", "d"), "portal")
    await gateway.portal.hand_in(envelope)
    await gateway.parties.sent()
    assert [entry["verdict"] for entry in await gateway.journal(body=envelope.data)] == ["rejected"]
    assert refusals(gateway.portal, envelope) == []
    assert gateway.arrived(envelope) == 0


async def test_what_passes_is_the_same_bytes_with_the_same_signature(gateway: ServiceClient) -> None:
    envelope = gateway.portal.write(SUBMITTED)
    await gateway.portal.hand_in(envelope)
    await eventually(lambda: gateway.arrived(envelope))
    (incoming,) = [incoming for incoming in gateway.lea.incoming_messages if incoming.body == envelope.data]
    assert (incoming.signature, incoming.delivery_number, incoming.publisher) == (envelope.signature, 1, "gateway")


@pytest.mark.parametrize("late", [timedelta(days=3), timedelta(seconds=-300)])
async def test_a_message_just_in_time_passes(gateway: ServiceClient, late: timedelta) -> None:
    envelope = gateway.portal.write(SUBMITTED, occurred_at=gateway.portal.clock.now() - late)
    await gateway.portal.hand_in(envelope)
    await eventually(lambda: gateway.arrived(envelope))
    assert refusals(gateway.portal, envelope) == []


async def test_a_message_for_the_gateway_itself_goes_no_further(gateway: ServiceClient) -> None:
    envelope = gateway.portal.write(CaseClosed(end="not-authorised", ground="identity"), "gateway")
    await gateway.portal.hand_in(envelope)
    await gateway.parties.sent()
    assert [entry["verdict"] for entry in await gateway.journal(body=envelope.data)] == ["accepted"]
    assert gateway.arrived(envelope) == 0
    assert refusals(gateway.portal, envelope) == []


async def test_the_status_goes_to_portal_and_service_centre_both(gateway: ServiceClient) -> None:
    request = gateway.portal.write(SUBMITTED)
    case_id = json.loads(request.data)["case_id"]
    await gateway.portal.hand_in(request)
    await gateway.lea.hand_in(*answers(gateway.lea, case_id))
    await gateway.parties.sent()
    notices = [
        one for one in zip(gateway.con.got, gateway.con.incoming_messages, strict=True) if one[0].case_id == case_id
    ]
    assert [getattr(envelope.content(), "status", None) for envelope, _ in notices] == [
        "received",
        "in_progress",
        "completed",
    ]
    assert [(envelope.sender, incoming.delivery_number) for envelope, incoming in notices] == [
        ("gateway", n) for n in (1, 2, 3)
    ]
    shown = [
        one
        for one in zip(gateway.portal.got, gateway.portal.incoming_messages, strict=True)
        if one[0].case_id == case_id
    ]
    assert [(envelope.sender, incoming.delivery_number) for envelope, incoming in shown] == [
        ("lea", n) for n in (1, 2, 3)
    ]


async def test_a_step_that_the_regulation_does_not_have_is_refused(gateway: ServiceClient) -> None:
    known = gateway.portal.envelope(RegistryAsked(questions={"gbd_fl": {"iin": "1"}}), "registry")
    plain = json.loads(to_bytes(known))
    plain["steps"] = [
        {"ref": "process-99", "operation": "sign", "unit": "portal", "outcome": "ok"}
        | {"started_at": plain["occurred_at"], "ended_at": plain["occurred_at"]}
    ]
    await refused(gateway, gateway.portal.stamp(json.dumps(plain).encode()), gateway.portal, "invalid-input")


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"channel": "con"}, "channel"), ({"regulation": "unemployed-certificate-2016"}, "regulation")],
)
async def test_a_message_that_moves_its_case_to_another_flow_is_refused(
    gateway: ServiceClient, changed: dict[str, Any], field: str
) -> None:
    first = gateway.portal.write(SUBMITTED)
    case_id = json.loads(first.data)["case_id"]
    await gateway.portal.hand_in(first)
    strayed = gateway.portal.write(SUBMITTED, case_id=case_id, sequence=2, **changed)
    entry = await refused(gateway, strayed, gateway.portal, "invalid-input")
    assert f": {field}: the case is one of unemployed-certificate-2012/portal" in entry["reason"]


async def test_a_journalled_message_that_nobody_can_read_is_still_shown(gateway: ServiceClient) -> None:
    plain = json.loads(gateway.portal.write(SUBMITTED).data)
    nested = json.dumps(plain | {"body": {}}).encode().replace(b'"body": {}', b'"body": ' + b"[" * 4000 + b"]" * 4000)
    await refused(gateway, gateway.portal.stamp(nested), gateway.portal, "malformed-body")
    http = await gateway.parties.http("gateway", **gateway.parties.admin())
    assert (await http.get("/rejected")).status_code == 200
    assert (await http.get(f"/cases/{plain['case_id']}/trace")).status_code in (200, 404)


async def test_a_nul_in_what_is_searched_for_is_no_error_of_ours(gateway: ServiceClient) -> None:
    http = await gateway.parties.http("gateway", **gateway.parties.admin())
    assert (await http.get("/cases", params={"after": "\0"})).status_code == 422
    assert (await http.get("/messages/%00")).status_code == 404
    assert (await http.post("/dead/%00/requeue")).status_code == 404
