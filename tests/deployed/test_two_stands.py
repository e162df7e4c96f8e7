"""Two stands on one machine: the second says what the first has, and leaves all of it alone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from aimaq.language.messages import PARTIES
from stand.bench.stands import ports_in_a_row
from stand.provision import broker, databases
from tests.databases import SERVER
from tests.fixtures_broker import ON_BROKER, administrator

pytestmark = [pytest.mark.services, pytest.mark.long]

NAME = f"aimaqtwo{os.getpid()}"
CHEAP = {"AIMAQ_AUTHORITY_KEYS": "p-256", "AIMAQ_PASSWORD_MEMORY": "8", "AIMAQ_PASSWORD_ROUNDS": "1"}


def options(home: Path, port: int, name: str = NAME) -> list[str]:
    """What `aimaq up` is told."""
    own = {"home": str(home), "first-port": str(port), "prefix": name, "vhost": name, "database": SERVER}
    return [*ON_BROKER, *(part for option, value in own.items() for part in (f"--{option}", value))]


ON_URL = ["--url", *ON_BROKER[1:], "--prefix", NAME, "--vhost", NAME]


@dataclass(frozen=True)
class Running:
    """A stand that `aimaq up` runs: its home, its first port and the process."""

    home: Path
    port: int
    process: Process

    async def ready(self) -> bool:
        """Whether each of the five services says so."""
        async with httpx.AsyncClient(timeout=30) as http:
            answers = [await http.get(f"http://127.0.0.1:{self.port + n}/health/ready") for n in range(len(PARTIES))]
        return [answer.status_code for answer in answers] == [200] * len(PARTIES)


async def aimaq(*command: str) -> Process:
    """The command, started."""
    own = {**os.environ, **CHEAP}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stand", *command, env=own, stdout=PIPE, stderr=PIPE
    )


async def ended(*command: str) -> tuple[int | None, str]:
    """The exit code of a command, and the last line that it printed."""
    process = await aimaq(*command)
    out, err = await asyncio.wait_for(process.communicate(), 90)
    assert b"Traceback" not in err, err.decode()
    return process.returncode, (out + err).decode().strip().splitlines()[-1]


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[Running]:
    """A stand in this home, until the block ends."""
    port = ports_in_a_row()["portal"]
    stand = Running(home, port, await aimaq("up", *options(home, port)))
    try:
        assert stand.process.stdout is not None
        async with asyncio.timeout(90):
            while b"Aimaq is up" not in (line := await stand.process.stdout.readline()):
                assert line, "the stand did not come up"
        yield stand
    finally:
        if stand.process.returncode is None:
            stand.process.send_signal(signal.SIGTERM)
            await stand.process.wait()
        await broker.remove(NAME, NAME, administrator())
        await databases.drop(SERVER, NAME)


async def test_a_second_stand_leaves_the_first_alone(tmp_path: Path) -> None:
    async with running(tmp_path / "first") as first:
        other, elsewhere = tmp_path / "other", ports_in_a_row()["portal"]
        attacks = {
            "a stand runs in": ["up", *options(first.home, elsewhere, "x")],
            f"port {first.port} of 127.0.0.1 cannot be used": ["up", *options(other, first.port, "x")],
            f"another stand has the databases {NAME}_*": ["up", *options(other, elsewhere)],
            "another stand runs with the broker's user": ["broker", "apply", *ON_URL, "--secrets", str(other)],
            "is connected: stop its stand first": ["broker", "remove", *ON_URL],
        }
        for reason, command in attacks.items():
            code, line = await ended(*command)
            assert (code, reason in line) == (3, True), (reason, code, line)
        own = ["--secrets", str(first.home / "keys" / "broker"), "-o", "json"]
        assert (await ended("broker", "apply", *ON_URL, *own))[0] == 0
        assert await first.ready()


async def test_down_stops_the_stand_and_takes_away_what_it_made(tmp_path: Path) -> None:
    async with running(tmp_path / "stand") as stand:
        made = ["--home", str(stand.home), "--prefix", NAME, "--vhost", NAME, *ON_BROKER, "--database", SERVER]
        code, line = await ended("down", *made, "--remove")
        assert (code, line) == (0, f"removed its keys and data, the virtual host {NAME}, the databases {NAME}_*")
        assert await stand.process.wait() == 0
        left = await administrator().export()
        assert not [one for kind in left.values() for one in kind if NAME in str(one)]
        assert sorted(path.name for path in stand.home.iterdir()) == []
        assert await ended("down", "--home", str(stand.home)) == (0, f"no stand runs in {stand.home}")
        code, line = await ended("down", *made, "--remove")
        assert (code, f"not there: the virtual host {NAME}, the databases {NAME}_*" in line) == (0, True), line
