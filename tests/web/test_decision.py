"""What the body decides: backed by registers, one of several results, as it was approved; what is paid, and when."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.web.people import People
from tests.web.problems import problem
from tests.web.staff import LAWFUL, Counter, Staff

pytestmark = pytest.mark.asyncio(loop_scope="module")

BACKED, CHOICE = "unemployed-registration-2018", "targeted-assistance-certificate-2016"
SEMEY, ORALMAN = "semey-victims-2016", "oralman-status-2016"
GRANTED: dict[str, Any] = {"decision": "granted"}
DENIED: dict[str, Any] = {"decision": "denied", "grounds": "Тіркелмеген"}
REGISTER = {"status": "unemployed"}


def document(answer: Any) -> dict[str, Any]:
    """The document to be signed that an answer has."""
    found: dict[str, Any] = json.loads(base64.b64decode(answer.json()["document"]))
    return found


async def drafted(staff: Staff, case_id: str, role: str, draft: dict[str, Any]) -> Any:
    """The draft that a member of staff prepares, once the registers that were asked have answered."""
    answer = await staff.does(role, case_id, "draft", **draft)
    while answer.status_code == 409 and str(answer.json().get("rule", "")).startswith("requires "):
        await staff.people.parties.sent()
        answer = await staff.does(role, case_id, "draft", **draft)
    return answer


async def test_what_a_register_does_not_back_can_only_be_refused(staff: Staff, people: People) -> None:
    case_id = await staff.begun("clerk", BACKED, people.citizen)
    await staff.did(case_id, ("head", "assignment"))
    answer = await drafted(staff, case_id, "executor", GRANTED)
    refusal = problem(answer, 422, "invalid-input", field="decision", rule="requires labour_market")
    assert "labour_market has no record of the applicant" in refusal["detail"]
    shown = await staff.shown(case_id)
    assert (shown["at"], shown["result"]) == ("item-4/prepare", None)
    assert shown["registers"]["labour_market"]["found"] is False
    assert (await staff.does("executor", case_id, "draft", **DENIED)).status_code == 200
    assert (await staff.signed("head", case_id))["status"] == "refused"


async def test_what_a_register_backs_can_be_granted(staff: Staff, people: People) -> None:
    await staff.recorded("labour_market", people.neighbour.iin, iin=people.neighbour.iin, **REGISTER)
    case_id = await staff.begun("clerk", BACKED, people.neighbour)
    await staff.did(case_id, ("head", "assignment"))
    assert (await drafted(staff, case_id, "executor", GRANTED)).status_code == 200
    assert (await staff.shown(case_id))["registers"]["labour_market"]["record"]["status"] == "unemployed"
    assert (await staff.signed("head", case_id))["status"] == "completed"


async def test_of_several_results_one_is_named(staff: Staff, people: People) -> None:
    case_id = await staff.begun("clerk", CHOICE, people.citizen)
    await staff.did(case_id, ("head", "assignment"))
    refusal = problem(
        await staff.does("executor", case_id, "draft", **GRANTED), 422, "invalid-input", field="result", rule="required"
    )
    assert refusal["detail"] == "say which result: belonging, not-belonging"
    for odd in ("refusal", "belongin"):
        answer = await staff.does("executor", case_id, "draft", **GRANTED, result=odd)
        refusal = problem(answer, 422, "invalid-input", field="result", rule="known result")
        assert repr(odd) in refusal["detail"]
    assert (await staff.shown(case_id))["at"] == "item-3/prepare"
    prepared = await staff.does("executor", case_id, "draft", **GRANTED, result="not-belonging")
    assert prepared.status_code == 200
    assert document(prepared)["document"] == "not-belonging"
    await staff.signed("head", case_id)
    await staff.did(case_id, ("clerk", "record"), ("clerk", "delivery"))
    shown = await staff.shown(case_id)
    assert (shown["end"], shown["result"]["kind"]) == ("issued", "not-belonging")
    trace = await staff.journalled(case_id, "issued")
    assert trace["status"] == "completed"


async def test_a_refusal_is_one_even_where_there_are_several_results(staff: Staff, people: People) -> None:
    case_id = await staff.begun("clerk", CHOICE, people.citizen)
    await staff.did(case_id, ("head", "assignment"))
    problem(await staff.does("executor", case_id, "draft", decision="denied"), 422, "invalid-input", field="grounds")
    answer = await staff.does("executor", case_id, "draft", **DENIED, result="belonging")
    problem(answer, 422, "invalid-input", field="result", rule="known result")
    prepared = await staff.does("executor", case_id, "draft", **DENIED)
    assert (document(prepared)["document"], document(prepared)["grounds"]) == ("refusal", "Тіркелмеген")


async def test_a_result_of_another_channel_cannot_be_given(staff: Staff, people: People) -> None:
    case_id = await staff.begun("clerk", SEMEY, people.citizen)
    await staff.did(case_id, ("head", "assignment"))
    answer = await staff.does("executor", case_id, "draft", **GRANTED, result="compensation-account")
    refusal = problem(answer, 422, "invalid-input", field="result", rule="known result")
    assert refusal["detail"].endswith("only recognition, certificate, duplicate")


async def test_a_term_is_made_longer_with_a_reason_or_not_at_all(staff: Staff, people: People) -> None:
    case_id = await staff.begun("clerk", SEMEY, people.citizen)
    await staff.did(case_id, ("head", "assignment"))
    problem(await staff.does("executor", case_id, "extension"), 422, "invalid-input", field="reason", rule="required")
    problem(await staff.does("executor", case_id, "extension", reason=""), 422, "invalid-input", field="reason")
    problem(await staff.does("head", case_id, "extension", reason="-"), 403, "not-allowed", step="item-3")
    await staff.did(case_id, ("executor", "extension", {"reason": "Мұрағатқа сұрау салынды"}))
    problem(await staff.does("executor", case_id, "extension", reason="-"), 409, "out-of-order", step="item-3")
    await staff.did(case_id, ("executor", "draft", GRANTED | {"result": "duplicate"}))
    problem(await staff.does("executor", case_id, "extension", reason="-"), 409, "out-of-order", step="item-4")


async def approved(staff: Staff, people: People, draft: dict[str, Any]) -> str:
    """A repatriate's case whose decision the head has signed."""
    case_id = await staff.begun("executor", ORALMAN, people.citizen)
    await staff.stands(case_id, "item-1/enter-registry")
    await staff.did(
        case_id,
        ("executor", "entry"),
        ("clerk", "registration"),
        ("head", "assignment"),
        ("section-head", "assignment"),
        ("executor", "draft", draft),
        ("section-head", "agreement"),
    )
    headers = await staff.signed_in("head")
    due = document(await people.lea.get(f"/cases/{case_id}/draft", headers=headers))
    assert (due["document"], due["decision"], due["signed_by"]) == (
        "decision",
        draft["decision"],
        staff.members["head"].iin,
    )
    shown = await staff.signed("head", case_id)
    assert (shown["at"], shown["status"]) == ("item-8/prepare", "in_progress")
    return case_id


@pytest.mark.parametrize(
    ("first", "then", "end"), [(GRANTED, DENIED, "issued"), (DENIED, GRANTED, "refused")], ids=["granted", "denied"]
)
async def test_the_approved_decision_binds_the_later_draft(
    staff: Staff, people: People, first: dict[str, Any], then: dict[str, Any], end: str
) -> None:
    case_id = await approved(staff, people, first)
    refusal = problem(
        await staff.does("executor", case_id, "draft", **then),
        422,
        "invalid-input",
        field="decision",
        rule="as approved",
    )
    assert refusal["detail"] == f"the signed decision is {first['decision']}"
    assert (await staff.shown(case_id))["at"] == "item-8/prepare"
    await staff.did(case_id, ("executor", "draft", first), ("section-head", "agreement"))
    await staff.signed("head", case_id)
    await staff.did(case_id, ("executor", "record"), ("executor", "delivery"))
    trace = await staff.journalled(case_id, end)
    decided = [s["outcome"] for m in trace["messages"] for s in m["steps"] if s["operation"] == "decide"]
    assert decided == [first["decision"]]


async def test_an_approval_is_not_signed_by_the_executor(staff: Staff, people: People) -> None:
    case_id = await staff.begun("executor", ORALMAN, people.neighbour)
    await staff.stands(case_id, "item-1/enter-registry")
    await staff.did(
        case_id,
        ("executor", "entry"),
        ("clerk", "registration"),
        ("head", "assignment"),
        ("section-head", "assignment"),
        ("executor", "draft", GRANTED),
        ("section-head", "agreement"),
    )
    problem(await staff.signs("executor", case_id), 403, "not-allowed", step="item-7", rule="performer")
    assert (await staff.shown(case_id))["at"] == "item-7/approve"


async def test_who_is_registered_in_another_oblast_is_told_so(staff: Staff, people: People) -> None:
    await staff.recorded("oralman", people.clerk.iin, iin=people.clerk.iin, oblast="06")
    case_id = await staff.begun("executor", ORALMAN, people.clerk)
    trace = await staff.journalled(case_id, "elsewhere")
    assert (trace["status"], trace["messages"][-1]["type"]) == ("refused", "CaseClosed")
    problem(await staff.does("executor", case_id, "entry"), 409, "out-of-order")


async def compensated(staff: Staff, counter: Counter) -> tuple[str, dict[str, str]]:
    """A case at the service centre whose compensation is to be paid, and the operator's headers."""
    case_id, his = await counter.sent(SEMEY, package=LAWFUL)
    await staff.did(
        case_id,
        ("guard", "examination"),
        ("clerk", "registration"),
        ("head", "assignment"),
        ("executor", "draft", GRANTED | {"result": "compensation-control"}),
    )
    await staff.signed("head", case_id)
    await staff.did(case_id, ("clerk", "record"))
    await staff.stands(case_id, "process-8/pay", "con")
    return case_id, his


ACCOUNT = {"account": "KZ00TEST0000000001AB"}


async def test_a_compensation_is_not_paid_before_the_day_of_the_schedule(
    staff: Staff, counter: Counter, people: People
) -> None:
    case_id, his = await compensated(staff, counter)
    place = f"/cases/{case_id}/payment"
    early = await people.con.post(place, json=ACCOUNT | {"on": "2026-03-03"}, headers=his)
    refusal = problem(early, 409, "out-of-order", field="on", rule="schedule")
    assert refusal["detail"] == "by the schedule it is paid on 2026-03-03, and today is 2026-03-02"
    for odd, rule in (("2026-02-30", "day"), ("2026-13-01", "day"), ("soon", None), ("02.03.2026", None)):
        answer = await people.con.post(place, json=ACCOUNT | {"on": odd}, headers=his)
        assert problem(answer, 422, "invalid-input", field="on")["rule"] == (rule or "string_pattern_mismatch")
    problem(await people.con.post(place, json={}, headers=his), 422, "invalid-input", field="account")
    handed = await people.con.post(f"/cases/{case_id}/delivery", json={}, headers=his)
    problem(handed, 409, "out-of-order", step="process-8", paragraph="8(4)")
    assert (await staff.shown(case_id, "con"))["at"] == "process-8/pay"
    paid = await people.con.post(place, json=ACCOUNT | {"on": "2026-03-02"}, headers=his)
    assert (paid.status_code, paid.json()["at"]) == (200, "process-8/issue")
    handed = await people.con.post(f"/cases/{case_id}/delivery", json={}, headers=his)
    assert (handed.status_code, handed.json()["end"]) == (200, "issued")
    assert (await staff.shown(case_id, "con"))["result"]["kind"] == "compensation-control"


async def test_a_result_that_is_no_compensation_is_handed_over_without_a_payment(
    staff: Staff, counter: Counter, people: People
) -> None:
    case_id, his = await counter.sent(SEMEY, package=LAWFUL)
    await staff.did(
        case_id,
        ("guard", "examination"),
        ("clerk", "registration"),
        ("head", "assignment"),
        ("executor", "draft", GRANTED | {"result": "certificate"}),
    )
    await staff.signed("head", case_id)
    await staff.did(case_id, ("clerk", "record"))
    await staff.stands(case_id, "process-8/issue", "con")
    answer = await people.con.post(f"/cases/{case_id}/payment", json=ACCOUNT, headers=his)
    problem(answer, 409, "out-of-order", step="process-8")
    handed = await people.con.post(f"/cases/{case_id}/delivery", json={}, headers=his)
    assert handed.json()["end"] == "issued"
