"""Whose move a case is and until when: from its flow, the steps that were reported, and the calendar. Pure.

A limit runs from when what it is for could begin: a step's from the beginning of its first part, but for waiting in the
queue; a table row's from the end of the row before it. Where neither the step nor a row has a limit, that of the flow
or the term of the service binds. A case is *near* its limit once less than a quarter of the limit is left, or thirty
minutes. What the next party does between receiving a message and reporting on it is not known here: its time runs from
when the message was journalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import msgspec

from aimaq.language import envelope
from aimaq.language.messages import StepRecord
from aimaq.regulation import Flow, Limit, Part, Regulation, Step, Term, Texts, party_of, workflow
from aimaq.regulation.bindings import Binding, bindings
from aimaq.regulation.calendar import ALMATY, RECEIPT, Calendar, moment
from aimaq.regulation.working_time import before, day_length

NEAR = timedelta(minutes=30)
"""A limit is near if no more than this is left of it, whatever it is."""
EXTENDED = "extend"
"""The operation that makes a term longer."""
TICKET = "take-ticket"
"""The operation whose time does not count: waiting in the queue."""

_MOST_REMEMBERED = 4096


class Standing(msgspec.Struct, frozen=True):
    """Whose move a case is, and until when. Times are UTC, None where no limit runs.

    `party` may name a body of a party, `unit` is the performer: `lea:mamlyut-employment`, `lea.executor`. `since` is
    when the limit began to run, `near_at` when it is near its end. `term_due_at` is when the service as a whole is due.
    """

    party: str
    unit: str
    since: datetime
    due_at: datetime | None = None
    near_at: datetime | None = None
    term_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a case is due when it is: the step, the limit that binds it, and the due time in words."""

    step: Step
    part: Part
    limit: Limit | None
    row: int | None
    words: Texts | None


def service_terms(terms: Iterable[Term], channel: str) -> list[Term]:
    """The service terms of a channel; where one of them leaves days out, that one alone, as the more exact."""
    mine = [term for term in terms if term.what == "service" and channel in (term.channels or (channel,))]
    return [term for term in mine if RECEIPT in term.not_counting] or mine


class Deadlines:
    """The limits of one flow of a regulation, and how they run for a case that goes through it."""

    def __init__(self, regulation: Regulation, flow: Flow, calendar: Calendar | None = None) -> None:
        self.regulation, self.flow = regulation, flow
        self.calendar = calendar or Calendar()
        self._bindings = bindings(flow)
        self._keys = {at: binding.key if binding else flow.places[at][0].ref for at, binding in self._bindings.items()}
        self._restarts = {
            at for at, binding in self._bindings.items() if binding and not binding.row and _opens(flow, at)
        }
        self._terms = service_terms(regulation.terms, flow.channel)
        self._first = {workflow.begin(flow), workflow.begin(flow, skip_optional=False)}
        self._body_of = envelope.party_of(regulation.body)
        self._ends: dict[tuple[Limit, date, bool, tuple[str, ...]], tuple[datetime, datetime]] = {}

    def binding(self, at: str) -> Binding | None:
        """The limit that binds what is due at a place; None at an end, and where only the whole has a limit."""
        return self._bindings.get(at)

    def begun(self, at: str, now: datetime) -> Standing:
        """How a case stands of which nothing was reported yet."""
        return self._standing(at, now, None)

    def followed(
        self, standing: Standing, at: str, records: Sequence[StepRecord], there: str, now: datetime
    ) -> Standing:
        """How a case stands after a message: it stood at `at`, these steps are reported, it stands `there`.

        `now` is when the message was journalled.
        """
        if not records:
            return standing if at == there else self._standing(there, standing.since, standing.term_due_at)
        keys, since, due, term = self._keys, standing.since, self._longer(standing, at), standing.term_due_at
        first, ref, began = at in self._first, "", since
        for record in records:
            place = f"{record.ref}/{record.operation}"
            key = keys[place]
            if record.ref != ref:
                ref, began = record.ref, record.started_at
            if key != keys.get(at) or at in self._restarts:
                since, due = record.started_at, None
            if first or self._terms:
                term = self._term(term, record, first=first)
                first = False
            at = workflow.advance(self.flow, place, record.outcome)
            if record.operation == EXTENDED and self.flow.extension is not None:
                due = self._extended(place, since, due, record.ended_at)
            if record.operation == TICKET or keys.get(at) != key:
                since, due = record.ended_at, None
                following = self.flow.places.get(at)
                if following is not None and following[1].party != party_of(record.unit):
                    binding = self._bindings[at]
                    from_step = binding is not None and binding.from_step and following[0].ref == ref
                    since = began if from_step else now
        return self._standing(there, since, term, due)

    def waits(self, standing: Standing, party: str) -> Standing:
        """The same case while it is another party's move to answer: the limit is still that of the step."""
        return msgspec.structs.replace(standing, party=party, unit=party)

    def moves(self, standing: Standing, at: str) -> Standing:
        """The same case when the move is again that of whoever performs what is due."""
        party, unit = self._performer(at)
        return msgspec.structs.replace(standing, party=party, unit=unit)

    def explain(self, at: str, standing: Standing) -> Explanation | None:
        """Why a case that stands at a place is due when it is; None at an end."""
        if workflow.ended(at) or at not in self.flow.places:
            return None
        step, part = self.flow.places[at]
        binding = self._bindings[at]
        if standing.due_at is None:
            return Explanation(step, part, None, None, None)
        if binding is None:
            limit = self.flow.limit or next((term.limit for term in self._terms), None)
            return Explanation(step, part, limit, None, _TERM.format(at=moment(standing.due_at)))
        due = self.calendar.due(binding.limit, standing.since, binding.not_counting)
        if due.at != standing.due_at and self.flow.extension is not None:
            due = self.calendar.due(self.flow.extension, due.at)
        return Explanation(step, part, binding.limit, binding.row, due.explanation)

    def _standing(self, at: str, since: datetime, term: datetime | None, due: datetime | None = None) -> Standing:
        """How a case stands at a place; `due` is when its step is due if a longer term was given to it."""
        since = since.astimezone(UTC)
        party, unit = self._performer(at)
        if workflow.ended(at):
            return Standing(party, unit, since)
        near: datetime | None = None
        binding = self._bindings.get(at)
        if binding is not None:
            own, near = self._end(binding.limit, since, binding.not_counting)
            if due is None or due == own:
                return Standing(party, unit, since, own, near, term)
        else:
            due = term
        near = due and _near(since, due, due - (due - since) / 4)
        return Standing(party, unit, since, due, near, term)

    def _performer(self, at: str) -> tuple[str, str]:
        if workflow.ended(at) or at not in self.flow.places:
            return "", ""
        part = self.flow.places[at][1]
        return (self.regulation.body if self._body_of == part.party else part.party), part.by

    def _longer(self, standing: Standing, at: str) -> datetime | None:
        """When a case is due at a place whose term was made longer; None if it was not."""
        binding = self._bindings.get(at)
        if binding is None or self.flow.extension is None:
            return None
        own, _ = self._end(binding.limit, standing.since, binding.not_counting)
        return standing.due_at if standing.due_at != own else None

    def _extended(self, at: str, since: datetime, due: datetime | None, when: datetime) -> datetime | None:
        """When a step is due whose term was made longer; as before if it had run out by then."""
        binding = self._bindings.get(at)
        if binding is None or self.flow.extension is None:
            return due
        own = due or self._end(binding.limit, since, binding.not_counting)[0]
        return self.calendar.end(self.flow.extension, own).astimezone(UTC) if when <= own else own

    def _term(self, term: datetime | None, record: StepRecord, *, first: bool) -> datetime | None:
        """When the whole is due, once this step is known: the earliest of what the act says of it."""
        dues = [term] if term is not None else []
        if first and self.flow.limit is not None and self.flow.limit.max is not None:
            dues.append(self._end(self.flow.limit, record.started_at, ())[0])
        for one in self._terms:
            if one.limit.max is not None and (first if one.since == "lodging" else record.operation == "register"):
                dues.append(self._end(one.limit, record.ended_at, one.not_counting)[0])
        return min(dues, default=None)

    def _end(self, limit: Limit, since: datetime, not_counting: tuple[str, ...]) -> tuple[datetime, datetime]:
        """When a limit runs out, and when it is near that, in UTC. Ends of working days are remembered."""
        if limit.unit != "working-day":
            due = self.calendar.end(limit, since).astimezone(UTC)
            return due, _near(since, due, due - (due - since) / 4)
        local = since.astimezone(ALMATY)
        key = limit, local.date(), local.time() >= self.calendar.hours.closes, not_counting
        if (known := self._ends.get(key)) is None:
            due = self.calendar.end(limit, since, not_counting).astimezone(UTC)
            quarter = day_length(self.calendar.hours) * (limit.max or 0) / 4
            if len(self._ends) >= _MOST_REMEMBERED:
                self._ends.clear()
            known = self._ends[key] = due, before(self.calendar, due, quarter).astimezone(UTC)
        return known[0], _near(since, *known)


def _near(since: datetime, due: datetime, quarter: datetime) -> datetime:
    """When a limit is near its end: with its last quarter, or thirty minutes before it is over."""
    return max(since, min(due - NEAR, quarter))


def _opens(flow: Flow, at: str) -> bool:
    """Whether nothing of a step was done at a place of it but to wait in the queue: so its limit runs from there."""
    step, part = flow.places[at]
    return all(one.does == TICKET for one in step.parts[: step.parts.index(part)])


_TERM = Texts(
    kk="мерзімі {at}: қадамның өз мерзімі жоқ, бүкіл қызметтің мерзімі жүреді",
    ru="срок {at}: у шага нет своего срока, идёт срок всей услуги",
    en="due {at}: the step has no limit of its own, that of the whole service runs",
)
