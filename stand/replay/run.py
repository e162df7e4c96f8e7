"""What came of playing a flow file once, in frozen types: the trace, the verdict on it, and what was met on the way."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aimaq.regulation import Texts
from conformance import Verdict
from conformance.trace import Trace
from stand.flowfile.coverage import Coverage


class Problem(msgspec.Struct, frozen=True):
    """A deed that a service refused. `foreseen` if the flow expects just this refusal."""

    step: str
    status: int
    detail: str
    foreseen: bool


class Timing(msgspec.Struct, frozen=True):
    """How long a deed or a wait took, in seconds of real time."""

    what: str
    seconds: float


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One flow file played once. `conforms` if the case was handled as prescribed and nothing unforeseen was met."""

    flow: str
    file: str
    title: Texts
    regulation: str
    channel: str
    paragraph: str
    seed: str
    case_id: str
    conforms: bool
    verdict: Verdict
    trace: Trace
    problems: tuple[Problem, ...]
    notes: tuple[Texts, ...]
    timings: tuple[Timing, ...]
    seconds: float

    @property
    def outcome(self) -> str:
        """The flow's own name without the channel: what should come of it (`refused-signature`)."""
        name = self.flow.rpartition("/")[2]
        return name.removeprefix(f"{self.channel}-")

    @property
    def surprises(self) -> tuple[Problem, ...]:
        """The problems that the flow did not expect."""
        return tuple(problem for problem in self.problems if not problem.foreseen)


class Untold(msgspec.Struct, frozen=True):
    """A flow of which nothing can be told: the stand was out of reach, or could not do what the flow needs."""

    flow: str
    file: str
    reason: str


PASS, NONCONFORMANT, COULD_NOT_TELL = 0, 1, 3
"""Exit codes: all conform, some do not, nothing is known of some."""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """Flows played on one stand: what came of each, in the order of the files. `at` is the stand's time at the start.

    `coverage` is how much of the regulations the flows that conform have exercised.
    """

    runs: tuple[Run, ...]
    untold: tuple[Untold, ...]
    seed: str
    stand: str
    at: datetime
    seconds: float
    coverage: Coverage | None = None

    @property
    def rate(self) -> float:
        """Flows played in a second of real time."""
        return len(self.runs) / self.seconds if self.seconds else 0.0

    @property
    def conforms(self) -> bool:
        """Whether every flow could be told to conform."""
        return not self.untold and all(run.conforms for run in self.runs)

    @property
    def exit_code(self) -> int:
        """What the command ends with; a flow that did not conform outweighs one of which nothing is known."""
        if any(not run.conforms for run in self.runs):
            return NONCONFORMANT
        return COULD_NOT_TELL if self.untold else PASS
