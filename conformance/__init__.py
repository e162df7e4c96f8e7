"""The verdict: whether a case was handled as its regulation prescribes. Pure: a trace, a flow, what was expected.

prescribed   the parts and messages that the expected outcomes call for
steps        each part done, by its unit, in order, in time
rows         each row of the table of actions shown by the trace, in time
messages     each message prescribed and no other
"""

from __future__ import annotations

from aimaq.regulation import Flow, Regulation, Texts
from aimaq.regulation.calendar import Calendar
from conformance.findings import Counts, Match, MessageFinding, Proof, RowFinding, StepFinding, TermFinding, Verdict
from conformance.messages import awaited, judge_messages
from conformance.prescribed import Expected, Place, Prescribed, PrescribedMessage, prescribe
from conformance.rows import judge_rows
from conformance.steps import conformant, judge_steps
from conformance.terms import judge_terms
from conformance.trace import Trace

__all__ = [
    "Counts",
    "Expected",
    "Match",
    "MessageFinding",
    "Place",
    "Prescribed",
    "PrescribedMessage",
    "Proof",
    "RowFinding",
    "StepFinding",
    "TermFinding",
    "Verdict",
    "awaited",
    "judge",
    "prescribe",
]


def judge(
    trace: Trace,
    flow: Flow,
    expected: Expected,
    calendar: Calendar | None = None,
    regulation: Regulation | None = None,
) -> Verdict:
    """Hold a trace against what the flow prescribes for the expected outcomes, and the terms of its regulation.

    InvalidInput if the flow cannot have those outcomes.
    """
    days = calendar or Calendar()
    prescribed = prescribe(flow, expected)
    steps = judge_steps(prescribed, trace, days)
    rows = judge_rows(prescribed, trace, days)
    terms = judge_terms(prescribed, trace, regulation, days)
    messages = judge_messages(prescribed, trace)
    ending = _ending(trace, expected)
    done, asked = conformant(steps)
    due = [row for row in rows if row.state != "not-due"]
    ok = [f.conforms for f in steps] + [f.conforms for f in rows] + [f.conforms for f in messages]
    ok += [term.conforms for term in terms] + [match.conforms for match in ending]
    accepted = sum(message.accepted for message in trace.messages)
    return Verdict(
        case_id=trace.case_id,
        regulation=trace.regulation,
        channel=trace.channel,
        conforms=all(ok),
        counts=Counts(
            steps_done=done,
            steps_prescribed=asked,
            rows_satisfied=sum(row.conforms for row in due),
            rows_due=len(due),
            messages=accepted,
            rejected=len(trace.messages) - accepted,
        ),
        steps=steps,
        rows=rows,
        messages=messages,
        ending=ending,
        terms=terms,
    )


def _ending(trace: Trace, expected: Expected) -> tuple[Match, ...]:
    """The end, the status and the result: what the case was left with against what it should be."""
    paper = trace.result
    result = None
    if paper is not None:
        result = paper.kind
        parts = {"document": paper.document, "signature": paper.signature, "good signature in its PDF": paper.pdf}
        lacking = [name for name, there in parts.items() if there is False]
        result += "".join(f" without {name}" for name in lacking)
    return (
        Match(what=Texts(kk="Аяқталуы", ru="Исход", en="End"), expected=expected.end, actual=trace.end),
        Match(what=Texts(kk="Мәртебесі", ru="Статус", en="Status"), expected=expected.status, actual=trace.status),
        Match(what=Texts(kk="Нәтижесі", ru="Результат", en="Result"), expected=expected.result, actual=result),
    )
