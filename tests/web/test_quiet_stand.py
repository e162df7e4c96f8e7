"""`aimaq dead` and `aimaq doctor` on a stand that nothing changes: bad usage, tokens, what the doctor makes of ages."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from aimaq.access.administration import token_file
from aimaq.service import Service
from stand.commands.operator import dead
from tests.parties import Parties
from tests.web.terminal import NOBODY, Operator, opened, operator_of

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def urls(lasting_parties: Parties) -> dict[str, str]:
    """Where the services of a stand are that runs for all tests of this module, none of which changes it."""
    return await opened(lasting_parties)


@pytest.fixture
def operator(lasting_parties: Parties, urls: dict[str, str], tmp_path: Path) -> Operator:
    """The operator of that stand."""
    return operator_of(lasting_parties, urls, tmp_path)


WHY = ("--reason", "none")


@pytest.mark.parametrize("words", [("show",), ("requeue",), ("return", *WHY), ("drop", *WHY), ("show", "--at", "lea")])
async def test_what_is_no_dead_letter_is_told_so(operator: Operator, words: tuple[str, ...]) -> None:
    result = await operator.dead(words[0], "../dead", *words[1:])
    assert result.exit_code == 2
    assert result.stderr == f"aimaq dead: no dead letter ../dead at {'lea' if 'lea' in words else 'any service'}\n"


async def test_bad_usage_and_a_stand_out_of_reach_are_one_line(operator: Operator) -> None:
    nowhere = await operator.dead("ls", "--at", "kon")
    assert (nowhere.exit_code, nowhere.stderr) == (
        2,
        "aimaq dead: there is no service 'kon', only portal, con, lea, gateway, registry\n",
    )
    urls = json.loads(operator.file.read_text("utf-8"))["urls"]
    operator.file.write_text(json.dumps({"urls": urls | {"lea": NOBODY}}), "utf-8")
    assert (await operator.dead("ls")).exit_code == 0, "the gateway knows what waits there"
    unknown = await operator.dead("requeue", "nothing")
    assert (unknown.exit_code, "no dead letter nothing is known, but" in unknown.stderr) == (3, True)


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


async def test_a_command_needs_the_tokens_of_the_services_that_it_calls_and_no_other(
    operator: Operator, tmp_path: Path
) -> None:
    home = tmp_path / "with-one-token"
    path = token_file(home, "lea")
    path.parent.mkdir(parents=True)
    path.write_text(operator.parties.services["lea"].administration.token)

    async def shown(at: str) -> Result:
        words = ["show", "nothing", "--at", at, "--stand", operator.gateway, "--home", str(home)]
        return await asyncio.to_thread(CliRunner().invoke, dead.app, words)

    found = await shown("lea")
    assert found.stderr == "aimaq dead: no dead letter nothing at lea\n"
    refused = await shown("con")
    lack = f"the token of con in {token_file(home, 'con')} cannot be read: No such file or directory"
    expected = f"aimaq dead: {lack}: give the home of that stand with --home\n"
    assert (refused.exit_code, refused.stderr) == (2, expected)
