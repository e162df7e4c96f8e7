"""What must stand in a register for anything to be granted: which record, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from aimaq.casework.case import Case, RegisterAnswer
from aimaq.language.errors import InvalidInput, OutOfOrder
from aimaq.regulation import Part
from lea_svc.office import backing
from tests.parties import BASE, IIN, Parties
from tests.waiting import eventually
from tests.web.people import People, Resident
from tests.web.problems import problem
from tests.web.staff import Staff, form_of
from tests.web.test_decision import GRANTED, drafted
from tests.web.test_unanswered import enrolled

UNEMPLOYED, EITHER = "unemployed-registration-2018", "employment-referral-2018"
WANTED: dict[str, dict[str, tuple[str, ...]]] = {
    "labour_market": {"status": ("unemployed",)},
    "gbd_fl": {},
    "oralman": {"oblast": ("43", "27")},
}
PART = Part("lea.executor", "prepare", requires=WANTED)
ALL: dict[str, dict[str, Any]] = {
    "labour_market": {"found": True, "record": {"iin": IIN, "status": "unemployed"}},
    "gbd_fl": {"found": True, "record": {"iin": IIN}},
    "oralman": {"found": True, "record": {"iin": IIN, "oblast": "27"}},
}


def known(**registers: dict[str, Any] | None) -> Case:
    """A case with these answers in the place of those that back everything; None for one that has not come."""
    answers = {name: RegisterAnswer(**answer) for name, answer in (ALL | registers).items() if answer is not None}
    return Case("id", "act", "provider", BASE, BASE, iin=IIN, registers=answers)


def test_records_that_say_what_they_must_back_a_grant() -> None:
    assert list(backing.gaps(known(), PART)) == []
    backing.check(known(), PART)


@pytest.mark.parametrize(
    ("name", "answer", "rule"),
    [
        ("gbd_fl", {"found": False, "record": {}}, "requires gbd_fl"),
        ("labour_market", {"found": False, "record": {}}, "requires labour_market"),
        (
            "labour_market",
            {"found": True, "record": {"status": "job-seeker"}},
            "requires labour_market.status unemployed",
        ),
        ("oralman", {"found": True, "record": {"iin": IIN}}, "requires oralman.oblast 43 or 27"),
    ],
)
def test_a_record_that_is_not_there_or_says_something_else_backs_nothing(
    name: str, answer: dict[str, Any], rule: str
) -> None:
    (gap,) = backing.gaps(known(**{name: answer}), PART)
    assert (gap.register, gap.answered, gap.rule) == (name, True, rule)
    with pytest.raises(InvalidInput) as refused:
        backing.check(known(**{name: answer}), PART)
    assert (refused.value.field, refused.value.rule) == ("decision", rule)
    assert "can only be refused" in refused.value.detail


def test_what_has_not_answered_is_waited_for_before_anything_is_refused() -> None:
    case = known(labour_market={"found": False, "record": {}}, oralman=None)
    assert [gap.answered for gap in backing.gaps(case, PART)] == [True, False]
    with pytest.raises(OutOfOrder) as early:
        backing.check(case, PART)
    assert early.value.rule == "requires oralman"


async def test_a_job_seekers_card_does_not_make_anybody_unemployed(visitors: People, officials: list[Resident]) -> None:
    staff, citizen = await Staff.hired(visitors, officials), visitors.citizen
    await staff.recorded("labour_market", citizen.iin, iin=citizen.iin, status="job-seeker")
    case_id = await staff.begun("clerk", UNEMPLOYED, citizen)
    await staff.did(case_id, ("head", "assignment"))
    refusal = problem(
        await drafted(staff, case_id, "executor", GRANTED),
        422,
        "invalid-input",
        field="decision",
        rule="requires labour_market.status unemployed",
    )
    assert refusal["detail"].startswith("status in labour_market is job-seeker, and unemployed is wanted")
    assert (await staff.shown(case_id))["at"] == "item-4/prepare"
    referred = await staff.begun("clerk", EITHER, citizen)
    await staff.did(referred, ("head", "assignment"))
    draft = GRANTED | {"result": "employment"}
    assert (await drafted(staff, referred, "executor", draft)).status_code == 200


@pytest.mark.parametrize(
    ("status", "decision", "grounds"),
    [
        ("unemployed", "completed", ""),
        (
            "job-seeker",
            "refused",
            "«Еңбек нарығы» автоматтандырылған ақпараттық жүйесі: status – job-seeker, қажеті – unemployed / "
            "Автоматизированная информационная система «Рынок труда»: status – job-seeker, требуется – unemployed",
        ),
        (
            None,
            "refused",
            "«Еңбек нарығы» автоматтандырылған ақпараттық жүйесі: жазба жоқ / "
            "Автоматизированная информационная система «Рынок труда»: нет записи",
        ),
    ],
)
async def test_the_autopilot_grants_what_is_backed_and_says_in_two_languages_why_the_rest_is_not(
    parties: Parties, known: list[Resident], status: str | None, decision: str, grounds: str
) -> None:
    await parties.start("lea", "gateway", "registry", autopilot=True)
    clerk, citizen = known[0], known[1]
    lea, his = await enrolled(parties, "lea", clerk, "clerk", "head")
    if status is not None:
        registry, where = await parties.http("registry"), f"/registers/labour_market/{citizen.iin}"
        written = await registry.put(where, json={"iin": citizen.iin, "status": status}, headers=parties.admin())
        assert written.status_code == 201, written.text
    new = {"regulation": UNEMPLOYED, "login": clerk.login, "form": form_of(UNEMPLOYED, citizen)}
    case_id = (await lea.post("/cases", json=new)).json()["case_id"]
    assert (await lea.post(f"/cases/{case_id}/assignment", headers=his)).status_code == 200

    async def decided() -> bool:
        case = await parties.case("lea", case_id)
        return case is not None and case.at == "item-6/issue"

    await eventually(decided, what="the autopilot's answer")
    case = await parties.case("lea", case_id)
    assert case is not None
    assert (case.status, case.grounds) == (decision, grounds)
