"""What cannot be decoded is a mistake of the call and ends no case; a signature that was read and fails does."""

from __future__ import annotations

import base64

import pytest

from stand.signatures.entries import ENTRIES
from stand.signatures.world import World
from tests.web.people import People
from tests.web.problems import problem

pytestmark = pytest.mark.asyncio(loop_scope="module")


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


NO_BASE64 = {
    "stars": "***",
    "a letter of Kazakh": "MIIBқ===",
    "the alphabet of URLs": "MIIB-_==",
    "one letter too few": "MIIBA",
    "padding in the middle": "MII=BAAA",
}
NO_CMS = {
    "nothing": b"",
    "an empty sequence": b"\x30\x00",
    "no DER": b"nonsense",
    "DER that is cut short": b"\x30\x82\x01",
    "zeros": bytes(2000),
    "beyond all bounds": bytes(70_000),
}


@pytest.mark.parametrize("cms", NO_BASE64.values(), ids=NO_BASE64)
async def test_what_is_no_base64_names_the_field_and_the_case_stands(people: People, cms: str) -> None:
    case_id, mine, document = await people.filled()
    answer = await people.portal.post(f"/cases/{case_id}/signature", json={"cms": cms}, headers=mine)
    problem(answer, 422, "invalid-input", field="cms", rule="base64")
    await signs_now(people, case_id, mine, document)


@pytest.mark.parametrize("cms", NO_CMS.values(), ids=NO_CMS)
async def test_what_is_no_cms_names_the_field_and_the_case_stands(people: People, cms: bytes) -> None:
    case_id, mine, document = await people.filled()
    answer = await people.portal.post(f"/cases/{case_id}/signature", json={"cms": encoded(cms)}, headers=mine)
    refusal = problem(answer, 422, "invalid-input", field="cms", rule="CMS")
    assert [finding["code"] for finding in refusal["findings"]] in (["malformed"], ["too-large"])
    await signs_now(people, case_id, mine, document)


async def signs_now(people: People, case_id: str, mine: dict[str, str], document: str) -> None:
    """That the case stands as it was: the citizen signs it."""
    signed = people.citizen.cms(document)
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=signed, headers=mine)
    assert answer.status_code == 202, answer.text


async def test_base64_in_lines_is_base64(people: People) -> None:
    case_id, mine, document = await people.filled()
    cms = base64.encodebytes(base64.b64decode(people.citizen.cms(document)["cms"])).decode()
    assert "\n" in cms
    answer = await people.portal.post(f"/cases/{case_id}/signature", json={"cms": cms}, headers=mine)
    assert answer.status_code == 202, answer.text


async def test_a_stranger_learns_nothing_of_a_case_by_a_broken_signature(people: People) -> None:
    case_id, _, _ = await people.filled()
    token = (await people.portal.post("/sessions", json=people.neighbour.login)).json()["token"]
    theirs = {"Authorization": f"Bearer {token}"}
    answer = await people.portal.post(f"/cases/{case_id}/signature", json={"cms": encoded(b"x")}, headers=theirs)
    problem(answer, 404, "not-found")


async def test_a_signature_that_was_read_and_does_not_hold_ends_the_case(people: People) -> None:
    world = World(people.parties.clock.now())
    (entry,) = [one for one in ENTRIES if one.name == "no-attributes"]
    case_id, mine, document = await people.filled()
    bad = encoded(entry.make(world, document.encode()))
    answer = await people.portal.post(f"/cases/{case_id}/signature", json={"cms": bad}, headers=mine)
    problem(answer, 422, "bad-signature", end="not-signed")


async def test_an_official_is_told_the_same(people: People) -> None:
    case_id, _ = await people.submitted()
    his = await people.clerks("lea")
    assert (await people.lea.post(f"/cases/{case_id}/acceptance", headers=his)).status_code == 200
    answer = await people.lea.post(f"/cases/{case_id}/draft", json={"decision": "granted"}, headers=his)
    answer = await people.lea.post(f"/cases/{case_id}/result", json={"cms": encoded(b"x")}, headers=his)
    problem(answer, 422, "invalid-input", field="cms", rule="CMS")


async def test_so_is_who_signs_in(people: People) -> None:
    challenge = (await people.portal.post("/challenges")).json()["challenge"]
    answer = await people.portal.post("/sessions", json={"challenge": challenge, "cms": encoded(b"x")})
    problem(answer, 422, "invalid-input", field="cms", rule="CMS")
