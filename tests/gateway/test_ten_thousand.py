"""Ten thousand messages of one cause, each with a reason of its own: grouped, and put back in one action, each once."""

from __future__ import annotations

from collections import Counter

import pytest

from aimaq.casework.unit_of_work import Received
from tests.faults import bewitch, rows
from tests.gateway.attention import Desktop, hurry, lay_aside
from tests.parties import Parties

pytestmark = pytest.mark.slow

MANY = 10_000


async def test_ten_thousand_of_one_cause_are_put_back_in_one_action_each_once(parties: Parties) -> None:
    await parties.start("gateway", "con")
    hurry(*parties.services.values())
    desktop, con = await Desktop.of(parties), parties.services["con"]
    handled: Counter[str] = Counter()

    def noted(received: Received) -> bool:
        handled[received.envelope.message_id] += 1
        return False

    bewitch(con, RuntimeError("never"), noted)
    ids = await lay_aside(parties, MANY, "RuntimeError: printer {n} is out of paper")
    found = await desktop.shows(MANY)
    (cause,) = found["causes"]
    assert (cause["cause"], cause["count"], cause["cases"]) == ("RuntimeError: printer # is out of paper", MANY, MANY)
    job = await desktop.act("requeue", causes=[{"party": "con", "kind": "dead", "cause": cause["cause_id"]}])
    assert (job["state"], job["total"], job["outcomes"]) == ("done", MANY, {"handled": MANY})
    assert handled == Counter(ids)
    assert len(job["results"]) == MANY
    assert await rows(con, "inbox", state="dead") == []
    await desktop.shows(0)
