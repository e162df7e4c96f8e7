"""What a regulation prescribes for one path through it: the parts to be done, and the messages that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from aimaq.regulation import END, Evidence, Flow, Limit, Norm, Part, Step, party_of
from conformance.trace import matches


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a replay should come to: the outcomes that choose the path, and what the case is left with.

    `taken` names the optional steps that were taken, and so are prescribed. A step not in `outcomes` comes out as
    the flow usually does.
    """

    end: str
    status: str | None = None
    result: str | None = None
    outcomes: dict[str, str] = {}
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """One part of one step on the path. `outcomes` are those that keep to it; one that is optional may not be `needed`.

    Parts for other results than the one expected are not on the path.
    """

    index: int
    first: int
    """The index of the first part of the step."""
    step: Step
    part: Part
    outcomes: frozenset[str]
    needed: bool
    last: bool
    result: str | None = None
    """The result that the case should come to."""

    @property
    def key(self) -> tuple[str, str]:
        """The ref and the operation: what a record in the journal names."""
        return self.step.ref, self.part.does

    @property
    def limit(self) -> Limit | None:
        """The limit of the step, which its last part must keep; by result where the act has several."""
        if not self.last:
            return None
        return self.step.limits.get(self.result or "") if self.step.limits else self.step.limit


@dataclass(frozen=True, slots=True)
class PrescribedMessage:
    """One message that the path prescribes. `after` is the index of the part that it follows."""

    type: str
    sender: str
    to: str
    after: int
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Prescribed:
    """The path that the expected outcomes choose, in parts and messages, in order."""

    flow: Flow
    places: tuple[Place, ...]
    messages: tuple[PrescribedMessage, ...]

    def place(self, ref: str, operation: str) -> Place | None:
        """The part on the path with this ref and operation, if it is on the path."""
        return next((place for place in self.places if place.key == (ref, operation)), None)

    def reaches(self, evidence: Evidence) -> bool:
        """Whether anything on the path can bring this evidence about."""
        if evidence.step is not None:
            ref, operation = evidence.place
            return any(
                p.step.ref == ref
                and operation in (None, p.part.does)
                and (evidence.outcome is None or evidence.outcome in p.outcomes)
                for p in self.places
                if p.needed
            )
        if evidence.shown is not None:
            return any(message.to == evidence.at for message in self.messages)
        kind = evidence.sent or evidence.routed
        return any(
            message.type == kind
            and evidence.from_ in (None, message.sender)
            and evidence.to in (None, message.to)
            and (message.status is None or matches(message.status, evidence.status))
            for message in self.messages
        )

    def due(self, norm: Norm) -> tuple[Evidence, ...]:
        """What of a row's evidence the path calls for; nothing if the row is not due on this path."""
        return tuple(evidence for evidence in norm.met_by if self.reaches(evidence))


def prescribe(flow: Flow, expected: Expected) -> Prescribed:
    """What the flow prescribes for these outcomes; InvalidInput for an outcome that one of its steps does not have."""
    path = flow.path(expected.outcomes)
    places: list[Place] = []
    decision = "granted"
    for number, ref in enumerate(path):
        step = flow.step(ref)
        target = path[number + 1] if number + 1 < len(path) else f"{END}{flow.end(expected.outcomes)}"
        first, outcome = len(places), expected.outcomes.get(ref, "")
        decision = outcome if outcome in _DECISIONS else decision
        for part in step.parts:
            if part.results and expected.result not in part.results:
                continue
            leaves = outcome in part.exit
            last = leaves or part is step.parts[-1]
            on_time = frozenset({"ok"} if part.exit else ())
            if last:
                on_time = frozenset({outcome}) if leaves else _on_path(step, target, expected.outcomes, decision)
            taken = not part.optional or f"{ref}/{part.does}" in expected.taken
            needed = taken and (not step.optional or ref in expected.taken)
            places.append(Place(len(places), first, step, part, on_time, needed, last, expected.result))
            if leaves:
                break
    messages = [
        message for place in places if place.needed for message in _messages(flow, place, ends=place is places[-1])
    ]
    return Prescribed(flow, tuple(places), tuple(messages))


_DECISIONS = frozenset({"granted", "denied"})


def _on_path(step: Step, target: str, outcomes: Mapping[str, str], decision: str) -> frozenset[str]:
    """The outcomes of a step that keep to the path: the one asked for, or all that lead to the same place.

    A step that decides comes out as was decided before it; the first one grants, unless it is asked to deny.
    """
    if step.ref in outcomes:
        return frozenset({outcomes[step.ref]})
    if decision in step.next and step.next.keys() >= _DECISIONS:
        return frozenset({decision})
    return frozenset(outcome for outcome, there in step.next.items() if there == target)


def _messages(flow: Flow, place: Place, *, ends: bool) -> list[PrescribedMessage]:
    """What a part sends; one that ends the case and sends nothing tells of the end all the same."""
    found = []
    sends = dict(place.part.sends)
    if ends and not sends:
        sends["CaseClosed"] = "gateway" if flow.front_desk == place.part.party else flow.front_desk
    for kind, recipient in sends.items():
        found.append(PrescribedMessage(kind, place.part.party, party_of(recipient), place.index))
        if kind == "RegistryAsked":
            found.append(PrescribedMessage("RegistryAnswered", "registry", place.part.party, place.index))
        for copy in flow.copies:
            if copy.of == kind:
                described = None if copy.status == "same" else copy.status
                found.append(PrescribedMessage("StatusChanged", "gateway", party_of(copy.to), place.index, described))
    return found
