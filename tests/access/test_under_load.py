"""A whole stand under load while each of its systems gets a new key: no message is lost, and nothing is rejected."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from aimaq.http.client import http_client
from aimaq.language.clock import StandClock
from aimaq.language.messages import PARTIES
from registry_svc.nca.authority import SYSTEM_LIFE
from stand.bench.http import HttpConnection
from stand.bench.load import citizens, one_case
from stand.bundle.inspection import inspect
from stand.client.http import ServiceClient
from stand.commands.cli import load
from stand.people.person import Person
from stand.runtime.embedded import Stand, embedded
from tests.faults import rows
from tests.waiting import eventually

pytestmark = pytest.mark.slow

aimaq = load(["keys", "ca", "case", "doctor"])
Command = Callable[..., Awaitable[Result]]
BETWEEN = 6
"""Cases that come to their end between one rotation and the next, at least."""


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """A stand in this process, on which an official is always there."""
    cheap = partial(embedded, authority_keys="p-256", password_memory=8, password_rounds=1)
    async with cheap(tmp_path, autopilot=True, journal_block=16) as made:
        yield made


@pytest.fixture
def command(stand: Stand, tmp_path: Path) -> Command:
    """`aimaq …` on that stand."""

    async def run(*words: str) -> Result:
        more = ["--stand", stand.urls["gateway"], *([] if words[0] == "doctor" else ["--home", str(tmp_path)])]
        result = await asyncio.to_thread(CliRunner().invoke, aimaq, [*words, *more])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return run


class Load:
    """Citizens who make one request after the other until told to stop; a request without its answer is a failure."""

    def __init__(self, stand: Stand, crowd: list[Person]) -> None:
        self.done, self.crowd, self._over = 0, crowd, asyncio.Event()
        self.tasks = [asyncio.create_task(self._work(stand, person)) for person in crowd]

    async def _work(self, stand: Stand, person: Person) -> None:
        wire = HttpConnection(stand.urls["portal"])
        try:
            while not self._over.is_set():
                await one_case(wire, person)
                self.done += 1
        finally:
            await wire.close()

    async def more(self, count: int) -> None:
        """Return when so many more are done."""
        target = self.done + count
        await eventually(lambda: self.done >= target or any(task.done() for task in self.tasks), within=120)

    async def stop(self) -> None:
        """Let each finish; raises what went wrong."""
        self._over.set()
        await asyncio.gather(*self.tasks)


async def output_of(command: Command, *words: str) -> Any:
    result = await command(*words, "-o", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def checked(stand: Stand) -> dict[str, Any]:
    """What the walk over the journal finds, after all of it was closed in blocks."""
    async with http_client() as session:
        client = ServiceClient(session, stand.urls["gateway"])
        await client.call("POST", "/journal/blocks", token=stand.tokens["gateway"])
        return (await client.call("GET", "/journal/check", token=stand.tokens["gateway"])).body


@pytest.mark.long
async def test_every_system_gets_a_new_key_under_load(stand: Stand, command: Command, tmp_path: Path) -> None:
    before = {one["party"]: one["serial"] for one in await output_of(command, "keys", "ls")}
    under = Load(stand, await citizens(stand.urls, stand.tokens["registry"], 4))
    for party in (*PARTIES, "gateway"):
        await under.more(BETWEEN)
        assert (await output_of(command, "keys", "rotate", party))["unconfirmed"] == []
    await under.more(BETWEEN)
    await under.stop()

    journal = await rows(stand.services["gateway"], "journal")
    assert {row["verdict"] for row in journal} == {"accepted", "action"}
    results = [row for row in await rows(stand.services["portal"], "papers") if row["kind"] == "result"]
    assert len(results) == len({row["case_id"] for row in results}) == under.done >= BETWEEN * 7
    for party in PARTIES:
        service = stand.services[party]
        assert [row for row in await rows(service, "inbox") if row["state"] != "done"] == []
    listed = await output_of(command, "keys", "ls")
    assert {one["party"]: one["standing"] for one in listed if one["serial"] == before[one["party"]]} == dict.fromkeys(
        PARTIES, "previous"
    )
    assert sorted(one["standing"] for one in listed if one["party"] == "gateway") == ["current", *["previous"] * 2]

    # what was signed with the old keys holds, also when they are revoked later
    assert len({row["signature"].partition("..")[0] for row in journal}) > len(PARTIES)
    case_id = _case_of_most_keys(journal)
    await _holds(stand, command, case_id, tmp_path / "before.zip")
    clock = stand.clock
    assert isinstance(clock, StandClock)
    clock.advance(timedelta(hours=1))
    for one in listed:
        if one["standing"] == "previous":
            answer = await output_of(command, "ca", "revoke", one["serial"], "--reason", "superseded")
            assert answer["unconfirmed"] == []
    await _holds(stand, command, case_id, tmp_path / "after.zip")
    await one_more(stand, under)


async def _holds(stand: Stand, command: Command, case_id: str, bundle: Path) -> None:
    """The journal's blocks are good, and so is everything in the bundle of a case."""
    assert (await checked(stand))["ok"]
    result = await command("case", "export", case_id, "-o", str(bundle))
    assert result.exit_code == 0, result.output
    assert [(check.name, check.faults) for check in inspect(bundle.read_bytes()) if not check.ok] == []


def _case_of_most_keys(journal: list[dict[str, Any]]) -> str:
    """The case whose messages were signed with the most keys."""
    by_case: dict[str, set[str]] = {}
    for row in journal:
        by_case.setdefault(row["case_id"], set()).add(row["signature"].partition("..")[0])
    return max(by_case, key=lambda case_id: len(by_case[case_id]))


async def one_more(stand: Stand, under: Load) -> None:
    """A case goes through with the keys that are left."""
    wire = HttpConnection(stand.urls["portal"])
    await one_case(wire, under.crowd[0])
    await wire.close()


async def test_a_revoked_key_is_told_of_and_replaced(stand: Stand, command: Command) -> None:
    (serial,) = [one["serial"] for one in await output_of(command, "keys", "ls") if one["party"] == "lea"]
    result = await command("ca", "revoke", serial, "--reason", "keyCompromise")
    assert result.exit_code == 0, result.output
    assert "not known to know" not in result.output
    assert "current, revoked" in (await command("keys", "ls")).stdout
    result = await command("doctor")
    assert result.exit_code == 1
    assert "lea: the signing certificate of lea is revoked" in result.stdout
    assert "aimaq keys rotate" in result.stdout
    result = await command("keys", "rotate", "lea")
    assert result.exit_code == 0, result.output
    assert f"before it was {serial}" in result.stdout
    result = await command("doctor")
    assert (result.exit_code, result.stdout) == (0, "all five services are ready\n")


async def test_a_certificate_that_runs_out_is_a_warning_and_no_failure(stand: Stand, command: Command) -> None:
    clock = stand.clock
    assert isinstance(clock, StandClock)
    clock.advance(SYSTEM_LIFE - timedelta(days=20))
    result = await command("doctor")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("warning: the signing certificate of ") == len(PARTIES)


async def test_what_cannot_be_done_is_a_line_and_an_exit_code(stand: Stand, command: Command) -> None:
    for words, code, message in (
        (("keys", "rotate", "treasury"), 2, "'treasury' is none of portal, con"),
        (("keys", "ls", "--stand", "http://127.0.0.1:1"), 3, "http://127.0.0.1:1"),
    ):
        result = await command(*words[:2], *words[2:]) if "--stand" not in words else await _elsewhere(words)
        assert result.exit_code == code
        assert message in result.output
        assert result.output.count("\n") == 1
    await stand.services["con"].close()
    result = await command("keys", "rotate", "portal")
    assert result.exit_code == 3
    assert "con may not know the new certificate" in result.output


async def _elsewhere(words: tuple[str, ...]) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, aimaq, list(words))
