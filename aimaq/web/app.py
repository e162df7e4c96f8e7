"""The HTTP door that every service has: problem documents, the limit on bodies, sign-in, dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from email.utils import format_datetime
from typing import TYPE_CHECKING, Annotated

import orjson
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from msgspec.structs import asdict
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aimaq import __version__
from aimaq.language import texts
from aimaq.language.clock import Clock
from aimaq.language.errors import (
    AimaqError,
    BodyTooLarge,
    InvalidInput,
    MalformedBody,
    NotAuthenticated,
    NotFound,
    TooManyFailures,
    Unavailable,
)
from aimaq.language.signing.jws import thumbprint
from aimaq.web.callers import ANYONE, Administrator, callers, let_in
from aimaq.web.health import health
from aimaq.web.openapi_page import add_page
from aimaq.web.schemas import DeadLetter, KeyRotation, RotationPermit, SigningKey, View, WholeDeadLetter
from aimaq.web.validation import field_of, texts_of

if TYPE_CHECKING:
    from aimaq.service import Service


def application(service: Service, *routers: APIRouter) -> FastAPI:
    """The web application of a service: its own routers and what every service has."""
    app = FastAPI(
        title=f"Aimaq {service.settings.party}",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.service = service
    for router in (*routers, health(service), dead_letters(service), keys(service)):
        app.router.routes.extend(router.routes)  # one list, which is searched once, and not one in another
    for route in app.routes:
        if isinstance(route, APIRoute):
            route.openapi_extra = {"x-callers": [who for caller in callers(route) for who in caller.who]}
            let_in(route)
    add_page(app)
    tell_problems(app)
    app.add_middleware(Guard, most=service.settings.max_body)
    return app


def tell_problems(app: FastAPI) -> None:
    """Have whatever goes wrong in an application answered with a problem document."""
    app.add_exception_handler(AimaqError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


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
            scope = {**scope, "method": "GET"}
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


def too_large(most: int, reader: str) -> Response:
    """The answer to a body larger than `most` bytes."""
    return answer(BodyTooLarge(texts.too_large(most), rule=f"at most {most} bytes"), reader)


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
    if isinstance(error, TooManyFailures):
        headers["Retry-After"] = str(error.more.get("retry_after", 1))
    body = orjson.dumps(error.problem(reader))
    return Response(body, error.status, headers=headers, media_type="application/problem+json")


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AimaqError)
    return answer(error, language(request))


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "model_attributes_type" and first["loc"] == ("body",) and isinstance(error.body, bytes):
        return answer(MalformedBody(texts.NOT_JSON), language(request))
    if first["type"] == "json_invalid":
        wording = texts.not_json(str(first.get("ctx", {}).get("error", first["msg"])))
        return answer(MalformedBody(wording), language(request))
    reader = language(request)
    wrong = InvalidInput(texts_of(first), field=field_of(first) or None, rule=first["type"])
    wrong.more["errors"] = [
        {"field": field_of(one), "rule": one["type"], "detail": texts_of(one).say(reader)} for one in error.errors()
    ]
    return answer(wrong, reader)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == BodyTooLarge.status:
        return too_large(request.app.state.service.settings.max_body, language(request))
    reader = language(request)
    wording = texts.BY_STATUS.get(error.status_code, texts.REFUSED).say(reader)
    body = {"type": "about:blank", "title": wording, "status": error.status_code, "detail": wording}
    headers = {**(error.headers or {}), "Content-Language": reader}
    return Response(orjson.dumps(body), error.status_code, headers, media_type="application/problem+json")


async def _on_bug(request: Request, error: Exception) -> Response:
    return answer(AimaqError(texts.FAULT), language(request))


def say(content: View | Sequence[View], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A view, or several, as JSON. It was made here in the shape that is documented, so nothing validates it again."""
    return Response(orjson.dumps(content), status, headers=headers, media_type="application/json")


def say_json(content: Mapping[str, object], status: int = 200) -> Response:
    """What has no view here, since its fields are declared elsewhere: a register's record, an answer of NCANode's."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def keys(service: Service) -> APIRouter:
    """The key that a service signs its messages with: its certificate for everyone, a new one for the administrator."""
    router = APIRouter(prefix="/keys", tags=["keys"])
    writing = Depends(Administrator(service.administration, "keys.write"))

    @router.get("", dependencies=[ANYONE])
    async def key() -> SigningKey:
        """The certificate that the service signs with now."""
        certificate = service.dependencies.signer.certificate
        return SigningKey(
            party=service.settings.party,
            serial=f"{certificate.serial_number:x}",
            thumbprint=thumbprint(certificate),
            certificate=certificate.public_bytes(Encoding.PEM).decode(),
            not_before=certificate.not_valid_before_utc.isoformat(),
            not_after=certificate.not_valid_after_utc.isoformat(),
        )

    @router.post("/rotation", status_code=201, dependencies=[writing])
    async def rotate(*, force: bool = False, permitted: RotationPermit | None = None) -> KeyRotation:
        """Sign with a new key from now on, as soon as every party knows its certificate; the old one stays good.

        A system whose certificate was withdrawn needs a `permit` of the registry (`POST /nca/systems/permits` there).
        `force` goes on though a party is not known to know it, which would reject what is signed with it until it does.
        """
        if service.rotation is None:
            raise Unavailable(texts.NO_REGISTRY)
        return KeyRotation(
            **asdict(await service.rotation.run(force=force, permit=permitted.permit if permitted else ""))
        )

    return router


def dead_letters(service: Service) -> APIRouter:
    """The dead letters of a service: what could not be handled, why, and what an operator can do about it."""
    router = APIRouter(prefix="/dead", tags=["dead letters"])

    reading = Depends(Administrator(service.administration, "dead-letters.read"))
    whole = Depends(Administrator(service.administration, "messages.read"))
    writing = Depends(Administrator(service.administration, "dead-letters.write"))

    @router.get("", dependencies=[reading])
    async def dead() -> list[DeadLetter]:
        """The dead letters, oldest first: id, origin, type, case, reason, attempts."""
        return [DeadLetter.of(row) for row in await service.dead_letters.listed()]

    @router.get("/parked", dependencies=[reading])
    async def parked(limit: Annotated[int, Query(ge=1, le=500)] = 100) -> list[DeadLetter]:
        """Not dead yet: the messages that wait for an earlier one of their case, oldest first, in the same form."""
        return [DeadLetter.of(row) for row in await service.dead_letters.parked(limit)]

    @router.get("/{message_id}", dependencies=[whole])
    async def dead_letter(message_id: str) -> WholeDeadLetter:
        """One dead letter, with its bytes in base64 (`body`) and its signature as they came."""
        return WholeDeadLetter.of(await service.dead_letters.whole(message_id))

    @router.post("/{message_id}/requeue", status_code=204, dependencies=[writing])
    async def requeue(message_id: str) -> None:
        """Handle a dead letter again; it keeps its place among the messages of its case."""
        await service.dead_letters.requeue(message_id)

    @router.delete("/{message_id}", status_code=204, dependencies=[writing])
    async def drop(message_id: str) -> None:
        """Give a dead letter up for good; the messages that waited behind it go on."""
        await service.dead_letters.drop(message_id)

    return router
