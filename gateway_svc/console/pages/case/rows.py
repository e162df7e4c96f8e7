"""The steps of a case as rows of its page: by paragraph, each with its state as a colour, a glyph and a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby

from aimaq.language.texts import Texts
from aimaq.regulation import Flow
from conformance.progress import Progress, StepProgress
from conformance.wording import state as fault_words
from gateway_svc.console.pages.case import words

MOST = 60
"""Steps of no regulation that are shown."""
LEAST = timedelta(minutes=30)
"""A limit of so much has a bar; a shorter one only if it was broken."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One part of a step. `state` is its colour, `sign` its glyph if that is another, `share` how much of its limit is
    gone, None where no bar is drawn.
    """

    number: int
    step: StepProgress
    state: str
    sign: str
    word: Texts
    faults: tuple[Texts, ...]
    share: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """The parts of one paragraph one after another. `open` tells whether they are shown at first."""

    paragraph: str
    inner: bool
    rows: tuple[StepRow, ...]
    open: bool

    @property
    def done(self) -> int:
        """How many of them are done."""
        return sum(row.step.stage == "done" for row in self.rows)

    @property
    def all(self) -> int:
        """How many of them have to be done."""
        return sum(row.step.stage != "left-out" for row in self.rows)


def groups(progress: Progress, flow: Flow) -> list[Group]:
    """The steps of a case by paragraph, in the order of its path; those of no regulation come last."""
    rows = list(_rows(progress))
    on_path = [row for row in rows if row.step.index >= 0]
    beyond = [row for row in rows if row.step.index < 0][:MOST]
    found = [_group(key, flow, list(group)) for key, group in groupby(on_path, key=lambda row: _paragraph(row.step))]
    if not any(group.open for group in found):
        found = [replace(group, open=True) for group in found]
    if beyond:
        found.append(Group("", inner=False, rows=tuple(beyond), open=True))
    return found


def left_out(progress: Progress) -> int:
    """How many steps of no regulation are not shown."""
    return max(0, sum(step.index < 0 for step in progress.steps) - MOST)


def _group(paragraph: str, flow: Flow, rows: Sequence[StepRow]) -> Group:
    step = flow.steps.get(rows[0].step.ref)
    quiet = all(row.step.conforms and row.step.stage in ("done", "left-out") for row in rows)
    return Group(paragraph, step is not None and step.inner is not None, tuple(rows), open=not quiet)


def _paragraph(step: StepProgress) -> str:
    """The paragraph without its item: `7` for `7(4)`."""
    return step.paragraph.partition("(")[0]


def _rows(progress: Progress) -> Iterator[StepRow]:
    for number, step in enumerate(progress.steps):
        state, sign, word = _state(step)
        yield StepRow(number, step, state, sign, word, tuple(_faults(step)), _share(step))


def _state(step: StepProgress) -> tuple[str, str, Texts]:
    """The colour, the glyph and the word of a part."""
    if step.stage == "under-way":
        return {
            "late": ("late", "", words.LATE),
            "silent": ("near", "held", words.SILENT),
            "near": ("near", "", words.NEAR),
        }.get(step.pressure or "", ("run", "", words.STAGES["under-way"]))
    word = words.STAGES[step.stage]
    if step.stage == "done":
        if "late" in step.faults:
            return "late", "", words.WAS_LATE
        return ("ok", "", word) if step.conforms else ("odd", "", word)
    return {
        "missed": ("late", "cross", word),
        "unexpected": ("odd", "", word),
        "ahead": ("mute ghost", "ahead", word),
        "unreported": ("mute", "", word),
        "left-out": ("mute", "refused", word),
    }[step.stage]


def _faults(step: StepProgress) -> Iterator[Texts]:
    """What else is wrong with it than that it is late or missing."""
    yield from (fault_words(fault) for fault in step.faults if fault not in ("late", "missed", "unexpected"))


def _share(step: StepProgress) -> float | None:
    if not step.allowed or step.spent is None or step.limit is None:
        return None
    short = step.due is not None and step.counted_from is not None and step.due - step.counted_from < LEAST
    if step.stage == "done" and "late" not in step.faults and short:
        return None
    return step.spent / step.allowed
