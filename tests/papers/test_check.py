"""The public check of a document: what it tells to whom knows number and IIN, and to nobody else."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from aimaq.eds.cms.reader import DocumentSigner
from aimaq.http.client import http_client
from registry_svc.nca.owner import ORGANISATION
from stand.people.person import people as synthetic
from tests.papers.signing import decided, fetched
from tests.waiting import eventually
from tests.web.people import BIN, People, Resident
from tests.web.problems import problem

LANGUAGES = {"kk", "ru", "en"}


async def issued(people: People, **decision: str) -> tuple[str, dict[str, str], dict[str, Any]]:
    """A case at the portal with its paper: id, the citizen's headers, the result as the citizen sees it."""
    case_id, mine = await people.submitted()
    await decided(people, case_id, **decision)
    await fetched(people.portal, case_id, mine)

    async def shown() -> dict[str, Any] | None:
        case = (await people.portal.get(f"/cases/{case_id}", headers=mine)).json()
        result: dict[str, Any] | None = case["result"]
        return result

    return case_id, mine, await eventually(shown, what="the result")


async def checked(client: httpx.AsyncClient, number: str, **owner: str) -> httpx.Response:
    return await client.get(f"/documents/{number}", params=owner)


async def test_number_and_iin_tell_all_that_is_public(visitors: People) -> None:
    case_id, mine, result = await issued(visitors)
    iin = visitors.citizen.iin
    for client in (visitors.portal, visitors.lea):
        answer = await checked(client, result["number"], iin=iin)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert (body["number"], body["kind"], body["paper"]) == (result["number"], "certificate", "certificate")
        assert (body["decision"], body["decided_on"]) == ("granted", "2026-03-02")
        assert body["title"] == result["title"]
        assert set(body["service"]) == set(body["body"]) == LANGUAGES
        assert (body["holds"], body["findings"]) == (True, [])
        assert body["signed_at"].startswith("2026-03-02T04:00:00")
        pdf = await fetched(visitors.portal, case_id, mine)
        assert body["sha256"] == hashlib.sha256(pdf).hexdigest() == result["pdf_sha256"]
        surname, given_name, patronymic = visitors.clerk.name.upper().split()
        assert body["signed_by"].upper() == f"{surname} {given_name} {patronymic}"
        assert iin not in answer.text
        assert visitors.clerk.iin not in answer.text
        assert visitors.citizen.name not in answer.text
    problem(await checked(visitors.con, result["number"], iin=iin), 404, "not-found", field="number")


async def test_a_wrong_number_and_a_wrong_iin_cannot_be_told_apart(visitors: People) -> None:
    _, _, result = await issued(visitors)
    wrong_iin = await checked(visitors.portal, result["number"], iin=visitors.neighbour.iin)
    wrong_number = await checked(visitors.portal, result["number"][:-1] + "1", iin=visitors.citizen.iin)
    nothing = await checked(visitors.portal, "№%20'; --", iin=visitors.citizen.iin)
    for answer in (wrong_iin, wrong_number, nothing):
        problem(answer, 404, "not-found", field="number")
    assert wrong_iin.content == wrong_number.content == nothing.content
    assert {**wrong_iin.headers} == {**wrong_number.headers} == {**nothing.headers}
    problem(await checked(visitors.portal, result["number"], bin="100140000003"), 404, "not-found")


async def test_who_asks_wrongly_is_told_what_is_asked_for(visitors: People) -> None:
    for owner, field, rule in (
        ({}, "iin", "iin or bin"),
        ({"iin": visitors.citizen.iin, "bin": "100140000003"}, "iin", "iin or bin"),
        ({"iin": "12"}, "iin", "digits"),
        ({"iin": "900101300018"}, "iin", "checksum"),
        ({"bin": "abc"}, "bin", "digits"),
    ):
        problem(await checked(visitors.portal, "20260302-X", **owner), 422, "invalid-input", field=field, rule=rule)


async def test_who_fails_too_often_waits_on_the_clock_of_the_stand(visitors: People) -> None:
    _, _, result = await issued(visitors)
    for _ in range(10):
        problem(await checked(visitors.portal, "20260302-X", iin=visitors.citizen.iin), 404, "not-found")
    answer = await checked(visitors.portal, result["number"], iin=visitors.citizen.iin)
    refusal = problem(answer, 429, "too-many-failures")
    assert refusal["retry_after"] == int(answer.headers["retry-after"]) == 600
    visitors.parties.clock.advance(timedelta(minutes=10))
    answer = await checked(visitors.portal, result["number"], iin=visitors.citizen.iin)
    assert (answer.status_code, answer.json()["holds"]) == (200, True)


async def test_guesses_made_at_once_are_counted_together(visitors: People) -> None:
    guesses = [checked(visitors.portal, f"20260302-{n}", iin=visitors.citizen.iin) for n in range(40)]
    answers = [answer.status_code for answer in await asyncio.gather(*guesses)]
    assert (answers.count(404), answers.count(429)) == (10, 30)


async def test_the_check_tells_how_the_certificate_of_the_signer_stands_now(visitors: People) -> None:
    official, serial = await appointed(visitors)
    _, _, result = await issued(official)
    visitors.parties.clock.advance(timedelta(minutes=5))
    registry = await visitors.parties.http("registry")
    body = {"serial": serial, "reason": "superseded"}
    assert (await registry.post("/nca/revocations", json=body, headers=visitors.admin)).status_code == 201
    answer = (await checked(visitors.portal, result["number"], iin=visitors.citizen.iin)).json()
    assert answer["holds"] is True
    assert [finding["code"] for finding in answer["findings"]] == ["revoked-after-signing"]


async def test_a_list_that_nobody_can_get_leaves_it_open_whether_the_signature_holds(visitors: People) -> None:
    _, _, result = await issued(visitors)
    parties = visitors.parties
    await parties.stop("portal")
    await parties.start("portal", registry_url="http://127.0.0.1:9")
    portal = await parties.http("portal")
    answer = (await checked(portal, result["number"], iin=visitors.citizen.iin)).json()
    assert answer["holds"] is None
    assert [finding["code"] for finding in answer["findings"]] == ["revocation-unknown"]


async def appointed(people: People) -> tuple[People, str]:
    """The same people with another official, whose certificate the authority has on record; its serial number."""
    person = next(synthetic("appointed"))
    person.bin, person.organisation = BIN, ORGANISATION
    registry = people.parties.services["portal"].settings.registry_url
    async with http_client() as session:
        certificate = await person.request_certificate(
            session, registry, people.parties.services["registry"].administration.token
        )
    official = Resident(person.iin, person.name, person.password, DocumentSigner(person.key, certificate))
    new = official.login | {"name": official.name}
    assert (await people.lea.post("/users", json=new, headers=people.admin)).status_code == 201
    return replace(people, clerk=official), certificate.number


async def test_a_refusal_is_a_document_as_well(visitors: People) -> None:
    _, _, result = await issued(visitors, decision="denied", grounds="Құжаттар толық емес")
    answer = (await checked(visitors.portal, result["number"], iin=visitors.citizen.iin)).json()
    assert (answer["paper"], answer["decision"], answer["holds"]) == ("refusal", "denied", True)
    assert "Құжаттар" not in json.dumps(answer, ensure_ascii=False)
