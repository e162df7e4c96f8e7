"""One request through portal, gateway, body and back, and what each of them knows at the end."""

from __future__ import annotations

from tests.faults import rows
from tests.parties import Parties


async def test_a_request_travels_to_the_body_and_its_answer_back(parties: Parties) -> None:
    await parties.start("portal", "con", "lea", "gateway", autopilot=True)
    case_id = await parties.ask()
    mine = await parties.status("portal", case_id, "completed")
    assert [shown.status for shown in mine.shown] == ["received", "in_progress", "completed"]
    theirs = await parties.status("con", case_id, "completed")
    assert [shown.status for shown in theirs.shown] == ["received", "in_progress", "completed"]
    await parties.quiet()
    for name in parties.services:
        assert await parties.waiting(name) == {}
        assert await rows(parties.services[name], "outbox") == []
