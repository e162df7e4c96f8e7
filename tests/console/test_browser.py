"""Each page of the console in a browser, against a live stand: axe, widths, weight, nothing asked of elsewhere."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.console.browser import Window, each, picture, slug
from tests.console.live import Live

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.services, pytest.mark.slow]

PAGES = (
    "/console/traffic?window=hour",
    "/console/messages?party=portal",
    "/console/parties",
    "/console/no-such-page",
)
"""The pages, each with an address that shows something: a page's author adds a line."""


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_usable_by_everybody_at_every_width(live: Live, browser: Browser, path: str) -> None:
    assert await each(browser, live.url, live.token, path) == []


async def test_the_sign_in_is_usable_by_everybody_at_every_width(live: Live, browser: Browser) -> None:
    assert await each(browser, live.url, "", "/console/sign-in") == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_a_page_is_there_without_a_script(live: Live, browser: Browser, path: str, language: str) -> None:
    async with Window.opened(browser, live.url, live.token, language=language, script=False) as window:
        page = await window.page(path)
        assert await page.locator("html").get_attribute("lang") == language
        assert await page.locator("h1").inner_text()
        assert await page.locator("main").inner_text()
        await picture(page, f"{slug(path)}-{language}")
        assert window.elsewhere == []


async def test_all_of_a_page_can_be_reached_by_keyboard(live: Live, browser: Browser) -> None:
    async with Window.opened(browser, live.url, live.token, language="en") as window:
        page = await window.page("/console/parties")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"


async def test_a_session_that_ends_while_a_page_is_open_leads_back_to_it(live: Live, browser: Browser) -> None:
    async with Window.opened(browser, live.url, live.token, language="en") as window:
        page, other = await window.page("/console/parties?from=here"), await window.page("/console/parties")
        await other.get_by_role("button", name="Sign out").click()
        await other.wait_for_url("**/console/sign-in")
        await page.reload()
        assert "/console/sign-in?next=%2Fconsole%2Fparties%3Ffrom%3Dhere" in page.url
        await page.locator("details summary").click()
        await page.locator("#token").fill(live.token)
        await page.locator("#token").press("Enter")
        await page.wait_for_url("**/console/parties?from=here")
