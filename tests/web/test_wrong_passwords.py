"""Wrong passwords: who types too many has to wait, whoever they say they are, and learns nothing meanwhile."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import islice

import httpx
import pytest

from stand.people.person import Person, people
from tests.outsider import REGULATION
from tests.parties import Parties
from tests.web.problems import problem
from tests.web.signing import Counter

pytestmark = pytest.mark.slow

MOST, LOCK = 5, 300


@pytest.fixture
async def hall(parties: Parties) -> AsyncIterator[Counter]:
    yield await Counter.open(parties, "con")


async def hired(hall: Counter, person: Person) -> dict[str, str]:
    """A person registered here: how they sign in."""
    login = {"iin": person.iin, "password": person.password}
    answer = await hall.client.post("/users", json=login | {"name": person.name}, headers=hall.parties.admin())
    assert answer.status_code == 201, answer.text
    return login


async def tried(hall: Counter, login: dict[str, str], times: int) -> list[int]:
    """The answers to as many sign-ins, one after another."""
    return [(await hall.client.post("/sessions", json=login)).status_code for _ in range(times)]


def waits(answer: httpx.Response, seconds: int) -> None:
    """The answer says to come back in so many seconds."""
    refusal = problem(answer, 429, "too-many-failures", retry_after=seconds)
    assert answer.headers["retry-after"] == str(seconds)
    assert refusal["rule"] == f"{MOST} in {LOCK} s"


async def test_after_five_wrong_passwords_not_even_the_right_one_is_looked_at(hall: Counter) -> None:
    login = await hired(hall, next(people("locked")))
    wrong = login | {"password": "wrong!"}
    assert await tried(hall, wrong, MOST) == MOST * [401]
    waits(await hall.client.post("/sessions", json=wrong), LOCK)
    hall.parties.clock.advance(timedelta(seconds=100))
    waits(await hall.client.post("/sessions", json=login), LOCK - 100)
    waits(await hall.client.post("/cases", json={"regulation": REGULATION, "login": login}), LOCK - 100)
    hall.parties.clock.advance(timedelta(seconds=LOCK - 100))
    assert await tried(hall, login, 1) == [201]


async def test_whether_there_is_such_a_person_does_not_show(hall: Counter) -> None:
    somebody, nobody = islice(people("shown"), 2)
    known = await hired(hall, somebody) | {"password": "wrong!"}
    unknown = {"iin": nobody.iin, "password": "wrong!"}
    statuses = []
    for _ in range(MOST + 1):
        first, second = [await hall.client.post("/sessions", json=login) for login in (known, unknown)]
        assert first.status_code == second.status_code
        assert first.json() == second.json()
        assert first.headers.get("retry-after") == second.headers.get("retry-after")
        statuses.append(first.status_code)
    assert statuses == [*MOST * [401], 429]


async def test_one_person_waits_and_others_do_not(hall: Counter) -> None:
    one, other = [await hired(hall, person) for person in islice(people("others"), 2)]
    await tried(hall, one | {"password": "wrong!"}, MOST)
    assert await tried(hall, one, 1) == [429]
    assert await tried(hall, other, 1) == [201]


async def test_a_right_password_wipes_the_slate_clean(hall: Counter) -> None:
    login = await hired(hall, next(people("clean")))
    wrong = login | {"password": "wrong!"}
    for _ in range(3):
        assert await tried(hall, wrong, MOST - 1) == (MOST - 1) * [401]
        assert await tried(hall, login, 1) == [201]


async def test_failures_count_while_the_first_is_not_over(hall: Counter) -> None:
    login = await hired(hall, next(people("window")))
    wrong = login | {"password": "wrong!"}
    for _ in range(3):
        assert await tried(hall, wrong, MOST - 1) == (MOST - 1) * [401]
        hall.parties.clock.advance(timedelta(seconds=LOCK))
    assert await tried(hall, wrong, 1) == [401]


async def test_a_registration_is_no_way_around(parties: Parties) -> None:
    hall = await Counter.open(parties, "portal")
    login = await hired(hall, next(people("around")))
    new = login | {"name": "Айгүл Ахметова", "password": "wrong!"}
    answers = [(await hall.client.post("/users", json=new)).status_code for _ in range(MOST)]
    assert answers == MOST * [409]
    waits(await hall.client.post("/users", json=new), LOCK)
    assert await tried(hall, login, 1) == [429]


async def test_a_case_that_is_refused_counts_and_one_that_may_not_be_tried_is_not_opened(hall: Counter) -> None:
    login = await hired(hall, next(people("cases")))
    case = {"regulation": REGULATION, "login": login | {"password": "wrong!"}}
    refused = [await hall.client.post("/cases", json=case) for _ in range(MOST)]
    assert {answer.status_code for answer in refused} == {401}
    assert len({answer.json()["case_id"] for answer in refused}) == MOST
    waits(await hall.client.post("/cases", json=case), LOCK)
    listed = (await hall.client.get("/cases", headers=hall.parties.admin())).json()
    assert len(listed) == MOST


async def test_guesses_made_all_at_once_count_one_by_one(parties: Parties) -> None:
    # A password that takes its time to check, in a thread, as it does outside of tests.
    hall = await Counter.open(parties, "con", password_memory=1024, password_rounds=2)
    login = await hired(hall, next(people("parallel")))
    guesses = [login | {"password": f"wrong{n}"} for n in range(40)]
    answers = await asyncio.gather(*(hall.client.post("/sessions", json=guess) for guess in [*guesses, login]))
    assert {answer.status_code for answer in answers} <= {401, 429, 201}
    late = await hall.client.post("/sessions", json=login)
    assert late.status_code == 429


async def test_the_right_password_at_the_same_time_from_many_places_is_no_failure(parties: Parties) -> None:
    hall = await Counter.open(parties, "con", password_memory=1024, password_rounds=1)
    login = await hired(hall, next(people("busy")))
    answers = await asyncio.gather(*(hall.client.post("/sessions", json=login) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}


async def test_a_certificate_lets_in_whoever_waits(hall: Counter) -> None:
    person = next(people("certified"))
    login = await hired(hall, person)
    await tried(hall, login | {"password": "wrong!"}, MOST)
    await hall.certify(person, "AUTH")
    challenge = (await hall.client.post("/challenges")).json()["challenge"]
    cms = base64.b64encode(person.sign(challenge.encode())).decode()
    answer = await hall.client.post("/sessions", json={"challenge": challenge, "cms": cms})
    assert answer.status_code == 201
    assert await tried(hall, login, 1) == [429]


async def test_the_administrator_lets_somebody_try_again(hall: Counter) -> None:
    person = next(people("again"))
    login = await hired(hall, person)
    await tried(hall, login | {"password": "wrong!"}, MOST)
    assert await tried(hall, login, 1) == [429]
    other = login | {"name": person.name, "password": "another one"}
    problem(await hall.client.post("/users", json=other, headers=hall.parties.admin()), 409, "already-there")
    assert await tried(hall, login, 1) == [429], "only whoever says the password is vouched for"
    await hired(hall, person)
    assert await tried(hall, login, 1) == [201]


async def test_settings_say_how_many_and_how_long(parties: Parties) -> None:
    hall = await Counter.open(parties, "con", password_tries=2, password_lock=60)
    login = await hired(hall, next(people("set")))
    assert await tried(hall, login | {"password": "wrong!"}, 3) == [401, 401, 429]
    parties.clock.advance(timedelta(seconds=60))
    assert await tried(hall, login, 1) == [201]
