"""What comes in at the doors in the wrong shape is refused with the field and the rule, and never with a traceback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from unicodedata import normalize

import pytest

from tests.outsider import REGULATION
from tests.web.people import People
from tests.web.problems import problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOGIN = {"iin": "900101300017", "password": "secret"}
LAWFUL = {"regulation": REGULATION, "login": LOGIN}
JSON = {"content-type": "application/json"}


def dumped(body: Any) -> bytes:
    """JSON as some write it: with half a letter where there is one."""
    return json.dumps(body).encode()


@pytest.mark.parametrize("body", [b"", b"{", b"iin=1", b"\xff\xfe", b'{"a":1}}', b"[" * 100_000])
async def test_a_body_that_is_not_json_is_malformed(people: People, body: bytes) -> None:
    for path in ("/cases", "/sessions", "/users"):
        answer = await people.portal.post(path, content=body, headers=JSON)
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


SHAPES: dict[str, tuple[Any, str | None, str]] = {
    "a list": ([], None, "model_attributes_type"),
    "null": (None, None, "missing"),
    "an empty object": ({}, "regulation", "missing"),
    "no login": ({"regulation": REGULATION}, "login", "missing"),
    "a number for a text": ({"regulation": 7, "login": LOGIN}, "regulation", "string_type"),
    "a login of another shape": ({"regulation": REGULATION, "login": "me"}, "login", "model_attributes_type"),
    "an unknown field": (LAWFUL | {"hurry": True}, "hurry", "extra_forbidden"),
    "an unknown field within": (LAWFUL | {"login": LOGIN | {"otp": "1"}}, "login.otp", "extra_forbidden"),
    "an empty password": (LAWFUL | {"login": LOGIN | {"password": ""}}, "login.password", "string_too_short"),
    "an endless regulation": ({"regulation": "x" * 101, "login": LOGIN}, "regulation", "string_too_long"),
    "an IIN with a wrong control digit": (LAWFUL | {"login": LOGIN | {"iin": "900101300018"}}, "login.iin", "checksum"),
    "an IIN of eleven digits": (LAWFUL | {"login": LOGIN | {"iin": "90010130001"}}, "login.iin", "digits"),
    "an IIN of other digits": (LAWFUL | {"login": LOGIN | {"iin": "٩٠٠١٠١٣٠٠٠١٧"}}, "login.iin", "digits"),
    "an unknown channel": (LAWFUL | {"channel": "con"}, "channel", "known channel"),
}


@pytest.mark.parametrize("what", SHAPES)
async def test_a_body_of_another_shape_names_field_and_rule(people: People, what: str) -> None:
    body, field, rule = SHAPES[what]
    problem(await people.portal.post("/cases", json=body), 422, "invalid-input", field=field, rule=rule)


async def test_an_unknown_regulation_is_not_found(people: People) -> None:
    body = {"regulation": "unemployed-certificat-2012", "login": people.citizen.login}
    refusal = problem(await people.portal.post("/cases", json=body), 404, "unknown-regulation", field="regulation")
    assert REGULATION in refusal["detail"], "the nearest id there is"


FORMS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a wrong control digit": ({"iin": "900101300018"}, "iin", "checksum"),
    "no IIN": ({"iin": None}, "iin", "required text"),
    "a number for the IIN": ({"iin": 900101300017}, "iin", "required text"),
    "another's IIN": ({"iin": "900101300017"}, "iin", "own IIN"),
    "no name": ({"name": ""}, "name", "required text"),
    "an endless name": ({"name": "a" * 201}, "name", "required text"),
    "a field left out": ({"address": ""}, "form.address", "required"),
    "a field of another pattern": ({"phone": "8 700"}, "form.phone", r"^\+7[0-9]{10}$"),
    "a field that is no text": ({"address": ["a"]}, "form.address", "text"),
    "an unknown field": ({"shoe_size": "43"}, "form.shoe_size", "known field"),
}


@pytest.mark.parametrize("what", FORMS)
async def test_a_form_is_held_against_the_fields_of_the_regulation(people: People, what: str) -> None:
    changes, field, rule = FORMS[what]
    case_id, mine = await people.opened()
    answer = await people.portal.put(f"/cases/{case_id}/form", json=people.form(**changes), headers=mine)
    problem(answer, 422, "invalid-input", field=field, rule=rule)
    shown = (await people.portal.get(f"/cases/{case_id}", headers=mine)).json()
    assert (shown["at"], shown["form"]) == ("process-3/fill-form", {})


@pytest.mark.parametrize("body", [b"[]", b'"form"', b"null", b"7"])
async def test_a_form_that_is_no_object_is_refused(people: People, body: bytes) -> None:
    case_id, mine = await people.opened()
    answer = await people.portal.put(f"/cases/{case_id}/form", content=body, headers=mine | JSON)
    problem(answer, 422, "invalid-input")


UNWRITABLE = {"a NUL": "Айгүл\x00", "half a letter": "\ud800", "a bell": "a\x07b"}


@pytest.mark.parametrize("field", ["name", "address"])
@pytest.mark.parametrize("what", UNWRITABLE)
async def test_text_that_cannot_be_written_down_is_refused(people: People, what: str, field: str) -> None:
    case_id, mine = await people.opened()
    body = people.form(**{field: UNWRITABLE[what] * 5})
    answer = await people.portal.put(f"/cases/{case_id}/form", content=dumped(body), headers=mine | JSON)
    problem(answer, 422, "invalid-input")


@pytest.mark.parametrize("what", UNWRITABLE)
async def test_a_name_that_cannot_be_written_down_is_not_registered(people: People, what: str) -> None:
    new = {"iin": "900101300017", "password": "secret", "name": UNWRITABLE[what]}
    answer = await people.portal.post("/users", content=dumped(new), headers=JSON)
    problem(answer, 422, "invalid-input")


@pytest.mark.parametrize("cms", ["", "***", 7, None, "AAAA", "MIIB"])
async def test_a_signature_that_is_none_is_refused(people: People, cms: Any) -> None:
    case_id, mine, _ = await people.filled()
    answer = await people.portal.post(f"/cases/{case_id}/signature", json={"cms": cms}, headers=mine)
    assert answer.status_code == 422
    assert answer.json()["type"] in ("urn:aimaq:problem:invalid-input", "urn:aimaq:problem:bad-signature")


async def _pieces(total: int, size: int = 10_000) -> AsyncIterator[bytes]:
    """A body of so many bytes that does not say beforehand how long it is."""
    for start in range(0, total, size):
        yield b" " * min(size, total - start)


async def test_an_oversized_body_is_refused_whether_or_not_it_says_so_beforehand(people: People) -> None:
    most = people.parties.services["portal"].settings.max_body
    for content in (b" " * (most + 1), _pieces(most + 1), _pieces(10 * most)):
        answer = await people.portal.post("/cases", content=content, headers=JSON)
        refusal = problem(answer, 413, "body-too-large", rule=f"at most {most} bytes")
        assert str(most) in refusal["detail"]


async def test_a_body_just_small_enough_is_read(people: People) -> None:
    most = people.parties.services["portal"].settings.max_body
    body = dumped({"regulation": REGULATION, "login": people.citizen.login})
    for content in (body.ljust(most), _together(body, _pieces(most - len(body)))):
        answer = await people.portal.post("/cases", content=content, headers=JSON)
        assert answer.status_code == 201


async def _together(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


@pytest.mark.parametrize("path", ["/cases/1", "/cases/00000000-0000-4000-8000-000000000000", "/cases/1/history"])
async def test_a_case_id_of_another_shape_is_refused(people: People, path: str) -> None:
    answer = await people.portal.get(path, headers=people.admin)
    problem(answer, 422, "invalid-input", field="case_id", rule="uuid7")


async def test_a_place_that_is_not_there_is_a_problem_too(people: People) -> None:
    for answer, status in (
        (await people.portal.get("/nowhere"), 404),
        (await people.portal.delete("/cases"), 405),
    ):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert ("allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "status=done"])
async def test_a_list_is_asked_for_in_lawful_terms(people: People, query: str) -> None:
    for client in (people.con, people.lea, people.gateway):
        answer = await client.get(f"/cases?{query}", headers=people.admin)
        problem(answer, 422, "invalid-input", field=f"query.{query.partition('=')[0]}")


@pytest.mark.parametrize("name", UNWRITABLE.values())
async def test_a_field_whose_name_cannot_be_written_down_is_refused(people: People, name: str) -> None:
    case_id, mine = await people.opened()
    body = people.form(**{name: "a"})
    answer = await people.portal.put(f"/cases/{case_id}/form", content=dumped(body), headers=mine | JSON)
    problem(answer, 422, "invalid-input")
    answer = await people.portal.post("/cases", content=dumped({name: 1}), headers=JSON)
    problem(answer, 422, "invalid-input")


async def test_head_is_answered_as_get_is(people: People) -> None:
    for path, status in (("/health/live", 200), ("/nowhere", 404), ("/users", 405)):
        answer = await people.portal.head(path)
        assert answer.status_code == status, path


async def test_what_reads_alike_is_alike_however_it_was_typed(people: People) -> None:
    def apart(text: str) -> str:
        return normalize("NFD", text)

    new = {"iin": "900101300017", "password": apart("йод ёлка"), "name": apart("Йүсіп Ёлкин")}
    answer = await people.portal.post("/users", json=new)
    assert (answer.status_code, answer.json()["name"]) == (201, "Йүсіп Ёлкин")
    for password, status in (("йод ёлка", 201), (new["password"], 201), ("йод\u00a0ёлка", 201), ("иод елка", 401)):
        signed_in = await people.portal.post("/sessions", json={"iin": new["iin"], "password": password})
        assert signed_in.status_code == status, password
    case_id, mine = await people.opened()
    form = people.form(name=apart("Йүсіп Ёлкин"), address=apart("Абай көшесі, й ё"))
    assert (await people.portal.put(f"/cases/{case_id}/form", json=form, headers=mine)).status_code == 200
    shown = (await people.portal.get(f"/cases/{case_id}", headers=mine)).json()
    assert (shown["name"], shown["form"]["address"]) == ("Йүсіп Ёлкин", "Абай көшесі, й ё")
