"""Sessions of those who administer: renewed for a working day, ended before, and begun with a certificate."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cryptography import x509

from aimaq.access.administration import SESSION
from aimaq.access.permissions import ROLES
from aimaq.language.clock import StandClock
from aimaq.language.errors import NotAuthenticated
from aimaq.language.signing import jwt
from registry_svc.administrators.accounts import Administrators
from registry_svc.administrators.sessions import AdministratorSessions
from registry_svc.nca.authority import Withdrawn
from tests.parties import BASE, IIN, Parties
from tests.signatories import certified
from tests.web.problems import problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "a long enough one"
OTHER = "880505400015"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started(lasting_parties: Parties) -> AsyncIterator[Parties]:
    await lasting_parties.start("registry", "gateway")
    yield lasting_parties


@pytest_asyncio.fixture(loop_scope="module")
async def registry(started: Parties) -> AsyncIterator[httpx.AsyncClient]:
    """The registry, with an account of dana's, who is an operator with a certificate; no other afterwards."""
    client = await started.http("registry")
    await put(client, started, "dana", iin=IIN)
    yield client
    for one in (await client.get("/administrators", headers=started.admin())).json():
        await client.delete(f"/administrators/{one['name']}", headers=started.admin())
    started.clock.advance(timedelta(minutes=10))


async def put(client: httpx.AsyncClient, parties: Parties, name: str, **what: Any) -> httpx.Response:
    body = {"roles": ["operator"], "password": PASSWORD} | what
    return await client.put(f"/administrators/{name}", json=body, headers=parties.admin())


async def opened(client: httpx.AsyncClient) -> dict[str, str]:
    body = {"name": "dana", "password": PASSWORD, "audience": "gateway"}
    answer = await client.post("/administrators/sessions", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


async def renewed(client: httpx.AsyncClient, refresh: str) -> httpx.Response:
    return await client.post("/administrators/sessions/refresh", json={"refresh": refresh})


async def signed(
    client: httpx.AsyncClient, parties: Parties, iin: str = IIN, usage: str = "AUTH", **change: str
) -> dict[str, str]:
    """How the person of this IIN signs in with a certificate."""
    challenge = (await client.post("/administrators/challenges")).json()["challenge"]
    cms = certified(parties.home, iin, BASE, usage).sign(challenge.encode())
    return {"challenge": challenge, "cms": base64.b64encode(cms).decode(), "audience": "gateway"} | change


def claims_of(parties: Parties, token: str) -> dict[str, Any]:
    party, claims = jwt.read(
        token, SESSION, parties.services["gateway"].dependencies.verifier, "gateway", parties.clock.now()
    )
    assert party == "registry"
    return claims


async def test_a_session_is_renewed_with_what_its_account_may_do_now(
    started: Parties, registry: httpx.AsyncClient
) -> None:
    session = await opened(registry)
    assert claims_of(started, session["token"])["permissions"] == sorted(ROLES["operator"])
    await registry.put("/administrators/dana", json={"roles": ["viewer"]}, headers=started.admin())
    started.clock.advance(timedelta(hours=1))
    again = (await renewed(registry, session["refresh"])).json()
    assert claims_of(started, again["token"])["permissions"] == sorted(ROLES["viewer"])
    assert claims_of(started, again["token"])["sub"] == "dana"
    assert datetime.fromisoformat(again["until"]) == started.clock.now() + timedelta(minutes=10)


async def test_moving_the_clock_by_a_month_ends_no_session(started: Parties, registry: httpx.AsyncClient) -> None:
    session = await opened(registry)
    started.clock.advance(timedelta(days=30))
    assert (await renewed(registry, session["refresh"])).status_code == 201


@pytest.mark.parametrize(
    "change",
    [{"disabled": True}, {"password": "another long one"}, {"party": "lea"}],
    ids=["disabled", "password", "party"],
)
async def test_an_account_that_is_not_what_it_was_has_no_new_token(
    started: Parties, registry: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    session = await opened(registry)
    await registry.put("/administrators/dana", json=change, headers=started.admin())
    problem(await renewed(registry, session["refresh"]), 401, "not-authenticated")


async def test_a_session_that_was_ended_is_not_renewed_and_another_is(
    started: Parties, registry: httpx.AsyncClient
) -> None:
    one, other = await opened(registry), await opened(registry)
    again = (await renewed(registry, one["refresh"])).json()
    for _ in range(2):
        ended = await registry.post("/administrators/sessions/end", json={"refresh": one["refresh"]})
        assert ended.status_code == 204, ended.text
    problem(await renewed(registry, one["refresh"]), 401, "not-authenticated")
    problem(await renewed(registry, again["refresh"]), 401, "not-authenticated")
    assert (await renewed(registry, other["refresh"])).status_code == 201


@pytest.mark.parametrize("refresh", ["", "x", "a.b.c", "é", "\u0000", "x" * 3000])
async def test_what_the_registry_did_not_seal_renews_nothing(registry: httpx.AsyncClient, refresh: str) -> None:
    for path in ("refresh", "end"):
        answer = await registry.post(f"/administrators/sessions/{path}", json={"refresh": refresh})
        assert answer.status_code in (401, 422), answer.text


async def test_a_token_renews_nothing_and_what_renews_opens_nothing(
    started: Parties, registry: httpx.AsyncClient
) -> None:
    session = await opened(registry)
    problem(await renewed(registry, session["token"]), 401, "not-authenticated")
    gateway = await started.http("gateway")
    headers = {"Authorization": f"Bearer {session['refresh']}"}
    problem(await gateway.get("/dead", headers=headers), 403, "not-allowed")


async def test_a_session_is_over_after_a_working_day_of_real_time(
    started: Parties, registry: httpx.AsyncClient
) -> None:
    service, machine = started.services["registry"], [datetime(2026, 3, 2, 4, 0, tzinfo=UTC)]
    accounts, clock = Administrators(service.database, service.settings), StandClock(lambda: machine[0])
    sessions = AdministratorSessions(service.database, service.settings, service.dependencies.signer, clock, accounts)
    account = await accounts.find("dana")
    assert account is not None
    refresh = sessions.open(account, "gateway").refresh
    for _ in range(8):
        machine[0] += timedelta(minutes=59)
        refresh = (await sessions.renew(refresh)).refresh
    machine[0] += timedelta(minutes=8)
    with pytest.raises(NotAuthenticated):
        await sessions.renew(refresh)
    with pytest.raises(NotAuthenticated):
        await sessions.end(refresh)


async def test_the_owner_of_an_account_signs_in_with_a_certificate_and_each_challenge_once(
    started: Parties, registry: httpx.AsyncClient
) -> None:
    login = await signed(registry, started)
    answer = await registry.post("/administrators/sessions", json=login)
    assert answer.status_code == 201, answer.text
    assert claims_of(started, answer.json()["token"])["sub"] == "dana"
    problem(await registry.post("/administrators/sessions", json=login), 401, "not-authenticated", rule="used once")


async def test_a_certificate_that_is_nobodys_here_or_not_for_this_opens_nothing(
    started: Parties, registry: httpx.AsyncClient
) -> None:
    async def refused(login: dict[str, str], status: int, slug: str, **members: Any) -> dict[str, Any]:
        return problem(await registry.post("/administrators/sessions", json=login), status, slug, **members)

    await refused(await signed(registry, started, iin=OTHER), 401, "not-authenticated", rule="account")
    for_documents = await refused(await signed(registry, started, usage="SIGN"), 401, "not-authenticated")
    assert "NOT_FOR_SIGN_IN" in str(for_documents["findings"]).upper().replace("-", "_")
    await refused(await signed(registry, started, cms="AAAA"), 422, "invalid-input", field="cms")
    another = await signed(registry, started)
    await refused(await signed(registry, started, cms=another["cms"]), 401, "not-authenticated", field="cms")
    await refused(await signed(registry, started, challenge="aimaq-sign-in:registry:1:x:y"), 401, "not-authenticated")
    started.clock.advance(timedelta(minutes=1))
    late = await signed(registry, started)
    started.clock.advance(timedelta(minutes=3))
    await refused(late, 401, "not-authenticated", rule="in time")
    await registry.put("/administrators/dana", json={"disabled": True}, headers=started.admin())
    await refused(await signed(registry, started), 401, "not-authenticated", rule="account")


async def test_a_certificate_that_was_withdrawn_opens_nothing(started: Parties, registry: httpx.AsyncClient) -> None:
    person = certified(started.home, IIN, BASE, "AUTH").certificate
    withdrawn = Withdrawn(person.serial, BASE, x509.ReasonFlags.key_compromise)
    started.withdrawn.append(withdrawn)
    try:
        answer = await registry.post("/administrators/sessions", json=await signed(registry, started))
    finally:
        started.withdrawn.remove(withdrawn)
    problem(answer, 401, "not-authenticated", field="cms")


async def test_an_account_bound_to_a_party_signs_in_there_alone(started: Parties, registry: httpx.AsyncClient) -> None:
    await registry.put("/administrators/dana", json={"party": "lea"}, headers=started.admin())
    answer = await registry.post("/administrators/sessions", json=await signed(registry, started))
    problem(answer, 403, "not-allowed", field="audience", rule="own party")


async def test_one_person_has_one_account(started: Parties, registry: httpx.AsyncClient) -> None:
    problem(await put(registry, started, "aida", iin=IIN), 409, "already-there", field="iin", rule="unique")
    problem(await put(registry, started, "aida", iin="900101300018"), 422, "invalid-input", field="iin")
    assert (await put(registry, started, "dana", iin=IIN)).json()["iin"] == IIN
    assert (await put(registry, started, "dana", iin=None)).json()["iin"] is None
    assert (await put(registry, started, "aida", iin=IIN)).json()["iin"] == IIN


async def test_failures_with_certificates_are_limited_by_address(started: Parties, registry: httpx.AsyncClient) -> None:
    login = await signed(registry, started, iin=OTHER)
    statuses = {(await registry.post("/administrators/sessions", json=login)).status_code for _ in range(101)}
    assert statuses == {401, 429}
