"""A regulation's file as far as it can be understood: what the rules look at, whatever else is wrong with it.

Where a value has not the shape it should have, the schema has said so already; here it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from aimaq.regulation.files.document import Place
from aimaq.regulation.files.loading import following, many, parts
from aimaq.regulation.model.flow import party_of

Finding = tuple[Place, str, str]
"""One mistake that a rule finds: the place, the rule's name, what is wrong."""


class DraftNeed(msgspec.Struct, frozen=True):
    """One register that a part requires, and the words that fields of its record may have."""

    place: Place
    register: str
    words: dict[str, tuple[str, ...]] = {}


class DraftPart(msgspec.Struct, frozen=True):
    """One part of a step, with the place where it stands."""

    place: Place
    by: str
    does: str
    sends: dict[str, str]
    asks: tuple[str, ...] = ()
    into: str = ""
    requires: tuple[DraftNeed, ...] = ()
    exit: dict[str, str] = {}
    results: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()

    @property
    def party(self) -> str:
        """The system on which the part is done."""
        return party_of(self.by)


class DraftStep(msgspec.Struct, frozen=True):
    """One step: `next` maps each outcome to the ref or end it leads to, `at` to the place where that is written."""

    place: Place
    ref: str
    item: int | None
    ground: str | None
    parts: tuple[DraftPart, ...]
    next: dict[str, str]
    at: dict[str, Place]
    keys: frozenset[str]
    limits: tuple[str, ...] = ()
    paragraph: str = ""


class DraftRow(msgspec.Struct, frozen=True):
    """One row of a table; `evidence` holds what meets it, each with its place."""

    place: Place
    no: int | None
    unit: str
    party: str | None
    next: tuple[int, ...]
    evidence: tuple[tuple[Place, dict[str, str]], ...]


class DraftCopy(msgspec.Struct, frozen=True):
    """One notice of the gateway beside a message."""

    place: Place
    of: str
    to: str
    status: str


class DraftFlow(msgspec.Struct, frozen=True):
    """One flow, with its steps by ref."""

    place: Place
    channel: str
    start: str
    steps: dict[str, DraftStep]
    rows: tuple[DraftRow, ...]
    copies: tuple[DraftCopy, ...]
    inner: dict[str, Any] = {}
    paragraph: str = ""

    def senders(self, message: str, recipient: str) -> set[str]:
        """The parties that send this type to this recipient in the flow; the gateway's notices are among them."""
        found = {
            part.party for step in self.steps.values() for part in step.parts if part.sends.get(message) == recipient
        }
        if message == "StatusChanged" and any(copy.to == recipient for copy in self.copies):
            found.add("gateway")
        return found

    def sent(self) -> set[str]:
        """Every message type that a step of the flow sends."""
        return {message for step in self.steps.values() for part in step.parts for message in part.sends}

    def notified(self) -> set[str]:
        """Every party to whom a step or a notice of the flow sends something."""
        steps = (party for step in self.steps.values() for part in step.parts for party in part.sends.values())
        return {*steps, *(copy.to for copy in self.copies)}


def flows(data: dict[str, Any]) -> list[DraftFlow]:
    """The flows of the file, as far as they can be understood."""
    return [_flow(("flows", channel), channel, flow) for channel, flow in mapping(data.get("flows")).items()]


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def texts(value: Any) -> dict[str, str]:
    """What in this mapping leads from a text to a text."""
    return {name: there for name, there in mapping(value).items() if isinstance(there, str)}


def word(value: Any) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def words(value: Any) -> tuple[str, ...]:
    """The texts of this list; nothing if it is none."""
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()


def number(value: Any) -> int | None:
    """The value if it is a whole number, else None."""
    return value if type(value) is int else None


def _flow(place: Place, channel: str, value: Any) -> DraftFlow:
    raw = mapping(value)
    steps = {ref: _step((*place, "steps", ref), ref, mapping(step)) for ref, step in mapping(raw.get("steps")).items()}
    return DraftFlow(
        place=place,
        channel=channel,
        start=word(raw.get("start")) or next(iter(steps), ""),
        steps=steps,
        rows=tuple(_row((*place, "table", n), mapping(row)) for n, row in _items(raw.get("table"))),
        copies=tuple(_copy((*place, "copies", n), mapping(copy)) for n, copy in _items(raw.get("copies"))),
        inner=mapping(raw.get("inner")),
        paragraph=word(raw.get("paragraph")),
    )


def _step(place: Place, ref: str, raw: dict[str, Any]) -> DraftStep:
    inner = (lambda n: (*place, "parts", n)) if "parts" in raw else (lambda _: place)
    leads = texts(following(raw))
    return DraftStep(
        place=place,
        ref=ref,
        item=number(raw.get("item")),
        ground=word(raw.get("ground")) or None,
        parts=tuple(_part(inner(n), mapping(part)) for n, part in enumerate(parts(raw))),
        next=leads,
        at={outcome: _written(place, raw, outcome) for outcome in leads},
        keys=frozenset(raw),
        limits=tuple(mapping(raw.get("limits"))),
        paragraph=word(raw.get("paragraph")),
    )


def _written(place: Place, raw: dict[str, Any], outcome: str) -> Place:
    for n, part in _items(raw.get("parts")):
        if outcome in mapping(mapping(part).get("exit")):
            return (*place, "parts", n, "exit", outcome)
    if outcome in mapping(raw.get("end")):
        return (*place, "end", outcome)
    if outcome in mapping(raw.get("if")):
        return (*place, "if", outcome)
    return (*place, "end") if isinstance(raw.get("end"), str) else (*place, "then")


def _part(place: Place, raw: dict[str, Any]) -> DraftPart:
    return DraftPart(
        place,
        word(raw.get("by")),
        word(raw.get("does")),
        texts(raw.get("sends")),
        words(raw.get("asks")),
        word(raw.get("into")),
        tuple(_needs((*place, "requires"), raw.get("requires"))),
        texts(raw.get("exit")),
        words(raw.get("results")),
        frozenset(raw),
    )


def _needs(place: Place, value: Any) -> Iterator[DraftNeed]:
    """The registers of a list, or those of a mapping with what their records must say."""
    for n, name in _items(value):
        if isinstance(name, str):
            yield DraftNeed((*place, n), name)
    for name, fields in mapping(value).items():
        yield DraftNeed((*place, name), name, {field: words(wanted) for field, wanted in mapping(fields).items()})


def _row(place: Place, raw: dict[str, Any]) -> DraftRow:
    met_by = raw.get("met_by")
    base = (*place, "met_by")
    pieces = [((*base, n), piece) for n, piece in enumerate(met_by)] if isinstance(met_by, list) else [(base, met_by)]
    return DraftRow(
        place=place,
        no=number(raw.get("no")),
        unit=word(raw.get("unit")),
        party=word(raw.get("party")) or None,
        next=tuple(no for no in many(raw.get("next")) if type(no) is int),
        evidence=tuple((at, texts(piece)) for at, piece in pieces if isinstance(piece, dict)),
    )


def _copy(place: Place, raw: dict[str, Any]) -> DraftCopy:
    return DraftCopy(place, word(raw.get("of")), word(raw.get("to")), word(raw.get("status")))


def _items(value: Any) -> enumerate[Any]:
    return enumerate(value if isinstance(value, list) else [])
