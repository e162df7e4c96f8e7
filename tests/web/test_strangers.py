"""What strangers can do to accounts that are not theirs: guess in a crowd, call without end, fail in a name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import islice
from typing import Any

import httpx
import pytest

from stand.people.person import Person, people
from tests.outsider import REGULATION
from tests.parties import FORM, Parties
from tests.web.hall import signed
from tests.web.problems import problem
from tests.web.signing import Counter

pytestmark = pytest.mark.slow

TRIES = 5
"""Wrong passwords of one IIN that are looked at."""
SLOW = {"password_memory": 1024, "password_rounds": 2}
"""A password that takes its time to check, in a thread, as it does outside of tests."""


@pytest.fixture
async def portal(parties: Parties) -> AsyncIterator[Counter]:
    yield await Counter.open(parties, "portal")


def login(person: Person, password: str = "") -> dict[str, str]:
    return {"iin": person.iin, "password": password or person.password}


async def registered(hall: Counter, person: Person, **headers: str) -> dict[str, str]:
    """Register a person by themselves; how they sign in."""
    new = login(person) | {"name": person.name}
    answer = await hall.client.post("/users", json=new, headers=headers)
    assert answer.status_code == 201, answer.text
    return login(person)


async def session(hall: Counter, person: Person) -> dict[str, str]:
    """The headers of a person who signs in."""
    answer = await hall.client.post("/sessions", json=login(person))
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_sixty_registrations_at_once_do_not_pass_the_lock_on_wrong_passwords(parties: Parties) -> None:
    hall = await Counter.open(parties, "portal", **SLOW)
    owner = next(people("crowd"))
    await registered(hall, owner)
    guesses = [login(owner, f"wrong{n}") | {"name": owner.name} for n in range(59)]
    right = login(owner) | {"name": owner.name}
    answers = await asyncio.gather(*(hall.client.post("/users", json=new) for new in [*guesses, right]))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(409) == TRIES
    assert statuses.count(429) == 60 - TRIES, statuses


async def test_of_wrong_passwords_made_at_once_only_so_many_are_looked_at(parties: Parties) -> None:
    hall = await Counter.open(parties, "portal", **SLOW)
    owner = next(people("crowd of guesses"))
    await registered(hall, owner)
    guesses = [login(owner, f"wrong{n}") for n in range(40)]
    answers = await asyncio.gather(*(hall.client.post("/sessions", json=guess) for guess in guesses))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (TRIES, 40 - TRIES)


async def test_passwords_sprayed_over_many_people_from_one_address_are_stopped(parties: Parties) -> None:
    hall = await Counter.open(parties, "portal", client_failures=8)
    victims = list(islice(people("sprayed"), 12))
    answers = [await hall.client.post("/sessions", json=login(one, "password1")) for one in victims]
    assert [answer.status_code for answer in answers] == 8 * [401] + 4 * [429]
    problem(answers[-1], 429, "too-many-failures", rule="8 in 300 s", retry_after=300)
    case = {"regulation": REGULATION, "login": login(victims[0], "password1")}
    assert (await hall.client.post("/cases", json=case)).status_code == 429
    parties.clock.advance(timedelta(seconds=300))
    assert (await hall.client.post("/sessions", json=login(victims[0], "password1"))).status_code == 401


async def test_whoever_signs_in_from_the_same_address_is_no_failure(parties: Parties) -> None:
    hall = await Counter.open(parties, "portal", client_failures=2)
    owner = next(people("same address"))
    await registered(hall, owner)
    for _ in range(6):
        await session(hall, owner)


@pytest.mark.parametrize(("at", "path"), [("portal", "/users"), ("portal", "/challenges"), ("con", "/tickets")])
async def test_calls_that_anybody_may_make_are_limited_by_address(parties: Parties, at: str, path: str) -> None:
    hall = await Counter.open(parties, at, client_calls=4, client_seconds=30)
    crowd = iter(people("callers"))

    def body() -> dict[str, Any] | None:
        person = next(crowd)
        return login(person) | {"name": person.name} if path == "/users" else None

    answers = [await hall.client.post(path, json=body()) for _ in range(6)]
    assert [answer.status_code for answer in answers] == 4 * [201] + 2 * [429]
    problem(answers[-1], 429, "too-many-requests", rule="4 in 30 s", retry_after=30)
    assert answers[-1].headers["retry-after"] == "30"
    parties.clock.advance(timedelta(seconds=30))
    assert (await hall.client.post(path, json=body())).status_code == 201


async def test_the_administrator_registers_as_many_as_there_are(parties: Parties) -> None:
    hall = await Counter.open(parties, "con", client_calls=2)
    for person in islice(people("staff of many"), 5):
        new = login(person) | {"name": person.name}
        assert (await hall.client.post("/users", json=new, headers=parties.admin())).status_code == 201


async def challenges(hall: Counter, forwarded: str, times: int, peer: str = "203.0.113.9") -> list[int]:
    """How challenges are answered that come from a peer with this header."""
    transport = httpx.ASGITransport(app=hall.parties.apps[hall.at], client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return [(await client.post("/challenges", headers=headers)).status_code for _ in range(times)]


async def test_a_client_cannot_give_itself_another_address(parties: Parties) -> None:
    hall = await Counter.open(parties, "portal", client_calls=2)
    assert await challenges(hall, "198.51.100.1", 2) == [201, 201]
    assert await challenges(hall, "198.51.100.2", 1) == [429]


async def test_behind_a_trusted_proxy_the_client_is_whom_the_proxy_names(parties: Parties) -> None:
    trusted = "203.0.113.0/24, 10.0.0.1"
    hall = await Counter.open(parties, "portal", client_calls=2, trusted_proxies=trusted)
    assert await challenges(hall, "198.51.100.1", 3) == [201, 201, 429]
    assert await challenges(hall, "198.51.100.2", 2) == [201, 201]
    # What a client writes itself stands to the left of what the proxies have added, and counts for nothing.
    assert await challenges(hall, "192.0.2.77, 198.51.100.1", 1) == [429]
    assert await challenges(hall, "192.0.2.77, 198.51.100.1, 10.0.0.1", 1) == [429]
    assert await challenges(hall, "no address", 3) == [201, 201, 429]
    assert await challenges(hall, "198.51.100.3", 1, peer="192.0.2.1") == [201]


async def test_addresses_of_one_ipv6_network_are_one_client(parties: Parties) -> None:
    hall = await Counter.open(parties, "portal", client_calls=2)
    assert await challenges(hall, "", 2, peer="2001:db8:1:2::1") == [201, 201]
    assert await challenges(hall, "", 1, peer="2001:db8:1:2:ffff::9") == [429]
    assert await challenges(hall, "", 1, peer="2001:db8:1:3::1") == [201]


async def test_a_strangers_wrong_password_leaves_nothing_in_the_owners_cabinet(portal: Counter) -> None:
    owner = next(people("cabinet"))
    await registered(portal, owner)
    case = {"regulation": REGULATION, "login": login(owner, "a guess")}
    refused = await portal.client.post("/cases", json=case)
    case_id = problem(refused, 401, "not-authenticated")["case_id"]
    mine = await session(portal, owner)
    assert (await portal.client.get("/cases", headers=mine)).json() == []
    problem(await portal.client.get(f"/cases/{case_id}", headers=mine), 404, "not-found")
    shown = await portal.client.get(f"/cases/{case_id}", headers=portal.parties.admin())
    assert shown.json()["end"] == "not-authorised", "the act's refusal is on record all the same"


async def test_a_strangers_wrong_password_does_not_use_up_the_registration_step(portal: Counter) -> None:
    guessed, left_alone = islice(people("first step"), 2)
    opening_steps = []
    for person in (guessed, left_alone):
        await registered(portal, person)
        if person is guessed:
            case: dict[str, Any] = {"regulation": REGULATION, "login": login(person, "a guess")}
            assert (await portal.client.post("/cases", json=case)).status_code == 401
        case = {"regulation": REGULATION, "login": login(person)}
        opened = await portal.client.post("/cases", json=case)
        assert opened.status_code == 201, opened.text
        found = await portal.parties.case("portal", opened.json()["case_id"])
        assert found is not None
        opening_steps.append([step.ref for step in found.steps])
    assert opening_steps[0] == opening_steps[1]


async def test_a_strangers_certificate_does_not_count_as_the_owner_either(parties: Parties) -> None:
    hall = await Counter.open(parties, "portal")
    owner = next(people("by certificate"))
    await registered(hall, owner)
    await hall.certify(owner, "SIGN")
    challenge = (await hall.client.post("/challenges")).json()["challenge"]
    case = {"regulation": REGULATION, "login": signed(owner, challenge)}
    refused = await hall.client.post("/cases", json=case)
    assert refused.status_code in (401, 422)
    assert (await hall.client.get("/cases", headers=await session(hall, owner))).json() == []


async def test_the_owner_fills_in_their_own_case_as_before(portal: Counter) -> None:
    owner = next(people("own"))
    await registered(portal, owner)
    form = {"iin": owner.iin, "name": owner.name, **FORM}
    case = {"regulation": REGULATION, "login": login(owner), "form": form}
    opened = await portal.client.post("/cases", json=case)
    assert opened.status_code == 201, opened.text
    listed = (await portal.client.get("/cases", headers=await session(portal, owner))).json()
    assert [one["case_id"] for one in listed] == [opened.json()["case_id"]]
