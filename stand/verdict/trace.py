"""The trace of a case: what the gateway journalled of it, and what each system showed, as anyone may read it.

It is all that a verdict rests on. Times are UTC, as the systems gave them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import aiohttp
import msgspec

from aimaq.language.envelope import party_of
from aimaq.language.errors import NotFound, Unavailable
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
    session: aiohttp.ClientSession,
    urls: Mapping[str, str],
    case_id: str,
    *,
    token: str = "",
    showing: Sequence[str] = SHOWING,
) -> Trace:
    """The trace of a case with the histories of the systems in `showing`; `token` is the stand's administrator's.

    NotFound if the gateway has no such case (yet); Unavailable if a system is out of reach or answers otherwise.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body, *histories = await asyncio.gather(
        _get(session, f"{urls['gateway']}/cases/{case_id}/trace", headers),
        *(_history(session, f"{urls[party]}/cases/{case_id}/history", headers) for party in showing),
    )
    try:
        trace = msgspec.convert(_readable(body), Trace)
        shown = [msgspec.convert(history, tuple[Shown, ...]) for history in histories]
    except msgspec.ValidationError as error:
        raise Unavailable(f"what the stand tells of {case_id} has not the shape of a trace: {error}") from None
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


async def _history(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> Any:
    try:
        return await _get(session, url, headers)
    except NotFound:
        return []


async def _get(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> Any:
    try:
        async with session.get(url, headers=headers) as answer:
            if answer.status == 404:
                raise NotFound(f"{url} knows no such case")
            if answer.status != 200:
                raise Unavailable(f"{url} answers {answer.status}: {(await answer.text())[:200]}")
            return await answer.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(f"{url} is out of reach: {str(error) or type(error).__name__}") from None
