"""The life of a challenge, and what else of signing in takes a desk of its own: time, settings, a start anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest
import sqlalchemy as sa

from aimaq.access import challenges
from aimaq.access.challenges import Challenges
from aimaq.language.errors import Unavailable
from stand.people.person import people
from tests.eds.pki import BIN, IIN
from tests.parties import Parties
from tests.web.hall import Hall, signed
from tests.web.problems import problem
from tests.web.signing import codes

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def hall(parties: Parties) -> AsyncIterator[Hall]:
    yield await Hall.open(parties, "con")


async def test_a_challenge_is_good_for_two_minutes_of_the_stands_clock(hall: Hall) -> None:
    person = await hall.hired(next(people("late")))
    first, second = await hall.challenge(), await hall.challenge()
    hall.parties.clock.advance(2 * MINUTE - timedelta(seconds=1))
    assert (await hall.signs_in(signed(person, first))).status_code == 201
    hall.parties.clock.advance(timedelta(seconds=1))
    refusal = problem(await hall.signs_in(signed(person, second)), 401, "not-authenticated", field="challenge")
    assert refusal["text"] == challenges.EXPIRED.as_dict()


async def test_a_challenge_is_good_where_it_was_given_out(hall: Hall) -> None:
    person = await hall.hired(next(people("elsewhere")))
    await hall.parties.start("portal", registry_url=hall.url)
    portal = await hall.parties.http("portal")
    foreign = (await portal.post("/challenges")).json()["challenge"]
    refusal = problem(await hall.signs_in(signed(person, foreign)), 401, "not-authenticated", field="challenge")
    assert (refusal["rule"], refusal["text"]) == ("given out here", challenges.FOREIGN.as_dict())
    same = foreign.replace(":portal:", ":con:")
    problem(await hall.signs_in(signed(person, same)), 401, "not-authenticated", rule="given out here")


async def test_what_is_not_used_leaves_no_trace_and_what_was_used_goes_when_its_time_is_over(hall: Hall) -> None:
    person = await hall.hired(next(people("traces")))
    database = hall.parties.services["con"].database
    table = database.metadata.tables["challenges"]

    async def stored() -> int:
        async with database.read() as conn:
            found: int = (await conn.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
            return found

    for _ in range(5):
        await hall.challenge()
    problem(await hall.signs_in(signed(person, await hall.challenge(), b"else")), 401, "not-authenticated")
    assert await stored() == 0
    for _ in range(3):
        assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201
    assert await stored() == 3
    hall.parties.clock.advance(3 * MINUTE)
    assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201
    assert await stored() == 1


async def test_no_more_than_so_many_used_challenges_are_kept(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await hall.hired(next(people("many")))
    monkeypatch.setattr(challenges, "MOST", 2)
    for _ in range(2):
        assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201
    full = await hall.signs_in(signed(person, await hall.challenge()))
    problem(full, 503, "unavailable")
    assert full.headers["retry-after"]
    hall.parties.clock.advance(2 * MINUTE)
    assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201


async def test_a_challenge_is_answered_after_the_service_was_started_anew(hall: Hall) -> None:
    person = await hall.hired(next(people("anew")))
    used, unused = await hall.challenge(), await hall.challenge()
    assert (await hall.signs_in(signed(person, used))).status_code == 201
    await hall.parties.stop("con")
    await hall.parties.start("con", registry_url=hall.url)
    hall.client = await hall.parties.http("con")
    problem(await hall.signs_in(signed(person, used)), 401, "not-authenticated", rule="used once")
    assert (await hall.signs_in(signed(person, unused))).status_code == 201


async def test_a_certificate_out_of_date_lets_nobody_in(hall: Hall) -> None:
    person = await hall.hired(next(people("old")))
    hall.parties.clock.advance(timedelta(days=366))
    answer = await hall.signs_in(signed(person, await hall.challenge()))
    problem(answer, 401, "not-authenticated")
    assert codes(answer) == ["expired"]


async def test_while_nobody_can_tell_of_revocations_nobody_is_let_in(parties: Parties) -> None:
    hall = await Hall.open(parties, "con")
    person = await hall.hired(next(people("nobody can tell")))
    await hall.parties.stop("con")
    await hall.parties.start("con", registry_url="http://127.0.0.1:1")
    hall.client = await hall.parties.http("con")
    answer = await hall.signs_in(signed(person, await hall.challenge()))
    problem(answer, 503, "unavailable", field="cms")
    assert codes(answer) == ["revocation-unknown"]


async def test_where_settings_say_so_role_and_organisation_are_asked(parties: Parties) -> None:
    hall = await Hall.open(parties, "con", staff_roles="employee", staff_bins=f"con={BIN}, lea={IIN}")
    citizen, ours, theirs = islice(people("organisation"), 3)
    ours.bin, ours.organisation = BIN, "Халыққа қызмет көрсету орталығы"
    theirs.bin, theirs.organisation = IIN, "Басқа ұйым"
    wrong = []
    for person in (citizen, ours, theirs):
        await hall.hired(person)
        answer = await hall.signs_in(signed(person, await hall.challenge()))
        wrong.append(codes(answer) if answer.status_code == 401 else [])
    assert wrong == [["other-bin", "wrong-role"], [], ["other-bin"]]


async def test_at_the_portal_anybody_may_sign_in_with_a_certificate(parties: Parties) -> None:
    hall = await Hall.open(parties, "portal", staff_roles="employee", staff_bins=f"con={BIN}")
    person = await hall.hired(next(people("citizen")))
    assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201


async def test_signatures_at_a_staffed_desk_are_asked_for_the_organisation_too(parties: Parties) -> None:
    hall = await Hall.open(parties, "con", staff_bins=f"con={BIN}")
    person = next(people("other organisation"))
    await hall.certify(person)
    case_id, mine, document = await hall.filled(person)
    answer = await hall.signed(case_id, mine, person.sign(document))
    assert codes(answer) == ["other-bin"]
    employee = replace(person, bin=BIN, organisation="Халыққа қызмет көрсету орталығы")
    await hall.certify(employee)
    case_id, mine, document = await hall.filled(employee)
    assert (await hall.signed(case_id, mine, employee.sign(document))).status_code == 202


async def test_a_full_table_is_told_by_the_store_itself(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    service = hall.parties.services["con"]
    store = Challenges(
        service.database, service.database.metadata.tables["challenges"], service.settings, service.clock
    )
    monkeypatch.setattr(challenges, "MOST", 0)
    with pytest.raises(Unavailable):
        await store.spend(store.read(store.give()[0]))
