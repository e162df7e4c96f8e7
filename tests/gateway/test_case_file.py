"""`GET /cases/{case_id}`: a case as of now, from the journal alone, with the verdict on each signature."""

from __future__ import annotations

from dataclasses import replace as changed_to
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from aimaq.language.errors import InvalidInput
from aimaq.language.messages import ResultIssued
from aimaq.regulation import Catalogue
from aimaq.regulation.calendar import Calendar
from conformance.progress import progress
from conformance.trace import Message
from gateway_svc.cases.file import reading
from gateway_svc.cases.file.signatures import Signed, verdict
from gateway_svc.models import journal
from tests.case_files import NAME, stored
from tests.conformance.test_parts import ways
from tests.conformance.test_progress import cut, ended
from tests.parties import IIN, Parties
from tests.waiting import eventually

CATALOGUE = Catalogue.bundled()
ORALMAN = CATALOGUE.regulation("oralman-status-2016")
GRANTED = next(iter(ways(ORALMAN, ORALMAN.flow("con"))))
WHOLE = ended(ORALMAN, ORALMAN.flow("con"), GRANTED)


async def asked(parties: Parties, case_id: str, query: str = "") -> dict[str, Any]:
    """What the endpoint answers, if it does."""
    client = await parties.http("gateway")
    reply = await client.get(f"/cases/{case_id}{query}", headers=parties.admin())
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def test_a_case_on_its_way_is_told_with_whose_move_it_is(parties: Parties) -> None:
    await parties.start("portal", "lea", "gateway")
    case_id = await parties.ask()

    async def registered() -> dict[str, Any] | None:
        client = await parties.http("gateway")
        reply = await client.get(f"/cases/{case_id}", headers=parties.admin())
        types = [one["type"] for one in reply.json()["messages"]] if reply.status_code == 200 else []
        return reply.json() if "RequestRegistered" in types else None

    found = await eventually(registered, what="the case in the journal")
    assert found["end"] is None
    assert (found["next"]["party"], found["next"]["unit"]) == ("lea:mamlyut-employment", "lea.employee")
    assert found["next"]["since"] is not None
    stages = [step["stage"] for step in found["steps"]]
    assert stages.count("under-way") == 1
    assert "done" in stages
    assert "ahead" in stages
    assert found["messages"][0]["type"] == "RequestSubmitted"
    assert all(one["signature"]["good"] and one["signature"]["status"] == "good" for one in found["messages"])
    assert {one["signature"]["party"] for one in found["messages"]} >= {"portal", "lea"}
    assert [one["number"] for one in found["messages"]] == list(range(1, found["count"] + 1))


async def test_it_says_what_progress_says_of_the_same_trace(parties: Parties) -> None:
    await parties.start("gateway")
    clock = parties.clock
    clock.advance(WHOLE.messages[-1].journalled_at - clock.now() + timedelta(days=30))
    for count in (0, 1, 4, 8, len(WHOLE.messages)):
        trace = WHOLE if count == len(WHOLE.messages) else cut(WHOLE, count)
        file = await stored(parties, trace, ORALMAN)
        found = await asked(parties, file.case_id)
        shown = progress(trace, ORALMAN.flow("con"), ORALMAN, clock.now(), Calendar())
        assert [step["stage"] for step in found["steps"]] == [step.stage for step in shown.steps]
        assert [step["faults"] for step in found["steps"]] == [list(step.faults) for step in shown.steps]
        assert (found["next"] is None) == (shown.current is None)
        assert found["end"] == shown.end
        assert found["count"] == count
        dues = [step["due_at"] for step in found["steps"] if step["due_at"]]
        assert all(due.endswith("+00:00") for due in dues)


async def test_personal_data_are_masked(parties: Parties) -> None:
    await parties.start("gateway")
    file = await stored(parties, WHOLE, ORALMAN)
    client = await parties.http("gateway")
    reply = await client.get(f"/cases/{file.case_id}", headers=parties.admin())
    assert IIN not in reply.text
    assert NAME not in reply.text
    assert reply.json()["iin"] == f"••••••••{IIN[-4:]}"


async def test_messages_come_in_pages_by_their_numbers(parties: Parties) -> None:
    await parties.start("gateway")
    file = await stored(parties, WHOLE, ORALMAN)
    first = await asked(parties, file.case_id, "?limit=3")
    second = await asked(parties, file.case_id, f"?limit=3&after={first['messages'][-1]['number']}")
    assert [one["number"] for one in first["messages"] + second["messages"]] == [1, 2, 3, 4, 5, 6]
    assert first["count"] == second["count"] == len(WHOLE.messages)
    assert (await asked(parties, file.case_id, "?after=1000"))["messages"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/cases/01a22ad3-052c-7b01-bff8-f0b7659e9be8", 404),
        ("/cases/nobody's", 404),
        ("/cases/01a22ad3-052c-7b01-bff8-f0b7659e9be8?limit=501", 422),
        ("/cases/01a22ad3-052c-7b01-bff8-f0b7659e9be8?after=-1", 422),
        ("/cases/01a22ad3-052c-7b01-bff8-f0b7659e9be8?after=99999999999999999999", 422),
        ("/cases/01a22ad3-052c-7b01-bff8-f0b7659e9be8?whom=me", 422),
    ],
)
async def test_what_is_not_there_or_not_asked_rightly_is_refused(parties: Parties, path: str, status: int) -> None:
    await parties.start("gateway")
    client = await parties.http("gateway")
    assert (await client.get(path, headers=parties.admin())).status_code in (status, InvalidInput.status)
    assert (await client.get(path)).status_code == 401


async def entries(parties: Parties, case_id: str) -> list[sa.Row[Any]]:
    """The entries of a case in the journal."""
    query = sa.select(journal).where(journal.c.case_id == case_id).order_by(journal.c.number)
    async with parties.services["gateway"].database.read() as conn:
        return list((await conn.execute(query)).all())


async def test_a_signature_is_judged_as_of_when_the_message_was_journalled(parties: Parties) -> None:
    await parties.start("gateway")
    parties.clock.advance(timedelta(days=30))
    gateway = parties.services["gateway"]
    file = await stored(parties, WHOLE, ORALMAN)
    signed = Signed.of((await entries(parties, file.case_id))[0])
    verifier, now = gateway.party.verifier, gateway.clock.now()
    assert verdict(verifier, signed, now).good
    changed = verdict(verifier, changed_to(signed, body=signed.body + b" "), now)
    assert not changed.good
    assert changed.party == "con"
    assert "not con's over these bytes" in (changed.fault or "")
    another = verdict(verifier, changed_to(signed, sender="portal"), now)
    assert another.fault == "it is the signature of con, not of portal"
    early = verdict(verifier, changed_to(signed, journalled_at=signed.journalled_at - timedelta(days=900)), now)
    assert "not in date" in (early.fault or "")
    for mark in ("", "x", "..", "\u202e..x", "a" * 10_000):
        unreadable = verdict(verifier, changed_to(signed, signature=mark), now)
        assert not unreadable.good
        assert unreadable.serial is None


async def test_a_case_with_thousands_of_messages_is_read_some_at_a_time(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    await parties.start("gateway")
    many = tuple(
        replace(WHOLE.messages[0], message_id=f"m{number}", sequence=number, steps=()) for number in range(1, 1201)
    )
    file = await stored(parties, replace(WHOLE, messages=(*WHOLE.messages, *many)), ORALMAN)
    portions = list(reading._portions([(number, 900) for number in range(5_000)]))
    assert max(map(len, portions)) == reading.AT_ONCE
    found = await asked(parties, file.case_id, "?after=1100&limit=500")
    assert found["count"] == 1200 + len(WHOLE.messages)
    assert [one["number"] for one in found["messages"]] == list(range(1101, found["count"] + 1))
    assert found["end"] == WHOLE.end


async def test_a_message_of_the_maximum_size_is_told_by_its_size(parties: Parties) -> None:
    await parties.start("gateway")
    large = bytes(4 * 1024 * 1024)
    issued = next(place for place, one in enumerate(WHOLE.messages) if one.type == "ResultIssued")
    whole: tuple[Message, ...] = (WHOLE.messages[issued],)
    content = ResultIssued("granted", "completed", "A-1", large, large, "", large)
    file = await stored(parties, replace(WHOLE, messages=whole), ORALMAN, contents=[content])
    found = await asked(parties, file.case_id)
    assert found["messages"][0]["size"] > 16 * 1024 * 1024
    assert found["messages"][0]["signature"]["good"]
    assert list(reading._portions([(1, 17 << 20), (2, 17 << 20)])) == [[1], [2]]
