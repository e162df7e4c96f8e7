"""How the console answers: each page with strict headers, and whatever goes wrong with a page in the reader's language.

A browser without a session is sent to the sign-in, which brings it back to where it was going.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aimaq.language import texts
from aimaq.language.errors import AimaqError, BodyTooLarge, InvalidInput, MalformedBody, NotAuthenticated, NotFound
from aimaq.web.request.query import LenientRoute, OwnAnswers
from aimaq.web.request.validation import field_of, texts_of

log = logging.getLogger(__name__)

SIGN_IN = "/console/sign-in"
START = "/console"

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer of the console that does not say otherwise."""

Show = Callable[[Request, AimaqError], Awaitable[Response]]
"""Shows a problem as a page."""
Keep = Callable[[Request, Response], None]
"""Has the browser keep what it is to keep of a request."""


def page_route(show: Show, keep: Keep, *, lenient: bool = False) -> type[APIRoute]:
    """The routes of pages: `show` shows errors, and each answer has what the browser is to `keep`.

    If `lenient`, they pass over parameters that they do not have.
    """

    def finished(request: Request, response: Response) -> Response:
        keep(request, response)
        return strict(response)

    class PageRoute(OwnAnswers):
        """A route whose answers are pages, also where something goes wrong."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """What answers a request."""
            handle = super().get_route_handler()

            async def answered(request: Request) -> Response:
                try:
                    return finished(request, await handle(request))
                except Exception as error:
                    return await self.failed(request, error)

            return answered

        async def failed(self, request: Request, error: Exception) -> Response:
            """The page that shows this error, or the way to the sign-in."""
            if isinstance(error, NotAuthenticated) and (response := sent_to_sign_in(request)) is not None:
                return finished(request, response)
            if isinstance(error, RequestValidationError):
                error = _invalid(error)
            elif isinstance(error, HTTPException):
                error = _by_status(error.status_code)
            elif not isinstance(error, AimaqError):
                log.error("the page %s cannot be shown", self.path, exc_info=error)
                error = AimaqError(texts.FAULT)
            return finished(request, await show(request, error))

    class LenientPageRoute(PageRoute, LenientRoute):
        """A page that passes over parameters that it does not have."""

    return LenientPageRoute if lenient else PageRoute


class Unreached:
    """Shows a page where a request below the console never reached one: its body is too large, its method is no page's.

    The application answers those with a problem document, as it does everybody; a browser's reader is shown a page.
    """

    def __init__(self, app: ASGIApp, show: Show) -> None:
        self._app, self._show = app, show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and put a page in the place of a problem document."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == START or path.startswith(f"{START}/")):
            await self._app(scope, receive, send)
            return
        refused: list[MutableHeaders] = []
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "") == "application/problem+json":
                    status = message["status"]
                    refused.append(headers)
            if not refused:
                await send(message)

        await self._app(scope, receive, watched)
        if refused:
            request = Request({**scope, "path": path.replace("\0", "")})
            response = strict(await self._show(request, _by_status(status)))
            response.headers.update({name: refused[0][name] for name in ("allow", "retry-after") if name in refused[0]})
            await response(scope, receive, send)


def strict(response: Response) -> Response:
    """An answer with the headers of the console, but for those that it has itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def sent_to_sign_in(request: Request) -> Response | None:
    """The way to the sign-in, for a browser; None for a client that does not ask for pages."""
    if "text/html" not in request.headers.get("accept", ""):
        return None
    where = f"{SIGN_IN}?next={quote(shown_at(request), safe='')}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": where})
    return RedirectResponse(where, status_code=303)


def local(path: str) -> str:
    """A path of the console, as an address may ask to be sent to it; the start for whatever leads elsewhere."""
    parts = parts_of(path)
    inside = parts.path == START or parts.path.startswith(f"{START}/")
    if parts.scheme or parts.netloc or not inside or "\\" in path or not path.isprintable() or ".." in parts.path:
        return START
    return path if not parts.path.startswith(SIGN_IN) else START


def shown_at(request: Request) -> str:
    """The page that a browser shows, or is to show: that of a form or of a part of a page says where it was."""
    where = request.headers.get("hx-current-url") or request.headers.get("referer", "")
    if request.method == "GET" and "hx-request" not in request.headers:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    parts = parts_of(where)
    return local(parts.path + (f"?{parts.query}" if parts.query else ""))


def parts_of(address: str) -> SplitResult:
    """The parts of an address that a stranger wrote; all of them empty for what cannot be read as one."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _invalid(error: RequestValidationError) -> InvalidInput:
    first = error.errors()[0]
    return InvalidInput(texts_of(first), field=field_of(first) or None, rule=first["type"])


class WrongMethod(AimaqError):
    """The page at this address does not take what was sent to it."""

    status, slug = 405, "method-not-allowed"
    title = texts.BY_STATUS[405]


def _by_status(status: int) -> AimaqError:
    wording = texts.BY_STATUS.get(status, texts.REFUSED)
    return _BY_STATUS.get(status, InvalidInput)(wording)


_BY_STATUS: dict[int, type[AimaqError]] = {400: MalformedBody, 404: NotFound, 405: WrongMethod, 413: BodyTooLarge}
