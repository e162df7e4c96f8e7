"""The page of a case in a browser, of a case that was really played: axe, widths, weight, links, without a script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
from msgspec.structs import replace
from playwright.async_api import Browser

from aimaq.http.client import http_client
from aimaq.regulation import Catalogue
from stand.client.clock import let_pass
from stand.flowfile import FLOWS, load
from stand.replay.player import play
from tests.console.browser import PICTURES, Window, each
from tests.console.live import Live
from tests.house import ROOT

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.services, pytest.mark.slow]

CATALOGUE = Catalogue.bundled()
PASSED = timedelta(days=6)
DEEDS = 9
"""After so many deeds of the flow the case waits for the head of a section of the body."""


@dataclass(frozen=True)
class Cases:
    """Two cases of one flow: one that stopped on its way and is late, and one that has ended."""

    late: str
    ended: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cases(live: Live) -> AsyncIterator[Cases]:
    """The cases, played for real; days have passed since."""
    flow = load(FLOWS / "oralman-status-2016" / "con-issued.yaml", CATALOGUE)
    ended = await play(flow, live.address, "ended", catalogue=CATALOGUE)
    late = await play(replace(flow, do=flow.do[:DEEDS]), live.address, "late", catalogue=CATALOGUE, patience=1)
    async with http_client() as session:
        await let_pass(session, live.address, PASSED)
    yield Cases(late.case_id, ended.case_id)


@pytest.mark.parametrize("which", ["late", "ended"])
async def test_the_page_of_a_case_is_usable_by_everybody_at_every_width(
    live: Live, browser: Browser, cases: Cases, which: str
) -> None:
    case_id = cases.late if which == "late" else cases.ended
    for path in (f"/console/cases/{case_id}", f"/console/cases/{case_id}?message=3&para=7(5)"):
        assert await each(browser, live.url, live.token, path) == []


async def test_the_whole_diagram_is_usable_by_everybody(live: Live, browser: Browser, cases: Cases) -> None:
    assert await each(browser, live.url, live.token, f"/console/cases/{cases.late}/diagram", themes=("light",)) == []


async def test_a_message_is_chosen_on_the_axis_and_in_the_list_without_a_script(
    live: Live, browser: Browser, cases: Cases
) -> None:
    async with Window.opened(browser, live.url, live.token, language="en", script=False) as window:
        page = await window.page(f"/console/cases/{cases.late}")
        await page.locator("svg.plot a.jn").nth(2).click()
        assert (await page.locator("#message h2").inner_text()).startswith("Message 3: ")
        await page.locator("a.msg").nth(4).click()
        assert (await page.locator("#message h2").inner_text()).startswith("Message 5: ")
        await page.locator(".turn a.para").click()
        assert "Para 7(4)" in await page.locator("#law h2").inner_text()
        assert (await page.locator("#message h2").inner_text()).startswith("Message 5: ")


async def test_an_open_page_says_that_new_messages_have_come(live: Live, browser: Browser, cases: Cases) -> None:
    async with Window.opened(browser, live.url, live.token, language="en") as window:
        page = await window.page(f"/console/cases/{cases.late}")
        asks = await page.locator(".news").get_attribute("hx-get")
        assert asks is not None
        fewer = asks.partition("known=")[0] + "known=1"
        await page.evaluate("where => htmx.ajax('GET', where, {target: '.news', swap: 'innerHTML'})", fewer)
        await page.get_by_role("link", name="New messages: 7. Show them").click()
        await page.wait_for_url(f"**/console/cases/{cases.late}")
        assert window.faults == []


async def test_the_guides_show_a_case_as_it_is(live: Live, browser: Browser, cases: Cases) -> None:
    async with Window.opened(browser, live.url, live.token, language="en") as window:
        page = await window.page(f"/console/cases/{cases.late}?message=3")
        made = PICTURES / "case.png"
        made.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=made, clip={"x": 0, "y": 0, "width": 1440, "height": 1130}, full_page=True)
    assert made.stat().st_size < 200 * 1024
    assert (ROOT / "docs" / "pictures" / made.name).exists(), "make pictures"
