"""IIN and BIN of a certificate are compared with the request (archive-certificate-2012, 8(7)); forms are checked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parties import BASE
from tests.signatories import certified
from tests.web.people import People, Resident
from tests.web.problems import problem
from tests.web.signing import codes
from tests.web.staff import LAWFUL, Staff, form_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

ARCHIVE, SCHOOLING = "archive-certificate-2012", "home-schooling-costs-2016"
BIN, OTHER_BIN = "120140012348", "100140000003"
WHOSE = {"bin": BIN, "organisation": "Береке ЖШС"}


async def filled(people: People, staff: Staff, **fields: str) -> tuple[str, dict[str, str], str]:
    """A request of the citizen for an archive certificate that is due to be signed: id, headers, document."""
    await staff.living(people.citizen)
    await staff.recorded("gbd_ul", BIN, bin=BIN, name=WHOSE["organisation"], head=people.citizen.iin)
    new = {"regulation": ARCHIVE, "login": people.citizen.login, "form": form_of(ARCHIVE, people.citizen, **fields)}
    answer = await people.portal.post("/cases", json=new)
    assert answer.status_code == 201, answer.text
    opened = answer.json()
    await staff.stands(opened["case_id"], "process-4/sign", "portal")
    return opened["case_id"], {"Authorization": f"Bearer {opened['token']}"}, opened["document"]


def citizen(people: People, bin_: str | None) -> Resident:
    """The citizen with a certificate of an organisation, or with their own."""
    one = people.citizen
    return Resident(one.iin, one.name, one.password, certified(people.parties.home, one.iin, BASE, "SIGN", bin_))


@pytest.mark.parametrize("bin_", [None, OTHER_BIN], ids=["personal", "of another organisation"])
async def test_nobody_asks_for_an_organisation_with_a_certificate(
    people: People, staff: Staff, bin_: str | None
) -> None:
    case_id, mine, document = await filled(people, staff, **WHOSE)
    signed = citizen(people, bin_).cms(document)
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=signed, headers=mine)
    problem(answer, 422, "bad-signature", step="process-5", end="not-signed", paragraph="8(8)")
    assert codes(answer) == ["other-bin"]


async def test_who_works_there_asks_for_it(people: People, staff: Staff) -> None:
    case_id, mine, document = await filled(people, staff, **WHOSE)
    signed = citizen(people, BIN).cms(document)
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=signed, headers=mine)
    assert answer.status_code == 202, answer.text
    await people.parties.status("lea", case_id, "received")


@pytest.mark.parametrize("bin_", [None, BIN], ids=["personal", "of an organisation"])
async def test_a_person_asks_for_themselves_with_any_certificate_of_theirs(
    people: People, staff: Staff, bin_: str | None
) -> None:
    case_id, mine, document = await filled(people, staff)
    signed = citizen(people, bin_).cms(document)
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=signed, headers=mine)
    assert answer.status_code == 202, answer.text


FRIEND = {"representative_name": "Сейітов Ерлан", "power_of_attorney": "2026/17-A"}
CHILD = {"child_name": "Айша"}

NUMBERS: list[tuple[str, str, str, dict[str, Any], str]] = [
    (ARCHIVE, "bin", "120140012349", {"organisation": "Береке"}, "checksum"),
    (ARCHIVE, "bin", "12014001234", {"organisation": "Береке"}, "digits"),
    (ARCHIVE, "bin", "١٢٠١٤٠٠١٢٣٤٨", {"organisation": "Береке"}, "digits"),
    (SCHOOLING, "child_iin", "150101500007", CHILD, "checksum"),
    (SCHOOLING, "representative_iin", "100140000004", {"child_iin": "150101500001", **CHILD, **FRIEND}, "checksum"),
]


@pytest.mark.parametrize(("regulation", "field", "number", "more", "rule"), NUMBERS)
async def test_a_number_in_a_form_has_its_control_digit(
    people: People, regulation: str, field: str, number: str, more: dict[str, Any], rule: str
) -> None:
    form = form_of(regulation, people.citizen, **{field: number, **more})
    new = {"regulation": regulation, "login": people.clerk.login, "form": form, "package": LAWFUL}
    refusal = problem(await people.con.post("/cases", json=new), 422, "invalid-input", field=f"form.{field}", rule=rule)
    assert number not in str(refusal)
