"""What belongs to no section: the way to the first page, static files, language, appearance, addresses of nothing."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from aimaq.language.errors import NotFound
from aimaq.language.texts import NO_SUCH_NAME
from aimaq.web.callers import ANYONE
from gateway_svc.console import assets, language
from gateway_svc.console.console import THEME, Console
from gateway_svc.console.route import START, local

_YEAR = 365 * 24 * 3600


def router(console: Console) -> APIRouter:
    """These, the addresses of nothing last."""
    pages = console.router(lenient=True)

    @pages.get("", dependencies=[ANYONE])
    async def start() -> RedirectResponse:
        """The first section that there is."""
        first = console.sections[0].name if console.sections else "sign-in"
        return RedirectResponse(f"{START}/{first}", status_code=303)

    @pages.get("/static/{digest}/{name:path}", dependencies=[ANYONE])
    async def static(request: Request, digest: str, name: str) -> Response:
        """A static file, which a browser may keep for as long as its content is the same."""
        return assets.sent(request, digest, name)

    @pages.get("/language/{chosen}", dependencies=[ANYONE])
    async def language_of(chosen: Literal["kk", "ru", "en"], next: str = START) -> RedirectResponse:
        """Have the pages in another language, and go on where one was, filters and all."""
        return _remembered(language.COOKIE, chosen, next)

    @pages.get("/theme/{chosen}", dependencies=[ANYONE])
    async def theme_of(chosen: Literal["light", "dark"], next: str = START) -> RedirectResponse:
        """Have the pages light or dark, whatever the browser prefers, and go on where one was."""
        return _remembered(THEME, chosen, next)

    @pages.api_route("/{path:path}", methods=["GET", "POST"], dependencies=[ANYONE])
    async def nothing(path: str) -> Response:
        """A page that says that there is none."""
        raise NotFound(NO_SUCH_NAME)

    return pages


def _remembered(cookie: str, value: str, where: str) -> RedirectResponse:
    response = RedirectResponse(local(where), status_code=303)
    response.set_cookie(cookie, value, max_age=_YEAR, path=START, httponly=True, samesite="lax")
    return response
