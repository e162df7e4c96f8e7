"""The storm's table: for a terminal, as Markdown for the documents, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import orjson
from rich.table import Table

from aimaq.language.messages import PARTIES
from tests.storm.account import Row
from tests.storm.storm import Strike

COLUMNS = (
    "line",
    "accepted",
    "finished",
    "lost",
    "doubled",
    "stuck",
    "recovery, s",
    "blind, s",
    "drain, /s",
    "not ready",
    "notes",
)


def cells(row: Row) -> tuple[str, ...]:
    """A line of the table as text."""
    recovery = "none" if row.recovery is None else f"{row.recovery:.1f}"
    counts = (row.accepted, row.finished, row.lost, row.doubled, row.stuck)
    unready = "all" if len(row.unready) == len(PARTIES) else " ".join(row.unready)
    drain = "" if row.drain is None else f"{row.drain:.0f}"
    drain += "" if row.alone is None else f" (load alone: {row.alone:.0f})"
    figures = (*(f"{count:,}" for count in counts), recovery, f"{row.blind:.1f}", drain)
    return (row.line, *figures, unready, "; ".join(row.notes))


def table(rows: Sequence[Row], title: str) -> Table:
    """The table for a terminal; what is not as it should be is red."""
    made = Table(title=title)
    for name in COLUMNS:
        made.add_column(name, no_wrap=name != "notes")
    for row in rows:
        made.add_row(*cells(row), style="" if row.good else "red")
    return made


def markdown(rows: Sequence[Row]) -> str:
    """The same for a document."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *map(cells, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(folder: Path, seed: int, rows: Sequence[Row], strikes: Sequence[Strike]) -> None:
    """Leave `storm.json`, with the order of the disasters, and `storm.md` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {"seed": seed, "rows": [asdict(row) for row in rows], "order": [asdict(strike) for strike in strikes]}
    (folder / "storm.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    (folder / "storm.md").write_text(markdown(rows), encoding="utf-8")
