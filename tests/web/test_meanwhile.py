"""What changes about an account while a call of somebody who uses it is under way: the call comes too late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from aimaq.access.sessions import Sessions
from aimaq.access.users import Users
from stand.people.person import people
from tests.parties import Parties
from tests.web.problems import problem
from tests.web.test_accounts import Lobby, bearer, squatted

pytestmark = pytest.mark.slow


@dataclass
class Pause:
    """A call that has come so far, and goes on when it is told."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def here(self) -> None:
        self.reached.set()
        await self.go_on.wait()


@pytest.fixture
async def portal(parties: Parties) -> AsyncIterator[Lobby]:
    yield await Lobby.open(parties, "portal")


def hashing(monkeypatch: pytest.MonkeyPatch) -> Pause:
    """The next password that is hashed has been, and waits to be written."""
    pause, hashed = Pause(), Users._hashed

    async def slow(users: Users, *inputs: Any) -> str:
        monkeypatch.setattr(Users, "_hashed", hashed)
        found = await hashed(users, *inputs)
        await pause.here()
        return found

    monkeypatch.setattr(Users, "_hashed", slow)
    return pause


async def test_a_stranger_s_new_password_does_not_outlive_the_owner_s_coming(
    portal: Lobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, strangers = await squatted(portal, "meanwhile")
    pause = hashing(monkeypatch)
    new = {"password": "the stranger's next", "current": "a stranger's"}
    change = asyncio.create_task(portal.client.put("/users/me/password", json=new, headers=strangers))
    await pause.reached.wait()
    mine = await portal.signs_in(await portal.proof(owner))
    assert mine.status_code == 201, mine.text
    pause.go_on.set()
    problem(await change, 401, "not-authenticated")
    assert (await portal.enters(owner, "the stranger's next")).status_code == 401
    assert (await portal.account(bearer(mine)))["proof"] == "certificate"


async def test_the_administrator_s_new_password_is_not_overwritten_by_a_change_under_way(
    portal: Lobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = next(people("overwritten"))
    await portal.register(owner)
    pause = hashing(monkeypatch)
    new = {"password": "a thief's", "current": owner.password}
    change = asyncio.create_task(portal.client.put("/users/me/password", json=new, headers=await portal.bearer(owner)))
    await pause.reached.wait()
    reset = await portal.client.patch(f"/users/{owner.iin}", json={"password": "set anew"}, headers=portal.admin)
    assert reset.status_code == 200, reset.text
    pause.go_on.set()
    problem(await change, 401, "not-authenticated")
    assert [(await portal.enters(owner, one)).status_code for one in ("set anew", "a thief's")] == [201, 401]


async def test_a_session_that_ends_while_it_is_renewed_is_over(portal: Lobby, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = next(people("renewed meanwhile"))
    await portal.register(owner)
    session = await portal.enters(owner)
    pause, put = Pause(), Sessions._put

    async def slow(sessions: Sessions, id: str) -> bool:
        monkeypatch.setattr(Sessions, "_put", put)
        found = await put(sessions, id)
        await pause.here()
        return found

    monkeypatch.setattr(Sessions, "_put", slow)
    renewal = asyncio.create_task(portal.client.post("/sessions/refresh", json={"refresh": session.json()["refresh"]}))
    await pause.reached.wait()
    assert (await portal.client.delete("/sessions/current", headers=bearer(session))).status_code == 204
    pause.go_on.set()
    renewed = await renewal
    assert renewed.status_code == 401 or (
        (await portal.client.get("/users/me", headers=bearer(renewed))).status_code == 401
    )
