"""The command behind `make storm`. Exit codes: 0 every line is as it should be, 1 one is not, 2 bad usage."""

from __future__ import annotations

import argparse
import asyncio
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random

import uvloop
from rich.console import Console

from tests.rabbit_nodes import own_node
from tests.storm.account import Row
from tests.storm.backlog import BACKLOG, backlog
from tests.storm.lines import LINES
from tests.storm.place import Place, on_files, whole
from tests.storm.storm import RANDOM, Strike, storm
from tests.storm.table import table, write

CASES = 50_000
WIDE = 130
"""Characters that a line of the table takes."""


def order(seed: int) -> list[str]:
    """The lines in the order of this seed."""
    names = list(LINES)
    Random(f"order {seed}").shuffle(names)
    return names


def chosen(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for; SystemExit with 2 for what cannot be."""
    parser = argparse.ArgumentParser(prog="make storm", description="disasters under load, each a line of a table")
    parser.add_argument(
        "--line", action="append", choices=[*LINES, BACKLOG, RANDOM], help="this line alone; several may be named"
    )
    parser.add_argument("--seed", type=int, default=1, help="what order, victims and the random run are drawn by")
    parser.add_argument("--cases", type=int, default=CASES, help="cases of the random run")
    parser.add_argument("--reports", type=Path, default=Path("reports"), help="where storm.json and storm.md go")
    return parser.parse_args(arguments)


class Run:
    """A run of lines with one seed, which shows each as it comes and writes down all of them."""

    def __init__(self, seed: int, cases: int, reports: Path) -> None:
        self.seed, self.cases, self.reports = seed, cases, reports
        self.rows, self.strikes = list[Row](), list[Strike]()
        self.console = Console()
        self.console.width = max(self.console.width, WIDE)

    async def all(self, lines: Sequence[str]) -> None:
        """Each of the lines, in this order on a stand with a database server; those that need files on another."""
        self.console.print(f"seed {self.seed}; in this order: {' '.join(lines)}")
        with_files = [name for name in lines if name in LINES and LINES[name].files]
        others = [name for name in lines if name not in with_files]
        with tempfile.TemporaryDirectory(prefix="aimaq-storm-") as folder:
            node = own_node(Path(folder) / "rabbit")
            try:
                await node.start()
                for kind, there, names in (("server", whole, others), ("files", on_files, with_files)):
                    if names:
                        async with there(Path(folder) / kind, node) as place:
                            await self.at(place, names)
            finally:
                await node.remove()
        self.console.print(table(self.rows, f"the storm, seed {self.seed}"))

    async def at(self, place: Place, lines: Sequence[str]) -> None:
        """These lines in one place."""
        possible = [line for line in LINES.values() if not line.lacks(place)]
        async with storm(place, self.seed) as there:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, there.enough.set)
            for name in lines:
                if name == RANDOM:
                    row = await there.random(possible, self.cases)
                elif name == BACKLOG:
                    row = await backlog(there)
                elif lacks := LINES[name].lacks(place):
                    self.console.print(f"{name} is left out: {lacks}")
                    continue
                else:
                    row = await there.row(LINES[name])
                self.rows.append(row)
                self.console.print(table([row], name))
                write(self.reports, self.seed, self.rows, [*self.strikes, *there.strikes])
            self.strikes += there.strikes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for."""
    options = chosen(arguments)
    lines = options.line or [*order(options.seed), BACKLOG, RANDOM]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        going = Run(options.seed, options.cases, options.reports)
        runner.run(going.all(lines))
    return 0 if going.rows and all(row.good for row in going.rows) else 1
