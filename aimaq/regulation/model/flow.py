"""What a flow is, in frozen types: its steps, the rows of its table, the ways it can end.

The YAML files in `aimaq/regulations/` say the same in a shorter hand; `load` turns them into these types and `check`
tells what is wrong with them. `act` has the rest of a regulation. A reading of a doubtful place never changes the
law's words: it is an id in `readings` beside them (`docs/reading-the-law.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, get_args

import msgspec

from aimaq.language import errors
from aimaq.language.texts import Texts

Unit = Literal["second", "minute", "hour", "working-day", "day", "month"]
"""What a limit is counted in; a working day is a day of the Republic's calendar on which offices work."""

StepKind = Literal["process", "condition", "action"]
"""How the act labels a step: `N-үдеріс`, `N-шарт`, or nothing but the item's number."""

Proof = Literal["password", "certificate"]
"""How people show who they are: with IIN and password, or by signing with an authentication certificate."""

END = "end:"
"""What stands before the name of an end where the ref of a next step could stand."""


def party_of(performer: str) -> str:
    """The system of a performer: what stands before the dot."""
    return performer.partition(".")[0]


class Limit(msgspec.Struct, frozen=True):
    """How long an action may take. A plain limit has only `max`; `text` is the act's own wording, in Kazakh."""

    unit: Unit
    min: float | None = None
    max: float | None = None
    text: str = ""


class Part(msgspec.Struct, frozen=True):
    """One operation by one performer: `portal` is the system itself, `portal.citizen` a person who works with it.

    `sends` maps each message type that leaves when the part is done to the party it goes to. `asks` names the registers
    that are asked, `into` the one that `enters` goes into. `requires` are those without whose data nothing can be
    granted, each with what its record must say: the words that a field may have, by field; nothing if any record does.
    `exit` maps outcomes of a part that is not its step's last to what comes instead of the next part. An `optional`
    part may be skipped by whoever does the next; with `results` the part is for these results only. `accepts` is how a
    person whose identity is checked may show it.
    """

    by: str
    does: str
    sends: dict[str, str] = {}
    asks: tuple[str, ...] = ()
    into: str = ""
    enters: dict[str, str] = {}
    requires: dict[str, dict[str, tuple[str, ...]]] = {}
    exit: dict[str, str] = {}
    optional: bool = False
    results: tuple[str, ...] = ()
    accepts: tuple[Proof, ...] = ("password",)

    @property
    def party(self) -> str:
        """The system on which the part is done: `con` for `con.operator`."""
        return party_of(self.by)

    @property
    def by_person(self) -> bool:
        """Whether a person does it, and not the system itself."""
        return "." in self.by


class Step(msgspec.Struct, frozen=True):
    """One item of the paragraph that describes a flow, in one or more parts done one after another.

    `next` maps each outcome to the ref of the next step, or to `end:` and the name of an end; `printed` is what the act
    has there, where an inner procedure comes in between. `optional` marks a step for some people only. `limits` holds
    the limits by result where one item has several; then `limit` is None. `unit` is who does it in the words of the
    act, `gives` what comes of it. `inner` is the channel whose item this is, for a step of an inner procedure.
    """

    ref: str
    item: int
    paragraph: str
    kind: StepKind
    parts: tuple[Part, ...]
    next: dict[str, str]
    title: Texts
    limit: Limit | None = None
    limits: dict[str, Limit] | None = None
    ground: str | None = None
    optional: bool = False
    unit: str = ""
    gives: Texts | None = None
    printed: dict[str, str] | None = None
    inner: str | None = None
    readings: tuple[str, ...] = ()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The ways in which the step can come out."""
        return tuple(self.next)

    def part(self, operation: str) -> Part:
        """The part that is this operation; NotFound if the step has none."""
        for part in self.parts:
            if part.does == operation:
                return part
        raise errors.NotFound(errors.Technical(f"step {self.ref} has no part {operation!r}"))


class Evidence(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """What in the trace of a case shows that a table's row was done. Exactly one of the first four is set.

    `step`: the record of a step (`process-3`) or of a part (`process-6/prepare`), and its `outcome` where it
    matters; `sent`: a message type, at the time its sender gives; `routed`: a message type, at the time the gateway
    gives; `shown`: a status, as shown at `at`.
    `status` narrows `sent` and `routed` to one status: `received`, `in_progress` or `final` (completed or refused).
    """

    step: str | None = None
    outcome: str | None = None
    sent: str | None = None
    routed: str | None = None
    shown: str | None = None
    status: str | None = None
    from_: str | None = None
    to: str | None = None
    at: str | None = None

    @property
    def place(self) -> tuple[str, str | None]:
        """The ref and the operation that `step` names; the operation is None where the whole step is meant."""
        ref, _, operation = (self.step or "").partition("/")
        return ref, operation or None


class Norm(msgspec.Struct, frozen=True):
    """One row (column, as printed) of a table of actions: what the trace of a case must satisfy.

    `unit` is printed, `party` is who it is; they differ where a reading says so. A row without `met_by` asks nothing.
    """

    no: int
    unit: str
    party: str
    action: Texts
    completion: Texts
    limit: Limit | None = None
    not_counting: tuple[str, ...] = ()
    next: tuple[int, ...] = ()
    met_by: tuple[Evidence, ...] = ()
    readings: tuple[str, ...] = ()

    @property
    def reading(self) -> str | None:
        """The first of the readings that apply to the row, if any does."""
        return self.readings[0] if self.readings else None


class Copy(msgspec.Struct, frozen=True):
    """A `StatusChanged` that the gateway sends to party `to` beside forwarding a message of type `of`.

    `status` is the status it tells, or `same`: the one in the body of the forwarded message.
    """

    of: str
    to: str
    status: str


class End(msgspec.Struct, frozen=True):
    """One way a flow can end: the status the case is left with and the result handed over, if any."""

    title: Texts
    status: Literal["completed", "refused"] | None = None
    results: tuple[str, ...] = ()
    """The results that can be handed over with this end: one, or several to choose from."""

    @property
    def result(self) -> str | None:
        """The result that the case ends with, if it is always the same one."""
        return self.results[0] if len(self.results) == 1 else None


class Flow(msgspec.Struct, frozen=True, dict=True):
    """A regulation through one channel: its steps in the order of the act, the rows of its table, its ends.

    `limit` is one for the flow as a whole, where the act gives none to its items; `extension` is by how much a step
    that can be extended is made longer.
    """

    channel: str
    paragraph: str
    start: str
    steps: dict[str, Step]
    ends: dict[str, End]
    table: tuple[Norm, ...] = ()
    copies: tuple[Copy, ...] = ()
    limit: Limit | None = None
    extension: Limit | None = None
    readings: tuple[str, ...] = ()

    @cached_property
    def places(self) -> dict[str, tuple[Step, Part]]:
        """The step and part of every place where a case can stand: `process-6/accept`. See `Step.part`."""
        return {f"{s.ref}/{part.does}": (s, part) for s in self.steps.values() for part in reversed(s.parts)}

    @cached_property
    def moves(self) -> dict[tuple[str, str], str]:
        """What `aimaq.regulation.workflow` has found out so far: the place that an outcome at a place leads to."""
        return {}

    @property
    def front_desk(self) -> str:
        """The system at which a request through this channel begins."""
        return self.steps[self.start].parts[0].party

    @property
    def printed(self) -> list[Step]:
        """The steps that the act has in the paragraph of this channel, without those of an inner procedure."""
        return [step for step in self.steps.values() if step.inner is None]

    @property
    def accepts(self) -> tuple[Proof, ...]:
        """How whoever opens a case may show who they are: as the act has it, or in any way if it does not say."""
        if step := self.doing("check-identity"):
            return step.part("check-identity").accepts
        return ("password",) if self.doing("authenticate") else get_args(Proof)

    def doing(self, operation: str) -> Step | None:
        """The first step with a part that is this operation; None if the flow has none."""
        return next((s for s in self.steps.values() if any(part.does == operation for part in s.parts)), None)

    def step(self, ref: str) -> Step:
        """The step with this ref; NotFound if the flow has none."""
        try:
            return self.steps[ref]
        except KeyError:
            raise errors.NotFound(errors.Technical(f"channel {self.channel} has no step {ref!r}")) from None

    def norm(self, no: int) -> Norm:
        """The row of the table with this number; NotFound if the table has none."""
        for norm in self.table:
            if norm.no == no:
                return norm
        raise errors.NotFound(errors.Technical(f"the table of channel {self.channel} has no row {no}"))

    def path(self, outcomes: Mapping[str, str] | None = None) -> list[str]:
        """The refs from the start to an end, given the outcomes of the steps that branch, by ref.

        A step not named comes out as the decision did that was taken on the way, else `ok`, else `granted`. Optional
        steps are on the path. InvalidInput for an outcome that a step does not have, or a path that does not end.
        """
        return self._walk(outcomes or {})[0]

    def end(self, outcomes: Mapping[str, str] | None = None) -> str:
        """The name of the end that the path with these outcomes comes to; errors as for `path`."""
        return self._walk(outcomes or {})[1]

    def _walk(self, outcomes: Mapping[str, str]) -> tuple[list[str], str]:
        path: list[str] = []
        decision, place = "granted", self.start
        while not place.startswith(END):
            step = self.step(place)
            if place in path:
                raise errors.InvalidInput(errors.Technical(f"the path of channel {self.channel} comes back to {place}"))
            path.append(place)
            usual = "ok" if "ok" in step.next else decision
            outcome = outcomes.get(place, usual)
            if outcome not in step.next:
                raise errors.InvalidInput(
                    errors.Technical(f"step {place} has no outcome {outcome!r}, only {', '.join(step.next)}")
                )
            if outcome in ("granted", "denied"):
                decision = outcome
            place = step.next[outcome]
        return path, place.removeprefix(END)
