"""A case file as it is shown: how far the case has come, in words, and its messages."""

from __future__ import annotations

from datetime import UTC, datetime

from aimaq.language.messages import STATUS_TEXTS, TYPES
from aimaq.language.visible import masked_name, masked_number
from aimaq.regulation import Flow, Limit, Regulation, Texts
from aimaq.regulation.wording import unit
from aimaq.regulation.working_time import Length
from aimaq.service import Service
from conformance.progress import Progress, StepProgress, TermProgress, progress
from gateway_svc.cases.file.reading import CaseFile, Journalled, case_file
from gateway_svc.cases.file.views import (
    CaseMessage,
    CaseSheet,
    LimitInWords,
    NextMove,
    Question,
    ReportedStep,
    StepState,
    TermState,
)


async def sheet(service: Service, case_id: str, after: int, limit: int) -> CaseSheet:
    """A case as of now, with the messages behind the one with the number `after`; NotFound for an unknown case."""
    file = await case_file(service, case_id, after=after, limit=limit)
    regulation, flow = law_of(service, file)
    return shown(file, regulation, flow, how_far(service, file, regulation, flow), after, limit)


def law_of(service: Service, file: CaseFile) -> tuple[Regulation, Flow]:
    """The regulation and the flow of a case; UnknownRegulation if this stand has it no more."""
    regulation = service.catalogue.regulation(file.case.regulation)
    return regulation, regulation.flow(file.case.channel)


def how_far(service: Service, file: CaseFile, regulation: Regulation, flow: Flow) -> Progress:
    """How far a case has come as of now."""
    return progress(file.trace, flow, regulation, service.clock.now())


def shown(file: CaseFile, regulation: Regulation, flow: Flow, state: Progress, after: int, limit: int) -> CaseSheet:
    """A case file as it is shown, with `limit` messages at most behind the one with the number `after`."""
    case, current = file.case, state.current
    end = flow.ends.get(state.end or "")
    return CaseSheet(
        case_id=case.case_id,
        now=state.now,
        regulation=case.regulation,
        title=regulation.title.as_dict(),
        channel=case.channel,
        paragraph=flow.paragraph,
        number=case.number or None,
        iin=masked_number(case.iin) if case.iin else None,
        name=masked_name(case.name) if case.name else None,
        status=case.status or None,
        status_text=STATUS_TEXTS.get(case.status),
        at=case.at,
        end=state.end,
        end_text=end.title.as_dict() if end is not None else None,
        opened_at=case.opened_at,
        next=_next(regulation, current) if current is not None else None,
        unanswered=[Question(one.message_id, one.sender, one.journalled_at) for one in state.unanswered],
        steps=[_step(step) for step in state.steps],
        terms=[_term(term) for term in state.terms],
        count=len(file.messages),
        refused=file.refused,
        messages=[_message(one, flow) for one in file.messages[after : after + limit]],
    )


def _next(regulation: Regulation, step: StepProgress) -> NextMove:
    return NextMove(
        party=regulation.body if step.party == "lea" else step.party,
        unit=step.by,
        unit_text=unit(step.by).as_dict(),
        ref=step.ref,
        operation=step.operation,
        paragraph=step.paragraph,
        title=step.title.as_dict(),
        since=step.started_at,
        due_at=_utc(step.due),
        report_due_at=_utc(step.report_due),
        pressure=step.pressure,
    )


def _step(step: StepProgress) -> StepState:
    return StepState(
        ref=step.ref,
        operation=step.operation,
        paragraph=step.paragraph,
        title=step.title.as_dict(),
        unit=step.performer,
        unit_text=unit(step.performer).as_dict(),
        stage=step.stage,
        pressure=step.pressure,
        faults=list(step.faults),
        outcome=step.outcome,
        started_at=step.started_at,
        ended_at=step.ended_at,
        limit=_limit(step.limit) if step.limit is not None else None,
        due_at=_utc(step.due),
        explanation=_dict(step.explanation),
        overdue=_length(step.overdue),
        left=_length(step.left),
        message_id=step.message_id,
        row=step.row,
    )


def _term(term: TermProgress) -> TermState:
    return TermState(
        what=term.what,
        title=term.title.as_dict(),
        paragraph=term.paragraph,
        limit=_limit(term.limit),
        stage=term.stage,
        start=term.start,
        end=term.end,
        due_at=_utc(term.due),
        explanation=_dict(term.explanation),
        day=term.day,
        overdue=_length(term.overdue),
        left=_length(term.left),
    )


def _message(one: Journalled, flow: Flow) -> CaseMessage:
    message, sure = one.message, one.sender is not None
    assert one.signature is not None, "it is one of those that were asked for"
    return CaseMessage(
        number=one.number,
        message_id=message.message_id,
        type=message.type or None,
        type_text=TYPES[message.type].words.as_dict() if message.type in TYPES else None,
        sender=one.sender,
        recipient=message.recipient or None,
        sequence=message.sequence or None,
        status=message.status,
        caused_by=message.caused_by,
        occurred_at=message.occurred_at if sure else None,
        journalled_at=message.journalled_at,
        verdict=message.verdict,
        reason=message.reason,
        publisher=one.publisher,
        size=one.size,
        steps=[
            ReportedStep(
                ref=step.ref,
                operation=step.operation,
                unit=step.unit,
                outcome=step.outcome,
                paragraph=flow.steps[step.ref].paragraph if step.ref in flow.steps else None,
                started_at=step.started_at,
                ended_at=step.ended_at,
            )
            for step in message.steps
        ],
        signature=one.signature,
    )


def _limit(limit: Limit) -> LimitInWords:
    return LimitInWords(limit.unit, limit.min, limit.max, limit.text)


def _utc(at: datetime | None) -> datetime | None:
    """A time with the offset that all times here have."""
    return at.astimezone(UTC) if at is not None else None


def _dict(text: Texts | None) -> dict[str, str] | None:
    return text.as_dict() if text is not None else None


def _length(length: Length | None) -> dict[str, str] | None:
    return length.say().as_dict() if length is not None else None
