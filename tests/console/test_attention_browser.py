"""The page of what waits in a browser: axe and widths, empty, full and failing; put back with a script and without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from stand.runtime.embedded import listening, listening_socket
from tests.console.browser import Window, each
from tests.databases import draw, files
from tests.gateway.attention import Desktop, hurry, lay_aside
from tests.parties import Parties
from tests.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.services, pytest.mark.slow]

PATH = "/console/attention"


class Open:
    """A gateway with its console open, and a service centre."""

    def __init__(self, parties: Parties, url: str) -> None:
        self.parties, self.url = parties, url
        self.token = parties.services["gateway"].administration.token

    async def group(self, kind: str = "dead") -> str:
        """The address at which the first group of a kind stands open."""
        desktop = await Desktop.of(self.parties)
        cause = (await desktop.get(kind=kind))["causes"][0]
        return f"{PATH}?kind={kind}&party={cause['party']}&cause={cause['cause_id']}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def console(stand_home: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Open]:
    """The two, for all tests of the module, in their order."""
    if not (blank := stand_home / "blank").exists():
        draw(blank)
    async with Parties(stand_home, files(tmp_path_factory.mktemp("databases"), blank)) as made:
        await made.start("gateway", "con")
        hurry(*made.services.values())
        listener = made.stack.enter_context(listening_socket("127.0.0.1", 0))
        await made.stack.enter_async_context(listening(made.apps["gateway"], listener))
        yield Open(made, f"http://127.0.0.1:{listener.getsockname()[1]}")


async def test_the_empty_page_is_usable_by_everybody(console: Open, browser: Browser) -> None:
    assert await each(browser, console.url, console.token, PATH) == []


async def test_the_full_page_and_a_group_of_it_are_usable_by_everybody(console: Open, browser: Browser) -> None:
    parties = console.parties
    await lay_aside(parties, 120, "unavailable: <b>the</b> \u202edatabase is read-only, try {n}")
    await lay_aside(parties, 3, "RuntimeError: " + "x" * 400)
    await lay_aside(parties, 4, state="held")
    await (await Desktop.of(parties)).shows(4, "held")
    await (await Desktop.of(parties)).shows(123)
    for path in (PATH, await console.group(), await console.group("held")):
        assert await each(browser, console.url, console.token, path) == []


async def test_chosen_messages_are_put_back_without_a_script(console: Open, browser: Browser) -> None:
    async with Window.opened(browser, console.url, console.token, language="en", script=False) as window:
        page = await window.page(await console.group())
        boxes = page.locator("input[type=checkbox]")
        assert 40 < await boxes.count() <= 50
        await boxes.nth(0).check()
        await boxes.nth(7).check()
        await page.get_by_role("button", name="Put back the chosen").click()
        await page.wait_for_url("**job=*")

        async def over() -> bool:
            await page.reload()
            return "Put back: 2 of 2" in await page.locator("main").inner_text()

        await eventually(over, what="two put back")
        assert window.elsewhere == []


async def test_a_whole_group_is_put_back_and_the_bar_fills_by_itself(console: Open, browser: Browser) -> None:
    await (await Desktop.of(console.parties)).shows(121)
    async with Window.opened(browser, console.url, console.token, language="en") as window:
        page = await window.page(await console.group())
        await page.get_by_role("button", name="Put back all 118").first.click()
        await page.wait_for_selector("text=Put back: 118 of 118")
        await page.wait_for_selector("text=done")
        assert window.faults == []
    await (await Desktop.of(console.parties)).shows(3)


async def test_a_group_is_dropped_with_a_reason_that_the_browser_asks_for(console: Open, browser: Browser) -> None:
    async with Window.opened(browser, console.url, console.token, language="en") as window:
        page = await window.page(await console.group())
        await page.get_by_text("Return or drop, with a reason").click()
        await page.get_by_role("button", name="Drop all 3").click()
        assert "job=" not in page.url, "a reason lacks"
        await page.locator("textarea").fill("екі рет келді")
        await page.get_by_role("button", name="Drop all 3").click()
        await page.wait_for_selector("text=Dropped: 3 of 3")
    assert await each(browser, console.url, console.token, page.url.removeprefix(console.url)) == []


async def test_the_failing_page_is_usable_by_everybody(
    console: Open, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway_svc.attention.reports.SILENT_AFTER", 0.3)
    await console.parties.stop("con")

    async def silent() -> bool:
        parties = (await (await Desktop.of(console.parties)).get())["parties"]
        return any(one["party"] == "con" and one["state"] == "silent" for one in parties)

    await eventually(silent, what="the silence of con")
    assert await each(browser, console.url, console.token, PATH) == []
