"""`aimaq case` and `aimaq deadlines` before a gateway: what an operator types, and what is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aimaq.language.messages import PARTIES
from stand.commands.cli import load
from stand.runtime.embedded import listening, listening_socket
from tests.gateway.cases import BODY, PLACE, page
from tests.parties import IIN, Parties
from tests.waiting import eventually

Run = Callable[..., Awaitable[Result]]
aimaq = load(["case", "deadlines"])


@pytest.fixture
async def run(parties: Parties, tmp_path: Path) -> AsyncIterator[Run]:
    """Runs a command before a stand with one case, whose limit ran out three minutes ago."""
    await parties.start(*PARTIES)
    case_id = await parties.ask()

    async def stands() -> bool:
        items = (await page(parties, case_id=case_id))["items"]
        return bool(items) and items[0]["at"] == PLACE

    await eventually(stands, what="the case at its place")
    parties.clock.advance(timedelta(minutes=13))
    urls = {}
    for party in PARTIES:
        listener = parties.stack.enter_context(listening_socket("127.0.0.1", 0))
        await parties.stack.enter_async_context(listening(parties.apps[party], listener))
        urls[party] = f"http://127.0.0.1:{listener.getsockname()[1]}"
    (file := tmp_path / "stand.json").write_text(json.dumps({"urls": urls}))

    async def ran(*words: str) -> Result:
        there = ("--stand", str(file), "--home", str(parties.home))
        result = await asyncio.to_thread(CliRunner().invoke, aimaq, [*words, *there], env={"COLUMNS": "250"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    yield ran


async def test_an_operator_finds_a_case_by_the_iin_and_sees_whose_move_it_is(run: Run) -> None:
    result = await run("case", "ls", IIN)
    assert result.exit_code == 0, result.output
    assert "lea.employee" in result.output
    assert "late by 3 min" in result.output
    assert "1 of 1" in result.output
    (case,) = json.loads((await run("case", "ls", "--iin", IIN, "-o", "json")).output)["items"]
    assert (case["next_party"], case["limit"]["state"]) == (BODY, "late")
    shown = (await run("case", "show", case["case_id"])).output
    assert f"lea.employee at {BODY}" in shown
    assert "late by 3 min" in shown
    assert "10 minutes from" in shown
    assert IIN not in result.output + shown
    for words in (("--ended",), ("--no-late",), ("--next-unit", "lea.head"), ("--until", "2026-03-01"), ("nothing",)):
        result = await run("case", "ls", *words)
        assert result.output.strip() == "no case fits: take a filter off", words


async def test_an_operator_sees_which_deadline_is_broken_and_why(run: Run) -> None:
    result = await run("deadlines")
    assert result.exit_code == 0, result.output
    assert "1 broken, 0 about to, 0 with time" in result.output
    assert "late by 3 min" in result.output
    assert "8(9)" in result.output
    kazakh = await run("deadlines", "--language", "kk")
    assert "3 минутқа кешігуде" in kazakh.output
    found = json.loads((await run("deadlines", "-o", "json")).output)
    assert found["performers"][0]["unit"] == "lea.employee"
    assert "0 broken" not in (await run("deadlines", "--state", "near")).output


@pytest.mark.parametrize("words", [("case", "ls", "--iin", "1"), ("deadlines", "--state", "soon")])
async def test_what_cannot_be_meant_is_one_line_and_an_exit_code(run: Run, words: tuple[str, ...]) -> None:
    result = await run(*words)
    assert result.exit_code == 2
    assert result.output.startswith(f"aimaq {words[0]}: ")
    assert len(result.output.splitlines()) == 1
