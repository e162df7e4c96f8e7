"""What an operator is refused about messages that wait, at the gateway and at the service where they do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway_svc.attention.reports import Reports
from tests.gateway.attention import lay_aside
from tests.refusals.world import World
from tests.waiting import eventually

NOBODY = "01900000-0000-7000-8000-000000000000"


async def lists(w: World) -> None:
    """Pages that begin nowhere, messages that are not in the journal, actions that nobody began."""
    gateway = w.people.gateway
    for path in ("/attention?after=x", f"/rejected?after={NOBODY}", f"/messages/{NOBODY}", "/attention/actions/x"):
        await gateway.get(path, headers=w.admin)


async def choices(w: World) -> None:
    """Nothing chosen, no reason, a cause that is gone, a party that is somebody else's."""
    picked = [{"party": "con", "message_id": NOBODY}]
    gone = [{"party": "con", "kind": "dead", "cause": "0" * 12}]
    for action, wanted in (
        ("requeue", {}),
        ("drop", {"messages": picked}),
        ("requeue", {"causes": gone}),
    ):
        await _begin(w, action, wanted)
    with w.patch.context() as odd:
        odd.setattr(Reports, "outside", lambda self, party: True)
        await _begin(w, "requeue", {"messages": picked})


async def others(w: World) -> None:
    """What somebody is doing, or has done already; what waits for an earlier message; what is not there."""
    parties, gateway = w.people.parties, w.people.gateway
    (dead,) = await lay_aside(parties, 1, at="gateway")
    (parked,) = await lay_aside(parties, 1, at="gateway", state="held")

    async def cause() -> str:
        found = (await gateway.get("/attention?kind=dead&party=gateway", headers=w.admin)).json()["causes"]
        return found[0]["cause_id"] if found else ""

    group = {"party": "gateway", "kind": "dead", "cause": await eventually(cause, within=20, what="the group")}
    with w.patch.context() as odd:
        _hold_up(odd)
        for _ in range(2):
            await _begin(w, "requeue", {"causes": [group]})
    assert (await gateway.delete(f"/dead/{dead}", headers=w.admin)).status_code == 204
    await gateway.delete(f"/dead/{dead}", headers=w.admin)
    await gateway.post(f"/dead/{parked}/requeue", headers=w.admin)
    await gateway.post(f"/dead/{NOBODY}/requeue", headers=w.admin)


async def _begin(w: World, action: str, wanted: dict[str, Any]) -> None:
    await w.people.gateway.post(f"/attention/actions/{action}", json=wanted, headers=w.admin)


def _hold_up(odd: pytest.MonkeyPatch) -> None:
    async def ask(self: Reports, command: object) -> object:
        return await asyncio.Event().wait()

    odd.setattr(Reports, "ask", ask)


PROVOCATIONS = (lists, choices, others)
