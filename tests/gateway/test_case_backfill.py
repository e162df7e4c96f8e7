"""Cases of an older version get their columns at the start, as if their messages had just come."""

from __future__ import annotations

import logging

import msgspec
import pytest
import sqlalchemy as sa

from aimaq.language.messages import PARTIES
from gateway_svc.cases import backfill
from gateway_svc.models import journal, tables
from tests.faults import rows
from tests.gateway.cases import made, page, put
from tests.parties import IIN, Parties

COLUMNS = ("number", "iin", "bin", "next_party", "next_unit", "due_at", "near_at", "term_due_at")


async def forget(parties: Parties) -> None:
    """Make the gateway's database one that an older version has written: no columns, and nothing in the cases."""

    def older(conn: sa.Connection) -> None:
        for case_id, whole in conn.execute(sa.select(tables.cases.c.case_id, tables.cases.c.whole)).all():
            data = dict.fromkeys(COLUMNS, sa.null()) | {"whole": _without(whole)}
            conn.execute(sa.update(tables.cases).where(tables.cases.c.case_id == case_id).values(data))

    await parties.services["gateway"].database.transact(older)


def _without(whole: bytes) -> bytes:
    """A case as it was before it had any of this."""
    fields: dict[str, object] = msgspec.json.decode(whole)
    for name in ("standing", "iin", "name", "form"):
        fields.pop(name, None)
    return msgspec.json.encode(fields)


async def test_old_cases_come_to_stand_as_if_their_messages_had_just_come(
    parties: Parties, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "AT_ONCE", 2)
    await parties.start(*PARTIES)
    ids = [await parties.ask() for _ in range(3)] + [await parties.ask(at="lea")]
    await parties.quiet()
    gateway = parties.services["gateway"]
    before = {row["case_id"]: row for row in await rows(gateway, "cases")}
    assert set(before) == set(ids)
    await forget(parties)
    await parties.stop("gateway")
    with caplog.at_level(logging.WARNING):
        await parties.start("gateway")
    assert "4 cases are ready to be searched" in caplog.text
    after = {row["case_id"]: row for row in await rows(parties.services["gateway"], "cases")}
    assert after == before
    assert {case["case_id"] for case in (await page(parties, iin=IIN))["items"]} == set(ids[:3])
    caplog.clear()
    await parties.stop("gateway")
    await parties.start("gateway")
    assert "searched" not in caplog.text, "it is done once"


async def test_a_case_whose_messages_cannot_be_followed_any_more_keeps_nobody_waiting(
    parties: Parties, caplog: pytest.LogCaptureFixture
) -> None:
    await parties.start(*PARTIES)
    case_id = await parties.ask()
    await parties.quiet()
    await forget(parties)

    def spoil(conn: sa.Connection) -> None:
        conn.execute(sa.update(journal).where(journal.c.case_id == case_id).values(body=b"{}"))

    await parties.services["gateway"].database.transact(spoil)
    await parties.stop("gateway")
    await parties.start("gateway")
    assert f"the case {case_id} cannot be searched by whose move it is" in caplog.text
    (case,) = (await page(parties))["items"]
    assert (case["case_id"], case["next_party"], case["limit"]) == (case_id, None, None)


async def test_a_case_without_a_message_gets_empty_columns(parties: Parties) -> None:
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    await put(gateway, made(gateway, 1, at="", standing=None, iin=""))
    await forget(parties)
    await backfill.fill(gateway)
    (row,) = await rows(gateway, "cases")
    assert (row["next_party"], row["iin"], row["due_at"]) == ("", "", None)
