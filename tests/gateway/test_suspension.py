"""A party that is suspended at the gateway: what it sends is refused with the reason, and passes once it is resumed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.faults import rows
from tests.parties import Parties
from tests.waiting import eventually
from tests.web.problems import problem

REASON = {"reason": "its certificate is in strange hands"}


async def journalled(parties: Parties, case_id: str, count: int) -> list[dict[str, Any]]:
    """The entries of a case, once there are so many."""

    async def there() -> list[dict[str, Any]] | None:
        found = await rows(parties.services["gateway"], "journal", case_id=case_id)
        return found if len(found) >= count else None

    found = await eventually(there, what=f"{count} entries of {case_id}")
    assert found is not None
    return sorted(found, key=lambda row: int(row["number"]))


@pytest.fixture
async def gateway(parties: Parties) -> httpx.AsyncClient:
    await parties.start("portal", "lea", "gateway")
    return await parties.http("gateway")


async def state(parties: Parties, gateway: httpx.AsyncClient, party: str) -> dict[str, Any]:
    found = (await gateway.get("/parties", headers=parties.admin())).json()
    return next(one for one in found if one["party"] == party)


async def test_what_a_suspended_party_sends_is_refused_and_is_sent_again_once_it_is_resumed(
    parties: Parties, gateway: httpx.AsyncClient
) -> None:
    suspended = await gateway.put("/parties/portal/suspension", json=REASON, headers=parties.admin())
    assert suspended.status_code == 200, suspended.text
    assert (await state(parties, gateway, "portal"))["suspended"] == suspended.json()
    assert suspended.json()["by"] == "the token of gateway"
    case_id = await parties.ask()
    (entry,) = await journalled(parties, case_id, 1)
    assert entry["verdict"] == "rejected"
    assert entry["reason"].endswith(
        "portal is suspended at the gateway since 2026-03-02 04:00:00 UTC: " + REASON["reason"]
    )
    portal = parties.services["portal"]
    (laid,) = await eventually(portal.dead_letters.listed, what="the message that the portal laid aside")
    assert REASON["reason"] in (laid.reason or "")
    resumed = await gateway.delete("/parties/portal/suspension", headers=parties.admin())
    assert resumed.status_code == 204, resumed.text
    assert (await state(parties, gateway, "portal"))["suspended"] is None
    other = await parties.ask()
    assert (await journalled(parties, other, 1))[0]["verdict"] == "accepted"


async def test_what_is_sent_to_a_suspended_party_goes_on(parties: Parties, gateway: httpx.AsyncClient) -> None:
    await gateway.put("/parties/lea/suspension", json=REASON, headers=parties.admin())
    case_id = await parties.ask()

    async def refused() -> bool:
        found = await rows(parties.services["gateway"], "journal", case_id=case_id)
        return ("lea", "rejected") in {(row["publisher"], row["verdict"]) for row in found}

    await eventually(refused, what="the refusal of what the body said")
    entries = await journalled(parties, case_id, 2)
    assert {row["verdict"] for row in entries if row["publisher"] != "lea"} == {"accepted"}
    assert await parties.case("lea", case_id) is not None


async def test_a_suspension_outlives_the_gateway(parties: Parties, gateway: httpx.AsyncClient) -> None:
    made = (await gateway.put("/parties/portal/suspension", json=REASON, headers=parties.admin())).json()
    await parties.stop("gateway")
    await parties.start("gateway")
    assert (await state(parties, await parties.http("gateway"), "portal"))["suspended"] == made
    case_id = await parties.ask()
    assert (await journalled(parties, case_id, 1))[0]["verdict"] == "rejected"


async def test_a_suspension_is_made_once_with_a_reason_and_of_another_party(
    parties: Parties, gateway: httpx.AsyncClient
) -> None:
    for body in ({}, {"reason": ""}, {"reason": "x\u0000y"}, {"reason": "x" * 301}, {"reason": 1}):
        refused = await gateway.put("/parties/con/suspension", json=body, headers=parties.admin())
        problem(refused, 422, "invalid-input", field="reason")
    for party in ("gateway", "nobody"):
        refused = await gateway.put(f"/parties/{party}/suspension", json=REASON, headers=parties.admin())
        problem(refused, 422, "invalid-input", field="path.party")
    not_yet = await gateway.delete("/parties/con/suspension", headers=parties.admin())
    problem(not_yet, 404, "not-found", field="party")
    for status in (200, 409):
        made = await gateway.put("/parties/con/suspension", json=REASON, headers=parties.admin())
        assert made.status_code == status, made.text
