"""What goes wrong in an application, answered with a problem document (RFC 9457) in the reader's language."""

from __future__ import annotations

from typing import Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from aimaq.language import texts
from aimaq.language.errors import (
    AimaqError,
    BodyTooLarge,
    InvalidInput,
    MalformedBody,
    NotAuthenticated,
    TooManyFailures,
)
from aimaq.web.request.validation import field_of, texts_of

NOT_ALLOWED: Final = 405


def tell_problems(app: FastAPI) -> None:
    """Have whatever goes wrong in an application answered with a problem document."""
    app.add_exception_handler(AimaqError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


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
    if error.status_code == NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return Response(orjson.dumps(body), error.status_code, headers, media_type="application/problem+json")


def _methods(request: Request) -> list[str]:
    """Every method that has an answer at this path (RFC 9110, 10.2.1); HEAD is answered wherever GET is."""
    matching = (one for one in request.app.routes if one.matches(request.scope)[0] is not Match.NONE)
    found = {method for route in matching for method in getattr(route, "methods", None) or ()}
    return sorted(found | {"HEAD"} if "GET" in found else found)


async def _on_bug(request: Request, error: Exception) -> Response:
    return answer(AimaqError(texts.FAULT), language(request))
