"""A system whose certificate is withdrawn: its very next message is rejected, wherever it comes to."""

from __future__ import annotations

from typing import Any

import pytest

from aimaq.language.errors import WithdrawnCertificate
from aimaq.language.messages import PARTIES
from tests.access.conftest import World, serial_of
from tests.faults import rows
from tests.outsider import Outsider, SignedMessage
from tests.pipeline.messages import SUBMITTED, submitted
from tests.waiting import eventually

pytestmark = pytest.mark.slow


async def journal(world: World) -> list[tuple[str, str | None]]:
    """Verdict and sender of what came to the gateway, in order; its own messages are left out."""
    found = await rows(world.parties.services["gateway"], "journal")
    found.sort(key=lambda row: row["number"])
    return [(row["verdict"], row["sender"]) for row in found if row["publisher"] != "gateway"]


async def rejected(world: World) -> list[dict[str, Any]]:
    """The rejections in the gateway's journal."""
    return [row for row in await rows(world.parties.services["gateway"], "journal") if row["verdict"] == "rejected"]


async def rejections(sender: Outsider) -> list[tuple[str, str]]:
    """What the sender was told of the messages that were not accepted: the reason and the detail."""
    refusals = await eventually(lambda: sender.refusals, what="a rejection")
    return [(refusal.reason, refusal.detail) for refusal in refusals]


async def test_a_revoked_systems_next_message_is_rejected(world: World) -> None:
    await world.start("gateway")
    portal, _ = await world.outsider("portal"), await world.outsider("lea")
    serial = serial_of(portal.signer)  # type: ignore[arg-type]
    assert await portal.hand_in(portal.write(SUBMITTED)) == [None]
    answer = await world.revoke(serial)
    assert answer["status"] == "revoked"
    assert answer["confirmed"] == ["gateway", "registry"]
    assert answer["unconfirmed"] == ["portal", "con", "lea"]
    await portal.hand_in(portal.write(SUBMITTED))
    assert await journal(world) == [("accepted", "portal"), ("rejected", "portal")]
    (entry,) = await rejected(world)
    assert entry["reason"].startswith("withdrawn-certificate: ")
    assert f"the certificate {serial} of portal is revoked since 2026-03-02" in entry["reason"]
    ((reason, detail),) = await rejections(portal)
    assert reason == "withdrawn-certificate"
    assert serial in detail
    assert await world.parties.waiting("gateway") == {}


async def test_what_was_signed_before_and_comes_after_is_rejected_too(world: World) -> None:
    await world.start("gateway")
    portal = await world.outsider("portal")
    envelope = portal.write(SUBMITTED)
    await world.revoke(world.serial("portal"))
    await portal.hand_in(envelope)
    assert await journal(world) == [("rejected", "portal")]


async def test_with_another_certificate_the_case_goes_on(world: World) -> None:
    await world.start("gateway")
    portal, lea = await world.outsider("portal"), await world.outsider("lea")
    case_id = portal.ids()
    await world.revoke(world.serial("portal"))
    await portal.hand_in(portal.write(SUBMITTED, case_id=case_id, sequence=1))
    portal.signer = await world.certified("portal")
    await portal.hand_in(portal.write(SUBMITTED, case_id=case_id, sequence=2))
    assert await journal(world) == [("rejected", "portal"), ("accepted", "portal")]
    (got,) = await eventually(lambda: lea.got, what="the second message")
    assert got.sequence == 2


async def test_a_suspended_systems_messages_are_laid_aside_and_can_be_put_back(world: World) -> None:
    await world.start("gateway")
    portal, lea = await world.outsider("portal"), await world.outsider("lea")
    serial, admin = world.serial("portal"), await world.parties.http("gateway", **world.parties.admin())
    assert (await world.suspend(serial))["status"] == "suspended"
    envelope = portal.write(SUBMITTED)
    await portal.hand_in(envelope)
    assert await journal(world) == [("rejected", "portal")]
    assert [reason for reason, _ in await rejections(portal)] == ["withdrawn-certificate"]
    (laid,) = (await admin.get("/dead")).json()
    assert laid["message_id"] == envelope.message_id
    assert f"{serial} of portal is suspended" in laid["reason"]
    assert (await admin.post(f"/dead/{envelope.message_id}/requeue")).status_code == 204
    assert await journal(world) == [("rejected", "portal")] * 2
    assert await world.parties.waiting("gateway") == {envelope.message_id: "dead"}
    answer = await world.resume(serial)
    assert (answer["status"], answer["confirmed"]) == ("good", ["gateway", "registry"])
    assert await portal.hand_in(portal.write(SUBMITTED)) == [None]
    assert (await admin.post(f"/dead/{envelope.message_id}/requeue")).status_code == 204
    assert await journal(world) == [("rejected", "portal")] * 2 + [("accepted", "portal")] * 2
    await eventually(lambda: {one.message_id for one in lea.got} >= {envelope.message_id}, what="the message put back")
    assert await world.parties.waiting("gateway") == {}


async def test_a_recipient_rejects_what_the_gateway_accepted_before(world: World) -> None:
    await world.start("lea")
    gateway, portal = await world.outsider("gateway"), await world.outsider("portal")
    case_id = portal.ids()
    first, second = (portal.write(SUBMITTED, case_id=case_id, sequence=n) for n in (1, 2))
    answer = await world.revoke(world.serial("portal"))
    assert answer["confirmed"] == ["lea", "registry"]
    await gateway.hand_in(SignedMessage(first.data, first.signature, first.message_id, "lea", 1))
    laid = await eventually(lambda: world.parties.waiting("lea"), what="the message laid aside")
    assert laid == {first.message_id: "dead"}
    (row,) = await rows(world.parties.services["lea"], "inbox")
    assert row["reason"].startswith("withdrawn-certificate: ")
    await eventually(lambda: gateway.refusals, what="the word for the sender")
    assert [envelope.recipient for envelope in gateway.got] == ["portal"]
    # its number counts as used: what comes after it on the case does not wait for ever
    await gateway.hand_in(SignedMessage(second.data, second.signature, second.message_id, "lea", 2))
    await eventually(lambda: _dead(world, 2), what="the second one")


async def test_what_a_recipient_laid_aside_for_a_suspension_can_be_put_back(world: World) -> None:
    await world.start("lea")
    gateway, portal = await world.outsider("gateway"), await world.outsider("portal")
    case_id = portal.ids()
    envelope = portal.write(submitted(world.parties, case_id), case_id=case_id)
    await world.suspend(world.serial("portal"))
    await gateway.hand_in(SignedMessage(envelope.data, envelope.signature, envelope.message_id, "lea", 1))
    await eventually(lambda: _dead(world, 1), what="the message laid aside")
    await world.resume(world.serial("portal"))
    admin = await world.parties.http("lea", **world.parties.admin())
    assert (await admin.post(f"/dead/{envelope.message_id}/requeue")).status_code == 204
    assert await world.parties.waiting("lea") == {}
    found = await world.parties.case("lea", case_id)
    assert found is not None
    assert found.iin == SUBMITTED.iin


async def _dead(world: World, count: int) -> bool:
    return list((await world.parties.waiting("lea")).values()) == ["dead"] * count


async def test_a_withdrawal_outlives_a_restart_without_the_registry(world: World) -> None:
    await world.start("gateway")
    portal = await world.outsider("portal")
    await world.revoke(world.serial("portal"))
    await world.shut()
    await world.parties.stop("gateway")
    await world.start("gateway")
    await portal.hand_in(portal.write(SUBMITTED))
    assert await journal(world) == [("rejected", "portal")]


async def test_a_service_that_was_down_knows_before_its_first_message(world: World) -> None:
    await world.start("gateway")
    portal = await world.outsider("portal")
    await world.parties.stop("gateway")
    answer = await world.revoke(world.serial("portal"))
    assert "gateway" in answer["unconfirmed"]
    await world.start("gateway")
    await portal.hand_in(portal.write(SUBMITTED))
    assert await journal(world) == [("rejected", "portal")]


async def test_without_the_registry_messages_flow_and_health_tells(world: World) -> None:
    await world.start("gateway")
    portal = await world.outsider("portal")
    assert (await world.health("gateway"))["warnings"] == []
    await world.shut()

    async def warned() -> list[str]:
        found: list[str] = (await world.health("gateway"))["warnings"]
        return found

    (warning,) = await eventually(warned, what="the gateway's word on the registry")
    assert warning.startswith("the systems' certificates are ")
    assert " s old: the registry at " in warning
    assert (await world.health("gateway"))["status"] == "ready"
    assert await portal.hand_in(portal.write(SUBMITTED)) == [None]
    assert await journal(world) == [("accepted", "portal")]
    await world.open()
    await eventually(lambda: _well(world), what="no more warnings")
    assert (await world.revoke(world.serial("portal")))["confirmed"] == ["gateway", "registry"]
    await portal.hand_in(portal.write(SUBMITTED))
    assert await journal(world) == [("accepted", "portal"), ("rejected", "portal")]


async def _well(world: World) -> bool:
    return not (await world.health("gateway"))["warnings"]


async def test_a_service_started_without_the_registry_says_so(world: World) -> None:
    await world.shut()
    await world.start("gateway")
    (warning,) = (await world.health("gateway"))["warnings"]
    assert warning.startswith("the systems' certificates are those of the last run: the registry at ")


async def test_a_service_whose_own_certificate_is_withdrawn_is_not_ready(world: World) -> None:
    await world.start("gateway")
    await world.suspend(world.serial("gateway"))
    assert (await world.health("gateway"))["reasons"] == ["the signing certificate of gateway is suspended"]
    await world.resume(world.serial("gateway"))
    assert (await world.health("gateway"))["status"] == "ready"


@pytest.mark.parametrize("party", PARTIES)
async def test_the_directory_says_whose_and_why(world: World, party: str) -> None:
    await world.start("gateway")
    await world.revoke(world.serial(party))
    directory = world.parties.services["gateway"].dependencies.verifier
    signer = (await world.outsider(party)).signer if party not in ("gateway", "registry") else None
    signer = signer or world.parties.services[party].dependencies.signer
    with pytest.raises(WithdrawnCertificate, match="is revoked since") as found:
        directory.verify(b"bytes", signer.sign(b"bytes"), world.parties.clock.now())
    assert (found.value.party, found.value.rule) == (party, "revoked")
