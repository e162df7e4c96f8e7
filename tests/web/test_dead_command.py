"""`aimaq dead`, `aimaq status` and `aimaq doctor` on a stand that runs: what waits for an operator, what he can do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from aimaq import __version__
from aimaq.access.administration import token_file
from aimaq.language.messages import PARTIES
from aimaq.service import Service
from stand.client.address import no_stand
from stand.commands.operator import dead
from stand.commands.operator.doctor import doctor, status
from stand.runtime.embedded import listening, listening_socket
from tests.faults import Spell, bewitch
from tests.parties import BASE, Parties
from tests.waiting import eventually

pytestmark = pytest.mark.slow

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


@pytest.fixture
async def operator(parties: Parties, tmp_path: Path) -> AsyncIterator[Operator]:
    """The operator of a stand of five services with their doors open."""
    listeners = {name: parties.stack.enter_context(listening_socket("127.0.0.1", 0)) for name in PARTIES}
    urls = {name: f"http://127.0.0.1:{listener.getsockname()[1]}" for name, listener in listeners.items()}
    addresses = ",".join(f"{name}={url}" for name, url in urls.items())
    await parties.start(*PARTIES, autopilot=True, retry_times=1, stand_urls=addresses)
    for name in PARTIES:
        await parties.stack.enter_async_context(listening(parties.apps[name], listeners[name]))
    file = tmp_path / "stand.json"
    file.write_text(json.dumps({"urls": urls}), "utf-8")
    yield Operator(parties, urls["gateway"], file)


async def test_a_dead_letter_is_found_shown_put_back_and_handled(operator: Operator) -> None:
    assert (await operator.dead("ls")).stdout == "there are no dead letters\n"
    case_id, spell = await operator.broken()
    (message,) = await operator.listed()
    assert (message["at"], message["case_id"], message["reason"]) == ("con", case_id, "RuntimeError: out of paper")
    assert await operator.listed("--at", "con", "--case", case_id, "--reason", "OUT OF") == [message]
    for none in (("--at", "lea"), ("--case", message["message_id"]), ("--reason", "ink")):
        assert await operator.listed(*none) == []
    message_id = message["message_id"]
    table = (await operator.dead("ls")).stdout
    assert message_id in table
    assert case_id in table
    shown = json.loads((await operator.dead("show", message_id, "-o", "json")).stdout)
    assert (shown["at"], shown["type"], shown["attempts"]) == ("con", "StatusChanged", 1)
    pretty = (await operator.dead("show", message_id)).stdout
    assert '"type": "StatusChanged"' in pretty
    assert "reason       RuntimeError: out of paper" in pretty

    again = await operator.dead("requeue", message_id)
    assert (again.exit_code, again.stderr) == (
        1,
        f"aimaq dead: {message_id} is dead at con again: RuntimeError: out of paper\n",
    )
    spell.lifted = True
    assert (await operator.dead("requeue", message_id)).stdout == f"{message_id} was put back at con\n"
    await operator.parties.status("con", case_id, "completed")
    assert await operator.listed() == []


async def test_a_dead_letter_is_given_up_and_what_waited_goes_on(operator: Operator) -> None:
    case_id, spell = await operator.broken()
    spell.lifted = True
    (message,) = await operator.listed()
    dropped = await operator.dead("drop", message["message_id"], "--at", "con")
    assert (dropped.exit_code, dropped.stdout) == (0, f"{message['message_id']} was given up at con\n")
    await operator.parties.status("con", case_id, "completed")
    gone = await operator.dead("drop", message["message_id"])
    assert (gone.exit_code, gone.stderr) == (2, f"aimaq dead: no dead letter {message['message_id']} at any service\n")


@pytest.mark.parametrize("words", [("show",), ("requeue",), ("drop",), ("show", "--at", "lea")])
async def test_what_is_no_dead_letter_is_told_so(operator: Operator, words: tuple[str, ...]) -> None:
    result = await operator.dead(words[0], "../dead", *words[1:])
    assert result.exit_code == 2
    assert result.stderr == f"aimaq dead: no dead letter ../dead at {words[-1] if len(words) > 1 else 'any service'}\n"


async def test_bad_usage_and_a_stand_out_of_reach_are_one_line(operator: Operator) -> None:
    nowhere = await operator.dead("ls", "--at", "kon")
    assert (nowhere.exit_code, nowhere.stderr) == (
        2,
        "aimaq dead: there is no service 'kon', only portal, con, lea, gateway, registry\n",
    )
    urls = json.loads(operator.file.read_text("utf-8"))["urls"]
    operator.file.write_text(json.dumps({"urls": urls | {"lea": NOBODY}}), "utf-8")
    partly = await operator.dead("ls")
    assert partly.exit_code == 3
    assert partly.stderr.startswith(f"aimaq dead: {NOBODY} is out of reach")
    unknown = await operator.dead("requeue", "nothing")
    assert (unknown.exit_code, "no dead letter nothing is known, but" in unknown.stderr) == (3, True)


async def test_the_status_tells_how_each_service_is_and_what_waits_there(operator: Operator) -> None:
    operator.parties.clock.pin(BASE)
    await operator.broken()
    result = await operator.check("status", "-o", "json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["clock"]["mode"] == "pinned"
    services = {entry["party"]: entry for entry in answer["services"]}
    assert list(services) == list(PARTIES)
    for entry in services.values():
        assert (entry["live"], entry["status"], entry["reasons"]) == (True, "ready", [])
        assert (entry["version"], entry["now"][:16]) == (__version__, "2026-03-02T04:00")
    con = services["con"]
    assert (con["dead"], con["held"], con["retry"], con["queued"]) == (1, 2, 0, 0)
    assert services["lea"]["dead"] == 0
    table = (await operator.check("status")).stdout
    assert "clock: 2026-03-02" in table
    assert __version__ in table

    assert set(con["oldest"]) == {"queued", "held", "retry", "unsent", "dead"}
    advised = await operator.check("doctor")
    assert advised.exit_code == 1
    assert "con: dead letters: 1\n    see them with `aimaq dead ls`" in advised.stdout


AGES: dict[str, tuple[float, str]] = {
    "queued": (40, "messages that wait to be handled: 3, the oldest for 40 s"),
    "held": (600, "messages that wait for an earlier message: 3, the oldest for 10 min"),
    "retry": (7200, "messages that wait to be tried again: 3, the oldest for 2 h"),
    "unsent": (180, "messages that wait to be sent: 3, the oldest for 3 min"),
    "dead": (172_800, "dead letters: 3, the oldest for 2 d"),
}


@pytest.mark.parametrize("name", AGES)
async def test_the_doctor_names_what_has_waited_too_long(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    age, remark = AGES[name]
    lea = operator.parties.services["lea"]

    async def backlog(service: Service) -> dict[str, Any]:
        waits = service is lea
        return dict.fromkeys(AGES, 0) | {
            name: 3 * waits,
            "oldest": dict.fromkeys(AGES) | {name: age if waits else None},
        }

    monkeypatch.setattr(Service, "backlog", backlog)
    advised = await operator.check("doctor")
    assert (advised.exit_code, advised.stdout.splitlines()[0]) == (1, f"lea: {remark}")
    assert "see the service's log\n" not in advised.stdout
    table = (await operator.check("status")).stdout
    assert f"3 ({remark.rpartition(' for ')[2]})" in table


async def test_a_service_that_is_gone_is_told_with_the_others(operator: Operator) -> None:
    await operator.parties.services["lea"].writer.stop()
    operator.parties.services["lea"].dependencies.bus.ailment = lambda: "the broker is out of reach"  # type: ignore[method-assign]
    result = await operator.check("status", "-o", "json")
    assert result.exit_code == 1
    services = {entry["party"]: entry for entry in json.loads(result.stdout)["services"]}
    assert (services["lea"]["live"], services["lea"]["status"]) == (True, "not ready")
    assert services["lea"]["reasons"] == ["the broker is out of reach"]
    assert services["portal"]["status"] == "ready"
    nobody = await operator.check("status", stand=NOBODY)
    assert (nobody.exit_code, nobody.stderr) == (3, f"aimaq: {no_stand(NOBODY)}\n")
    listed = await asyncio.to_thread(CliRunner().invoke, dead.app, ["ls", "--stand", NOBODY])
    assert (listed.exit_code, listed.stderr.startswith(f"aimaq dead: {no_stand(NOBODY)} (")) == (3, True)


async def test_a_command_needs_the_tokens_of_the_services_that_it_calls_and_no_other(
    operator: Operator, tmp_path: Path
) -> None:
    home = tmp_path / "with-one-token"
    path = token_file(home, "lea")
    path.parent.mkdir(parents=True)
    path.write_text(operator.parties.services["lea"].administration.token)

    async def listed(at: str) -> Result:
        words = ["ls", "--at", at, "--stand", operator.gateway, "--home", str(home)]
        return await asyncio.to_thread(CliRunner().invoke, dead.app, words)

    found = await listed("lea")
    assert found.exit_code == 0, found.output
    refused = await listed("con")
    lack = f"the token of con in {token_file(home, 'con')} cannot be read: No such file or directory"
    expected = f"aimaq dead: {lack}: give the home of that stand with --home\n"
    assert (refused.exit_code, refused.stderr) == (2, expected)
