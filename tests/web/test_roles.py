"""Who does which step at the body: whom the regulation names, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.people import People
from tests.web.problems import problem
from tests.web.staff import ROLES, Counter, Staff, form_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

CERTIFICATE = "unemployed-registration-2016"
STEPS: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("head", "item-2", "6(2)", "assignment", {"to": "Маман"}),
    ("executor", "item-3", "6(3)", "draft", {"decision": "granted"}),
    ("head", "item-4", "6(4)", "result", {}),
    ("clerk", "item-5", "6(5)", "record", {}),
    ("clerk", "item-5", "6(5)", "delivery", {}),
]
"""The provider's flow after the registration: whose turn, ref, paragraph, noun, what is given."""


async def context(staff: Staff, case_id: str, role: str, noun: str, inputs: dict[str, Any]) -> Any:
    """Somebody does a step of the flow."""
    return await (staff.signs(role, case_id) if noun == "result" else staff.does(role, case_id, noun, **inputs))


async def test_a_clerk_may_not_sign_for_the_head(staff: Staff, people: People) -> None:
    case_id = await staff.begun("clerk", CERTIFICATE, people.citizen)
    await staff.did(case_id, ("head", "assignment"), ("executor", "draft", {"decision": "granted"}))
    refusal = problem(
        await staff.signs("clerk", case_id),
        403,
        "not-allowed",
        step="item-4",
        paragraph="6(4)",
        rule="performer",
    )
    assert refusal["detail"] == "item-4 (6(4)) is for lea.head to do, and you have clerk"
    shown = await staff.shown(case_id)
    assert (shown["at"], shown["status"], shown["result"]) == ("item-4/decide", "in_progress", None)
    assert (await staff.signed("head", case_id))["status"] == "completed"


async def test_each_step_is_for_whom_the_regulation_names_and_for_nobody_else(staff: Staff, people: People) -> None:
    case_id = await staff.begun("clerk", CERTIFICATE, people.citizen)
    for due, ref, paragraph, noun, inputs in STEPS:
        before = await staff.shown(case_id)
        for role in ROLES:
            if role != due:
                answer = await context(staff, case_id, role, noun, inputs)
                refusal = problem(answer, 403, "not-allowed", step=ref, paragraph=paragraph, rule="performer")
                assert refusal["detail"].endswith("no role" if role == "guard" else f"you have {role}")
        assert await staff.shown(case_id) == before, "nothing was changed by those who may not"
        assert (await context(staff, case_id, due, noun, inputs)).status_code == 200
    assert (await staff.journalled(case_id, "issued"))["status"] == "completed"


@pytest.mark.parametrize("role", ["head", "executor", "guard"])
@pytest.mark.parametrize("with_form", [True, False])
async def test_a_case_is_opened_by_whoever_registers_it(
    staff: Staff, people: People, role: str, with_form: bool
) -> None:
    before = await staff.cases("lea")
    answer = await staff.opens(role, CERTIFICATE, of=people.citizen if with_form else None)
    problem(answer, 403, "not-allowed", step="item-1", paragraph="6(1)", rule="performer")
    assert await staff.cases("lea") == before


async def test_the_papers_of_2018_are_looked_through_by_the_clerk(staff: Staff) -> None:
    package = {"originals_checked": True}
    answer = await staff.opens("executor", "job-seeker-registration-2018", package=package)
    problem(answer, 403, "not-allowed", step="item-2", paragraph="6(2)", rule="performer")
    assert (await staff.opens("clerk", "job-seeker-registration-2018", package=package)).status_code == 201


async def test_what_is_for_any_employee_is_for_everyone_of_the_staff(staff: Staff, counter: Counter) -> None:
    for role in ("guard", "head"):
        case_id, _ = await counter.sent(CERTIFICATE)
        answer = await staff.does(role, case_id, "examination", faults=[])
        assert (answer.status_code, answer.json()["at"]) == (200, "provider.item-1/register")


async def test_the_providers_steps_are_for_the_same_people_inside_another_channel(
    staff: Staff, counter: Counter
) -> None:
    case_id, _ = await counter.sent(CERTIFICATE)
    await staff.did(case_id, ("guard", "examination"))
    answer = await staff.does("head", case_id, "registration")
    problem(answer, 403, "not-allowed", step="provider.item-1", paragraph="6(1)", rule="performer")
    await staff.did(case_id, ("clerk", "registration"), ("head", "assignment"))
    await staff.did(case_id, ("executor", "draft", {"decision": "granted"}))
    problem(await staff.signs("executor", case_id), 403, "not-allowed", step="provider.item-4", paragraph="6(4)")


async def test_whoever_opened_a_case_fills_it_in_and_nobody_else(staff: Staff, people: People) -> None:
    opened = (await staff.opens("clerk", CERTIFICATE)).json()
    case_id, form = opened["case_id"], form_of(CERTIFICATE, people.citizen)
    others = await staff.signed_in("head")
    answer = await people.lea.put(f"/cases/{case_id}/form", json=form, headers=others)
    problem(answer, 403, "not-allowed")
    his = {"Authorization": f"Bearer {opened['token']}"}
    answer = await people.lea.put(f"/cases/{case_id}/form", json=form, headers=his)
    assert (answer.status_code, answer.json()["at"]) == (200, "item-2/assign")


async def test_a_request_that_nobody_has_filled_in_is_not_registered(staff: Staff, people: People) -> None:
    case_id = (await staff.opens("clerk", CERTIFICATE)).json()["case_id"]
    answer = await staff.does("clerk", case_id, "registration")
    problem(answer, 422, "invalid-input", field="form", rule="required")
    shown = await staff.shown(case_id)
    assert (shown["at"], shown["number"], shown["status"]) == ("item-1/register", None, None)


async def test_a_request_is_registered_once_and_its_form_stays(staff: Staff, people: People) -> None:
    case_id = await staff.begun("clerk", CERTIFICATE, people.citizen)
    his = await staff.signed_in("clerk")
    other = form_of(CERTIFICATE, people.neighbour)
    answer = await people.lea.put(f"/cases/{case_id}/form", json=other, headers=his)
    problem(answer, 409, "out-of-order", step="item-2", paragraph="6(2)")
    problem(await staff.does("clerk", case_id, "registration"), 409, "out-of-order", step="item-2")
    assert (await staff.shown(case_id))["iin"] == people.citizen.iin


async def test_only_the_administrator_says_what_somebody_is(staff: Staff, people: People) -> None:
    new = {"iin": "900101300017", "password": "secret", "name": "Айгүл", "roles": ["head"]}
    problem(await people.lea.post("/users", json=new), 401, "not-authenticated")
    odd = await people.lea.post("/users", json=new | {"roles": ["akimat"]}, headers=people.admin)
    assert "akimat" in problem(odd, 422, "invalid-input", field="roles")["detail"]
    problem(await people.portal.post("/users", json=new), 422, "invalid-input", field="roles")
