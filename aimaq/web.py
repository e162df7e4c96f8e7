"""The HTTP door that every service has: problem documents, the limit on bodies, sign-in, health, dead letters."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aimaq import __version__
from aimaq.clock import Clock
from aimaq.errors import (
    AimaqError,
    BodyTooLarge,
    InvalidInput,
    MalformedBody,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Unavailable,
)

if TYPE_CHECKING:
    from aimaq.service import Service


def application(service: Service, *routers: APIRouter) -> FastAPI:
    """The web application of a service: its own routers and what every service has."""
    app = FastAPI(
        title=f"Aimaq {service.settings.party}",
        version=__version__,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.service = service
    for router in (*routers, health(service), letters(service)):
        app.include_router(router)
    app.add_exception_handler(AimaqError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_shape)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)
    app.add_middleware(Guard, most=service.settings.max_body)
    return app


class Guard:
    """Refuses what no service can take, with a problem document: a body of more than `most` bytes, a NUL in a path."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if "\0" in scope.get("path", ""):  # no name of anything has it, and no database takes it
            await answer(NotFound("there is nothing of this name"), language(Request(scope)))(scope, receive, send)
            return
        came = 0
        for name, value in scope.get("headers", ()):
            if name == b"content-length" and value.isdigit() and int(value) > self._most:
                await too_large(self._most, language(Request(scope)))(scope, receive, send)
                return

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self._most:
                raise HTTPException(BodyTooLarge.status)
            return message

        await self._app(scope, counted, send)


class Dated:
    """Dates each answer (RFC 9110, 6.6.1) by the stand's clock, which a reader can so learn at every door."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app, self._clock = app, clock
        self._second = 0
        self._text = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and date the answer."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"date", self._date())]
            await send(message)

        await self._app(scope, receive, dated)

    def _date(self) -> bytes:
        now = self._clock.now()
        if (second := int(now.timestamp())) != self._second:
            self._second, self._text = second, format_datetime(now, usegmt=True).encode()
        return self._text


def too_large(most: int, reader: str) -> Response:
    """The answer to a body larger than `most` bytes."""
    return answer(BodyTooLarge(f"the body is larger than {most} bytes", rule=f"at most {most} bytes"), reader)


def language(request: Request) -> str:
    """That of `kk`, `ru` and `en` which the reader likes best (RFC 9110, 12.5.4), the first of equals; else English."""
    liked = {"en": 0.0}
    for entry in request.headers.get("accept-language", "").split(","):
        tag, _, weight = entry.replace(" ", "").lower().partition(";q=")
        if tag[:2] in ("kk", "ru", "en") and tag[2:3] in ("", "-"):
            liked[tag[:2]] = max(_weight(weight), liked.pop(tag[:2], 0.0))
    return max(liked, key=liked.__getitem__)


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def answer(error: AimaqError, reader: str) -> Response:
    """An error as a problem document in the reader's language (RFC 9457)."""
    headers = {"Content-Language": reader}
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Unavailable):
        headers["Retry-After"] = "1"
    body = orjson.dumps(error.problem(reader))
    return Response(body, error.status, headers=headers, media_type="application/problem+json")


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AimaqError)
    return answer(error, language(request))


async def _on_shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "model_attributes_type" and first["loc"] == ("body",) and isinstance(error.body, bytes):
        return answer(MalformedBody("the body is not JSON, or its Content-Type does not say so"), language(request))
    if first["type"] == "json_invalid":
        return answer(MalformedBody(f"not JSON: {first.get('ctx', {}).get('error', first['msg'])}"), language(request))
    field = ".".join(str(part) for part in first["loc"] if part != "body") or None
    wrong = InvalidInput(first["msg"], field=field, rule=first["type"])
    wrong.more["errors"] = [
        {"field": ".".join(str(part) for part in e["loc"] if part != "body"), "rule": e["type"], "detail": e["msg"]}
        for e in error.errors()
    ]
    return answer(wrong, language(request))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == BodyTooLarge.status:
        return too_large(request.app.state.service.settings.max_body, language(request))
    body = {"type": "about:blank", "title": error.detail, "status": error.status_code, "detail": error.detail}
    return Response(orjson.dumps(body), error.status_code, error.headers, media_type="application/problem+json")


async def _on_bug(request: Request, error: Exception) -> Response:
    return answer(AimaqError("this is a fault of the service; it has been logged"), language(request))


def say(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of ours as JSON. It was made here in the shape that is documented, so nothing validates it again."""
    return Response(orjson.dumps(content), status, headers=headers, media_type="application/json")


def bearer(request: Request) -> str:
    """The token in the Authorization header; NotAuthenticated if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("this needs the header Authorization: Bearer …")
    return token.strip()


def is_admin(admin_token: str, request: Request) -> bool:
    """Whether the request bears the stand's administration token."""
    return hmac.compare_digest(bearer(request).encode(), admin_token.encode())


def only_admin(admin_token: str, request: Request) -> None:
    """NotAllowed unless the request bears the stand's administration token."""
    if not is_admin(admin_token, request):
        raise NotAllowed("this is for the stand's administrator")


def health(service: Service) -> APIRouter:
    """Whether the process lives, and whether the service can do its work."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "live", "party": service.settings.party}

    @router.get("/ready")
    async def ready(response: Response) -> dict[str, Any]:
        """200 if database, bus and signing key are all usable; 503 with the reasons if one is not."""
        ailments = await service.ailments()
        response.status_code = 503 if ailments else 200
        return {"status": "not ready" if ailments else "ready", "party": service.settings.party, "reasons": ailments}

    return router


def letters(service: Service) -> APIRouter:
    """The dead letters of a service: what could not be handled, why, and what an operator can do about it."""
    router = APIRouter(prefix="/dead", tags=["dead letters"])

    @router.get("")
    async def dead(request: Request) -> list[dict[str, Any]]:
        """The dead letters, oldest first: id, origin, type, case, reason, attempts."""
        only_admin(service.admin_token, request)
        return await service.dead()

    @router.post("/{message_id}/requeue", status_code=204)
    async def requeue(message_id: str, request: Request) -> None:
        """Handle a dead letter again; it keeps its place among the messages of its case."""
        only_admin(service.admin_token, request)
        await _only_dead(message_id)
        await service.writer.again(message_id)

    @router.delete("/{message_id}", status_code=204)
    async def drop(message_id: str, request: Request) -> None:
        """Give a dead letter up for good; the messages that waited behind it go on."""
        only_admin(service.admin_token, request)
        await _only_dead(message_id)
        await service.writer.again(message_id, drop=True)

    async def _only_dead(message_id: str) -> None:
        if all(row["message_id"] != message_id for row in await service.dead()):
            raise NotFound(f"no dead letter {message_id} here", field="message_id")

    return router
