"""`aimaq clock` as a person or a script runs it against a stand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aimaq.access.administration import token_file
from aimaq.language.messages import PARTIES
from stand.commands.operator.clock import app
from stand.runtime.embedded import Stand, embedded

pytestmark = pytest.mark.slow

Run = Callable[..., Awaitable[Result]]


def command(*words: object) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with embedded(tmp_path) as made:
        yield made


@pytest.fixture
def clock(stand: Stand, tmp_path: Path) -> Run:
    """Runs `aimaq clock …` against the stand."""

    async def run(name: str, *words: object) -> Result:
        home = () if name == "now" else ("--home", tmp_path)
        return await asyncio.to_thread(command, name, *words, "--stand", stand.urls["gateway"], *home)

    return run


async def test_the_clock_is_told_moved_and_told_again(stand: Stand, clock: Run) -> None:
    result = await clock("now")
    assert result.exit_code == 0, result.output
    assert "the machine's time" in result.output
    result = await clock("pin", "2035-01-08T09:00")
    shown, how = result.output.splitlines()
    assert shown == "2035-01-08 09:00:00 in Almaty, Monday, a working day"
    assert how.startswith("it stands still, ")
    assert how.endswith(" ahead of the machine's")
    result = await clock("advance", "3wd", "-o", "json")
    assert json.loads(result.output)["local"] == "2035-01-11T09:00:00+05:00"
    result = await clock("advance", "--to", "2035-01-13T12:00")
    assert result.output.startswith("2035-01-13 12:00:00 in Almaty, Saturday, a day off")
    result = await clock("scale", "60")
    assert "60 times as fast" in result.output
    found = json.loads((await clock("now", "-o", "json")).output)
    assert (found["mode"], found["rate"]) == ("scaled", 60.0)
    assert abs(datetime.fromisoformat(found["now"]) - stand.clock.now()) < timedelta(hours=1)
    assert "it runs as fast as the machine's" in (await clock("scale", "1")).output


async def test_what_cannot_be_done_is_one_line_and_an_exit_code(clock: Run) -> None:
    await clock("advance", "21wd")
    for words, message in (
        (("reset",), "does not go back: scale 1 lets it run on"),
        (("pin", "2020-01-01"), "does not go back to 2019-12-31"),
        (("advance", "three days"), "'three days' is not a length of time such as 3wd, 2h or PT15M"),
        (("advance",), "say either by how much or to which instant"),
        (("scale", "0"), "a clock runs from 0.001 to 100000 times as fast"),
    ):
        result = await clock(*words)
        assert (result.exit_code, result.output.count("\n")) == (2, 1)
        assert message in result.output


async def test_a_wrong_token_moves_nothing(stand: Stand, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for party in PARTIES:
        token_file(other, party).parent.mkdir(parents=True)
        token_file(other, party).write_text("not the administrator")
    words = ("advance", "1h", "--stand", stand.urls["gateway"], "--home", other)
    result = await asyncio.to_thread(command, *words)
    assert (result.exit_code, "this token does not open gateway: use its own token" in result.output) == (2, True)


async def test_a_file_of_addresses_names_a_stand_too(stand: Stand, tmp_path: Path) -> None:
    path = tmp_path / "stand.json"
    path.write_text(json.dumps({"urls": stand.urls}))
    result = await asyncio.to_thread(command, "now", "--stand", path)
    assert result.exit_code == 0
    path.write_text(json.dumps({"urls": dict.fromkeys(PARTIES, 5)}))
    assert (await asyncio.to_thread(command, "now", "--stand", path)).exit_code == 2


def test_a_stand_out_of_reach_is_told_so(tmp_path: Path) -> None:
    result = command("now", "--stand", "http://127.0.0.1:9")
    assert (result.exit_code, "out of reach" in result.output) == (3, True)
    result = command("reset", "--stand", "http://127.0.0.1:9", "--home", tmp_path)
    assert (result.exit_code, "give the home of that stand with --home" in result.output) == (2, True)
