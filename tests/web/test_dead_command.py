"""`aimaq dead`, `aimaq status` and `aimaq doctor` on a stand that runs: what waits for an operator, what he can do."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aimaq import __version__
from aimaq.language.messages import PARTIES
from stand.client.address import no_stand
from stand.commands.operator import dead
from tests.parties import BASE, Parties
from tests.web.terminal import NOBODY, Operator, opened, operator_of

pytestmark = pytest.mark.slow


@pytest.fixture
async def operator(parties: Parties, tmp_path: Path) -> Operator:
    """The operator of a stand of one test."""
    return operator_of(parties, await opened(parties), tmp_path)


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
