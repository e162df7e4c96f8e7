"""The life of an account: whose it is, what is changed about it and by whom, and when its sessions end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from stand.people.person import Person, people
from tests.outsider import REGULATION
from tests.parties import FORM, Parties
from tests.web.hall import Hall, signed
from tests.web.problems import problem

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


class Lobby(Hall):
    """A front desk whose accounts have a life."""

    async def register(
        self,
        person: Person,
        headers: dict[str, str] | None = None,
        *,
        proof: dict[str, str] | None = None,
        **more: str | list[str],
    ) -> httpx.Response:
        new = {"iin": person.iin, "name": person.name, "password": person.password} | more | (proof or {})
        return await self.client.post("/users", json=new, headers=headers)

    async def enters(self, person: Person, password: str = "") -> httpx.Response:
        return await self.client.post("/sessions", json={"iin": person.iin, "password": password or person.password})

    async def bearer(self, person: Person, password: str = "") -> dict[str, str]:
        answer = await self.enters(person, password)
        assert answer.status_code == 201, answer.text
        return bearer(answer)

    async def proof(self, person: Person) -> dict[str, str]:
        return signed(person, await self.challenge())

    async def account(self, headers: dict[str, str]) -> dict[str, Any]:
        answer = await self.client.get("/users/me", headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def beside(self, at: str) -> Lobby:
        """Another front desk of the same stand."""
        await self.parties.start(at, registry_url=self.url)
        return Lobby(self.parties, at, self.url, self.session, await self.parties.http(at))

    @property
    def admin(self) -> dict[str, str]:
        return self.parties.admin()


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['token']}"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def portal(lasting_parties: Parties) -> Lobby:
    """The portal of all tests of this module, each of which has people of its own."""
    return await Lobby.open(lasting_parties, "portal")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(portal: Lobby) -> Lobby:
    """The body on the same stand."""
    return await portal.beside("lea")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall(portal: Lobby) -> Lobby:
    """The service centre on the same stand."""
    return await portal.beside("con")


async def squatted(portal: Lobby, seed: str) -> tuple[Person, dict[str, str]]:
    """Somebody whose IIN a stranger has registered, with a certificate; and the stranger's session."""
    owner = next(people(seed))
    await portal.certify(owner, "AUTH")
    assert (await portal.register(owner, password="a stranger's", name="Бөтен")).status_code == 201
    return owner, await portal.bearer(owner, "a stranger's")


async def test_an_account_that_is_not_proved_gives_way_to_its_owner(portal: Lobby) -> None:
    owner, strangers = await squatted(portal, "squatted")
    problem(await portal.register(owner), 409, "already-there", field="iin", rule="unique")
    assert (await portal.register(owner, proof=await portal.proof(owner))).status_code == 201
    shown = await portal.account(await portal.bearer(owner))
    assert shown == {"iin": owner.iin, "name": owner.name, "roles": [], "proof": "certificate", "disabled": False}
    problem(await portal.client.get("/cases", headers=strangers), 401, "not-authenticated")
    assert (await portal.enters(owner, "a stranger's")).status_code == 401
    again = await portal.register(owner, password="a stranger's")
    problem(again, 409, "already-there")
    assert (await portal.register(owner, portal.admin, password="another one")).status_code == 409


async def test_the_administrator_gives_it_to_its_owner_too(portal: Lobby) -> None:
    owner, strangers = await squatted(portal, "by the administrator")
    assert (await portal.register(owner, portal.admin)).status_code == 201
    assert (await portal.account(await portal.bearer(owner)))["proof"] == "administrator"
    problem(await portal.client.get("/users/me", headers=strangers), 401, "not-authenticated")


async def test_who_signs_in_with_a_certificate_is_alone_in_the_account(portal: Lobby) -> None:
    owner, strangers = await squatted(portal, "signs in")
    opened = await portal.signs_in(await portal.proof(owner))
    assert opened.status_code == 201, opened.text
    problem(await portal.client.get("/users/me", headers=strangers), 401, "not-authenticated")
    assert (await portal.enters(owner, "a stranger's")).status_code == 401
    mine = bearer(opened)
    new = {"password": "my own one", **await portal.proof(owner)}
    assert (await portal.client.put("/users/me/password", json=new, headers=mine)).status_code == 200
    assert (await portal.enters(owner, "my own one")).status_code == 201


async def test_a_certificate_of_another_proves_nothing(portal: Lobby) -> None:
    owner, strangers = await squatted(portal, "another's certificate")
    other = next(people("the other"))
    await portal.certify(other, "AUTH")
    refused = await portal.register(owner, proof=await portal.proof(other))
    problem(refused, 401, "not-authenticated", field="cms", rule="own certificate")
    refused = await portal.client.post("/users/me/proof", json=await portal.proof(other), headers=strangers)
    problem(refused, 401, "not-authenticated", field="cms", rule="own certificate")
    half = {"challenge": await portal.challenge()}
    problem(await portal.register(owner, proof=half), 422, "invalid-input", field="cms", rule="required")
    signing = next(people("for signing"))
    await portal.certify(signing, "SIGN")
    assert (await portal.register(signing, proof=await portal.proof(signing))).status_code == 401
    assert (await portal.account(strangers))["proof"] is None


async def test_a_challenge_proves_once(portal: Lobby) -> None:
    owner = next(people("proves once"))
    await portal.certify(owner, "AUTH")
    proof = await portal.proof(owner)
    assert (await portal.register(owner, proof=proof)).status_code == 201
    again = await portal.register(owner, password="another one", proof=proof)
    problem(again, 401, "not-authenticated", field="challenge", rule="used once")


async def test_the_owner_proves_an_account_and_keeps_its_password(portal: Lobby) -> None:
    owner = next(people("keeps"))
    await portal.certify(owner, "AUTH")
    assert (await portal.register(owner)).status_code == 201
    mine = await portal.bearer(owner)
    assert (await portal.account(mine))["proof"] is None
    answer = await portal.client.post("/users/me/proof", json=await portal.proof(owner), headers=mine)
    assert answer.json()["proof"] == "certificate"
    assert (await portal.enters(owner)).status_code == 201


async def test_a_forgotten_password_is_set_with_a_certificate(portal: Lobby) -> None:
    owner = await portal.hired(next(people("forgotten")))
    before = await portal.bearer(owner)
    assert (await portal.register(owner, password="found again", proof=await portal.proof(owner))).status_code == 201
    assert (await portal.enters(owner, "found again")).status_code == 201
    assert (await portal.enters(owner)).status_code == 401
    problem(await portal.client.get("/users/me", headers=before), 401, "not-authenticated")


async def test_a_password_is_changed_by_who_knows_it_and_ends_all_sessions(portal: Lobby) -> None:
    owner = next(people("changes"))
    await portal.register(owner)
    first, second = await portal.bearer(owner), await portal.bearer(owner)
    put = portal.client.put
    problem(await put("/users/me/password", json={"password": "new one"}, headers=first), 422, "invalid-input")
    wrong = {"password": "new one", "current": "wrong!"}
    problem(await put("/users/me/password", json=wrong, headers=first), 401, "not-authenticated", field="current")
    short = {"password": "short", "current": owner.password}
    problem(await put("/users/me/password", json=short, headers=first), 422, "invalid-input", field="password")
    right = {"password": "new one", "current": owner.password}
    answer = await put("/users/me/password", json=right, headers=first)
    assert answer.status_code == 200, answer.text
    for over in (first, second):
        problem(await portal.client.get("/users/me", headers=over), 401, "not-authenticated")
    assert (await portal.account(bearer(answer)))["iin"] == owner.iin
    assert [(await portal.enters(owner, one)).status_code for one in ("new one", owner.password)] == [201, 401]


async def test_a_name_is_changed_by_its_owner(portal: Lobby) -> None:
    owner = next(people("renames"))
    await portal.register(owner)
    mine = await portal.bearer(owner)
    assert (await portal.client.patch("/users/me", json={"name": "Жаңа Аты"}, headers=mine)).json()[
        "name"
    ] == "Жаңа Аты"
    assert (await portal.account(mine))["name"] == "Жаңа Аты"
    odd = await portal.client.patch("/users/me", json={"name": "Head", "roles": ["head"]}, headers=mine)
    problem(odd, 422, "invalid-input", field="roles")


async def test_staff_who_are_registered_again_with_other_roles_have_them_at_once(office: Lobby) -> None:
    member = next(people("member"))
    assert (await office.register(member, office.admin, roles=["clerk"])).status_code == 201
    mine = await office.bearer(member)
    assert (await office.register(member, office.admin, roles=["head", "executor"])).status_code == 201
    assert (await office.account(mine))["roles"] == ["executor", "head"]
    answer = await office.client.patch(f"/users/{member.iin}", json={"roles": []}, headers=office.admin)
    assert answer.json()["roles"] == []
    assert (await office.account(mine))["roles"] == []
    case = {"regulation": "unemployed-registration-2016", "login": {"iin": member.iin, "password": member.password}}
    problem(await office.client.post("/cases", json=case), 403, "not-allowed", rule="performer")


async def test_the_administrator_changes_and_disables_an_account(office: Lobby) -> None:
    member = next(people("disabled"))
    await office.register(member, office.admin, roles=["clerk"])
    mine = await office.bearer(member)

    async def change(**wanted: str | bool | list[str]) -> httpx.Response:
        return await office.client.patch(f"/users/{member.iin}", json=wanted, headers=office.admin)

    assert (await change(disabled=True)).json()["disabled"] is True
    problem(await office.client.get("/cases", headers=mine), 401, "not-authenticated")
    problem(await office.enters(member), 403, "not-allowed")
    problem(await office.enters(member, "wrong!"), 401, "not-authenticated")
    assert (await change(disabled=False, name="Басқа Ат")).json()["name"] == "Басқа Ат"
    problem(await office.client.get("/cases", headers=mine), 401, "not-authenticated")
    assert (await office.enters(member)).status_code == 201
    assert (await change(password="set by another")).status_code == 200
    assert [(await office.enters(member, one)).status_code for one in ("set by another", member.password)] == [
        201,
        401,
    ]
    problem(await change(roles=["akimat"]), 422, "invalid-input", field="roles")
    unknown = await office.client.patch("/users/900101300017", json={"disabled": True}, headers=office.admin)
    problem(unknown, 404, "not-found", field="iin")
    problem(await office.client.get("/users/900101300017", headers=office.admin), 404, "not-found", field="iin")
    shown = await office.client.get(f"/users/{member.iin}", headers=office.admin)
    assert (shown.json()["roles"], shown.json()["proof"]) == (["clerk"], "administrator")


async def test_a_session_that_is_signed_out_is_over_and_others_are_not(portal: Lobby) -> None:
    owner = next(people("signs out"))
    await portal.register(owner)
    first, second = await portal.enters(owner), await portal.enters(owner)
    assert (await portal.client.delete("/sessions/current", headers=bearer(first))).status_code == 204
    problem(await portal.client.get("/users/me", headers=bearer(first)), 401, "not-authenticated")
    renewal = {"refresh": first.json()["refresh"]}
    problem(await portal.client.post("/sessions/refresh", json=renewal), 401, "not-authenticated")
    assert (await portal.account(bearer(second)))["iin"] == owner.iin
    assert (await portal.client.delete("/sessions", headers=bearer(second))).status_code == 204
    problem(await portal.client.get("/users/me", headers=bearer(second)), 401, "not-authenticated")


async def test_the_administrator_ends_all_sessions_of_an_account(portal: Lobby) -> None:
    owner = next(people("ended"))
    await portal.register(owner)
    mine = await portal.bearer(owner)
    assert (await portal.client.delete(f"/users/{owner.iin}/sessions", headers=portal.admin)).status_code == 204
    problem(await portal.client.get("/users/me", headers=mine), 401, "not-authenticated")
    assert (await portal.client.delete("/users/900101300017/sessions", headers=portal.admin)).status_code == 404


async def test_a_token_is_short_and_is_renewed_once(portal: Lobby) -> None:
    owner = next(people("renews"))
    await portal.register(owner)
    session = (await portal.enters(owner)).json()
    headers = {"Authorization": f"Bearer {session['token']}"}
    portal.parties.clock.advance(timedelta(minutes=15))
    problem(await portal.client.get("/users/me", headers=headers), 401, "not-authenticated")
    renewed = await portal.client.post("/sessions/refresh", json={"refresh": session["refresh"]})
    assert renewed.status_code == 201, renewed.text
    assert (await portal.account(bearer(renewed)))["iin"] == owner.iin
    # Who uses it again has stolen it, or was stolen from: nobody knows which, and the session is over for both.
    again = await portal.client.post("/sessions/refresh", json={"refresh": session["refresh"]})
    problem(again, 401, "not-authenticated")
    problem(await portal.client.get("/users/me", headers=bearer(renewed)), 401, "not-authenticated")


async def test_of_many_who_renew_at_once_none_keeps_the_session(portal: Lobby) -> None:
    owner = next(people("renew at once"))
    await portal.register(owner)
    session = (await portal.enters(owner)).json()
    renewal = {"refresh": session["refresh"]}
    answers = await asyncio.gather(*(portal.client.post("/sessions/refresh", json=renewal) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers)[1:] == 5 * [401]
    renewed = [answer for answer in answers if answer.status_code == 201]
    for answer in renewed:
        problem(await portal.client.get("/users/me", headers=bearer(answer)), 401, "not-authenticated")


async def test_a_session_cannot_be_renewed_after_its_hours(portal: Lobby) -> None:
    owner = next(people("hours"))
    await portal.register(owner)
    session = (await portal.enters(owner)).json()
    portal.parties.clock.advance(timedelta(hours=8))
    late = await portal.client.post("/sessions/refresh", json={"refresh": session["refresh"]})
    assert "sign in again" in problem(late, 401, "not-authenticated")["detail"]


async def test_neither_token_is_taken_for_the_other(portal: Lobby) -> None:
    owner = next(people("either"))
    await portal.register(owner)
    session = (await portal.enters(owner)).json()
    headers = {"Authorization": f"Bearer {session['refresh']}"}
    problem(await portal.client.get("/users/me", headers=headers), 401, "not-authenticated")
    renewal = {"refresh": session["token"]}
    problem(await portal.client.post("/sessions/refresh", json=renewal), 401, "not-authenticated")
    problem(await portal.client.post("/sessions/refresh", json={"refresh": "x"}), 401, "not-authenticated")


async def test_faulty_papers_give_no_session_to_who_does_not_know_the_password(hall: Lobby) -> None:
    clerk = await hall.hired(next(people("faulty papers")))
    case = {
        "regulation": "semey-victims-2016",
        "login": {"iin": clerk.iin, "password": "a guess"},
        "package": {"originals_checked": True, "missing": ["Жеке куәлік"]},
    }
    answer = await hall.client.post("/cases", json=case)
    assert "token" not in problem(answer, 401, "not-authenticated")


async def test_a_case_is_opened_with_a_session_that_can_be_renewed(portal: Lobby) -> None:
    owner = next(people("opens"))
    await portal.register(owner)
    form = {"iin": owner.iin, "name": owner.name, **FORM}
    login = {"iin": owner.iin, "password": owner.password}
    opened = await portal.client.post("/cases", json={"regulation": REGULATION, "login": login, "form": form})
    renewed = await portal.client.post("/sessions/refresh", json={"refresh": opened.json()["refresh"]})
    shown = await portal.client.get(f"/cases/{opened.json()['case_id']}", headers=bearer(renewed))
    assert shown.json()["case_id"] == opened.json()["case_id"]
