"""The one place that makes HTTP clients, and the one place that says a peer is out of reach.

A client keeps connections alive and is reused: one for a service and a peer, or for one command. It ignores the proxies
of the environment, since a stand talks to itself over loopback. Its timeout covers a whole exchange, the body included.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
from opentelemetry.trace import get_current_span

from aimaq import __version__
from aimaq.bus.trace_context import ALONE as TRACEPARENT
from aimaq.bus.trace_context import of_span
from aimaq.http.transport import Transport
from aimaq.language.errors import BadSignature, Technical, Unavailable
from aimaq.language.texts import LARGER, Texts

PATIENCE = 300.0
"""Seconds that an exchange may take where the caller sets no limit."""

_HEADERS = {"Accept-Encoding": "identity", "User-Agent": f"aimaq/{__version__}"}
"""No compression: answers are small, mostly on loopback, and a limit on bytes means the bytes that are sent."""

_REDIRECTS = 10


def http_client(*, timeout: float = PATIENCE, token: str = "") -> httpx.AsyncClient:
    """A client, which its owner closes. `timeout` is in real seconds; `token` is the bearer's of every request."""
    headers = _HEADERS | ({"Authorization": f"Bearer {token}"} if token else {})
    return httpx.AsyncClient(
        transport=Transport(),
        timeout=timeout,
        headers=headers,
        trust_env=False,
        follow_redirects=True,
        max_redirects=_REDIRECTS,
    )


@asynccontextmanager
async def exchange(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    peer: str,
    away: Texts | None = None,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: Mapping[str, object] | None = None,
    content: bytes | None = None,
    timeout: float | None = None,
) -> AsyncIterator[httpx.Response]:
    """One request; the block reads the answer's body, if it wants it. `timeout` overrides the client's.

    It belongs to the trace, if there is one, of the request that is being answered here.

    Unavailable if there is no answer or it breaks off: `away` with its `{peer}` and `{why}` where people are told, else
    in English.
    """
    if belongs := of_span(get_current_span()):
        headers = {**(headers or {}), TRACEPARENT: belongs}
    limit = httpx.USE_CLIENT_DEFAULT if timeout is None else timeout
    try:
        async with http.stream(
            method, url, headers=headers, params=params, json=json, content=content, timeout=limit
        ) as response:
            yield response
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if away is None:
            raise Unavailable(Technical(f"{peer} is out of reach: {cause(error)}")) from None
        raise Unavailable(away.format(peer=peer, why=cause(error))) from None


async def bounded(response: httpx.Response, most: int, what: Texts) -> bytes:
    """The body of an answer; BadSignature, naming `what` it is, if it has more than `most` bytes."""
    data = bytearray()
    async for chunk in response.aiter_raw():
        data += chunk
        if len(data) > most:
            raise BadSignature(LARGER.format(what=what, most=most))
    return bytes(data)


def cause(error: Exception) -> str:
    """Why there is no answer, in one line."""
    return str(error) or type(error).__name__
