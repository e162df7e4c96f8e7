"""At the counter: papers that are not accepted, passwords and signatures where the act has no check of them, forms."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.web.people import People
from tests.web.problems import problem
from tests.web.staff import LAWFUL, Counter, Staff, form_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNCHECKED, SEMEY, ARCHIVE = "unemployed-registration-2016", "semey-victims-2016", "archive-certificate-2012"


def steps(trace: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What a trace tells of the steps done: ref, operation and outcome."""
    return [(s["ref"], s["operation"], s["outcome"]) for message in trace["messages"] for s in message["steps"]]


FAULTY = LAWFUL | {"missing": ["Жеке куәлік"], "expired": ["Анықтама"]}


async def test_an_incomplete_package_is_not_accepted_and_a_receipt_is_given(
    staff: Staff, counter: Counter, people: People
) -> None:
    ticket = (await people.con.post("/tickets")).json()["ticket"]
    answer = await counter.opens(SEMEY, package=FAULTY, form=form_of(SEMEY, people.citizen), ticket=ticket)
    assert answer.status_code == 201
    opened = answer.json()
    assert (opened["at"], opened["end"], opened["document"]) == ("end:not-accepted", "not-accepted", None)
    receipt = opened["receipt"]
    assert (receipt["case_id"], receipt["step"], receipt["paragraph"]) == (opened["case_id"], "item-1", "7(1)")
    assert receipt["faults"] == ["missing: Жеке куәлік", "out of date: Анықтама"]
    assert len(set(receipt["text"].values())) == 3
    assert receipt["given_at"]
    trace = await staff.journalled(opened["case_id"], "not-accepted")
    (trace_,) = trace["messages"]
    assert (trace_["type"], trace_["sender"], trace_["recipient"]) == ("CaseClosed", "con", "gateway")
    assert steps(trace) == [("item-1", "take-ticket", "ok"), ("item-1", "check-package", "incomplete")]
    shown = await staff.shown(opened["case_id"], "con")
    assert (shown["status"], shown["number"], shown["form"]) == (None, None, {})
    assert shown["detail"] == "missing: Жеке куәлік; out of date: Анықтама"
    his = {"Authorization": f"Bearer {opened['token']}"}
    form = form_of(SEMEY, people.citizen)
    again = await people.con.put(f"/cases/{opened['case_id']}/form", json=form, headers=his)
    assert "not-accepted" in problem(again, 409, "out-of-order")["detail"]


@pytest.mark.parametrize(
    ("language", "faults"),
    [
        ("kk", ["жоқ: Жеке куәлік", "мерзімі өткен: Анықтама"]),
        ("ru", ["отсутствует: Жеке куәлік", "срок действия истёк: Анықтама"]),
    ],
)
async def test_the_receipt_and_the_case_are_in_the_readers_language(
    staff: Staff, counter: Counter, people: People, language: str, faults: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(people.con.headers, "Accept-Language", language)
    opened = (await counter.opens(SEMEY, package=FAULTY, form=form_of(SEMEY, people.citizen))).json()
    assert opened["receipt"]["faults"] == faults
    assert (await staff.shown(opened["case_id"], "con"))["detail"] == "; ".join(faults)


async def test_the_clerk_of_the_body_does_not_accept_one_either(staff: Staff, people: People) -> None:
    regulation = "job-seeker-registration-2018"
    answer = await staff.opens("clerk", regulation, of=people.citizen, package=FAULTY)
    opened = answer.json()
    assert (answer.status_code, opened["end"]) == (201, "not-accepted")
    assert (opened["receipt"]["step"], opened["receipt"]["paragraph"]) == ("item-2", "6(2)")
    trace = await staff.journalled(opened["case_id"], "not-accepted")
    assert [(m["type"], m["sender"]) for m in trace["messages"]] == [("CaseClosed", "lea")]
    assert steps(trace) == [("item-1", "lodge", "ok"), ("item-2", "check-package", "incomplete")]


async def test_a_complete_package_is_accepted_without_a_receipt(staff: Staff, counter: Counter) -> None:
    opened = (await counter.opens(SEMEY, package=LAWFUL)).json()
    assert (opened["at"], opened["end"], opened["receipt"]) == ("process-2/fill-form", None, None)
    bare = await counter.opens(SEMEY)
    assert problem(bare, 422, "invalid-input", field="package")["rule"] == "7(1)"


async def test_where_the_act_knows_no_refusal_to_accept_faulty_papers_open_no_case(
    staff: Staff, people: People
) -> None:
    before = await staff.cases("lea")
    answer = await staff.opens("guard", ARCHIVE, package=FAULTY)
    problem(answer, 422, "invalid-input", field="outcome")
    assert await staff.cases("lea") == before


@pytest.mark.parametrize("wrong", [{"password": "wrong!"}, {"iin": "900101300017"}])
async def test_a_wrong_password_opens_no_case_where_the_act_has_no_check_of_it(
    staff: Staff, counter: Counter, people: People, wrong: dict[str, str]
) -> None:
    before = await staff.cases("con"), await staff.cases("gateway")
    for more in ({}, {"package": LAWFUL}, {"package": FAULTY}):
        regulation = SEMEY if more else UNCHECKED
        answer = await counter.opens(regulation, **more, login=people.clerk.login | wrong)
        refusal = problem(answer, 401, "not-authenticated", field="login")
        assert "case_id" not in refusal
    await people.parties.sent()
    assert (await staff.cases("con"), await staff.cases("gateway")) == before


async def test_a_bad_signature_changes_nothing_where_the_act_has_no_check_of_it(
    staff: Staff, counter: Counter, people: People
) -> None:
    await staff.living(people.citizen)
    case_id, his, document = await counter.filled(UNCHECKED, "process-5/sign")
    before = await staff.shown(case_id, "con")
    other = base64.b64encode(base64.b64decode(document) + b" ").decode()
    for signed in (people.neighbour.cms(document), people.clerk.cms(other)):
        answer = await people.con.post(f"/cases/{case_id}/signature", json=signed, headers=his)
        refusal = problem(answer, 422, "bad-signature", field="cms")
        assert refusal["findings"]
        assert "step" not in refusal
        assert await staff.shown(case_id, "con") == before
    assert case_id not in await staff.cases("lea")
    answer = await people.con.post(f"/cases/{case_id}/signature", json=people.clerk.cms(document), headers=his)
    assert answer.status_code == 202
    await staff.stands(case_id, "condition-2/check-documents")


async def test_who_is_in_no_register_is_refused_by_the_act(staff: Staff, counter: Counter, people: People) -> None:
    form = form_of(UNCHECKED, people.neighbour)
    opened = (await counter.opens(UNCHECKED, form=form)).json()
    trace = await staff.journalled(opened["case_id"], "no-data")
    assert [(m["type"], m["sender"]) for m in trace["messages"]] == [
        ("RegistryAsked", "con"),
        ("RegistryAnswered", "registry"),
        ("CaseClosed", "con"),
    ]
    assert steps(trace)[-2:] == [("condition-1", "check-registry", "absent"), ("process-4", "refuse", "ok")]
    shown = await staff.shown(opened["case_id"], "con")
    assert (shown["end"], shown["ground"]) == ("no-data", "registry")
    assert shown["registers"] == {"gbd_fl": {"found": False, "record": {}}}


async def test_documents_that_are_not_as_they_should_be_end_the_case_as_refused(staff: Staff, counter: Counter) -> None:
    case_id, _ = await counter.sent(UNCHECKED)
    answer = await staff.does("guard", case_id, "examination", faults=["Мөр жоқ"])
    assert (answer.status_code, answer.json()["end"]) == (200, "documents-refused")
    shown = await staff.stands(case_id, "end:documents-refused", "con")
    assert (shown["status"], shown["ground"], shown["detail"]) == ("refused", "documents", "Мөр жоқ")
    assert shown["result"] is None
    assert (await staff.journalled(case_id, "documents-refused"))["status"] == "refused"


async def test_a_form_is_not_filled_in_for_another_once_the_registers_were_asked(
    staff: Staff, counter: Counter, people: People
) -> None:
    for resident in (people.citizen, people.neighbour):
        await staff.living(resident)
    try:
        case_id, his, document = await counter.filled(ARCHIVE, "process-4/sign")
        before = await staff.shown(case_id, "con")
        mine = form_of(ARCHIVE, people.citizen)
        for form in (form_of(ARCHIVE, people.neighbour), mine | {"about": "Басқа зауыт туралы"}):
            answer = await people.con.put(f"/cases/{case_id}/form", json=form, headers=his)
            problem(answer, 422, "invalid-input", field="form", rule="asked already")
            assert await staff.shown(case_id, "con") == before
        same = await people.con.put(f"/cases/{case_id}/form", json=mine, headers=his)
        assert (same.status_code, same.json()["document"]) == (200, document)
        answer = await people.con.post(f"/cases/{case_id}/signature", json=people.clerk.cms(document), headers=his)
        assert answer.status_code == 202
        trace = await people.trace(case_id)
        asked = [message for message in trace["messages"] if message["type"] == "RegistryAsked"]
        assert len(asked) == 1
        body = json.loads(
            (await people.gateway.get(f"/messages/{asked[0]['message_id']}", headers=people.admin)).content
        )
        assert body["body"]["questions"] == {"gbd_fl": {"iin": people.citizen.iin}}
    finally:
        await staff.registry.delete(f"/registers/gbd_fl/{people.neighbour.iin}", headers=people.admin)
