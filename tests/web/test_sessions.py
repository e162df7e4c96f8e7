"""Sessions: how long a token is good, by the stand's clock."""

from __future__ import annotations

from datetime import timedelta

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
