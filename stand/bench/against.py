"""`aimaq bench --against REV`: this checkout and another revision, measured in alternation.

A machine that is shared with others swings by a quarter within an hour. What is compared is therefore not time, but the
processor time of the stand divided by that of the load generator in the same window: both serve the same requests on
the same machine at the same moment. Each window has a stand of its own, freshly started, so that the spread shows how
much two starts of the same code differ. The order is A B B A: a machine that grows slower harms both sides alike.
"""

from __future__ import annotations

import platform
import statistics
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from aimaq.language.errors import Technical, Unavailable
from stand.bench import load, stands
from stand.bench.checkouts import Checkout, exported, working
from stand.bench.stands import Measured
from stand.show.console import console

CROWD, TOGETHER, WARM_UP = 32, 64, 256
"""Citizens, cases in flight, and the cases before a window that do not count."""

Start = Callable[[Path], AbstractAsyncContextManager[Measured]]
"""Starts the stand of the checkout in a folder."""


@dataclass(frozen=True, slots=True)
class Window:
    """One measurement of one side: cases a second, and milliseconds of processor time a case."""

    cases_per_second: float
    stand_ms: float
    load_ms: float

    @property
    def cost(self) -> float:
        """The processor time of the stand by that of the load generator."""
        return self.stand_ms / self.load_ms


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some figures, the lowest and the highest of them."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of these figures."""
        ordered = sorted(values)
        return cls(statistics.median(ordered), ordered[0], ordered[-1])

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.lowest:.3f} to {self.highest:.3f})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two checkouts on one setup: the windows of each, in pairs that were measured one right after the other."""

    setup: str
    this: list[Window]
    other: list[Window]

    @property
    def ratio(self) -> Spread:
        """What this checkout costs by what the other one costs, pair by pair: below 1 this one is cheaper."""
        return Spread.of(mine.cost / theirs.cost for mine, theirs in zip(self.this, self.other, strict=True))

    def as_dict(self) -> dict[str, object]:
        """The comparison as plain data."""
        sides = {
            name: {"cost": asdict(cost_of(windows)), "windows": [asdict(window) for window in windows]}
            for name, windows in (("this", self.this), ("other", self.other))
        }
        return {"setup": self.setup, **sides, "ratio": asdict(self.ratio)}


@dataclass(frozen=True, slots=True)
class Result:
    """What `--against` found: the two checkouts by name, the interpreter, a comparison a setup."""

    this: str
    other: str
    interpreter: dict[str, str]
    comparisons: list[Comparison]

    def as_dict(self) -> dict[str, object]:
        """The result as plain data."""
        found = [comparison.as_dict() for comparison in self.comparisons]
        return {"this": self.this, "other": self.other, "interpreter": self.interpreter, "comparisons": found}


async def compare(
    revision: str, servers: stands.Servers | None, cases: int, windows: int, tell: Callable[[str], None]
) -> Result:
    """Measure this checkout and a revision of it, embedded and, with servers for them, in five processes.

    `tell` gets a line a window. Unavailable, naming the side, if a stand does not start or does not finish its cases.
    """
    setups: dict[str, Start] = {"embedded": lambda root: stands.in_one_process({}, root)}
    if servers is not None:
        setups["deployed"] = lambda root: stands.in_five(servers, {}, root)
    this = await working()
    async with exported(revision) as other:
        found = [await _compared(setup, start, this, other, cases, windows, tell) for setup, start in setups.items()]
    return Result(this.name, other.name, interpreter(), found)


async def _compared(
    setup: str, start: Start, this: Checkout, other: Checkout, cases: int, windows: int, tell: Callable[[str], None]
) -> Comparison:
    comparison = Comparison(setup, [], [])
    for number in range(windows):
        pair = [(this, comparison.this), (other, comparison.other)]
        for checkout, measured in pair if number % 2 == 0 else reversed(pair):
            try:
                async with start(checkout.root) as stand:
                    window = await _window(stand, cases)
            except (Unavailable, OSError, EOFError) as error:
                raise Unavailable(Technical(f"{checkout.name}, {setup}: {error}")) from error
            measured.append(window)
            tell(
                f"{setup}, window {number + 1} of {windows}, {checkout.name}: {window.cases_per_second:.0f} cases/s, "
                f"CPU ms a case: stand {window.stand_ms:.2f}, load {window.load_ms:.2f}, ratio {window.cost:.3f}"
            )
    return comparison


async def _window(stand: Measured, cases: int) -> Window:
    portal = stand.urls["portal"]
    crowd = await load.citizens(stand.urls, stand.tokens["registry"], min(cases, CROWD))
    await load.in_flight(portal, crowd, min(cases, WARM_UP), TOGETHER)
    of_stand, of_load = stand.cpu(), time.process_time()
    outcome = await load.in_flight(portal, crowd, cases, TOGETHER)
    of_load = time.process_time() - of_load
    return Window(outcome.rate, (stand.cpu() - of_stand) / cases * 1e3, of_load / cases * 1e3)


def cost_of(windows: list[Window]) -> Spread:
    """The spread of what one side costs."""
    return Spread.of(window.cost for window in windows)


def interpreter() -> dict[str, str]:
    """The Python that ran both sides, and how it was built."""
    return {
        "version": f"{platform.python_implementation()} {sys.version}".replace("\n", " "),
        "configured": str(sysconfig.get_config_var("CONFIG_ARGS") or "not known"),
        "flags": str(sysconfig.get_config_var("PY_CFLAGS") or "not known"),
    }


def show(result: Result) -> None:
    """Print the result for people."""
    out = console()
    for name, value in result.interpreter.items():
        out.print(f"Python, {name}: {value}", soft_wrap=True)
    table = Table(
        title="CPU of the stand by CPU of the load: median (lowest to highest)", title_justify="left", show_edge=False
    )
    for heading in ("setup", "checkout", "windows", "cost", "CPU ms a case", "cases/s"):
        table.add_column(heading, justify="left" if heading in ("setup", "checkout") else "right", no_wrap=True)
    for found in result.comparisons:
        for name, windows in ((result.this, found.this), (result.other, found.other)):
            spent = statistics.median(window.stand_ms for window in windows)
            rate = statistics.median(window.cases_per_second for window in windows)
            table.add_row(found.setup, name, str(len(windows)), str(cost_of(windows)), f"{spent:.2f}", f"{rate:.0f}")
    out.print(table)
    for found in result.comparisons:
        whose = f"{found.setup}: {result.this} by {result.other}: "
        out.print(
            Text.assemble(whose, (str(found.ratio), "bold"), "; below 1 is cheaper"),
            soft_wrap=True,
        )
