"""Parameters in an address: what an endpoint does not have is refused, and so is what is given twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import jsonschema
import pytest
from fastapi.routing import APIRoute

from aimaq.language.messages import PARTIES
from aimaq.web.request import query as words
from aimaq.web.request.query import LenientRoute, OwnAnswers
from tests.web.people import SERVICES, People
from tests.web.problems import problem
from tests.web.test_languages import in_all_three

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_CASE = "019cacb3-f200-7051-b3f4-43cca39f8a22"
ODD = ("", "%00", "limit%00", "%F0%9F", "\u202elimit", "<b>", "{known}", "a" * 5_000, "LIMIT", "limit ", "limit[]")


def addresses(people: People) -> Iterator[tuple[str, str, str, APIRoute]]:
    for party, app in people.parties.apps.items():
        for route in app.routes:
            if isinstance(route, APIRoute):
                path = re.sub(r"\{\w+(:path)?\}", NO_CASE, route.path)
                yield from ((party, method, path, route) for method in route.methods or ())


async def test_no_endpoint_of_the_five_passes_over_what_it_does_not_have(people: People) -> None:
    lenient, strict = set[str](), 0
    for party, method, path, route in addresses(people):
        client = await people.parties.http(party)
        answer = await client.request(method, f"{path}?nothing=1", headers=people.parties.admin(party))
        if isinstance(route, LenientRoute):
            lenient.add(route.path)
            assert '"rule":"unknown"' not in answer.text
        elif isinstance(route, OwnAnswers):
            strict += 1
            assert (answer.status_code, answer.headers["content-language"]) == (422, "en")
        elif answer.status_code != 401:  # those for people alone let no administrator in
            strict += 1
            problem(answer, 422, "invalid-input", field="query.nothing", rule="unknown")
    assert strict > 60
    assert {path.split("/")[1] for path in lenient} <= {"cms", "x509", "pkcs12", "actuator", "console"}


@pytest.mark.parametrize("name", ODD)
async def test_a_name_of_any_form_is_refused_and_shown_harmlessly(people: People, name: str) -> None:
    sent = name if name.startswith("%") or "%00" in name else quote(name)
    answer = await people.gateway.get(f"/rejected?{sent}=1", headers=people.admin)
    document = problem(answer, 422, "invalid-input", rule="unknown")
    assert "there are: after, limit" in document["detail"]
    assert len(document["field"]) < 200
    assert document["field"].isprintable()
    assert "\u202e" not in answer.text


async def test_the_refusal_names_what_there_is_in_the_readers_language(people: People) -> None:
    for wording in (words.UNKNOWN, words.TAKES_NONE, words.DOUBLED):
        in_all_three(wording.as_dict())
    for address, wording in (("/rejected?iin=1", words.UNKNOWN), ("/stand?iin=1", words.TAKES_NONE)):
        for language in ("kk", "ru", "en"):
            headers = people.admin | {"Accept-Language": language}
            answer = await people.gateway.get(address, headers=headers)
            assert answer.headers["content-language"] == language
            text = wording.format(name="iin", known="after, limit").say(language)
            assert problem(answer, 422, "invalid-input", detail=text)["errors"] == [
                {"field": "query.iin", "rule": "unknown", "detail": text}
            ]


async def test_what_is_given_twice_is_refused_whether_or_not_it_is_the_same(people: People) -> None:
    for query in ("limit=1&limit=1", "limit=1&limit=2", "limit&limit=1", "lim%69t=1&limit=1"):
        answer = await people.gateway.get(f"/rejected?{query}", headers=people.admin)
        problem(answer, 422, "invalid-input", field="query.limit", rule="doubled")
    answer = await people.gateway.get("/rejected?limit=1&limit=1&iin=1&iin=2&x=3", headers=people.admin)
    faults = [(one["field"], one["rule"]) for one in answer.json()["errors"]]
    assert faults == [("query.limit", "doubled"), ("query.iin", "unknown"), ("query.x", "unknown")]


async def test_what_is_declared_is_taken_and_nothing_between_ampersands_is_nothing(people: People) -> None:
    for address in ("/rejected?", "/rejected?&&", "/rejected?limit=1&", "/journal/blocks?limit=1&after=0"):
        assert (await people.gateway.get(address, headers=people.admin)).status_code == 200


async def test_who_may_not_come_in_is_told_that_first(people: People) -> None:
    assert (await people.gateway.get("/rejected?iin=1")).status_code == 401
    mine = {"Authorization": "Bearer nobody"}
    assert (await people.gateway.get("/rejected?iin=1", headers=mine)).status_code == 403
    assert (await people.gateway.get("/stand?iin=1")).status_code == 422


async def test_documentation_and_what_is_not_there_take_what_comes(people: People) -> None:
    for path in ("/docs", "/openapi.json", "/docs/swagger-ui.css"):
        assert (await people.gateway.get(f"{path}?x=1")).status_code == 200
    assert (await people.gateway.get("/nowhere?x=1")).status_code == 404


async def test_every_document_declares_the_answer_as_it_is(people: People) -> None:
    answers = [
        await people.gateway.get("/rejected?iin=1", headers=people.admin),
        await people.gateway.get("/rejected?limit=0", headers=people.admin),
        await people.portal.post("/users", json={"iin": "1"}),
        await people.portal.get("/cases/1", headers=people.admin),
    ]
    for party in (*SERVICES, "registry"):
        document = people.parties.apps[party].openapi()
        schemas = document["components"]["schemas"]
        assert not {"HTTPValidationError", "ValidationError"} & set(schemas)
        validator = jsonschema.Draft202012Validator({"$ref": "#/components/schemas/Problem", **document})
        for answer in answers:
            assert answer.status_code == 422
            validator.validate(answer.json())
        count = 0
        for route in people.parties.apps[party].routes:
            if not isinstance(route, APIRoute) or not route.include_in_schema or isinstance(route, LenientRoute):
                continue
            for method in route.methods or ():
                count += 1
                declared = document["paths"][route.path_format][method.lower()]["responses"]["422"]["content"]
                assert declared == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        assert count > 5


async def test_a_refused_method_is_told_all_that_the_path_has(people: People) -> None:
    for client, path, allowed in (
        (people.portal, "/cases", "GET, HEAD, POST"),
        (people.portal, f"/cases/{NO_CASE}/form", "PUT"),
        (people.gateway, "/dead/parked", "DELETE, GET, HEAD"),  # a dead letter may be called so
        (people.gateway, "/clock", "GET, HEAD, POST, PUT"),
        (people.gateway, "/docs", "GET, HEAD"),
    ):
        answer = await client.request("PROPFIND", f"{path}?x=1")
        assert answer.status_code == 405
        assert answer.headers["allow"] == allowed, path


async def test_all_five_are_walked(people: People) -> None:
    assert set(people.parties.apps) == set(PARTIES)
