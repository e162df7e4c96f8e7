"""The verdicts as one HTML page that needs nothing else: a matrix, then every flow with steps, rows and messages."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from aimaq.regulation import Texts
from aimaq.regulation.wording import NOTHING, channel, limit, operation, sentence, status, unit
from conformance import RowFinding, StepFinding
from conformance.wording import clock, state, took
from stand.flowfile.coverage import KINDS
from stand.replay.run import Replay, Run
from stand.show.labels import LABELS, outcome
from stand.show.report.diagram import diagram
from stand.show.report.matrix import matrices

LANGUAGES = ("kk", "ru", "en")


def html(replay: Replay) -> bytes:
    """The page in UTF-8, in three languages at once; the reader chooses one. Everything from outside is escaped."""
    broken = sum(not run.conforms for run in replay.runs) + len(replay.untold)
    counted = {"n": str(len(replay.runs) + len(replay.untold)), "b": str(broken)}
    some = LABELS["some"]
    page = _template().render(
        replay=replay,
        matrices=matrices(replay),
        headline=LABELS["all"] if replay.conforms else sentence(some.kk, some.ru, some.en, **counted),
    )
    return page.encode()


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("stand.show.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "L": LABELS,
        "languages": LANGUAGES,
        "channel": channel,
        "outcome": outcome,
        "unit": unit,
        "state": state,
        "operation": operation,
        "status": status,
        "clock": clock,
        "limit": limit,
        "lasted": lasted,
        "share": share,
        "diagram": diagram,
        "tally": tally,
        "anchor": anchor,
        "KINDS": KINDS,
    }
    return environment.get_template("replay.html")


def lasted(finding: StepFinding | RowFinding) -> Texts:
    """How long a step or a row took; nothing if that is not known."""
    if isinstance(finding, RowFinding):
        return took(finding.seconds) if finding.seconds is not None else NOTHING
    if finding.started_at is None or finding.ended_at is None:
        return NOTHING
    return took((finding.ended_at - finding.started_at).total_seconds())


def share(row: RowFinding) -> int | None:
    """How much of its time a row used, in percent, at most 100; None where there is no limit or no time."""
    if row.seconds is None or row.start is None or row.due is None:
        return None
    whole = (row.due - row.start).total_seconds()
    return min(100, max(1, round(100 * row.seconds / whole))) if whole > 0 else 100


def anchor(run: Run) -> str:
    """What a run is called inside the page."""
    return "flow-" + re.sub(r"[^0-9a-z]+", "-", f"{run.flow} {run.case_id}".lower())


def tally(run: Run) -> dict[str, Any]:
    """The figures of a run, each as `done/asked`."""
    counts = run.verdict.counts
    return {
        "steps": f"{counts.steps_done}/{counts.steps_prescribed}",
        "rows": f"{counts.rows_satisfied}/{counts.rows_due}",
        "messages": counts.messages,
        "rejected": counts.rejected,
    }
