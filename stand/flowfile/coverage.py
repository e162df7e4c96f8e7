"""How much of the regulations flows exercise: steps, the outcomes they can have, ends with their results, table rows.

What there is to exercise is counted from a regulation, what a flow should exercise from its path, and what a run did
exercise from its verdict. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from aimaq.regulation import Flow, Regulation, Step
from aimaq.regulation.workflow import outcomes
from conformance import Expected, Verdict, prescribe
from conformance.findings import ROW_HARMLESS

LEFT_OUT = "left-out"
"""What a part comes out as that need not be done, and was not."""

KINDS = ("steps", "outcomes", "ends", "rows")
"""What is counted, in the order in which it is shown."""


class Item(msgspec.Struct, frozen=True, order=True):
    """One thing to exercise: an outcome of a part of a step, an end with its result, a row of the table."""

    kind: Literal["outcome", "end", "row"]
    name: str
    outcome: str = ""

    def __str__(self) -> str:
        return "/".join(word for word in (self.name, self.outcome) if word)


class Share(msgspec.Struct, frozen=True):
    """How many were exercised of how many there are."""

    done: int = 0
    all: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.done + other.done, self.all + other.all)

    def __str__(self) -> str:
        return f"{self.done}/{self.all}"


class FlowCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """One regulation through one channel: the flow files that exercised it, what they did, and what is missing."""

    regulation: str
    channel: str
    flows: int
    steps: Share
    outcomes: Share
    ends: Share
    rows: Share
    percent: float
    missing: tuple[str, ...] = ()


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Several flows together. `percent` is of steps, outcomes, ends and rows, each of which counts one."""

    flows: tuple[FlowCoverage, ...]
    total: dict[str, Share]
    percent: float

    @property
    def missing(self) -> tuple[str, ...]:
        """Everything that no flow exercised, as `regulation/channel/step/outcome`."""
        return tuple(name for flow in self.flows for name in flow.missing)


Exercised = Mapping[tuple[str, str], Iterable[frozenset[Item]]]
"""What each flow file exercised, by regulation and channel."""


def count(regulations: Iterable[Regulation], exercised: Exercised, *, only_played: bool = False) -> Coverage:
    """The coverage of all flows of these regulations, or only of those of which a flow file was played."""
    flows = tuple(
        _flow(regulation, flow, list(exercised.get((regulation.id, flow.channel), ())))
        for regulation in regulations
        for flow in regulation.flows.values()
        if not only_played or (regulation.id, flow.channel) in exercised
    )
    total = {kind: sum((getattr(flow, kind) for flow in flows), Share()) for kind in KINDS}
    return Coverage(flows=flows, total=total, percent=_percent(total.values()))


def _flow(regulation: Regulation, flow: Flow, played: list[frozenset[Item]]) -> FlowCoverage:
    there = list(dict.fromkeys(items(regulation, flow)))
    done = frozenset[Item]().union(*played)
    kinds = {kind: [item for item in there if item.kind == kind] for kind in ("outcome", "end", "row")}
    shares = {kind: Share(sum(item in done for item in of), len(of)) for kind, of in kinds.items()}
    gone = [all(_gone(step, part.does, done) for part in step.parts) for step in flow.steps.values()]
    steps = Share(sum(gone), len(gone))
    place = f"{regulation.id}/{flow.channel}"
    return FlowCoverage(
        regulation=regulation.id,
        channel=flow.channel,
        flows=len(played),
        steps=steps,
        outcomes=shares["outcome"],
        ends=shares["end"],
        rows=shares["row"],
        percent=_percent((steps, *shares.values())),
        missing=tuple(f"{place}/{item}" for item in there if item not in done),
    )


def _percent(shares: Iterable[Share]) -> float:
    """Several shares together in percent, rounded down to one decimal: 100 only if nothing is missing."""
    whole = sum(shares, Share())
    return int(1000 * whole.done / whole.all) / 10 if whole.all else 100.0


def items(regulation: Regulation, flow: Flow) -> Iterator[Item]:
    """All that there is to exercise in a flow, in the order of the act. A row that asks for nothing is not among it."""
    for step in flow.steps.values():
        for part in step.parts:
            name = _name(step, part.does)
            yield from (Item("outcome", name, outcome) for outcome in outcomes(step, part))
            if step.optional or part.optional:
                yield Item("outcome", name, LEFT_OUT)
    for name in dict.fromkeys(_ends(flow)):
        yield from (Item("end", f"end:{name}", result) for result in results_of(regulation, flow, name) or ("",))
    yield from (Item("row", f"row-{norm.no}") for norm in flow.table if norm.met_by)


def results_of(regulation: Regulation, flow: Flow, end: str) -> list[str]:
    """The results that an end can have in this channel: some are given in one channel only."""
    results = flow.ends[end].results
    return [name for name in results if flow.channel in (regulation.results[name].channels or (flow.channel,))]


def planned(flow: Flow, expected: Expected) -> frozenset[Item]:
    """What a flow file exercises if all goes as it expects."""
    prescribed = prescribe(flow, expected)
    found = {Item("end", f"end:{expected.end}", expected.result or "")}
    for place in prescribed.places:
        name = _name(place.step, place.part.does)
        if place.needed:
            outcome = "ok" if not place.outcomes or "ok" in place.outcomes else min(place.outcomes)
            found.add(Item("outcome", name, outcome))
        elif place.step.optional or place.part.optional:
            found.add(Item("outcome", name, LEFT_OUT))
    return frozenset(found | {Item("row", f"row-{norm.no}") for norm in flow.table if prescribed.due(norm)})


def exercised(flow: Flow, verdict: Verdict) -> frozenset[Item]:
    """What a run exercised, as its verdict shows; nothing if the case was not handled as prescribed."""
    if not verdict.conforms:
        return frozenset()
    end, _, result = (match.actual or "" for match in verdict.ending)
    found = {Item("end", f"end:{end}", result)}
    for finding in verdict.steps:
        step = flow.step(finding.ref)
        name = _name(step, finding.operation)
        if finding.outcome is not None:
            found.add(Item("outcome", name, finding.outcome))
        elif step.optional or step.part(finding.operation).optional:
            found.add(Item("outcome", name, LEFT_OUT))
    shown = (row.no for row in verdict.rows if row.state in ROW_HARMLESS - {"not-due"})
    return frozenset(found | {Item("row", f"row-{no}") for no in shown})


def _ends(flow: Flow) -> Iterator[str]:
    """The ends that the steps of a flow lead to."""
    for step in flow.steps.values():
        yield from (target.removeprefix("end:") for target in step.next.values() if target.startswith("end:"))


def _name(step: Step, operation: str) -> str:
    """A part as flow files name it: the step alone where it has no other part."""
    return step.ref if len(step.parts) == 1 else f"{step.ref}/{operation}"


def _gone(step: Step, operation: str, done: frozenset[Item]) -> bool:
    """Whether a part was done, however it came out."""
    name = _name(step, operation)
    return any(item.kind == "outcome" and item.name == name and item.outcome != LEFT_OUT for item in done)
