"""While a register that was asked has not answered, and when it is which day: tests that need services of their own."""

from __future__ import annotations

from datetime import timedelta

import httpx

from aimaq.regulation import Limit
from aimaq.regulation.calendar import Calendar
from tests.parties import Parties
from tests.web.people import People, Resident
from tests.web.problems import problem
from tests.web.staff import LAWFUL, Counter, Staff, form_of

BACKED, ASKED, SEMEY = "unemployed-registration-2018", "archive-certificate-2012", "semey-victims-2016"


async def enrolled(
    parties: Parties, at: str, resident: Resident, *roles: str
) -> tuple[httpx.AsyncClient, dict[str, str]]:
    """A client of a staffed desk, and the headers of somebody who works there."""
    client = await parties.http(at)
    new = resident.login | {"name": resident.name, "roles": list(roles)}
    assert (await client.post("/users", json=new, headers=parties.admin())).status_code == 201
    token = (await client.post("/sessions", json=resident.login)).json()["token"]
    return client, {"Authorization": f"Bearer {token}"}


async def test_nothing_is_granted_before_the_register_has_answered(parties: Parties, known: list[Resident]) -> None:
    await parties.start("lea", "gateway")
    everybody = known[0]
    lea, his = await enrolled(parties, "lea", everybody, "clerk", "head", "executor")
    new = {"regulation": BACKED, "login": everybody.login, "form": form_of(BACKED, known[1])}
    case_id = (await lea.post("/cases", json=new)).json()["case_id"]
    assert (await lea.post(f"/cases/{case_id}/assignment", headers=his)).status_code == 200
    answer = await lea.post(f"/cases/{case_id}/draft", json={"decision": "granted"}, headers=his)
    refusal = problem(answer, 409, "out-of-order", rule="requires labour_market")
    assert refusal["detail"] == "the register labour_market has not answered yet"
    shown = (await lea.get(f"/cases/{case_id}", headers=his)).json()
    assert (shown["at"], shown["status"], shown["registers"]) == ("item-4/prepare", "in_progress", {})
    draft = {"decision": "denied", "grounds": "Құжаттар жалған"}
    assert (await lea.post(f"/cases/{case_id}/draft", json=draft, headers=his)).status_code == 200


async def test_a_form_is_neither_signed_nor_filled_in_again_while_the_registers_are_asked(
    parties: Parties, known: list[Resident]
) -> None:
    await parties.start("con", "gateway")
    operator, citizen, neighbour = known
    con, his = await enrolled(parties, "con", operator)
    new = {"regulation": ASKED, "login": operator.login, "form": form_of(ASKED, citizen)}
    opened = (await con.post("/cases", json=new)).json()
    place = f"/cases/{opened['case_id']}"
    assert opened["at"] == "process-3/check-registry"
    for resident in (citizen, neighbour):
        answer = await con.put(f"{place}/form", json=form_of(ASKED, resident), headers=his)
        problem(answer, 409, "out-of-order", step="process-3", paragraph="7(4)")
    shown = (await con.get(place, headers=his)).json()
    assert (shown["iin"], shown["at"]) == (citizen.iin, "process-3/check-registry")


async def test_the_day_of_the_schedule_is_the_republics(visitors: People, officials: list[Resident]) -> None:
    staff = await Staff.hired(visitors, officials)
    counter = Counter(staff)
    case_id, _ = await counter.sent(SEMEY, package=LAWFUL)
    await staff.did(
        case_id,
        ("guard", "examination"),
        ("clerk", "registration"),
        ("head", "assignment"),
        ("executor", "draft", {"decision": "granted", "result": "compensation-account"}),
    )
    await staff.signed("head", case_id)
    await staff.did(case_id, ("clerk", "record"))
    await staff.stands(case_id, "process-8/pay", "con")
    visitors.parties.clock.advance(timedelta(hours=14, minutes=59))  # 2026-03-02, a minute to midnight in Almaty
    payment = {"account": "KZ00TEST0000000001AB", "on": "2026-03-03"}
    his = await visitors.clerks("con")
    early = await visitors.con.post(f"/cases/{case_id}/payment", json=payment, headers=his)
    problem(early, 409, "out-of-order", field="on", rule="schedule")
    visitors.parties.clock.advance(timedelta(minutes=1))
    paid = await visitors.con.post(f"/cases/{case_id}/payment", json=payment, headers=his)
    assert (paid.status_code, paid.json()["at"]) == (200, "process-8/issue")


async def test_a_term_is_made_longer_until_it_has_run_out(visitors: People, officials: list[Resident]) -> None:
    staff, clock = await Staff.hired(visitors, officials), visitors.parties.clock
    early, late = [await staff.begun("clerk", SEMEY, visitors.citizen) for _ in range(2)]
    for case_id in (early, late):
        await staff.did(case_id, ("head", "assignment"))
    last = Calendar().due(Limit(unit="working-day", max=17), clock.now()).at
    clock.advance_to(last)
    await staff.did(early, ("executor", "extension", {"reason": "Мұрағатқа сұрау салынды"}))
    clock.advance(timedelta(seconds=1))
    refusal = problem(
        await staff.does("executor", late, "extension", reason="Мұрағатқа сұрау салынды"),
        409,
        "out-of-order",
        rule="before the term runs out",
        step="item-3",
        paragraph="5(3)",
    )
    assert refusal["detail"] == "the term of item-3 (5(3)) ran out on 2026-03-30 18:00 and cannot be made longer"
    assert set(refusal["explanation"]) == {"kk", "ru", "en"}
    assert (await staff.shown(late))["at"] == "item-3/extend"
    await staff.did(late, ("executor", "draft", {"decision": "granted", "result": "recognition"}))
