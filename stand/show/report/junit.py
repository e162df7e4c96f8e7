"""The verdicts as JUnit XML: a suite a flow, a case a step, a row, a message that went wrong, and what it came to.

It keeps to the schema that Jenkins' xUnit plugin holds reports against (`junit-10.xsd`).
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from aimaq.regulation import Texts
from conformance import MessageFinding, RowFinding, StepFinding
from stand.flowfile.coverage import KINDS, Coverage
from stand.replay.run import Replay, Run

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(replay: Replay) -> bytes:
    """The report as UTF-8 XML, in English."""
    root = Element("testsuites", name="aimaq replay", time=f"{replay.seconds:.3f}")
    for run in replay.runs:
        root.append(_suite(run))
    for flow in replay.untold:
        suite = SubElement(root, "testsuite", name=_clean(flow.flow))
        case = SubElement(suite, "testcase", classname=_clean(flow.flow), name="played")
        SubElement(case, "error", type="could-not-tell", message=_clean(flow.reason))
        _count(suite)
    if replay.coverage is not None:
        root.append(_coverage(replay.coverage))
    for total in ("tests", "failures", "errors"):  # Jenkins' schema has no other here
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    indent(root)
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _suite(run: Run) -> Element:
    suite = Element("testsuite", name=_clean(run.flow), time=f"{run.seconds:.3f}")
    if run.trace.opened_at is not None:
        suite.set("timestamp", run.trace.opened_at.isoformat())
    properties = SubElement(suite, "properties")
    for name, value in {
        "case_id": run.case_id,
        "regulation": run.regulation,
        "channel": run.channel,
        "seed": run.seed,
        "file": run.file,
    }.items():
        SubElement(properties, "property", name=name, value=_clean(value))
    for step in run.verdict.steps:
        _step(suite, run, step)
    for row in run.verdict.rows:
        _row(suite, run, row)
    for envelope in run.verdict.messages:
        if not envelope.conforms:
            _message(suite, run, envelope)
    for match in run.verdict.ending:
        case = _case(suite, run, f"ends with {match.what.en.lower()}: {match.expected or 'none'}")
        if not match.conforms:
            _failure(case, "ending", f"expected {match.expected or 'none'}, was {match.actual or 'none'}")
    played = _case(suite, run, "played as written", run.seconds)
    for problem in run.surprises:
        _failure(played, "unforeseen", f"{problem.step}: {problem.status} {problem.detail}")
    _count(suite)
    return suite


def _coverage(coverage: Coverage) -> Element:
    """What was exercised of the regulations: a suite without cases, since nothing fails by not having been played."""
    suite = Element("testsuite", name="coverage", time="0")
    properties = SubElement(suite, "properties")
    described = {"percent": f"{coverage.percent:g}"} | {kind: str(share) for kind, share in coverage.total.items()}
    for flow in coverage.flows:
        shares = ", ".join(f"{kind} {getattr(flow, kind)}" for kind in KINDS)
        described[f"{flow.regulation}/{flow.channel}"] = f"flows {flow.flows}, {shares}, {flow.percent:g} %"
    for name, value in described.items():
        SubElement(properties, "property", name=_clean(name), value=_clean(value))
    for name in coverage.missing:
        SubElement(properties, "property", name="not exercised", value=_clean(name))
    _count(suite)
    return suite


def _step(suite: Element, run: Run, step: StepFinding) -> None:
    seconds = None
    if step.started_at and step.ended_at:
        seconds = (step.ended_at - step.started_at).total_seconds()
    case = _case(suite, run, f"{step.paragraph} {step.ref}/{step.operation}: {step.title.en}", seconds)
    if step.state == "not-due":
        SubElement(case, "skipped", message=_clean(step.actual.en))
    elif not step.conforms:
        _failure(case, step.state, step.actual.en, step.expected, step.explanation)


def _row(suite: Element, run: Run, row: RowFinding) -> None:
    case = _case(suite, run, f"row {row.no}: {row.action.en}", row.seconds)
    if row.state == "not-due":
        SubElement(case, "skipped", message=_clean(row.actual.en))
    elif not row.conforms:
        _failure(case, row.state, row.actual.en, row.expected, row.explanation)


def _message(suite: Element, run: Run, envelope: MessageFinding) -> None:
    case = _case(suite, run, f"message {envelope.type} {envelope.sender} to {envelope.recipient}")
    _failure(case, envelope.state, envelope.actual.en)


def _case(suite: Element, run: Run, name: str, seconds: float | None = None) -> Element:
    classname = ".".join((run.regulation, run.channel, run.outcome))
    return SubElement(suite, "testcase", classname=_clean(classname), name=_clean(name), time=f"{seconds or 0:.3f}")


def _failure(
    case: Element, kind: str, message: str, expected: Texts | None = None, explanation: Texts | None = None
) -> None:
    failure = SubElement(case, "failure", type=kind, message=_clean(f"{kind}: {message}"))
    lines = [f"expected {expected.en}" if expected else "", explanation.en if explanation else ""]
    failure.text = _clean("\n".join(line for line in lines if line)) or None


def _count(suite: Element) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for total, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(total, str(sum(case.find(kind) is not None for case in cases)))


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
