"""What a new operator asks of a stand: each question is answered by page, by REST and by command, in so many steps.

A step is a page that is opened or a form that is sent by somebody who is signed in; a call; a command. The guide for
operators has the same table.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from typer.testing import CliRunner

from aimaq.language.messages import MessageRejected
from stand.commands.cli import load
from tests.console.visitor import Visitor, words
from tests.databases import draw, files
from tests.faults import bewitch
from tests.gateway.attention import hurry, lay_aside
from tests.house import ROOT
from tests.outsider import SignedMessage
from tests.parties import IIN, Parties
from tests.waiting import eventually
from tests.web.terminal import Operator, opened, operator_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
OUT_OF_INK = "RuntimeError: out of ink"

aimaq = load(["audit", "case", "dead", "deadlines", "traffic"])


@dataclass
class Newcomer:
    """Somebody with a browser, a client of REST and a terminal, who counts the steps of each."""

    terminal: Operator
    visitor: Visitor
    client: httpx.AsyncClient
    case_id: str
    rejected: SignedMessage
    steps: Counter[str] = field(default_factory=Counter)

    @property
    def parties(self) -> Parties:
        return self.terminal.parties

    async def page(self, path: str) -> httpx.Response:
        """Open a page."""
        self.steps["page"] += 1
        page = await self.visitor.get(path)
        assert page.status_code == 200, page.text
        return page

    async def send(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Send a form of a page, and see the page that comes."""
        self.steps["page"] += 1
        fields["form_token"] = await self.visitor.form_token()
        answer = await self.visitor.client.post(path, data=fields)
        assert answer.status_code == 303, answer.text
        return await self.visitor.get(answer.headers["location"])

    async def rest(self, path: str, at: str = "gateway", **query: Any) -> httpx.Response:
        """Make a call at a service, with its token."""
        self.steps["rest"] += 1
        client = self.client if at == "gateway" else await self.parties.http(at)
        answer = await client.get(path, params=query, headers=self.parties.admin(at))
        assert answer.status_code == 200, answer.text
        return answer

    async def command(self, *typed: str) -> str:
        """Run a command, and read what it says."""
        self.steps["command"] += 1
        where = ("--stand", str(self.terminal.file), "--home", str(self.parties.home))
        result = await asyncio.to_thread(CliRunner().invoke, aimaq, [*typed, *where], env={"COLUMNS": "250"})
        assert result.exit_code == 0, result.output
        return result.output


def taken(newcomer: Newcomer, page: int, rest: int, command: int, question: str) -> None:
    """The steps were so many, and the guide says so."""
    assert newcomer.steps == {"page": page, "rest": rest, "command": command}
    guide = (ROOT / "docs" / "guide-operators.md").read_text("utf-8")
    (row,) = (line for line in guide.splitlines() if line.startswith(f"| {question} |"))
    assert row.endswith(f"| {page}, {rest}, {command} |")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(stand_home: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Newcomer]:
    """A stand with a case that waits, one that is stuck behind a dead letter, and a message that was rejected."""
    folder = tmp_path_factory.mktemp("questions")
    if not (blank := stand_home / "blank").exists():
        draw(blank)
    async with Parties(stand_home, files(folder, blank)) as parties:
        urls = await opened(parties)
        hurry(*parties.services.values())
        terminal = operator_of(parties, urls, folder)
        case_id, _ = await terminal.broken()
        bewitch(parties.services["lea"], RuntimeError("out of paper"))
        await parties.ask()  # whose deadline runs, since lea does not handle it
        portal = await parties.outsider("portal")
        rejected = portal.write(MessageRejected("m", "d", "invalid-input", "none"), "nobody")
        await portal.hand_in(rejected)
        await lay_aside(parties, 3, OUT_OF_INK)
        await lay_aside(parties, 2, state="retry")
        inbox, later = parties.services["con"].tables.inbox, parties.clock.now() + timedelta(hours=1)
        put_off = sa.update(inbox).where(inbox.c.state == "retry").values(due_at=later, reason="unavailable: away")
        await parties.services["con"].database.transact(lambda conn: conn.execute(put_off))
        visitor = await Visitor.at(parties)
        await visitor.sign_in()
        made = Newcomer(terminal, visitor, await parties.http("gateway"), case_id, rejected)

        async def all_waits() -> bool:
            found = (await made.rest("/attention")).json()["counts"]
            return bool(found["dead"] >= 5 and found["held"] == 2 and found["retry"] == 2 and found["rejected"] == 1)

        await eventually(all_waits, within=30, what="all that waits")
        yield made


@pytest.fixture
def newcomer(stand: Newcomer) -> Newcomer:
    """The newcomer, before a question."""
    stand.steps.clear()
    return stand


async def test_what_moves_on_which_link(newcomer: Newcomer) -> None:
    page = words(await newcomer.page("/console/traffic?window=hour"))
    assert re.search(r"Portal ↔ Gateway the portal \S+ \d", page), page
    found = (await newcomer.rest("/traffic", window="hour")).json()
    (portal,) = (one for one in found["links"] if one["system"] == "portal")
    assert portal["sent"]["accepted"] > 0
    dead = {one["system"]: one["there"]["dead"] for one in found["links"] if one["kind"] == "party" and one["there"]}
    assert dead["con"] >= 4, "what is laid aside at a service is on its link too"
    assert f"Service centre: {dead['con']} messages laid aside" in page
    assert "portal" in await newcomer.command("traffic", "--window", "hour")
    taken(newcomer, 1, 1, 1, "What moves on which link?")


async def test_which_deadline_will_break(newcomer: Newcomer) -> None:
    page = words(await newcomer.page("/console/deadlines?state=all"))
    found = (await newcomer.rest("/deadlines", state="all")).json()
    assert found["items"], found
    one = found["items"][0]
    assert one["forecast"]["summary"]["en"] in page
    assert one["case"]["case_id"][:13] in page
    assert one["case"]["case_id"] in await newcomer.command("deadlines", "--state", "all")
    taken(newcomer, 1, 1, 1, "Which deadline will break?")


async def test_a_case_by_its_iin_or_its_number(newcomer: Newcomer) -> None:
    page = await newcomer.page(f"/console/cases?q={IIN}")
    assert f"/console/cases/{newcomer.case_id}" in page.text
    found = (await newcomer.rest("/cases", iin=IIN)).json()["items"]
    (one,) = (case for case in found if case["case_id"] == newcomer.case_id)
    assert newcomer.case_id in await newcomer.command("case", "ls", IIN)
    taken(newcomer, 1, 1, 1, "Where is the case of this IIN, or of this number?")
    number = one["number"]
    assert f"/console/cases/{newcomer.case_id}" in (await newcomer.page(f"/console/cases?q={number}")).text
    (found,) = (await newcomer.rest("/cases", number=number)).json()["items"]
    assert found["case_id"] == newcomer.case_id
    assert newcomer.case_id in await newcomer.command("case", "ls", number)
    unknown = await newcomer.client.get("/cases", params={"whose": IIN}, headers=newcomer.parties.admin())
    assert unknown.status_code == 422


async def test_who_did_what(newcomer: Newcomer) -> None:
    assert "the gateway's token 127.0.0.1 sign in POST /console/sign-in done" in words(
        await newcomer.page("/console/audit")
    )
    (*_, first) = (await newcomer.rest("/audit")).json()["items"]
    assert first["action"] == "sign-in"
    assert "sign-in" in await newcomer.command("audit")
    taken(newcomer, 1, 1, 1, "Who did what?")


def group(page: httpx.Response, cause: str) -> str:
    """The address of a group on the page."""
    after = page.text.partition(html.escape(cause))[2]
    found = re.search(r'href="(/console/attention\?[^"]*cause=[0-9a-f]+)"', after)
    assert found is not None, page.text
    return html.unescape(found[1])


async def test_the_dead_letters_of_one_cause(newcomer: Newcomer) -> None:
    opened_group = await newcomer.page(group(await newcomer.page("/console/attention"), OUT_OF_INK))
    assert opened_group.text.count('type="checkbox"') == 3
    assert "Put back all 3" in words(opened_group)
    causes = (await newcomer.rest("/attention")).json()["causes"]
    (cause,) = (one["cause_id"] for one in causes if one["cause"] == OUT_OF_INK)
    assert len((await newcomer.rest("/attention", cause=cause)).json()["messages"]) == 3
    assert cause in await newcomer.command("dead", "ls", "--by-cause")
    assert len(json.loads(await newcomer.command("dead", "ls", "--cause", cause, "-o", "json"))) == 3
    taken(newcomer, 2, 2, 2, "Which dead letters have one cause?")


async def test_what_a_rejection_names(newcomer: Newcomer) -> None:
    sent = newcomer.rejected
    for name in (sent.message_id, sent.digest):
        newcomer.steps.clear()
        page = words(await newcomer.page(f"/console/journal?entry={name}"))
        assert sent.digest in page, "the entry has the digest of the bytes"
        assert '"verdict":"rejected"' in page
        assert (await newcomer.rest(f"/messages/{name}")).content == sent.data
        assert '"type": "MessageRejected"' in await newcomer.command("dead", "show", name)
        taken(newcomer, 1, 1, 1, "Which message does this `MessageRejected` name?")


@pytest.mark.parametrize("kind", ["held", "retry", "unsent"])
async def test_what_is_held_tried_again_or_not_sent(newcomer: Newcomer, kind: str) -> None:
    page = words(await newcomer.page(f"/console/attention?kind={kind}"))
    count = (found := (await newcomer.rest("/attention", kind=kind)).json())["counts"][kind]
    assert len(found["messages"]) == count == {"held": 2, "retry": 2, "unsent": 0}[kind]
    listed = json.loads(await newcomer.command("dead", "ls", "--kind", kind, "-o", "json"))
    assert [one["message_id"] for one in listed] == [one["message_id"] for one in found["messages"]]
    assert re.search(rf" { ({'held': 'Held', 'retry': 'Retrying', 'unsent': 'Unsent'}[kind]) } {count} ", page), page
    taken(newcomer, 1, 1, 1, "What is held, tried again, not sent?")


async def test_the_bytes_of_a_dropped_letter(newcomer: Newcomer) -> None:
    listed = (await newcomer.rest("/attention", case_id=newcomer.case_id, kind="dead")).json()["messages"]
    (message_id,) = (one["message_id"] for one in listed)
    chosen = [f"con~{message_id}~0"]
    await newcomer.send("/console/attention/drop", message=chosen, reason="sent twice", next="/console/attention")

    async def dropped() -> bool:
        found = await (await newcomer.parties.http("con")).get(f"/dead/{message_id}", headers=newcomer.parties.admin())
        return bool(found.json()["state"] == "dropped")

    await eventually(dropped, within=20, what="the drop")
    newcomer.steps.clear()
    entry = await newcomer.page(f"/console/journal?entry={message_id}")
    (address,) = re.findall(r'href="(/console/cases/[^"]*\?message=[^"#]*)', entry.text)
    assert message_id in words(await newcomer.page(html.unescape(address)))
    rest = (await newcomer.rest(f"/dead/{message_id}", at="con")).json()
    assert rest["why"] == "sent twice"
    assert json.loads(await newcomer.command("dead", "show", message_id, "-o", "json"))["body"] == rest["body"]
    taken(newcomer, 2, 1, 1, "What was in a letter that was dropped?")
