"""The HTTP door that every service has: problem documents, the limit on bodies, sign-in, dead letters."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from msgspec.structs import asdict
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aimaq import __version__, refusals
from aimaq.language.clock import Clock
from aimaq.language.errors import (
    AimaqError,
    BodyTooLarge,
    InvalidInput,
    MalformedBody,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooManyFailures,
    Unavailable,
)
from aimaq.web.health import health
from aimaq.language.signing.jws import thumbprint

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
    for router in (*routers, health(service), letters(service), keys(service)):
        app.router.routes.extend(router.routes)  # one list, which is searched once, and not one in another
    tell_problems(app)
    app.add_middleware(Guard, most=service.settings.max_body)
    return app


def tell_problems(app: FastAPI) -> None:
    """Have whatever goes wrong in an application answered with a problem document."""
    app.add_exception_handler(AimaqError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_shape)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


class Guard:
    """Refuses what no service can take, with a problem document: a body of more than `most` bytes, a NUL in a path."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if "\0" in scope.get("path", ""):  # no name of anything has it, and no database takes it
            await answer(NotFound(refusals.NO_SUCH_NAME), language(Request(scope)))(scope, receive, send)
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
    return answer(BodyTooLarge(refusals.too_large(most), rule=f"at most {most} bytes"), reader)


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
    if isinstance(error, TooManyFailures):
        headers["Retry-After"] = str(error.more.get("retry_after", 1))
    body = orjson.dumps(error.problem(reader))
    return Response(body, error.status, headers=headers, media_type="application/problem+json")


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AimaqError)
    return answer(error, language(request))


async def _on_shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "model_attributes_type" and first["loc"] == ("body",) and isinstance(error.body, bytes):
        return answer(MalformedBody(refusals.NOT_JSON), language(request))
    if first["type"] == "json_invalid":
        said = refusals.not_json(str(first.get("ctx", {}).get("error", first["msg"])))
        return answer(MalformedBody(said), language(request))
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
    reader = language(request)
    said = refusals.BY_STATUS.get(error.status_code, {}).get(reader, error.detail)
    body = {"type": "about:blank", "title": said, "status": error.status_code, "detail": said}
    headers = {**(error.headers or {}), "Content-Language": reader}
    return Response(orjson.dumps(body), error.status_code, headers, media_type="application/problem+json")


async def _on_bug(request: Request, error: Exception) -> Response:
    return answer(AimaqError(refusals.FAULT), language(request))


def say(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of ours as JSON. It was made here in the shape that is documented, so nothing validates it again."""
    return Response(orjson.dumps(content), status, headers=headers, media_type="application/json")


def bearer(request: Request) -> str:
    """The token in the Authorization header; NotAuthenticated if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated(refusals.NEEDS_BEARER)
    return token.strip()


def is_admin(admin_token: str, request: Request) -> bool:
    """Whether the request bears the stand's administration token."""
    return hmac.compare_digest(bearer(request).encode(), admin_token.encode())


def only_admin(admin_token: str, request: Request) -> None:
    """NotAllowed unless the request bears the stand's administration token."""
    if not is_admin(admin_token, request):
        raise NotAllowed(refusals.ONLY_ADMIN)


def keys(service: Service) -> APIRouter:
    """The key that a service signs its messages with: its certificate for everyone, a new one for the administrator."""
    router = APIRouter(prefix="/keys", tags=["keys"])

    @router.get("")
    async def key() -> dict[str, str]:
        """The certificate that the service signs with now."""
        certificate = service.around.signer.certificate
        return {
            "party": service.settings.party, "serial": f"{certificate.serial_number:x}",
            "thumbprint": thumbprint(certificate),
            "certificate": certificate.public_bytes(Encoding.PEM).decode(),
            "not_before": certificate.not_valid_before_utc.isoformat(),
            "not_after": certificate.not_valid_after_utc.isoformat(),
        }  # fmt: skip

    @router.post("/rotation", status_code=201)
    async def rotate(request: Request, force: bool = False) -> Response:
        """Sign with a new key from now on, as soon as every party knows its certificate; the old one stays good.

        `force` goes on though a party is not known to know it, which would reject what is signed with it until it does.
        """
        only_admin(service.admin_token, request)
        if service.rotation is None:
            raise Unavailable("this service does not know where the registry is (AIMAQ_REGISTRY_URL)")
        return say(asdict(await service.rotation.run(force=force)), 201)

    return router


def letters(service: Service) -> APIRouter:
    """The dead letters of a service: what could not be handled, why, and what an operator can do about it."""
    router = APIRouter(prefix="/dead", tags=["dead letters"])

    @router.get("")
    async def dead(request: Request) -> list[dict[str, Any]]:
        """The dead letters, oldest first: id, origin, type, case, reason, attempts."""
        only_admin(service.admin_token, request)
        return await service.dead()

    @router.get("/{message_id}")
    async def letter(message_id: str, request: Request) -> dict[str, Any]:
        """One dead letter, with its bytes in base64 (`body`) and its signature as they came."""
        only_admin(service.admin_token, request)
        found = await service.letter(message_id)
        return found | {"body": base64.b64encode(found["body"]).decode()}

    @router.post("/{message_id}/requeue", status_code=204)
    async def requeue(message_id: str, request: Request) -> None:
        """Handle a dead letter again; it keeps its place among the messages of its case."""
        only_admin(service.admin_token, request)
        await service.letter(message_id)
        await service.writer.again(message_id)

    @router.delete("/{message_id}", status_code=204)
    async def drop(message_id: str, request: Request) -> None:
        """Give a dead letter up for good; the messages that waited behind it go on."""
        only_admin(service.admin_token, request)
        await service.letter(message_id)
        await service.writer.again(message_id, drop=True)

    return router
