"""Fetches the trace of a case over REST: from the gateway's journal, and from each system that shows a case."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import httpx
import msgspec

from aimaq.http.client import exchange
from aimaq.language.errors import NotFound, Technical, Unavailable
from conformance.trace import Shown, Trace

SHOWING = ("portal", "con", "lea")
"""The systems that show a person where a case stands."""


async def fetch_trace(
    session: httpx.AsyncClient,
    urls: Mapping[str, str],
    case_id: str,
    *,
    tokens: Mapping[str, str] = MappingProxyType({}),
    showing: Sequence[str] = SHOWING,
) -> Trace:
    """The trace of a case with the histories of the systems in `showing`; `tokens` open the services.

    NotFound if the gateway has no such case (yet); Unavailable if a system is out of reach or answers otherwise.
    """

    def headers(party: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens[party]}"} if party in tokens else {}

    body, *histories = await asyncio.gather(
        _get(session, f"{urls['gateway']}/cases/{case_id}/trace", headers("gateway")),
        *(_history(session, f"{urls[party]}/cases/{case_id}/history", headers(party)) for party in showing),
    )
    try:
        trace = msgspec.convert(_readable(body), Trace)
        shown = [msgspec.convert(history, tuple[Shown, ...]) for history in histories]
    except msgspec.ValidationError as error:
        raise Unavailable(
            Technical(f"what the stand tells of {case_id} has not the shape of a trace: {error}")
        ) from None
    return msgspec.structs.replace(
        trace,
        status=trace.status or None,
        end=trace.end or None,
        histories=dict(zip(showing, shown, strict=True)),
    )


def _readable(body: Any) -> Any:
    """The trace with what the gateway could not read of a message it refused left empty."""
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        return body
    empty = {"type": "", "sender": "", "recipient": "", "sequence": 0, "message_id": ""}
    messages = []
    for message in body["messages"]:
        blanks = {name: value for name, value in empty.items() if message.get(name) is None}
        occurred = message.get("occurred_at") or message.get("journalled_at")
        messages.append(message | blanks | {"occurred_at": occurred})
    return body | {"messages": messages}


async def _history(session: httpx.AsyncClient, url: str, headers: Mapping[str, str]) -> Any:
    try:
        return await _get(session, url, headers)
    except NotFound:
        return []


async def _get(session: httpx.AsyncClient, url: str, headers: Mapping[str, str]) -> Any:
    async with exchange(session, "GET", url, peer=url, headers=headers) as answer:
        data = await answer.aread()
    if answer.status_code == NotFound.status:
        raise NotFound(Technical(f"{url} knows no such case"))
    if answer.status_code != 200:
        raise Unavailable(Technical(f"{url} answers {answer.status_code}: {answer.text[:200]}"))
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        raise Unavailable(Technical(f"{url} answers, and not in JSON")) from None
