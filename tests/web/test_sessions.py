"""Sessions: how long a token is good, by the stand's clock, and that what was ended stays over."""

from __future__ import annotations

from datetime import timedelta

from stand.people.person import people
from tests.parties import Parties
from tests.web.hall import Hall
from tests.web.people import People
from tests.web.problems import problem


async def test_a_token_is_over_after_its_minutes(visitors: People) -> None:
    case_id, mine = await visitors.opened()
    visitors.parties.clock.advance(timedelta(minutes=15) - timedelta(seconds=1))
    assert (await visitors.portal.get(f"/cases/{case_id}", headers=mine)).status_code == 200
    visitors.parties.clock.advance(timedelta(seconds=1))
    answer = await visitors.portal.get(f"/cases/{case_id}", headers=mine)
    assert "sign in again" in problem(answer, 401, "not-authenticated")["detail"]
    token = (await visitors.portal.post("/sessions", json=visitors.citizen.login)).json()["token"]
    answer = await visitors.portal.get(f"/cases/{case_id}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


async def test_a_session_that_was_ended_stays_over_after_a_restart(parties: Parties) -> None:
    portal = await Hall.open(parties, "portal")
    owner = await portal.hired(next(people("restart")))
    login = {"iin": owner.iin, "password": owner.password}
    ended, other = [{"Authorization": f"Bearer {(await portal.signs_in(login)).json()['token']}"} for _ in range(2)]
    await portal.client.delete("/sessions/current", headers=ended)
    await parties.stop("portal")
    await parties.start("portal", registry_url=portal.url)
    client = await parties.http("portal")
    problem(await client.get("/users/me", headers=ended), 401, "not-authenticated")
    assert (await client.get("/users/me", headers=other)).status_code == 200
