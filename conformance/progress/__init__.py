"""How far a case has come: which steps are done, under way, due, late and ahead, whose move it is and until when. Pure.

A system reports the steps it has done with its next message on the case. So a case stands where its journal says, and
what a system has not reported yet it may have done. Once the case has ended, what is told here is the verdict's.

model    what is told, in frozen types
implied  the path, by the outcomes reported so far
steps    each part of the path
under_way    the part that is due next
terms    the terms of the service while they run
"""

from __future__ import annotations

from datetime import datetime

from aimaq.regulation import Flow, Regulation
from aimaq.regulation.calendar import Calendar
from conformance.prescribed import Place, Prescribed, prescribe
from conformance.progress.implied import implied
from conformance.progress.model import Pressure, Progress, Stage, StepProgress, TermProgress
from conformance.progress.steps import traced
from conformance.progress.terms import running_terms
from conformance.progress.under_way import under_way
from conformance.steps import judge_steps, matched
from conformance.trace import Message, Trace

__all__ = ["Pressure", "Progress", "Stage", "StepProgress", "TermProgress", "progress", "unanswered"]


def progress(
    trace: Trace, flow: Flow, regulation: Regulation, now: datetime, calendar: Calendar | None = None
) -> Progress:
    """Where a case stands in its flow as of `now`, by the outcomes that its trace implies."""
    days = calendar or Calendar()
    expected = implied(trace, flow, regulation)
    prescribed = prescribe(flow, expected)
    found, _ = matched(prescribed, trace)
    reached = max(found, default=-1)
    current = None if trace.end else _next(prescribed, reached)
    steps = []
    for finding in judge_steps(prescribed, trace, days):
        place = prescribed.places[finding.index] if finding.index >= 0 else None
        if place is not None and place is current:
            steps.append(under_way(prescribed, place, found, trace, regulation, now, days))
        else:
            steps.append(traced(finding, place, found, days, reached=reached, goes_on=current is not None))
    return Progress(
        case_id=trace.case_id,
        end=trace.end or (None if current else expected.end),
        expected_end=expected.end,
        now=now,
        steps=tuple(steps),
        terms=running_terms(prescribed, trace, regulation, now, days, ended=current is None),
        unanswered=unanswered(trace),
    )


def unanswered(trace: Trace) -> tuple[Message, ...]:
    """The questions to registers that no accepted message has answered yet, oldest first.

    An answer that does not say to which question it is answers the oldest one of the party that it is for.
    """
    open_: dict[str, Message] = {}
    for message in trace.messages:
        if message.accepted and message.type == "RegistryAsked":
            open_[message.message_id] = message
        elif message.accepted and message.type == "RegistryAnswered":
            asked = next((one.message_id for one in open_.values() if one.by == message.to), "")
            open_.pop(message.caused_by if message.caused_by in open_ else asked, None)
    return tuple(open_.values())


def _next(prescribed: Prescribed, reached: int) -> Place | None:
    """The first part that is prescribed behind the last one reported; None at the end of the path."""
    return next((place for place in prescribed.places if place.index > reached and place.needed), None)
