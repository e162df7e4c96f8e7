"""Each page of the console in a browser, against a live stand: axe, widths, weight, nothing asked of elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from tests.console.browser import Theme, Window, each, picture, slug
from tests.console.live import Live
from tests.house import ROOT

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.services, pytest.mark.slow]

PAGES = (
    "/console/traffic?window=hour",
    "/console/messages?party=portal",
    "/console/cases?open=true",
    "/console/cases?q=nothing",
    "/console/deadlines?state=all",
    "/console/parties",
    "/console/no-such-page",
)
"""The pages, each with an address that shows something: a page's author adds a line."""


@dataclass(frozen=True)
class Shown:
    """A picture in the guides: a page, how wide, how lit, in which language."""

    name: str
    path: str
    width: int = 1440
    theme: Theme = "light"
    language: str = "en"
    signed_in: bool = True
    whole: bool = False
    """Whether the picture has the page to its end, and not only what a window shows."""


SHOWN = (
    Shown("console", "/console"),
    Shown("sign-in", "/console/sign-in", 1024, signed_in=False),
    Shown("cases", "/console/cases?limit=12"),
    Shown("parties", "/console/parties"),
    Shown("parties-phone-dark", "/console/parties", 390, "dark", "kk"),
)
"""The pictures in `docs/pictures`, which `make pictures` makes anew: a page's author adds a line."""


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_usable_by_everybody_at_every_width(live: Live, browser: Browser, path: str) -> None:
    assert await each(browser, live.url, live.token, path) == []


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/sign-in/certificate"])
async def test_the_sign_in_is_usable_by_everybody_at_every_width(live: Live, browser: Browser, path: str) -> None:
    assert await each(browser, live.url, "", path) == []


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


@pytest.mark.parametrize("shown", SHOWN, ids=[one.name for one in SHOWN])
async def test_the_guides_show_the_pages_as_they_are(live: Live, browser: Browser, shown: Shown) -> None:
    token = live.token if shown.signed_in else ""
    async with Window.opened(
        browser, live.url, token, width=shown.width, theme=shown.theme, language=shown.language
    ) as window:
        made = await picture(await window.page(shown.path), shown.name, whole=shown.whole)
    assert made.stat().st_size < 200 * 1024
    assert (ROOT / "docs" / "pictures" / made.name).exists(), "make pictures"


async def test_a_part_of_a_page_whose_session_is_over_leads_to_the_sign_in(live: Live, browser: Browser) -> None:
    async with Window.opened(browser, live.url, live.token, language="en") as window:
        page = await window.page("/console/parties")
        await page.evaluate(
            "htmx.ajax('GET', '/console/parties', {target: '#main', select: '#main', swap: 'outerHTML'})"
        )
        await page.wait_for_selector("main table")
        await window.context.clear_cookies()
        await page.evaluate("htmx.ajax('GET', '/console/parties', '#main')")
        await page.wait_for_url("**/console/sign-in?next=%2Fconsole%2Fparties")


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
