"""The chained journal: numbers and hashes without a hole, signed blocks, and an audit that finds any change."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from aimaq.language.messages import PARTIES
from aimaq.language.signing import merkle
from aimaq.store.write_set import WriteSet
from gateway_svc.journal.entry import ZERO, linked, read_entry, read_header
from gateway_svc.models import journal as journal_table
from tests.databases import files
from tests.faults import answer_lost, rows
from tests.parties import Parties
from tests.waiting import eventually


@given(st.integers(1, 70), st.data())
def test_a_path_leads_from_each_leaf_to_the_root_and_from_no_other(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf(bytes((number,))) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = merkle.path(leaves, index)
    assert merkle.climb(leaves[index], index, size, path) == merkle.root(leaves)
    assert merkle.climb(merkle.leaf(b"another"), index, size, path) != merkle.root(leaves)
    assert merkle.climb(leaves[index], index, size, [*path, ZERO]) is None
    assert not path or merkle.climb(leaves[index], index, size, path[1:]) is None


@pytest.mark.parametrize(
    ("leaves", "root"),
    [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ([b""], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ([b"", b"\x00"], "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ([b"", b"\x00", b"\x10"], "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ],
)
def test_the_roots_are_those_of_certificate_transparency(leaves: list[bytes], root: str) -> None:
    assert merkle.root([merkle.leaf(one) for one in leaves]).hex() == root


async def finished(parties: Parties, count: int = 1, **settings: Any) -> list[str]:
    """A stand with so many cases that came to their end."""
    await parties.start(*PARTIES, autopilot=True, **settings)
    cases = [await parties.ask() for _ in range(count)]
    for case_id in cases:
        await parties.status("portal", case_id, "completed")
    await parties.quiet()
    return cases


async def asked(parties: Parties, path: str, method: str = "GET") -> Any:
    """What the gateway answers the administrator."""
    client = await parties.http("gateway", **parties.admin())
    answer = await client.request(method, path)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def test_every_entry_is_chained_to_the_one_before_across_batches_and_restarts(parties: Parties) -> None:
    await finished(parties, 3, journal_block=8)
    await parties.stop("gateway")
    await parties.start("gateway", journal_block=8)
    case_id = await parties.ask()
    await parties.status("portal", case_id, "completed")
    entries = sorted(await rows(parties.services["gateway"], "journal"), key=lambda row: row["number"])
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    blocks = await asked(parties, "/journal/blocks")
    assert [block["number"] for block in blocks] == list(range(1, len(entries) // 8 + 1))
    assert all(block["last"] - block["first"] == 7 for block in blocks)
    report = await asked(parties, "/journal/check")
    assert report == {
        "ok": True,
        "entries": len(entries),
        "blocks": len(blocks),
        "open": len(entries) % 8,
        "head": entries[-1]["hash"].hex(),
        "flaw": None,
    }


@pytest.mark.parametrize("error", [RuntimeError("the plug is pulled"), IntegrityError("", None, Exception("a key"))])
async def test_a_batch_that_fails_leaves_no_hole(
    parties: Parties, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    await parties.start(*PARTIES, autopilot=True)
    write, failed = WriteSet.write, list[list[int]]()

    def failing(write_set: WriteSet, conn: sa.Connection) -> None:
        if len(failed) < 2 and len(write_set.rows(journal_table)) > 2:
            failed.append([row["number"] for row in write_set.rows(journal_table)])
            raise error
        write(write_set, conn)

    monkeypatch.setattr(WriteSet, "write", failing)
    cases = await asyncio.gather(*(parties.ask() for _ in range(5)))
    for case_id in cases:
        await parties.status("portal", case_id, "completed")
    assert len(failed) == 2
    assert (await asked(parties, "/journal/check"))["ok"]


async def test_what_was_committed_unknown_to_the_writer_is_gone_on_from(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    for _ in range(2):
        answer_lost(parties.services["gateway"])
        case_id = await parties.ask(stubborn=True)
        await parties.status("portal", case_id, "completed")
    assert (await asked(parties, "/journal/check"))["ok"]


async def test_a_block_is_closed_when_an_entry_has_waited_long_enough(parties: Parties) -> None:
    await finished(parties)
    assert await asked(parties, "/journal/blocks") == []
    parties.clock.advance(timedelta(seconds=61))

    async def closed() -> Any:
        return await rows(parties.services["gateway"], "blocks")

    (block,) = await eventually(closed, what="a block")
    header = read_header(block["header"])
    assert header is not None
    assert (header.block, header.first, header.last) == (1, 1, 7)
    assert (
        parties.services["gateway"].party.verifier.verify(block["header"], block["signature"], header.closed_at)
        == "gateway"
    )
    assert block["stamp"] is None

    async def noted() -> Any:
        return (await rows(parties.services["gateway"], "blocks"))[0]["stamp_note"]

    assert await eventually(noted, what="a word on the stamp") == "there is no time-stamping authority"


async def test_an_authority_that_does_not_answer_holds_nothing_up(parties: Parties) -> None:
    await finished(parties, registry_url="http://127.0.0.1:9", nca_url=parties.authority)
    assert await asked(parties, "/journal/blocks", "POST") == {"last": 1}
    block = await asked(parties, "/journal/blocks/1")
    assert block["stamp"] is None
    assert block["stamp_note"].startswith("the time-stamping authority is out of reach")
    assert (await asked(parties, "/journal/check"))["ok"]


async def test_a_proof_leads_from_the_message_as_it_came_to_the_signed_root(parties: Parties) -> None:
    (case_id,) = await finished(parties)
    trace = await asked(parties, f"/cases/{case_id}/trace")
    first = trace["messages"][0]["message_id"]
    assert (await asked(parties, f"/journal/proof/{first}"))["block"] is None
    assert await asked(parties, "/journal/blocks", "POST") == {"last": 1}
    assert await asked(parties, "/journal/blocks", "POST") == {"last": 2}, "who closed the first is an entry itself"
    only = await asked(parties, "/journal/blocks/2")
    assert only["first"] == only["last"], "and there is nothing more to close"
    header = read_header((await asked(parties, "/journal/blocks/1"))["header"].encode())
    assert header is not None
    client = await parties.http("gateway", **parties.admin())
    for message in trace["messages"]:
        proof = await asked(parties, f"/journal/proof/{message['message_id']}")
        raw = await client.get(f"/messages/{message['message_id']}")
        entry = read_entry(proof["entry"].encode())
        assert entry is not None
        assert entry.body == hashlib.sha256(raw.content).hexdigest()
        assert entry.signature == hashlib.sha256(raw.headers["Signature-JWS"].encode()).hexdigest()
        chained = linked(bytes.fromhex(proof["previous"]), proof["entry"].encode())
        assert chained.hex() == proof["hash"]
        hashes = [bytes.fromhex(one) for one in proof["path"]]
        root = merkle.climb(merkle.leaf(chained), proof["index"], proof["size"], hashes)
        assert root is not None
        assert root.hex() == header.root
    for path in ("/journal/blocks/3", "/journal/blocks/0", "/journal/proof/nobody"):
        assert (await client.get(path)).status_code in (404, 422)
    stranger = await parties.http("gateway")
    for path in ("blocks", "blocks/1", "check", "certificates", f"proof/{first}"):
        assert (await stranger.get(f"/journal/{path}")).status_code == 401


# --- any change is found ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def journal(stand_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    """The journal of a stand after three cases, in blocks of eight and a rest."""
    with asyncio.Runner() as runner:
        made = Journal(stand_home, tmp_path_factory.mktemp("journal"), runner)
        runner.run(made.fill())
        yield made
        runner.run(made.parties.__aexit__(None, None, None))


class Journal:
    """A gateway that runs, and its SQLite file, which somebody else writes to."""

    def __init__(self, home: Path, folder: Path, runner: asyncio.Runner) -> None:
        self.parties = Parties(home, files(folder))
        self.file, self.runner = folder / "gateway.db", runner

    async def fill(self) -> None:
        """Have three cases come to their end."""
        await self.parties.__aenter__()
        await finished(self.parties, 3, journal_block=8)

    def check(self) -> dict[str, Any]:
        """What the gateway finds."""
        found: dict[str, Any] = self.runner.run(asked(self.parties, "/journal/check"))
        return found

    @contextmanager
    def changed(self, statement: str, values: tuple[Any, ...]) -> Iterator[None]:
        """The file with this done to it, and afterwards as it was before."""
        with sqlite3.connect(self.file, isolation_level=None) as conn:
            saved = {name: conn.execute(f"SELECT * FROM {name}").fetchall() for name in ("journal", "blocks")}
            conn.execute(statement, values)
            try:
                yield
            finally:
                for name, stored in saved.items():
                    conn.execute(f"DELETE FROM {name}")
                    conn.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * len(stored[0]))})", stored)


COLUMNS = (
    "message_id",
    "case_id",
    "type",
    "sender",
    "recipient",
    "sequence",
    "occurred_at",
    "journalled_at",
    "verdict",
    "reason",
    "publisher",
    "body",
    "signature",
    "hash",
    "number",
)
NUMBERS = st.integers(1, 21)


@pytest.mark.slow
@settings(max_examples=120)
@given(number=NUMBERS, column=st.sampled_from(COLUMNS), data=st.data())
def test_a_changed_entry_is_found(journal: Journal, number: int, column: str, data: st.DataObject) -> None:
    with sqlite3.connect(journal.file) as conn:
        (before,) = conn.execute(f"SELECT {column} FROM journal WHERE number = ?", (number,)).fetchone()
    if isinstance(before, bytes):
        at = data.draw(st.integers(0, len(before) - 1))
        after: Any = before[:at] + bytes((before[at] ^ data.draw(st.integers(1, 255)),)) + before[at + 1 :]
    elif isinstance(before, int):
        after = data.draw(st.integers(100, 2**31))
    elif column in ("occurred_at", "journalled_at"):
        after = data.draw(st.datetimes()).isoformat(" ", "microseconds")
    else:
        after = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
    if after == before:
        return
    with journal.changed(f"UPDATE journal SET {column} = ? WHERE number = ?", (after, number)):
        report = journal.check()
    assert not report["ok"]
    # an entry that is given another number is missing in its own place
    assert report["flaw"]["kind"] == "entry"
    assert report["flaw"]["number"] == number
    assert journal.check()["ok"]


@settings(max_examples=21)
@given(number=NUMBERS)
def test_an_entry_that_was_removed_is_found(journal: Journal, number: int) -> None:
    with journal.changed("DELETE FROM journal WHERE number = ?", (number,)):
        flaw = journal.check()["flaw"]
    assert (flaw["kind"], flaw["number"]) == ("entry", number)


@settings(max_examples=20)
@given(after=st.integers(0, 20))
def test_a_journal_that_was_cut_off_is_found(journal: Journal, after: int) -> None:
    with journal.changed("DELETE FROM journal WHERE number > ?", (after,)):
        flaw = journal.check()["flaw"]
    assert (flaw["kind"], flaw["number"]) == ("entry", after + 1)


@pytest.mark.parametrize("column", ["number", "first", "last", "closed_at", "header", "signature"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_changed_block_is_found(journal: Journal, number: int, column: str) -> None:
    with sqlite3.connect(journal.file) as conn:
        (before,) = conn.execute(f"SELECT {column} FROM blocks WHERE number = ?", (number,)).fetchone()
    if column == "closed_at":
        after: Any = before.replace("2026", "2025")
    elif isinstance(before, bytes):
        after = before.replace(b'"first":', b'"first":0', 1)
    else:
        after = before + (9 if isinstance(before, int) else "x")
    with journal.changed(f"UPDATE blocks SET {column} = ? WHERE number = ?", (after, number)):
        flaw = journal.check()["flaw"]
    assert flaw is not None
    with journal.changed("DELETE FROM blocks WHERE number = ?", (number,)):
        assert journal.check()["flaw"] is not None
