"""The page of the journal: the check of the chain on demand, blocks, an entry's proof; a broken chain is seen."""

from __future__ import annotations

import asyncio
import re

import pytest
import sqlalchemy as sa

from gateway_svc.journal import audit
from gateway_svc.journal.audit import Audit
from gateway_svc.models import journal
from tests.console.visitor import Visitor, words
from tests.faults import outage
from tests.gateway.watchers import Watchers
from tests.waiting import eventually

PAGE = "/console/journal"


async def filled(operator: Visitor, count: int = 5) -> None:
    dana = await Watchers(operator.parties).at("dana", "operator")
    for _ in range(count):
        assert (await dana.post("/journal/blocks")).status_code == 201


async def send(operator: Visitor, path: str) -> None:
    page = await operator.get(PAGE)
    token = re.search(r'name="form_token" value="([0-9a-f]{64})"', page.text)
    assert token is not None
    answer = await operator.post(path, {"form_token": token[1]})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)


async def shows(operator: Visitor, text: str, path: str = PAGE) -> str | None:
    page = await operator.get(path)
    assert page.status_code == 200, page.text
    return page.text if text in words(page) else None


async def test_an_empty_journal_says_when_blocks_come(operator: Visitor) -> None:
    assert await shows(operator, "No block is closed yet. A block closes when it is full")


async def test_the_chain_is_checked_on_demand_and_the_page_says_what_it_came_to(operator: Visitor) -> None:
    await filled(operator)
    assert await shows(operator, "Nobody has checked it since the gateway started")
    await send(operator, "/console/journal/verification")
    assert await eventually(lambda: shows(operator, "The chain holds"))
    page = await operator.get(PAGE)
    assert "asked for by the token of gateway" in words(page)
    assert re.search(r"Entries: \d, blocks: \d\. All are there", words(page))


async def test_a_check_that_runs_says_how_far_it_is_and_is_not_begun_twice(
    operator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(operator)
    go = asyncio.Event()
    walk = Audit._page

    async def slow(self: Audit) -> object:
        if self.entries:
            await go.wait()
        return await walk(self)

    monkeypatch.setattr(audit, "PAGE", 2)
    monkeypatch.setattr(Audit, "_page", slow)
    await send(operator, "/console/journal/verification")
    part = await eventually(lambda: running(operator))
    assert 'hx-trigger="every 1s"' in part
    assert "<progress" in part
    await send(operator, "/console/journal/verification")
    go.set()
    assert await eventually(lambda: shows(operator, "The chain holds"))


async def running(operator: Visitor) -> str | None:
    part = await operator.get(f"{PAGE}/verification")
    return part.text if re.search(r"[1-9]\d* of \d+ entries checked", words(part)) else None


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"body": b"another"}, "its hash is not the one over what stands here and the entry before"),
        ({"number": 90}, "it is missing"),
    ],
)
async def test_a_broken_chain_is_shown_with_its_place(operator: Visitor, change: dict[str, object], found: str) -> None:
    await filled(operator)
    service = operator.parties.services["gateway"]
    query = sa.update(journal).where(journal.c.number == 3).values(**change)
    await service.database.transact(lambda conn: conn.execute(query))
    await send(operator, "/console/journal/verification")
    text = await eventually(lambda: shows(operator, "The chain is broken"))
    assert 'role="alert"' in text
    page = await operator.get(PAGE)
    assert "The first place that does not fit is entry 3. Before it all holds: 2;" in words(page)
    assert found in words(page)
    kazakh = await operator.get(PAGE, **{"Accept-Language": "kk"})
    assert "Бірінші сай келмейтін жері – 3-жазба" in words(kazakh)


async def test_an_operator_closes_a_block_and_a_viewer_is_not_offered_it(operator: Visitor) -> None:
    await filled(operator, 2)
    page = await operator.get(PAGE)
    assert re.search(r"Close a block of \d", words(page))
    await send(operator, "/console/journal/blocks")
    vera = await Watchers(operator.parties).at("vera", "viewer")
    assert "Close a block" not in words(await vera.get(PAGE))
    assert (await vera.post("/console/journal/blocks")).status_code == 403


async def test_what_cannot_be_entered_is_not_done_and_a_page_says_so(operator: Visitor) -> None:
    await filled(operator)
    token = await operator.form_token()
    async with outage(operator.parties.services["gateway"]):

        async def refused() -> str | None:
            page = await operator.post("/console/journal/blocks", {"form_token": token})
            return page.text if page.status_code == 503 and "Nothing is lost" in words(page) else None

        text = await eventually(refused)
        assert "<html" in text


async def test_an_entry_is_found_by_its_id_with_its_proof(operator: Visitor) -> None:
    await filled(operator)
    (act, *_) = await Watchers(operator.parties).acts(who="dana")
    page = await operator.get(f"{PAGE}?entry={act['id']}")
    assert "Proof of an entry" in words(page)
    assert act["id"] in page.text
    for nothing in ("nobody", "<script>", "x" * 64):
        assert "The journal has no such entry" in words(await operator.get(f"{PAGE}?entry={nothing}"))
    for odd in ("entry=" + "x" * 65, "entry=%00", "before=0", "before=x", "after=1"):
        assert (await operator.get(f"{PAGE}?{odd}")).status_code == 422
