"""The client's own account: what was accepted, what became of it, and whether anybody said that something was wrong.

Nothing here asks anybody: what was seen is written down, and judged. Times are the loop's, in seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aimaq.language.messages import FINAL

BLIND_AFTER = 5.0
"""Seconds in which accepted cases wait, none finishes and everybody says *ready*: longer than that is blindness."""

BACKLOG = 50
"""Cases that must wait at a fault's end for the rate to say something at which they are finished afterwards."""

JOURNAL: Counter[tuple[str, str]] = Counter(
    {
        ("RequestSubmitted", "portal"): 1,
        ("RequestRegistered", "lea"): 1,
        ("StatusChanged", "lea"): 1,
        ("ResultIssued", "lea"): 1,
        ("StatusChanged", "gateway"): 3,
    }
)
"""The messages of one case of the load, each by its type and sender: the journal has each of them once."""


@dataclass(slots=True)
class Accepted:
    """A case whose signature the portal has accepted: when, when its citizen had the final status, and the result."""

    case_id: str
    at: float
    finished: float | None = None
    result: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the services say of a case over REST.

    `portal` and `centre` are the statuses that each has shown, in order; None if it does not know the case. `result` is
    whether citizen and body have the same one, `number` the body's; `journal` counts the gateway's accepted messages.
    """

    case_id: str
    portal: tuple[str, ...] | None = None
    centre: tuple[str, ...] | None = None
    result: bool = False
    number: str = ""
    journal: Mapping[tuple[str, str], int] = field(default_factory=dict)
    rejected: int = 0

    @property
    def lost(self) -> bool:
        """Whether what was accepted is not there: no case, or a final status without a result."""
        return self.portal is None or (_final(self.portal) > 0 and not self.result)

    @property
    def doubled(self) -> bool:
        """Whether something happened twice: a final status, a message."""
        shown = max(_final(self.portal or ()), _final(self.centre or ()))
        return shown > 1 or any(count > JOURNAL[what] for what, count in self.journal.items())

    @property
    def stuck(self) -> bool:
        """Whether the case is there, and has not come to its end everywhere."""
        ended = _final(self.portal or ()) > 0 and _final(self.centre or ()) > 0
        return not self.lost and (
            not ended or any(self.journal.get(what, 0) < count for what, count in JOURNAL.items())
        )

    @property
    def finished(self) -> bool:
        """Whether there is one final status everywhere, one result, and each message once; none was rejected."""
        return not (self.lost or self.doubled or self.stuck or self.rejected)


def _final(statuses: Iterable[str]) -> int:
    return sum(status in FINAL for status in statuses)


@dataclass
class Account:
    """What one crowd of citizens has seen."""

    cases: dict[str, Accepted] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    """Honest calls that were refused, in a line each."""
    open: int = 0
    """Accepted cases that have not finished yet."""
    finishes: int = 0
    last_finish: float = 0.0

    def accept(self, case_id: str, at: float) -> None:
        """The portal has acknowledged a signature."""
        self.cases[case_id] = Accepted(case_id, at)
        self.open += 1

    def finish(self, case_id: str, at: float, *, result: bool) -> None:
        """The citizen has the final status, and with it a result or not."""
        self.cases[case_id].finished, self.cases[case_id].result = at, result
        self.open -= 1
        self.finishes += 1
        self.last_finish = at

    def since(self, begin: float) -> list[Accepted]:
        """The cases accepted since then, oldest first."""
        found = []
        for case in reversed(self.cases.values()):
            if case.at < begin:
                break
            found.append(case)
        return found[::-1]

    def recovered(self, begin: float, end: float) -> float | None:
        """Seconds from a fault's end until a case finished that was accepted since its begin; None if none has."""
        times = [case.finished for case in self.since(begin) if case.finished is not None and case.finished >= end]
        return min(times) - end if times else None

    def drained(self, end: float) -> float | None:
        """Ends a second while the cases finished that waited at a fault's end; None if fewer than `BACKLOG` did."""
        times = [case.finished for case in self.cases.values() if case.at <= end and (case.finished or end) > end]
        if len(times) < BACKLOG:
            return None
        first, last = min(filter(None, times)), max(filter(None, times))
        ends = sum(case.finished is not None and first <= case.finished <= last for case in self.cases.values())
        return (ends - 1) / (last - first) if last > first else None


@dataclass(slots=True)
class Quiet:
    """How long it was quiet: accepted cases waited, none finished, and everybody said that they were ready."""

    longest: float = 0.0
    _since: float | None = None
    _finishes: int = -1

    def look(self, at: float, account: Account, *, ready: bool) -> None:
        """One look at everybody: whether all five said *ready*."""
        if not ready or not account.open or account.finishes != self._finishes:
            self._since = None
        self._finishes = account.finishes
        if ready and account.open:
            self._since = at if self._since is None else self._since
            self.longest = max(self.longest, at - self._since)

    @property
    def blind(self) -> float:
        """The longest such time, in seconds, if it was longer than `BLIND_AFTER`; else 0."""
        return self.longest if self.longest > BLIND_AFTER else 0.0


@dataclass(frozen=True)
class Row:
    """A line of the table: what became of the cases of one fault, or of a run of them."""

    line: str
    seed: int
    accepted: int
    finished: int
    lost: int
    doubled: int
    stuck: int
    recovery: float | None
    blind: float
    notes: tuple[str, ...] = ()
    unready: tuple[str, ...] = ()
    """Who was not ready at some time, and said so or said nothing."""
    drain: float | None = None
    """Ends a second while what had piled up was finished; None if little had."""
    alone: float | None = None
    """Cases a second of the bench's load on the same stand; None where that was not measured."""

    @property
    def good(self) -> bool:
        """Whether all zeros are there, and nothing else was noticed."""
        zeros = self.lost == self.doubled == self.stuck == 0 and not self.blind and not self.notes
        return zeros and self.finished == self.accepted > 0 and self.recovery is not None


def judged(
    line: str,
    seed: int,
    evidence: Iterable[Evidence],
    recovery: float | None,
    blind: float,
    *,
    notes: Iterable[str] = (),
    unready: Iterable[str] = (),
    drain: float | None = None,
) -> Row:
    """The line of the table for what is known of these cases; a number that two cases share is doubled too."""
    found = list(evidence)
    numbers = Counter(one.number for one in found if one.number)
    doubled = [one for one in found if one.doubled or numbers[one.number] > 1]
    rejected = sum(one.rejected for one in found)
    remarks = [*notes, *([f"{rejected} honest messages were rejected"] if rejected else [])]
    return Row(
        line=line,
        seed=seed,
        accepted=len(found),
        finished=sum(one.finished for one in found),
        lost=sum(one.lost for one in found),
        doubled=len(doubled),
        stuck=sum(one.stuck for one in found),
        recovery=recovery,
        blind=blind,
        notes=tuple(remarks),
        unready=tuple(sorted(unready)),
        drain=drain,
    )
