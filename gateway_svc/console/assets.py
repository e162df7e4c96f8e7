"""The console's static files, each under an address with the hash of its content, so that a browser may keep it."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

from aimaq.language.errors import NotFound
from aimaq.language.texts import NO_SUCH_NAME

PREFIX = "/console/static"

_HASH = 12
_FOR_EVER = "public, max-age=31536000, immutable"
_TEXT = frozenset({"text/css", "text/javascript", "text/plain", "image/svg+xml"})


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent, and the beginning of its SHA-256."""

    data: bytes
    kind: str
    digest: str


def address(name: str) -> str:
    """Where a page finds a file; NotFound if there is none of this name."""
    return f"{PREFIX}/{asset(name).digest}/{name}"


def asset(name: str) -> Asset:
    """A file by its name, `vendor/htmx.js`; NotFound if there is none."""
    found = _all().get(name)
    if found is None:
        raise NotFound(NO_SUCH_NAME)
    return found


def sent(request: Request, digest: str, name: str) -> Response:
    """A file as the answer to a request. Under the hash of another content it is not to be kept."""
    found = asset(name)
    etag = f'"{found.digest}"'
    headers = {
        "ETag": etag,
        "Cache-Control": _FOR_EVER if digest == found.digest else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=found.kind, headers=headers)


@cache
def _all() -> dict[str, Asset]:
    """Every file, read once: a wheel has them, and no name of a request is ever taken for a path."""
    return dict(_within(files("gateway_svc.console") / "static", ""))


def _within(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for entry in folder.iterdir():
        name = prefix + entry.name
        if entry.is_dir():
            found += _within(entry, f"{name}/")
        else:
            data = entry.read_bytes()
            found.append((name, Asset(data, _kind(name), hashlib.sha256(data).hexdigest()[:_HASH])))
    return found


def _kind(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind in _TEXT else kind
