"""The trace of a case: what the gateway journalled of it, and what each system showed, as anyone may read it.

It is all that a verdict rests on. Times are UTC, as the systems gave them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

import httpx
import msgspec

from aimaq.http.client import exchange
from aimaq.language.envelope import party_of
from aimaq.language.errors import NotFound, Technical, Unavailable
from aimaq.language.messages import FINAL, StepRecord

SHOWING = ("portal", "con", "lea")
"""The systems that show a person where a case stands."""


class Message(msgspec.Struct, frozen=True):
    """One message as the gateway journalled it. `status` is the one its body tells, if it tells one."""

    message_id: str
    type: str
    sender: str
    recipient: str
    occurred_at: datetime
    journalled_at: datetime
    verdict: Literal["accepted", "rejected"] = "accepted"
    sequence: int = 0
    reason: str | None = None
    caused_by: str | None = None
    status: str | None = None
    steps: tuple[StepRecord, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the gateway took it and passed it on; what it refused is evidence of nothing."""
        return self.verdict == "accepted"

    @property
    def to(self) -> str:
        """The party of the recipient: `lea` for `lea:mamlyut-employment`."""
        return party_of(self.recipient)

    @property
    def by(self) -> str:
        """The party of the sender."""
        return party_of(self.sender)


class Shown(msgspec.Struct, frozen=True):
    """A status, when a system showed it, and the message it came by (None for one that it gave itself)."""

    status: str
    shown_at: datetime
    message_id: str | None = None


class Paper(msgspec.Struct, frozen=True):
    """The result as the person who asked holds it: what it is, its number, whether it is there and signed.

    `pdf` tells whether it is signed as a paper too; None if it was not issued as one.
    """

    decision: str
    kind: str = ""
    number: str = ""
    document: bool = False
    signature: bool = False
    pdf: bool | None = None


class Trace(msgspec.Struct, frozen=True):
    """All that is known of one case from outside."""

    case_id: str
    regulation: str
    channel: str
    status: str | None = None
    end: str | None = None
    opened_at: datetime | None = None
    messages: tuple[Message, ...] = ()
    histories: dict[str, tuple[Shown, ...]] = {}
    result: Paper | None = None

    @property
    def records(self) -> list[tuple[StepRecord, Message]]:
        """The steps that accepted messages report, each with its message, by the time they were done."""
        found = [(record, message) for message in self.messages if message.accepted for record in message.steps]
        return sorted(found, key=lambda pair: pair[0].ended_at)


def matches(status: str | None, wanted: str | None) -> bool:
    """Whether a status is the one asked for: any at all, one of its name, or either of the last two for `final`."""
    return wanted is None or status == wanted or (wanted == "final" and status in FINAL)


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
