"""Failures: what is tried again and when, what is laid aside, what is answered, and who has to wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest

from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.errors import InvalidInput, NotAllowed, Technical, Unavailable
from aimaq.language.messages import StatusChanged
from tests.faults import bewitch, rows
from tests.outsider import BODY, REGULATION, Outsider, SignedMessage
from tests.parties import Parties
from tests.pipeline.messages import SUBMITTED, deliveries, submitted
from tests.waiting import eventually

PATIENT: dict[str, Any] = {"retry_first": 10, "retry_most": 60, "retry_times": 5}


def notices(gateway: Outsider, case_id: str) -> list[SignedMessage]:
    """What the gateway tells the service centre of a portal case."""
    return deliveries(gateway, [StatusChanged(status="received"), StatusChanged(status="in_progress")], "con", case_id)


@pytest.fixture
async def gateway(parties: Parties) -> AsyncIterator[Outsider]:
    await parties.start("con", **PATIENT)
    yield await parties.outsider("gateway")


@pytest.fixture
async def admin(parties: Parties, gateway: Outsider) -> httpx.AsyncClient:
    return await parties.http("con", **parties.admin())


async def entry(parties: Parties, name: str, message_id: str) -> dict[str, Any]:
    (found,) = [row for row in await rows(parties.services[name], "inbox") if row["message_id"] == message_id]
    return found


async def passes(parties: Parties, gateway: Outsider) -> None:
    """That a message of another case goes through, and with it all that was there before it."""
    case_id = gateway.ids()
    await gateway.hand_in(notices(gateway, case_id)[0])
    await parties.status("con", case_id, "received")


async def test_an_unexpected_error_is_tried_again_with_growing_delay(parties: Parties, gateway: Outsider) -> None:
    case_id = gateway.ids()
    first, second = notices(gateway, case_id)
    spell = bewitch(parties.services["con"], RuntimeError("out of paper"), lambda r: r.envelope.case_id == case_id)
    await gateway.hand_in(first, second)
    for attempt, delay in enumerate((10, 20, 40, 60), 1):
        row = await eventually(partial(tried, parties, first.message_id, attempt))
        assert spell.strikes == attempt
        assert (row["state"], row["reason"]) == ("retry", "RuntimeError: out of paper")
        assert row["due_at"] == parties.clock.now() + timedelta(seconds=delay)
        parties.clock.advance(timedelta(seconds=delay - 1))
        await passes(parties, gateway)
        assert spell.strikes == attempt
        parties.clock.advance(timedelta(seconds=1))
    await eventually(lambda: tried(parties, first.message_id, 5))
    assert await parties.waiting("con") == {first.message_id: "dead", second.message_id: "held"}
    parties.clock.advance(timedelta(days=1))
    await passes(parties, gateway)
    assert spell.strikes == 5
    assert await parties.case("con", case_id) is None


async def tried(parties: Parties, message_id: str, attempts: int) -> dict[str, Any] | None:
    row = await entry(parties, "con", message_id)
    return row if row["attempts"] == attempts else None


async def test_what_works_at_the_second_attempt_is_done_once_and_its_lane_goes_on(
    parties: Parties, gateway: Outsider
) -> None:
    case_id = gateway.ids()
    first, second = notices(gateway, case_id)
    spell = bewitch(parties.services["con"], RuntimeError("out of paper"))
    await gateway.hand_in(first)
    await gateway.hand_in(second)
    spell.lifted = True
    parties.clock.advance(timedelta(seconds=10))
    case = await parties.status("con", case_id, "in_progress")
    assert [shown.message_id for shown in case.shown] == [first.message_id, second.message_id]
    assert await parties.waiting("con") == {}


async def test_what_waits_to_be_tried_again_waits_through_a_restart(parties: Parties, gateway: Outsider) -> None:
    case_id = gateway.ids()
    bewitch(parties.services["con"], RuntimeError("out of paper"))
    await gateway.hand_in(*notices(gateway, case_id))
    await parties.stop("con")
    await parties.start("con", **PATIENT)
    assert sorted((await parties.waiting("con")).values()) == ["held", "retry"]
    parties.clock.advance(timedelta(seconds=10))
    await parties.status("con", case_id, "in_progress")


async def dead_letter(
    parties: Parties, gateway: Outsider, error: Exception
) -> tuple[str, SignedMessage, SignedMessage, Any]:
    """A case whose first message is laid aside, and whose second waits behind it."""
    case_id = gateway.ids()
    first, second = notices(gateway, case_id)
    spell = bewitch(parties.services["con"], error, lambda r: r.envelope.message_id == first.message_id)
    await gateway.hand_in(first, second)
    for attempt, delay in enumerate((10, 20, 40, 60), 1):
        await eventually(partial(tried, parties, first.message_id, attempt))  # written down, so due by this clock
        parties.clock.advance(timedelta(seconds=delay))
    await eventually(lambda: tried(parties, first.message_id, 5))
    return case_id, first, second, spell


async def test_a_dead_letter_is_listed_with_its_reason_and_origin(
    parties: Parties, gateway: Outsider, admin: httpx.AsyncClient
) -> None:
    case_id, first, _, _ = await dead_letter(parties, gateway, RuntimeError("out of paper"))
    (shown,) = (await admin.get("/dead")).json()
    assert shown["message_id"] == first.message_id
    assert (shown["sender"], shown["publisher"], shown["type"]) == ("gateway", "gateway", "StatusChanged")
    assert (shown["case_id"], shown["reason"], shown["attempts"]) == (case_id, "RuntimeError: out of paper", 5)


async def test_a_dead_letter_put_back_is_handled_with_those_behind_it(
    parties: Parties, gateway: Outsider, admin: httpx.AsyncClient
) -> None:
    case_id, first, _, spell = await dead_letter(parties, gateway, RuntimeError("out of paper"))
    spell.lifted = True
    answers = await asyncio.gather(*(admin.post(f"/dead/{first.message_id}/requeue") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    (second,) = [answer.json() for answer in answers if answer.status_code == 409]
    at = f"{parties.clock.now():%F %T} UTC"
    assert second["detail"] == f"the token of con put this message back at {at}: nothing was done twice"
    case = await parties.status("con", case_id, "in_progress")
    assert [shown.status for shown in case.shown] == ["received", "in_progress"]
    assert await parties.waiting("con") == {}
    assert (await admin.get("/dead")).json() == []
    assert (await admin.post(f"/dead/{first.message_id}/requeue")).status_code == 409


async def test_a_dead_letter_put_back_too_early_is_tried_again_from_the_beginning(
    parties: Parties, gateway: Outsider, admin: httpx.AsyncClient
) -> None:
    case_id, first, _, spell = await dead_letter(parties, gateway, RuntimeError("out of paper"))
    assert (await admin.post(f"/dead/{first.message_id}/requeue")).status_code == 204
    row = await entry(parties, "con", first.message_id)
    assert (row["state"], row["attempts"]) == ("retry", 1)
    spell.lifted = True
    parties.clock.advance(timedelta(seconds=10))
    await parties.status("con", case_id, "in_progress")


async def test_a_dead_letter_dropped_lets_its_lane_go_on(
    parties: Parties, gateway: Outsider, admin: httpx.AsyncClient
) -> None:
    case_id, first, second, _ = await dead_letter(parties, gateway, RuntimeError("out of paper"))
    assert (await admin.delete(f"/dead/{first.message_id}")).status_code == 204
    case = await parties.status("con", case_id, "in_progress")
    assert [shown.message_id for shown in case.shown] == [second.message_id]
    assert await parties.waiting("con") == {}
    assert (await entry(parties, "con", first.message_id))["reason"] == "dropped"


async def test_only_a_dead_letter_can_be_put_back(
    parties: Parties, gateway: Outsider, admin: httpx.AsyncClient
) -> None:
    second = notices(gateway, gateway.ids())[1]
    await gateway.hand_in(second)
    for answer in (
        await admin.post(f"/dead/{second.message_id}/requeue"),
        await admin.post(f"/dead/{second.message_id}/return"),
        await admin.delete(f"/dead/{second.message_id}"),
    ):
        assert (answer.status_code, answer.json()["rule"]) == (409, "held")
    assert (await admin.delete(f"/dead/{gateway.ids()}")).status_code == 404
    assert await parties.waiting("con") == {second.message_id: "held"}


@pytest.mark.parametrize("error", [InvalidInput(Technical("no such form")), NotAllowed(Technical("not here"))])
async def test_a_lawful_refusal_is_laid_aside_at_once_and_its_lane_goes_on(
    parties: Parties, gateway: Outsider, error: Exception
) -> None:
    case_id = gateway.ids()
    first, second = notices(gateway, case_id)
    spell = bewitch(parties.services["con"], error, lambda r: r.envelope.message_id == first.message_id)
    await gateway.hand_in(first, second)
    assert spell.strikes == 1
    assert await parties.waiting("con") == {first.message_id: "dead"}
    await parties.status("con", case_id, "in_progress")
    (refusal,) = await eventually(lambda: gateway.refusals)
    assert (refusal.message_id, refusal.digest, refusal.detail) == (first.message_id, first.digest, str(error))


async def test_a_refused_message_put_back_is_handled_though_its_lane_has_gone_on(
    parties: Parties, gateway: Outsider, admin: httpx.AsyncClient
) -> None:
    case_id = gateway.ids()
    first, second = notices(gateway, case_id)
    spell = bewitch(
        parties.services["con"], NotAllowed(Technical("not yet")), lambda r: r.envelope.message_id == first.message_id
    )
    await gateway.hand_in(first, second)
    spell.lifted = True
    assert (await admin.post(f"/dead/{first.message_id}/requeue")).status_code == 204
    case = await parties.case("con", case_id)
    assert case is not None
    assert [shown.message_id for shown in case.shown] == [second.message_id, first.message_id]
    assert case.last_numbers == {"gateway": 2}
    assert await parties.waiting("con") == {}


async def test_what_is_out_of_reach_for_a_handler_is_tried_again(parties: Parties, gateway: Outsider) -> None:
    case_id = gateway.ids()
    spell = bewitch(parties.services["con"], Unavailable(Technical("the printer is away")))
    await gateway.hand_in(notices(gateway, case_id)[0])
    spell.lifted = True
    assert list((await parties.waiting("con")).values()) == ["retry"]
    parties.clock.advance(timedelta(seconds=10))
    await parties.status("con", case_id, "received")


async def test_a_refusal_by_the_body_reaches_the_portal_as_a_dead_letter(parties: Parties) -> None:
    await parties.start("portal", "con", "lea", "gateway")
    bewitch(parties.services["lea"], NotAllowed(Technical("the office is closed for good")))
    await parties.ask()
    http = await parties.http("portal", **parties.admin())
    (envelope,) = await eventually(lambda: listed(http))
    assert envelope["reason"] == "rejected by lea: not-allowed: the office is closed for good"
    assert (envelope["type"], envelope["sender"], envelope["publisher"]) == ("MessageRejected", "lea", "gateway")
    assert (await http.delete(f"/dead/{envelope['message_id']}")).status_code == 204
    assert await listed(http) == []


async def listed(http: httpx.AsyncClient) -> Any:
    return (await http.get("/dead")).json()


async def test_a_message_that_the_gateway_refuses_comes_back_as_a_dead_letter(parties: Parties) -> None:
    await parties.start("portal", "gateway")
    portal = parties.services["portal"]

    def overreach(uow: UnitOfWork) -> None:
        uow.open_case(portal.party.ids(), REGULATION, "portal")
        uow.send(StatusChanged(status="completed"), "con")

    await portal.writer.run(overreach)
    http = await parties.http("portal", **parties.admin())
    (envelope,) = await eventually(lambda: listed(http))
    assert envelope["reason"] == "rejected by gateway: not-allowed: recipient: portal may not send StatusChanged to con"
    assert (envelope["type"], envelope["sender"]) == ("MessageRejected", "gateway")
    await http.post(f"/dead/{envelope['message_id']}/requeue")
    assert [again["message_id"] for again in await listed(http)] == [envelope["message_id"]]


def through(envelope: SignedMessage, to: str, number: int) -> SignedMessage:
    """A letter as the gateway passes it on."""
    return replace(envelope, to=to, number=number)


async def test_a_message_for_somebody_else_is_laid_aside(parties: Parties, gateway: Outsider) -> None:
    portal = await parties.outsider("portal")
    await gateway.hand_in(through(portal.write(SUBMITTED, BODY), "con", 1))
    (row,) = [row for row in await rows(parties.services["con"], "inbox") if row["state"] == "dead"]
    assert str(row["reason"]) == "wrong-recipient: recipient: the message is for lea:mamlyut-employment, not for con"


async def test_a_dead_letter_that_nobody_can_believe_can_be_dropped(
    parties: Parties, gateway: Outsider, admin: httpx.AsyncClient
) -> None:
    case_id = gateway.ids()
    first, second = notices(gateway, case_id)
    await gateway.hand_in(replace(first, data=first.data + b" "), first, second)
    (envelope,) = await listed(admin)
    assert envelope["reason"].startswith("bad-signature: ")
    assert (envelope["sender"], envelope["publisher"]) == (None, "gateway")
    assert (await admin.delete(f"/dead/{envelope['message_id']}")).status_code == 204
    assert await listed(admin) == []
    await parties.status("con", case_id, "in_progress")


async def test_a_second_request_on_one_case_is_refused_and_its_sender_told(parties: Parties, gateway: Outsider) -> None:
    await parties.start("lea")
    portal = await parties.outsider("portal")
    case_id = portal.ids()
    first = portal.write(submitted(parties, case_id), case_id=case_id)
    second = portal.write(SUBMITTED, case_id=case_id, sequence=2)
    await gateway.hand_in(through(first, "lea", 1), through(second, "lea", 2))
    (row,) = await eventually(lambda: dead_at(parties, "lea"))
    assert str(row["reason"]) == "already-there: case_id: this case has its request already"
    refusal = await eventually(lambda: [r for r in gateway.refusals if r.message_id == second.message_id])
    assert refusal[0].reason == "already-there"


async def dead_at(parties: Parties, name: str) -> list[dict[str, Any]]:
    """The dead letters of a party."""
    return [row for row in await rows(parties.services[name], "inbox") if row["state"] == "dead"]


@pytest.mark.parametrize(
    ("regulation", "more", "why"),
    [
        (REGULATION, {"nick": "a"}, "form.nick: the form has no field 'nick'"),
        (
            "unemployed-certificate-2016",
            {"power_of_attorney": "17/1"},
            "form.power_of_attorney: power_of_attorney is not",
        ),
    ],
)
async def test_a_system_cannot_send_a_form_that_no_desk_would_take(
    parties: Parties, regulation: str, more: dict[str, str], why: str
) -> None:
    await parties.start("lea")
    gateway, portal = await parties.outsider("gateway"), await parties.outsider("portal")
    case_id = gateway.ids()
    body = msgspec.structs.replace(SUBMITTED, form=SUBMITTED.form | more)
    envelope = portal.write(body, case_id=case_id, regulation=regulation)
    await gateway.hand_in(replace(envelope, to="lea", number=1))
    (refusal,) = await eventually(lambda: gateway.refusals)
    assert (refusal.message_id, refusal.reason) == (envelope.message_id, "invalid-input")
    assert refusal.detail.startswith(why)
    assert await parties.waiting("lea") == {envelope.message_id: "dead"}
    case = await parties.case("lea", case_id)
    assert case is not None
    assert (case.iin, case.form) == ("", {})
