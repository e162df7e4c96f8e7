"""The HTTP door that every service has: its routers, the limit on bodies, the date of each answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from email.utils import format_datetime
from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aimaq import __version__
from aimaq.language import texts
from aimaq.language.clock import Clock
from aimaq.language.errors import BodyTooLarge, NotFound, Unavailable
from aimaq.web.administration.dead_letters import dead_letters
from aimaq.web.administration.keys import keys
from aimaq.web.administration.recorded import record_deeds
from aimaq.web.callers import callers, let_in
from aimaq.web.health import health
from aimaq.web.metrics.endpoint import metrics
from aimaq.web.metrics.requests import AS_GET, Requests
from aimaq.web.metrics.spans import spans
from aimaq.web.openapi.document import Documented
from aimaq.web.openapi.page import add_page
from aimaq.web.problems import answer, language, tell_problems, too_large
from aimaq.web.request.query import keep_to_declared
from aimaq.web.schemas import View

if TYPE_CHECKING:
    from aimaq.service import Service


def application(service: Service, *routers: APIRouter) -> FastAPI:
    """The web application of a service: its own routers and what every service has."""
    app = Documented(
        title=f"Aimaq {service.settings.party}",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        telemetry=spans(service.dependencies.tracing),
    )
    app.state.service, app.state.requests = service, Requests()
    own = metrics(service, app.state.requests), dead_letters(service), keys(service)
    for router in (*routers, health(service), *own):
        app.router.routes.extend(router.routes)  # one list, which is searched once, and not one in another
    for route in app.routes:
        if isinstance(route, APIRoute):
            route.openapi_extra = {"x-callers": [who for caller in callers(route) for who in caller.who]}
            let_in(route)
            keep_to_declared(route)
            record_deeds(route, service)
    add_page(app)
    tell_problems(app)
    app.add_middleware(Guard, most=service.settings.max_body)
    return app


RETRY = (b"retry-after", b"1")
"""After how many seconds whoever was told that a service cannot do its work now may ask again."""


class Guard:
    """Refuses what no service can take, with a problem document: a body of more than `most` bytes, a NUL in a path.

    Whichever answer says that the service cannot do its work now says also when to ask again. HEAD is answered as GET
    is, without the body, which the server leaves out.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if "\0" in scope.get("path", ""):  # no name of anything has it, and no database takes it
            await answer(NotFound(texts.NO_SUCH_NAME), language(Request(scope)))(scope, receive, send)
            return
        if scope.get("method") == "HEAD":
            scope[AS_GET] = scope = {**scope, "method": "GET"}
        came = 0
        for name, value in scope.get("headers", ()):
            if name == b"content-length" and value.isdigit() and (len(value) > 18 or int(value) > self._most):
                await too_large(self._most, language(Request(scope)))(scope, receive, send)
                return

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self._most:
                raise HTTPException(BodyTooLarge.status)
            return message

        async def advised(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == Unavailable.status:
                message["headers"] = [*_without(message.get("headers", ()), RETRY[0]), RETRY]
            await send(message)

        try:
            await self._app(scope, counted, advised)
        except ClientDisconnect:
            return  # nobody is there to be answered


def _without(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[tuple[bytes, bytes]]:
    return [header for header in headers if header[0].lower() != name]


class Dated:
    """Dates each answer (RFC 9110, 6.6.1) by the stand's clock, which a reader can so learn from every answer."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app, self._clock = app, clock
        self._second = 0
        self._text = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and date the answer."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"date", self.date())]
            await send(message)

        await self._app(scope, receive, dated)

    def date(self) -> bytes:
        """The instant of an answer that is written now."""
        now = self._clock.now()
        if (second := int(now.timestamp())) != self._second:
            self._second, self._text = second, format_datetime(now, usegmt=True).encode()
        return self._text


def say(content: View | Sequence[View], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A view, or several, as JSON. It was made here in the shape that is documented, so nothing validates it again."""
    return Response(orjson.dumps(content), status, headers=headers, media_type="application/json")


def say_json(content: Mapping[str, object], status: int = 200) -> Response:
    """What has no view here, since its fields are declared elsewhere: a register's record, an answer of NCANode's."""
    return Response(orjson.dumps(content), status, media_type="application/json")
