"""Replays in the terminal: a table a flow with every step and row, and a summary."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from aimaq.regulation import Texts
from aimaq.regulation.wording import channel, limit, operation, unit
from conformance import MessageFinding, RowFinding, StepFinding
from conformance.wording import state
from stand.flowfile.coverage import KINDS, Coverage, Share
from stand.replay.run import Replay, Run, Untold
from stand.show.console import console
from stand.show.labels import LABELS, outcome
from stand.show.report.html import lasted, tally
from stand.show.report.matrix import Matrix, matrices

COUNTED = ("steps", "rows", "messages")
"""What is counted of a run: done of prescribed, satisfied of due, exchanged."""

_GOOD, _BAD, _IDLE = "green", "bold red", "dim"


def show_run(run: Run, language: str, *, brief: bool) -> None:
    """One flow: its steps and rows, or only those that are wrong; then what else went wrong."""
    out = console()
    figures = tally(run)
    mark = ("✓", _GOOD) if run.conforms else ("✗", _BAD)
    out.print()
    out.print(Text.assemble(mark, " ", (run.title.say(language), "bold"), (f"  {run.flow}  {run.case_id}", _IDLE)))
    table = Table(show_edge=False, pad_edge=False, header_style="dim")
    for name in ("paragraph", "step", "unit", "took", "limit", "finding"):
        table.add_column(LABELS[name].say(language), overflow="fold", justify="right" if name == "took" else "left")
    for step in run.verdict.steps:
        if not brief or not step.conforms:
            where = Text.assemble(
                step.title.say(language), (f"\n{step.ref} {operation(step.operation).say(language)}", _IDLE)
            )
            _add(table, step.paragraph, where, unit(step.by).say(language), step, language)
    table.add_section()
    for row in run.verdict.rows:
        if not brief or not row.conforms:
            _add(
                table,
                f"{LABELS['row'].say(language)} {row.no}",
                Text(row.action.say(language)),
                row.unit,
                row,
                language,
            )
    if table.row_count:
        out.print(table)
    for line in _amiss(run, language):
        out.print(Text(line, style=_BAD))
    out.print(", ".join(f"{LABELS[name].say(language).lower()} {figures[name]}" for name in COUNTED))


def show_line(run: Run, language: str) -> None:
    """One flow that conforms, in a line: how long it took, what was done of what is prescribed, what it is."""
    took, figures = f"{run.seconds:.2f} s".rjust(8), tally(run)
    counted = ", ".join(f"{LABELS[name].say(language).lower()} {figures[name]}" for name in COUNTED)
    line = Text.assemble(
        ("✓", _GOOD), " ", (took, _IDLE), f"  {run.flow}  {counted}", (f"  {run.title.say(language)}", _IDLE)
    )
    console().print(line, no_wrap=True, overflow="ellipsis")


def _add(table: Table, place: str, what: Text, who: str, finding: StepFinding | RowFinding, language: str) -> None:
    sentence = state(finding.state).say(language)
    if finding.state == "not-due":
        style = _IDLE
    else:
        style = _GOOD if finding.conforms else _BAD
    described = Text(sentence, style=style)
    if not finding.conforms or finding.state == "early":
        described.append(f": {finding.actual.say(language)}")
        if finding.explanation is not None and "late" in finding.state:
            described.append(f"\n{finding.explanation.say(language)}", style=_IDLE)
        elif isinstance(finding, StepFinding):
            described.append(f"\n{LABELS['expected'].say(language)}: {finding.expected.say(language)}", style=_IDLE)
    table.add_row(place, what, who, lasted(finding).say(language), limit(finding.limit).say(language), described)


def _amiss(run: Run, language: str) -> list[str]:
    """What went wrong beside steps and rows: messages, the end of the case, refusals, waits in vain."""
    lines = [
        f"{_message(message)}: {message.actual.say(language)}"
        for message in run.verdict.messages
        if not message.conforms
    ]
    for match in run.verdict.ending:
        if not match.conforms:
            none, wanted = LABELS["none"].say(language), LABELS["expected"].say(language)
            lines.append(f"{match.what.say(language)}: {match.actual or none} ({wanted}: {match.expected or none})")
    lines += [f"{problem.step}: {problem.status} {problem.detail}" for problem in run.surprises]
    return lines + [note.say(language) for note in run.notes]


def _message(message: MessageFinding) -> str:
    return f"{message.type} {message.sender} → {message.recipient}"


def show_untold(flow: Untold) -> None:
    """One flow of which nothing can be told."""
    console().print(Text(f"? {flow.flow}: {flow.reason}", style="bold yellow"))


def show_summary(replay: Replay, language: str, *, everything: bool = False) -> None:
    """The matrix of each regulation, or with everything what was exercised of it; and one line on the whole."""
    out = console()
    if everything and replay.coverage is not None:
        _show_coverage(replay.coverage, language)
    else:
        for matrix in matrices(replay):
            out.print()
            out.print(_matrix(matrix, language))
    good = sum(run.conforms for run in replay.runs)
    line = f"{good}/{len(replay.runs) + len(replay.untold)} {LABELS['flows_conform'].say(language)}"
    if replay.untold:
        line += f", {len(replay.untold)} {LABELS['untold'].say(language)}"
    line += f", {replay.seconds:.1f} s, {replay.rate:.1f} {LABELS['a_second'].say(language)}, seed {replay.seed}"
    out.print(Text(f"\n{line}", style=_GOOD if replay.conforms else _BAD))


def _show_coverage(coverage: Coverage, language: str) -> None:
    """What was exercised of each regulation and channel, all of it, and the names of what was not."""
    out = console()
    table = Table(title=LABELS["exercised"].say(language), title_justify="left", show_edge=False, pad_edge=False)
    table.add_column(LABELS["regulation"].say(language))
    table.add_column(LABELS["channel"].say(language))
    for name in ("flows", *KINDS, "percent"):
        table.add_column(LABELS[name].say(language), justify="right")
    before = ""
    for flow in coverage.flows:
        new = flow.regulation != before
        if new and before:
            table.add_section()
        before = flow.regulation
        shares = [_share(getattr(flow, kind)) for kind in KINDS]
        named = flow.regulation if new else ""
        table.add_row(named, channel(flow.channel).say(language), str(flow.flows), *shares, _percent(flow.percent))
    table.add_section()
    shares = [_share(coverage.total[kind]) for kind in KINDS]
    flows = str(sum(flow.flows for flow in coverage.flows))
    table.add_row(LABELS["whole"].say(language), "", flows, *shares, _percent(coverage.percent))
    out.print()
    out.print(table)
    for name in coverage.missing:
        out.print(Text(f"{LABELS['not_exercised'].say(language)}: {name}", style=_BAD))


def _share(share: Share) -> Text:
    return Text(str(share), style=(_GOOD if share.done == share.all else _BAD) if share.all else _IDLE)


def _percent(percent: float) -> Text:
    return Text(f"{percent:g}", style=_GOOD if percent == 100 else _BAD)


def _matrix(matrix: Matrix, language: str) -> Table:
    table = Table(title=matrix.regulation, title_justify="left", show_lines=True)
    table.add_column(LABELS["channel"].say(language))
    for name in matrix.outcomes:
        table.add_column(outcome(name).say(language))
    for name, cells in matrix.rows:
        row: list[Text | str] = [channel(name).say(language)]
        row += [Text("\n").join(_cell(run, language) for run in runs) for runs in cells]
        table.add_row(*row)
    return table


def _cell(run: Run, language: str) -> Text:
    figures = tally(run)

    def line(name: str) -> str:
        label: Texts = LABELS[name]
        return f"{label.say(language).lower()} {figures[name]}"

    mark = ("✓ ", _GOOD) if run.conforms else ("✗ ", _BAD)
    return Text.assemble(mark, "\n  ".join(line(name) for name in COUNTED))
