"""Who may come through which door: citizens to their own cases, staff to their desks, the administrator to the rest."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.web.people import People
from tests.web.problems import problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_CASE = "019cacb3-f200-7051-b3f4-43cca39f8a22"


async def ask(client: httpx.AsyncClient, what: str, **more: Any) -> httpx.Response:
    """A request written as `GET /path`."""
    method, path = what.split()
    return await client.request(method, path, **more)


OF_A_CASE = ("GET /cases/{}", "GET /cases/{}/history", "PUT /cases/{}/form", "POST /cases/{}/signature")
BODIES = {"POST /cases/{}/signature": {"cms": "MAA="}, "POST /cases/{}/draft": {"decision": "granted"}}


def body(people: People, what: str) -> dict[str, Any] | None:
    if what.endswith("/form"):
        return people.form()
    if what.endswith("/result"):
        return {"cms": "MAA="}
    if what.endswith("/delivery"):
        return {}
    return BODIES.get(what)


@pytest.mark.parametrize("what", OF_A_CASE)
async def test_somebody_elses_case_is_not_there(people: People, what: str) -> None:
    case_id, _, _ = await people.filled()
    token = (await people.portal.post("/sessions", json=people.neighbour.login)).json()["token"]
    theirs = {"Authorization": f"Bearer {token}"}
    form = people.form(iin=people.neighbour.iin) if what.endswith("/form") else body(people, what)
    answer = await ask(people.portal, what.format(case_id), json=form, headers=theirs)
    mine = problem(answer, 404, "not-found", field="case_id")
    missing = await ask(people.portal, what.format(NO_CASE), json=form, headers=theirs)
    assert mine["title"] == problem(missing, 404, "not-found")["title"]
    assert (await people.parties.services["portal"].ailments()) == []


async def test_a_citizen_sees_only_his_own_cases_in_the_list(people: People) -> None:
    case_id, mine = await people.opened()
    token = (await people.portal.post("/sessions", json=people.neighbour.login)).json()["token"]
    listed = (await people.portal.get("/cases", headers=mine)).json()
    assert case_id in {case["case_id"] for case in listed}
    assert (await people.portal.get("/cases", headers={"Authorization": f"Bearer {token}"})).json() == []


STAFF = {
    "lea": (
        "GET /cases",
        "POST /cases/{}/acceptance",
        "POST /cases/{}/draft",
        "GET /cases/{}/draft",
        "POST /cases/{}/result",
        "POST /cases/{}/delivery",
        *OF_A_CASE,
    ),
    "con": ("GET /cases", "POST /cases/{}/delivery", *OF_A_CASE),
    "portal": ("GET /cases", *OF_A_CASE),
}


@pytest.mark.parametrize(("at", "what"), [(at, what) for at, every in STAFF.items() for what in every])
async def test_without_a_token_nobody_comes_in(people: People, at: str, what: str) -> None:
    client: httpx.AsyncClient = getattr(people, at)
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer  "}):
        answer = await ask(client, what.format(NO_CASE), json=body(people, what), headers=headers)
        problem(answer, 401, "not-authenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


ADMIN = {
    "gateway": ("GET /cases", f"GET /cases/{NO_CASE}/trace", "GET /rejected", f"GET /messages/{NO_CASE}", "GET /dead"),
    "portal": ("GET /dead", f"POST /dead/{NO_CASE}/requeue", f"DELETE /dead/{NO_CASE}"),
    "lea": ("POST /users", "GET /dead"),
    "con": ("POST /users", "GET /dead"),
}


@pytest.mark.parametrize(("at", "what"), [(at, what) for at, every in ADMIN.items() for what in every])
async def test_what_is_the_administrators_is_nobody_elses(people: People, at: str, what: str) -> None:
    client: httpx.AsyncClient = getattr(people, at)
    new = people.neighbour.login | {"name": people.neighbour.name} if what.endswith("/users") else None
    problem(await ask(client, what, json=new), 401, "not-authenticated")
    _, citizens = await people.opened()
    token = people.admin["Authorization"]
    for wrong in (token[:-1], token + "0", "Bearer é", citizens["Authorization"]):
        headers = {"Authorization": wrong.encode()}
        problem(await ask(client, what, json=new, headers=headers), 403, "not-allowed")
    assert (await ask(client, what, json=new, headers=people.admin)).status_code in (200, 201, 404)


def _b64(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def forged(people: People, token: str) -> dict[str, str]:
    """Tokens that look like one of the portal's for the citizen, and are none."""
    header, claims, mark = token.split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return {
        "of another key": jwt.encode({"alg": "HS256"}, content, OctKey.import_key(b"0" * 32)),
        "of no key": f"{_b64({'alg': 'none'})}.{claims}.",
        "of no key, signed": f"{_b64({'alg': 'none'})}.{claims}.{mark}",
        "with other claims": f"{header}.{_b64(content | {'sub': people.neighbour.iin})}.{mark}",
        "cut short": token[:-1],
        "no token": "token",
        "empty parts": "..",
        "five parts": "a.b.c.d.e",
        "a list": f"{_b64([])}.{_b64([])}.{mark}",
    }


async def test_a_forged_token_opens_nothing(people: People) -> None:
    case_id, mine = await people.opened()
    token = mine["Authorization"].removeprefix("Bearer ")
    assert (await people.portal.get(f"/cases/{case_id}", headers=mine)).status_code == 200
    for what, false in forged(people, token).items():
        answer = await people.portal.get(f"/cases/{case_id}", headers={"Authorization": f"Bearer {false}"})
        assert answer.status_code == 401, what
        problem(answer, 401, "not-authenticated")


async def test_a_token_of_another_service_opens_nothing(people: People) -> None:
    case_id, mine = await people.opened()
    of_lea, of_con = await people.clerks("lea"), await people.clerks("con")
    for client, headers in ((people.portal, of_con), (people.con, of_lea), (people.lea, of_con), (people.lea, mine)):
        problem(await client.get(f"/cases/{case_id}", headers=headers), 401, "not-authenticated")


async def test_staff_see_the_cases_of_their_desk_and_the_administrator_all(people: People) -> None:
    case_id, _ = await people.opened("con")
    his = await people.clerks("con")
    for headers in (his, people.admin):
        assert (await people.con.get(f"/cases/{case_id}", headers=headers)).json()["case_id"] == case_id
        assert (await people.con.get(f"/cases/{case_id}/history", headers=headers)).json() == []
    problem(await people.lea.get(f"/cases/{case_id}", headers=people.admin), 404, "not-found")


async def test_a_person_is_registered_once(people: People) -> None:
    new = people.citizen.login | {"name": people.citizen.name}
    assert (await people.portal.post("/users", json=new)).status_code == 201
    taken = await people.portal.post("/users", json=new | {"password": "another one"})
    problem(taken, 409, "already-there", field="iin", rule="unique")
    short = await people.portal.post("/users", json=new | {"password": "12345"})
    problem(short, 422, "invalid-input", field="password", rule="length")


@pytest.mark.parametrize("wrong", [{"password": "wrong!"}, {"iin": "900101300017"}])
async def test_nobody_signs_in_with_wrong_data(people: People, wrong: dict[str, str]) -> None:
    for client in (people.portal, people.lea):
        answer = await client.post("/sessions", json=people.clerk.login | wrong)
        refusal = problem(answer, 401, "not-authenticated")
        assert refusal["detail"] == "the IIN or the password is wrong"


LANGUAGES = {
    "kk": ("kk", "Табылмады"),
    "ru": ("ru", "Не найдено"),
    "en": ("en", "Not found"),
    "ru-RU,ru;q=0.9,en;q=0.8": ("ru", "Не найдено"),
    "de-DE, kk-KZ;q=0.9, en;q=0.1": ("kk", "Табылмады"),
    "en;q=0.1, ru;q=0.5, kk;q=0.9": ("kk", "Табылмады"),
    "ru, kk, en": ("ru", "Не найдено"),
    "kk;q=0, ru;q=0.1": ("ru", "Не найдено"),
    "ru;q=much": ("en", "Not found"),
    "rum": ("en", "Not found"),
    "de": ("en", "Not found"),
    "": ("en", "Not found"),
    ",;q=": ("en", "Not found"),
}


@pytest.mark.parametrize("asked", LANGUAGES)
async def test_a_title_is_in_the_readers_language(people: People, asked: str) -> None:
    language, title = LANGUAGES[asked]
    answer = await people.portal.get(f"/cases/{NO_CASE}", headers=people.admin | {"Accept-Language": asked})
    assert problem(answer, 404, "not-found")["title"] == title
    assert answer.headers["content-language"] == language


async def test_everyone_may_know_where_the_stand_is(people: People) -> None:
    answer = (await people.gateway.get("/stand")).json()
    assert answer["regulations"] == [law.id for law in people.parties.catalogue]
    assert len(answer["regulations"]) == 16
    for name in ("portal", "con", "lea", "gateway"):
        client: httpx.AsyncClient = getattr(people, name)
        assert (await client.get("/health/live")).json() == {"status": "live", "party": name}
        well: dict[str, Any] = {"status": "ready", "party": name, "reasons": [], "warnings": []}
        assert (await client.get("/health/ready")).json() == well
