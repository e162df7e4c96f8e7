"""Chromium as the tests of the console drive it: pages of a live stand, what axe finds, what is asked elsewhere."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

Theme = Literal["light", "dark"]

WIDTHS = (1440, 1024, 390)
LARGEST = 150 * 1024
"""Bytes that a page may have, with everything that it loads."""
PICTURES = Path(os.environ.get("AIMAQ_TEST_PICTURES", "reports/pictures"))
"""Where the tests leave their pictures."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Chromium without a window; the test fails where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("these tests need Chromium (scripts/services; Debian: chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Window:
    """A browser that is signed in at the console at `url`. `requests` is what it asked for, wherever that was."""

    url: str
    context: BrowserContext
    status: int = 0
    """What the last page that was opened was answered with."""
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What the browser itself found wrong: a script that failed, what the policy forbade."""

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        browser: Browser,
        url: str,
        token: str = "",
        *,
        width: int = 1440,
        theme: Theme = "light",
        language: str = "kk",
        script: bool = True,
    ) -> AsyncIterator[Window]:
        """A window of this width; with a `token`, signed in by it."""
        context = await browser.new_context(
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme=theme,
            locale=f"{language}-KZ",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        window = cls(url, context)
        context.on("request", window._asked)
        context.on("weberror", lambda error: window.faults.append(str(error.error)))
        context.on("console", lambda message: window.faults.append(message.text) if message.type == "error" else None)
        try:
            if token:
                await window.sign_in(token)
            yield window
        finally:
            await context.close()

    async def sign_in(self, token: str) -> None:
        """Sign in by the gateway's token, as its form does."""
        fields: dict[str, str | float | bool] = {"token": token, "next": "/console/sign-in"}
        answer = await self.context.request.post(f"{self.url}/console/sign-in", form=fields, max_redirects=0)
        assert answer.status == 303, await answer.text()

    async def page(self, path: str) -> Page:
        """A page, once it is all there."""
        page = await self.context.new_page()
        answer = await page.goto(self.url + path, wait_until="load")
        self.status = answer.status if answer is not None else 0
        if self.status >= 400:  # which the browser says of the page itself, too
            self.faults = [one for one in self.faults if f"a status of {self.status}" not in one]
        return page

    @property
    def elsewhere(self) -> list[str]:
        """What was asked for off the stand."""
        here = urlsplit(self.url).netloc
        return [one for one in self.requests if urlsplit(one).netloc != here and not one.startswith("data:")]

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)


@cache
def _axe() -> str:
    """The script of axe-core, as a package for other tests has it."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


async def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page, a line each, with the places."""
    await page.evaluate(_axe())
    found: dict[str, Any] = await page.evaluate("axe.run()")
    return [
        f"{one['id']} ({one['impact']}): {'; '.join(' '.join(map(str, node['target'])) for node in one['nodes'][:5])}"
        for one in found["violations"]
    ]


async def overflow(page: Page) -> list[str]:
    """What sticks out of a page at the right, so that the page itself would have to be moved; within frames it may."""
    script = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
      [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
        .slice(0, 5).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))"""
    found: list[str] = await page.evaluate(script)
    return found


async def weight(page: Page) -> int:
    """Bytes of a page and of all that it loaded."""
    script = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
    size: int = await page.evaluate(script)
    return size


async def picture(page: Page, name: str, *, whole: bool = True) -> Path:
    """A picture of the whole page, or of what its window shows, where pictures are left."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    await page.screenshot(path=path, full_page=whole, animations="disabled")
    return path


def slug(path: str) -> str:
    """A name for the picture of a page at this path."""
    return re.sub(r"[^a-z0-9]+", "-", path.removeprefix("/console/").lower()).strip("-") or "start"


async def each(
    browser: Browser, url: str, token: str, path: str, *, themes: Sequence[Theme] = ("light", "dark")
) -> list[str]:
    """Everything that is wrong with one page, at every width, light and dark, in Kazakh; its pictures are left."""
    wrong: list[str] = []
    for theme in themes:
        async with Window.opened(browser, url, token, width=WIDTHS[0], theme=theme) as window:
            page = await window.page(path)
            if (size := await weight(page)) > LARGEST:
                wrong.append(f"{path} has {size} bytes")
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 900 if width > 600 else 844})
                where = f"{path} {width} {theme}: "
                wrong += [where + one for one in await violations(page)]
                wrong += [f"{where}sticks out: {one}" for one in await overflow(page)]
                await picture(page, f"{slug(path)}-{width}-{theme}")
            await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            where = f"{path} {WIDTHS[-1]} {theme}, with all that can be opened: "
            wrong += [where + one for one in [*await violations(page), *await overflow(page)]]
            wrong += [f"{path} asked for {one}" for one in window.elsewhere]
            wrong += [f"{path}: the browser says: {one}" for one in window.faults]
    return wrong
