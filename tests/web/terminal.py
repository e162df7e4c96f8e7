"""An operator at a terminal: `aimaq dead`, `aimaq status` and `aimaq doctor` on a stand whose five services run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner, Result

from aimaq.language.messages import PARTIES
from stand.commands.operator import dead
from stand.commands.operator.doctor import doctor, status
from stand.runtime.embedded import listening, listening_socket
from tests.faults import Spell, bewitch
from tests.parties import Parties
from tests.waiting import eventually

CHECKS = typer.Typer()
CHECKS.command("status")(status)
CHECKS.command("doctor")(doctor)
NOBODY = "http://127.0.0.1:9"
"""Where no stand is: the port that throws everything away."""


@dataclass
class Operator:
    """Somebody with a terminal, the stand's address and its token."""

    parties: Parties
    gateway: str
    file: Path

    async def dead(self, *words: str) -> Result:
        """`aimaq dead …`."""
        where = ["--stand", str(self.file), "--home", str(self.parties.home)]
        return await asyncio.to_thread(CliRunner().invoke, dead.app, [*words, *where], env={"COLUMNS": "250"})

    async def waiting(self, count: int, *words: str) -> list[dict[str, Any]]:
        """The dead letters, once the gateway knows of so many."""

        async def known() -> list[dict[str, Any]] | None:
            found = await self.listed(*words)
            return found if len(found) == count else None

        if not count:
            await eventually(self._none, within=20, what="no dead letter")
            return []
        return await eventually(known, within=20, what=f"{count} dead letters")

    async def _none(self) -> bool:
        return not await self.listed()

    async def listed(self, *words: str) -> list[dict[str, Any]]:
        """The dead letters, from the command's JSON."""
        result = await self.dead("ls", *words, "-o", "json")
        assert result.exit_code == 0, result.output
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found

    async def check(self, command: str, *words: str, stand: str = "") -> Result:
        """`aimaq status` or `aimaq doctor`."""
        line = [command, "--stand", stand or self.gateway, *words]
        return await asyncio.to_thread(CliRunner().invoke, CHECKS, line, env={"COLUMNS": "250"})

    async def broken(self) -> tuple[str, Spell]:
        """A case on which the service centre can handle nothing, with its first message dead and one behind it."""
        spell = bewitch(self.parties.services["con"], RuntimeError("out of paper"))
        case_id = await self.parties.ask()
        await self.parties.status("portal", case_id, "completed")

        async def both() -> bool:
            waiting = await self.parties.waiting("con")
            return sorted(waiting.values()) == ["dead", "held", "held"]

        await eventually(both, what="a dead letter and two behind it")
        return case_id, spell


async def opened(parties: Parties) -> dict[str, str]:
    """Bring the five services of a stand up with their doors open; where each of them is."""
    listeners = {name: parties.stack.enter_context(listening_socket("127.0.0.1", 0)) for name in PARTIES}
    urls = {name: f"http://127.0.0.1:{listener.getsockname()[1]}" for name, listener in listeners.items()}
    addresses = ",".join(f"{name}={url}" for name, url in urls.items())
    await parties.start(*PARTIES, autopilot=True, retry_times=1, stand_urls=addresses)
    for name in PARTIES:
        await parties.stack.enter_async_context(listening(parties.apps[name], listeners[name]))
    return urls


def operator_of(parties: Parties, urls: Mapping[str, str], folder: Path) -> Operator:
    """The operator of a stand that is open at these addresses; the file that names them is in the folder."""
    file = folder / "stand.json"
    file.write_text(json.dumps({"urls": urls}), "utf-8")
    return Operator(parties, urls["gateway"], file)
