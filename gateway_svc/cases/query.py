"""What a search for cases asks for: the parameters of the address, and the filters that they come to once checked.

An empty parameter is none: a form sends those too. What is wrong is told by field and rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from aimaq.language import ids
from aimaq.language.bounds import NAME, Characters
from aimaq.language.envelope import EARLIEST, LATEST
from aimaq.language.errors import InvalidInput
from aimaq.language.iin import check_bin, check_iin
from aimaq.language.messages import PARTIES, Status
from aimaq.regulation import Catalogue
from aimaq.regulation.calendar import ALMATY
from gateway_svc.journal import texts

Order = Literal["newest", "due"]
"""Newest first; or what is due first, the cases that have no limit after those that have one."""

State = Literal["late", "near", "pressing", "all"]
"""Limits that have run out, those that are about to, both, or all that run."""

MOST = 500
"""Cases on one page at most."""


def _none_if_blank(value: Any) -> Any:
    return None if value == "" else value


Word = Annotated[Annotated[str, Characters(NAME)] | None, BeforeValidator(_none_if_blank)]
Token = Annotated[Annotated[str, Characters(500)] | None, BeforeValidator(_none_if_blank)]
Flag = Annotated[bool | None, BeforeValidator(_none_if_blank)]


class CaseQuery(BaseModel):
    """The parameters of a search for cases. `q` is a number, a case id or its beginning, an IIN or a BIN."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Word = None
    number: Word = None
    case_id: Word = None
    iin: Word = None
    bin: Word = None
    party: Annotated[Word, Field(description="The body that handles the case: `lea:mamlyut-employment`.")] = None
    regulation: Word = None
    channel: Word = None
    status: Annotated[Status | None, BeforeValidator(_none_if_blank)] = None
    next_party: Annotated[Word, Field(description="Whose move it is: a party, or a body of one.")] = None
    next_unit: Annotated[Word, Field(description="The performer whose move it is: `lea.executor`.")] = None
    since: Annotated[Word, Field(description="Opened at this instant or day, or later.")] = None
    until: Annotated[Word, Field(description="Opened before this instant, or on this day at the latest.")] = None
    open: Annotated[Flag, Field(description="Whether the case has not come to its end.")] = None
    late: Annotated[Flag, Field(description="Whether the limit of what is due has run out.")] = None
    near: Annotated[Flag, Field(description="Whether that limit is about to; with `late`, either of both.")] = None
    order: Annotated[Order, BeforeValidator(lambda value: value or "newest")] = "newest"
    cursor: Token = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """What cases have to be, each None where it does not matter. Times are aware; `case_ids` are the bounds of ids.

    `holder` is an IIN or a BIN, whichever it is.
    """

    number: str | None = None
    case_ids: tuple[str, str] | None = None
    holder: str | None = None
    iin: str | None = None
    bin: str | None = None
    regulations: tuple[str, ...] | None = None
    channel: str | None = None
    status: str | None = None
    next_party: str | None = None
    next_unit: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    open: bool | None = None
    late: bool | None = None
    near: bool | None = None
    limited: bool = False
    """Whether only those are meant for which a limit runs."""
    order: Order = "newest"

    @property
    def mark(self) -> str:
        """What tells these filters from others: a cursor goes on with the same ones."""
        return repr([(field.name, str(getattr(self, field.name))) for field in fields(self)])


def checked(query: CaseQuery, catalogue: Catalogue, *, strict: bool) -> Filters:
    """The filters that a query comes to; InvalidInput, with field and rule, for what cannot be meant.

    `strict` says whether the control digits of an IIN and a BIN are checked.
    """
    found: dict[str, Any] = {}
    if query.q:
        found |= _anything(query.q.strip())
    if query.number:
        found["number"] = query.number
    if query.case_id:
        found["case_ids"] = _ids(query.case_id, "query.case_id")
    if query.iin:
        found["iin"] = check_iin(query.iin, strict=strict, field="query.iin")
    if query.bin:
        found["bin"] = check_bin(query.bin, strict=strict, field="query.bin")
    laws = list(catalogue)
    if query.party:
        bodies = dict.fromkeys(law.body for law in laws)
        _among("party", query.party, bodies)
        found["regulations"] = tuple(law.id for law in laws if law.body == query.party)
    if query.regulation:
        _among("regulation", query.regulation, [law.id for law in laws])
        both = found.get("regulations", (query.regulation,))
        found["regulations"] = (query.regulation,) if query.regulation in both else ()
    if query.channel:
        found["channel"] = _among("channel", query.channel, sorted({name for law in laws for name in law.flows}))
    found |= _whose(query.next_party, query.next_unit, catalogue)
    since = _moment(query.since, "query.since", last=False) if query.since else None
    until = _moment(query.until, "query.until", last=True) if query.until else None
    if since is not None and until is not None and since >= until:
        raise InvalidInput(texts.SINCE_AFTER_UNTIL, field="query.since", rule="since before until")
    flags = {name: getattr(query, name) for name in ("status", "open", "late", "near", "order")}
    return Filters(**found, **flags, since=since, until=until)


class DeadlineQuery(BaseModel):
    """The parameters of a question for deadlines: whose, and which of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    next_party: Annotated[Word, Field(description="Whose move it is: a party, or a body of one.")] = None
    next_unit: Annotated[Word, Field(description="The performer whose move it is: `lea.executor`.")] = None
    state: Annotated[State, BeforeValidator(lambda value: value or "pressing")] = "pressing"
    cursor: Token = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 100


def due_first(query: DeadlineQuery, catalogue: Catalogue) -> Filters:
    """The filters that a question for deadlines comes to; InvalidInput for what cannot be meant, as `checked`."""
    states = {"late": (True, None), "near": (None, True), "pressing": (True, True), "all": (None, None)}
    late, near = states[query.state]
    whose = _whose(query.next_party, query.next_unit, catalogue)
    return Filters(**whose, late=late, near=near, limited=True, order="due")


def _whose(party: str | None, unit: str | None, catalogue: Catalogue) -> dict[str, Any]:
    """The filters by whose move it is."""
    found = {}
    if party:
        bodies = {law.body for law in catalogue}
        found["next_party"] = _among("next_party", party, sorted({*PARTIES, *bodies}))
    if unit:
        found["next_unit"] = _among("next_unit", unit, performers(catalogue))
    return found


def performers(catalogue: Catalogue) -> list[str]:
    """Everyone who performs a part of some flow, by the name that the regulations have for them."""
    flows = [flow for law in catalogue for flow in law.flows.values()]
    return sorted({part.by for flow in flows for step in flow.steps.values() for part in step.parts} | {"registry"})


def _among(name: str, value: str, known: Any) -> str:
    if value not in known:
        listed = ", ".join(known)
        raise InvalidInput(texts.NOT_AMONG.format(field=name, known=listed), field=f"query.{name}", rule="known value")
    return value


_TWELVE = re.compile(r"[0-9]{12}").fullmatch
_BEGINNING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{0,4}(-[0-9a-f]{0,4}(-[0-9a-f]{0,4}(-[0-9a-f]{0,12})?)?)?)").fullmatch
_ID = re.compile(ids.PATTERN).fullmatch
_LEAST, _GREATEST = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"


def _anything(text: str) -> dict[str, Any]:
    """What somebody means who writes a number into the one field of the search."""
    if _TWELVE(text):
        return {"holder": text}
    if _BEGINNING(text.lower()):
        return {"case_ids": _ids(text.lower(), "query.q")}
    return {"number": text}


def _ids(text: str, field: str) -> tuple[str, str]:
    """The least and the greatest id that begins so."""
    if not (_ID(text) or _BEGINNING(text)):
        raise InvalidInput(texts.NO_CASE_ID, field=field, rule="uuid7")
    return text + _LEAST[len(text) :], text + _GREATEST[len(text) :]


def _moment(text: str, field: str, *, last: bool) -> datetime:
    """An instant, or a day of Almaty: its beginning, or its end if it is the `last`."""
    try:
        at = datetime.fromisoformat(text)
        if len(text) == len("2026-03-02"):
            day = date.fromisoformat(text) + timedelta(days=1 if last else 0)
            at = datetime.combine(day, time.min, ALMATY)
        if at.tzinfo is None or not EARLIEST <= at <= LATEST:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(texts.NO_MOMENT, field=field, rule="day or instant") from None
