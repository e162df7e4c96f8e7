"""The rows of a table of actions against the trace: each shown to be done, after the rows that lead to it, in its time.

A row's time runs from the end of the rows that lead to it to its latest evidence. A status shown somewhere is waited
for by nobody, so other rows may overlap it; it must only come after the message that could bring it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from aimaq.regulation import Evidence, Norm, Texts
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.wording import NOTHING, joined, operation, sentence, status, unit
from aimaq.regulation.working_time import between
from conformance.findings import Proof, RowFinding, RowState
from conformance.prescribed import Prescribed
from conformance.steps import Record, matched
from conformance.trace import Message, Trace, matches
from conformance.wording import took


def judge_rows(prescribed: Prescribed, trace: Trace, calendar: Calendar) -> tuple[RowFinding, ...]:
    """A finding for every row of the flow's table, in its order."""
    table = _Table(prescribed, trace)
    return tuple(_judge(table, norm, calendar) for norm in prescribed.flow.table)


class _Table:
    """The rows with what the trace shows of each, so that every time is looked up once."""

    def __init__(self, prescribed: Prescribed, trace: Trace) -> None:
        self.prescribed, self.trace = prescribed, trace
        self.found, _ = matched(prescribed, trace)
        self.norms = {norm.no: norm for norm in prescribed.flow.table}
        self.before: dict[int, list[Norm]] = {no: [] for no in self.norms}
        for norm in self.norms.values():
            for following in norm.next:
                if following in self.before:
                    self.before[following].append(norm)
        self.proofs = {no: [self._proof(e) for e in prescribed.due(norm)] for no, norm in self.norms.items()}

    def end(self, no: int) -> datetime | None:
        """The latest evidence of a row; None if it asks for none, or some of it is missing."""
        times = [proof.at for proof in self.proofs[no]]
        return max((at for at in times if at), default=None) if all(times) else None

    def start(self, norm: Norm) -> tuple[datetime | None, tuple[int, ...]]:
        """When a row's time begins, and the rows it is counted from. A row that shows no end hands on its own start."""
        ends: dict[int, datetime] = {}
        for before in self._back(norm, lambda row: self.end(row.no) is None):
            if (at := self.end(before.no)) is not None:
                ends[before.no] = at
        if ends:
            latest = max(ends.values())
            return latest, tuple(no for no, at in ends.items() if at == latest)
        return self._opening(norm), ()

    def floor(self, norm: Norm) -> tuple[datetime, int] | None:
        """The instant that a row may not be over before, and the row that sets it; None if nothing does.

        Rows of shown statuses set none. What is shown at a system comes after what was routed to that system.
        """
        shown_at = {evidence.at for evidence in norm.met_by} if self._only_shown(norm) else None

        def set_by(row: Norm) -> datetime | None:
            if self.end(row.no) is None or self._only_shown(row):
                return None
            if shown_at is None:
                return self.end(row.no)
            pieces = zip(self.prescribed.due(row), self.proofs[row.no], strict=True)
            times = [proof.at for evidence, proof in pieces if proof.at and evidence.routed and evidence.to in shown_at]
            return max(times, default=None)

        rows = self._back(norm, lambda row: set_by(row) is None)
        return max(((at, row.no) for row in rows if (at := set_by(row))), default=None)

    def _back(self, norm: Norm, through: Callable[[Norm], bool]) -> Iterable[Norm]:
        """The rows that lead to a row; beyond those that `through` lets pass, the rows that lead to them."""
        visited: set[int] = {norm.no}
        todo = list(self.before[norm.no])
        while todo:
            row = todo.pop()
            if row.no in visited:
                continue
            visited.add(row.no)
            yield row
            if through(row):
                todo += self.before[row.no]

    @staticmethod
    def _only_shown(norm: Norm) -> bool:
        return bool(norm.met_by) and all(evidence.shown for evidence in norm.met_by)

    def _opening(self, norm: Norm) -> datetime | None:
        """The start of the first row: that of its first step, else of the case."""
        starts = [
            self.found[place.index][0].started_at
            for evidence in self.prescribed.due(norm)
            if evidence.step is not None
            for place in self.prescribed.places
            if place.step.ref == evidence.place[0] and place.index in self.found
        ]
        return min(starts, default=self.trace.opened_at)

    def _proof(self, evidence: Evidence) -> Proof:
        if evidence.step is not None:
            return Proof(_step_words(evidence), self._done(evidence))
        if evidence.shown is not None:
            shown = self.trace.histories.get(evidence.at or "", ())
            times = [entry.shown_at for entry in shown if matches(entry.status, evidence.shown)]
            return Proof(_shown_words(evidence), min(times, default=None))
        kind = evidence.sent or evidence.routed
        there = [m for m in self.trace.messages if m.accepted and m.type == kind and _addressed(m, evidence)]
        times = [m.occurred_at if evidence.sent else m.journalled_at for m in there]
        return Proof(_message_words(evidence), min(times, default=None))

    def _done(self, evidence: Evidence) -> datetime | None:
        """When a step, or one of its parts, was done by the system that it is given to; None if it was not."""
        ref, name = evidence.place
        places = [p for p in self.prescribed.places if p.step.ref == ref and name in (None, p.part.does)]
        records: list[Record | None] = [self.found.get(place.index) for place in places]
        times = [
            record[0].ended_at
            for record, place in zip(records, places, strict=True)
            if record is not None
            and record[0].unit.partition(".")[0] == place.part.party
            and (not place.last or evidence.outcome in (None, record[0].outcome))
        ]
        return max(times) if times and len(times) == len(places) else None


def _addressed(message: Message, evidence: Evidence) -> bool:
    return (
        evidence.from_ in (None, message.by)
        and evidence.to in (None, message.to)
        and matches(message.status, evidence.status)
    )


def _judge(table: _Table, norm: Norm, calendar: Calendar) -> RowFinding:
    proofs = tuple(table.proofs[norm.no])
    start, counted_from = table.start(norm)
    end = table.end(norm.no)
    due = None
    if proofs and start and norm.limit and norm.limit.max is not None:
        due = calendar.due(norm.limit, start, norm.not_counting)
    state: RowState
    if not proofs:
        start, state, actual = None, "not-due", _not_due(norm)
    elif end is None:
        missing = [proof.what for proof in proofs if proof.at is None]
        state = "missed"
        actual = sentence("жоқ: {what}", "нет: {what}", "not shown: {what}", what=joined(missing))
    elif (floor := table.floor(norm)) and end < floor[0]:
        ahead = took((floor[0] - end).total_seconds())
        state = "out-of-order"
        actual = sentence(
            "{n}-жолдан {t} бұрын", "на {t} раньше строки {n}", "{t} before row {n} was over", t=ahead, n=str(floor[1])
        )
    elif due and end > due.at:
        state = "late"
        assert norm.limit is not None
        actual = between(calendar, norm.limit.unit, due.at, end).was_late()
    elif start and norm.limit and (least := calendar.early(norm.limit, start)) and end < least:
        state = "early"
        actual = sentence("«{t}» мерзімінен ерте", "раньше, чем «{t}»", "sooner than “{t}”", t=norm.limit.text)
    else:
        state = "satisfied"
        actual = took(max(0.0, (end - start).total_seconds())) if start else NOTHING
    return RowFinding(
        no=norm.no,
        unit=norm.unit,
        party=norm.party,
        action=norm.action,
        completion=norm.completion,
        state=state,
        expected=joined([proof.what for proof in proofs]) if proofs else NOTHING,
        actual=actual,
        evidence=proofs,
        limit=norm.limit,
        start=start,
        end=end,
        due=due.at.astimezone(UTC) if due else None,
        explanation=_counted(due.explanation, counted_from) if due else None,
        readings=norm.readings,
    )


def _counted(explanation: Texts, rows: tuple[int, ...]) -> Texts:
    if not rows:
        return sentence(
            "{e}; істің басынан есептеледі",
            "{e}; считая от начала дела",
            "{e}; counted from its beginning",
            e=explanation,
        )
    return sentence(
        "{e}; {n}-жолдың соңынан есептеледі",
        "{e}; считая от конца строки {n}",
        "{e}; counted from the end of row {n}",
        e=explanation,
        n=", ".join(map(str, rows)),
    )


def _not_due(norm: Norm) -> Texts:
    if not norm.met_by:
        return sentence("жол ештеңе талап етпейді", "строка ничего не требует", "the row asks for nothing")
    return sentence(
        "бұл жолға дейін жетпейді", "на этом пути до неё не доходит", "the path of this case does not come to it"
    )


def _step_words(evidence: Evidence) -> Texts:
    ref, name = evidence.place
    if name is None:
        return sentence("{r}", "{r}", "{r}", r=ref)
    return sentence("{r} ({o})", "{r} ({o})", "{r} ({o})", r=ref, o=operation(name))


def _shown_words(evidence: Evidence) -> Texts:
    return sentence(
        "{at}: «{s}» көрсетілді",
        "{at}: показан статус «{s}»",
        "{s} shown at {at}",
        s=status(evidence.shown),
        at=unit(evidence.at or ""),
    )


def _message_words(evidence: Evidence) -> Texts:
    kind = evidence.sent or evidence.routed or ""
    if evidence.status:
        kind = f"{kind}({evidence.status})"
    if evidence.routed:
        return sentence(
            "{k} → {to}: шлюз жолдады",
            "{k} → {to}: шлюз передал",
            "{k} passed on to {to}",
            k=kind,
            to=unit(evidence.to or ""),
        )
    return sentence("{k}: {a} жіберді", "{k}: отправитель {a}", "{k} sent by {a}", k=kind, a=unit(evidence.from_ or ""))
