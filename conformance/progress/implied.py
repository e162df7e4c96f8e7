"""What a case has come to so far, as outcomes that choose its path: those reported, and the usual ones after them."""

from __future__ import annotations

from aimaq.language.messages import StepRecord
from aimaq.regulation import END, Flow, Regulation, Step
from aimaq.regulation.model.vocabulary import DECISION
from conformance.prescribed import Expected
from conformance.trace import Trace

_DECISIONS = frozenset(DECISION)


def implied(trace: Trace, flow: Flow, regulation: Regulation) -> Expected:
    """What the case is on its way to: by the outcomes that its trace reports, and the usual ones after them.

    A second decision that contradicts the first does not choose the path, so that a verdict tells of it. A step that is
    not the regulation's says nothing.
    """
    records = _by_part(trace, flow)
    outcomes, end = _walk(flow, records)
    step_of = {ref: flow.steps[ref] for ref, _ in records}
    taken = {ref for ref, step in step_of.items() if step.optional}
    taken |= {f"{ref}/{name}" for ref, name in records if step_of[ref].part(name).optional}
    return Expected(
        end=end,
        status=flow.ends[end].status,
        result=_result(trace, flow, regulation, end, set(records)),
        outcomes=outcomes,
        taken=frozenset(taken),
    )


def _by_part(trace: Trace, flow: Flow) -> dict[tuple[str, str], StepRecord]:
    """The record of each part: the first by the right unit, else the first."""
    found: dict[tuple[str, str], StepRecord] = {}
    for record, _ in trace.records:
        key = record.ref, record.operation
        place = flow.places.get(f"{record.ref}/{record.operation}")
        if place is None:
            continue
        earlier = found.get(key)
        if earlier is None or (earlier.unit != place[1].by and record.unit == place[1].by):
            found[key] = record
    return found


def _walk(flow: Flow, records: dict[tuple[str, str], StepRecord]) -> tuple[dict[str, str], str]:
    """The outcomes that differ from the usual ones, by step, and the end that they lead to."""
    outcomes: dict[str, str] = {}
    decision, decided, place = DECISION[0], False, flow.start
    gone: set[str] = set()
    while not place.startswith(END) and place not in gone:
        gone.add(place)
        step = flow.step(place)
        usual = "ok" if "ok" in step.next else decision
        reported = _outcome(step, records)
        outcome = usual
        if reported is not None and not (decided and {reported, usual} <= _DECISIONS):
            outcome = reported
        if outcome not in step.next:
            outcome = next(iter(step.next))
        if outcome != usual:
            outcomes[place] = outcome
        if outcome in _DECISIONS and reported is not None:
            decision, decided = outcome, True
        place = step.next[outcome]
    return outcomes, place.removeprefix(END) if place.startswith(END) else next(iter(flow.ends))


def _outcome(step: Step, records: dict[tuple[str, str], StepRecord]) -> str | None:
    """How a step came out: as its last part did, or as the part by which it was left; None while it goes on."""
    last = next((part for part in reversed(step.parts) if not part.results or (step.ref, part.does) in records), None)
    for part in step.parts:
        record = records.get((step.ref, part.does))
        if record is not None and record.outcome in step.next and (part is last or record.outcome in part.exit):
            return record.outcome
    return None


def _result(trace: Trace, flow: Flow, regulation: Regulation, end: str, done: set[tuple[str, str]]) -> str | None:
    """The result that the case is to be left with: the one told, else one that fits the parts done.

    Of several that fit, it is the one with the longest limits, so that nobody is called late who may not be.
    """
    names = [name for name in flow.ends[end].results if flow.channel in _channels(regulation, name, flow)]
    if trace.result is not None and trace.result.kind in names:
        return trace.result.kind
    only = [part.results for step in flow.steps.values() for part in step.parts if (step.ref, part.does) in done]
    fitting = [name for name in names if all(not results or name in results for results in only)] or names
    return max(fitting, key=lambda name: _patience(flow, name), default=None)


def _channels(regulation: Regulation, name: str, flow: Flow) -> tuple[str, ...]:
    return regulation.results[name].channels or (flow.channel,)


_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "working-day": 86_400, "day": 86_400, "month": 30 * 86_400}


def _patience(flow: Flow, result: str) -> float:
    """About how many seconds the limits that hang on the result give it."""
    limits = [step.limits.get(result) for step in flow.steps.values() if step.limits]
    return sum((limit.max or 0) * _SECONDS[limit.unit] for limit in limits if limit is not None)
