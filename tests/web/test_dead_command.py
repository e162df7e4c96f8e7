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
from tests.gateway.attention import hurry, lay_aside
from tests.parties import BASE, Parties
from tests.web.terminal import NOBODY, Operator, opened, operator_of

pytestmark = pytest.mark.slow


@pytest.fixture
async def operator(parties: Parties, tmp_path: Path) -> Operator:
    """The operator of a stand of one test."""
    urls = await opened(parties)
    hurry(*parties.services.values())
    return operator_of(parties, urls, tmp_path)


async def test_a_dead_letter_is_found_shown_put_back_and_handled(operator: Operator) -> None:
    assert (await operator.dead("ls")).stdout == "there are no dead letters\n"
    case_id, spell = await operator.broken()
    (message,) = await operator.waiting(1)
    assert (message["party"], message["case_id"], message["reason"]) == ("con", case_id, "RuntimeError: out of paper")
    assert await operator.listed("--at", "con", "--case", case_id, "--reason", "OUT OF") == [message]
    assert await operator.listed("--cause", message["cause_id"]) == [message]
    (group,) = await operator.listed("--by-cause")
    assert (group["count"], group["cause_id"], group["party"]) == (1, message["cause_id"], "con")
    assert len(await operator.listed("--parked")) == 2
    for none in (("--at", "lea"), ("--case", message["message_id"]), ("--reason", "ink"), ("--cause", "0" * 12)):
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
    await operator.waiting(0)


async def test_a_dead_letter_is_dropped_stays_readable_and_what_waited_goes_on(operator: Operator) -> None:
    case_id, spell = await operator.broken()
    spell.lifted = True
    (message,) = await operator.waiting(1)
    message_id = message["message_id"]
    assert (await operator.dead("drop", message_id)).exit_code == 2, "a reason lacks"
    dropped = await operator.dead("drop", message_id, "--at", "con", "--reason", "қажет емес")
    assert (dropped.exit_code, dropped.stdout) == (0, f"{message_id} was dropped at con\n")
    await operator.parties.status("con", case_id, "completed")
    gone = await operator.dead("drop", message_id, "--reason", "again")
    assert (gone.exit_code, gone.stderr) == (2, f"aimaq dead: no dead letter {message_id} at any service\n")
    shown = await operator.dead("show", message_id)
    assert "state        dropped\n" in shown.stdout
    assert "dropped_by   the token of con\n" in shown.stdout
    assert "why          қажет емес\n" in shown.stdout
    assert '"type": "StatusChanged"' in shown.stdout


async def test_all_of_a_cause_are_put_back_or_dropped_in_one_action(operator: Operator) -> None:
    parties = operator.parties
    await lay_aside(parties, 250)
    (group,) = await operator.waiting(1, "--by-cause")
    while group["count"] < 250:
        (group,) = await operator.listed("--by-cause")
    page = await operator.dead("ls", "--limit", "10")
    assert "10 of 250 on this page; the next: --after " in page.stdout
    after = page.stdout.partition("--after ")[2].partition(";")[0]
    second = await operator.listed("--limit", "10", "--after", after)
    assert len(second) == 10
    assert not {one["message_id"] for one in second} & set(page.stdout.split())
    done = await operator.dead("requeue", "--cause", group["cause_id"])
    assert (done.exit_code, done.stdout) == (0, "250 of 250: handled 250\n")
    assert done.stderr.endswith("250 of 250\n")
    await operator.waiting(0)
    nothing = await operator.dead("requeue", "--all")
    assert (nothing.exit_code, nothing.stderr) == (2, "aimaq dead: there are no dead letters\n")
    both = await operator.dead("requeue", "x", "--all")
    assert (both.exit_code, "and not both" in both.stderr) == (2, True)
    await lay_aside(parties, 3, "RuntimeError: no ink")
    (group,) = await operator.waiting(1, "--by-cause")
    dropped = await operator.dead("drop", "--cause", group["cause_id"], "--reason", "of no use")
    assert (dropped.exit_code, dropped.stdout) == (0, "3 of 3: dropped 3\n")


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
