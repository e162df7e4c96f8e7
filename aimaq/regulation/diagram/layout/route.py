"""Which way each arrow and letter goes through the grid: along the rows and columns that are free, else between them.

A way is a chain of rails, by turns level and upright. A rail lies in the middle of a row or column (an odd place) or in
the gap before it (an even one): row 0 is place 1, the gap above it place 0. Rails in one gap lie beside each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aimaq.regulation.diagram.layout.grid import Band, Grid
from aimaq.regulation.diagram.model import GATEWAYS, TASKS, Arrow, Diagram, MessageFlow


@dataclass(slots=True)
class Rail:
    """One stretch of a way; `shift` moves it from the middle of a column, `track` is its place among those of a gap."""

    level: bool
    place: int
    shift: int = 0
    track: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """The rails from one end to the other."""

    rails: tuple[Rail, ...]


@dataclass(slots=True)
class Router:
    """Finds the ways one after another; what one way runs along is no longer free for the next."""

    diagram: Diagram
    grid: Grid
    arrows: dict[Arrow, Way] = field(default_factory=dict)
    message_flows: list[tuple[MessageFlow, Way]] = field(default_factory=list)
    _run: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    _fallen: set[tuple[int, int, int]] = field(default_factory=set)
    _ports: set[tuple[str, str]] = field(default_factory=set)
    _fastened: set[tuple[int, int, int]] = field(default_factory=set)

    def run(self) -> None:
        """Find every way, and a track for each rail in a gap."""
        for arrow in self.diagram.arrows:
            self.arrows[arrow] = Way(tuple(self._arrow(arrow)))
        for message_flow in self.diagram.message_flows:
            self._fasten(message_flow)
        whole = [message_flow for message_flow in self.diagram.message_flows if not self._between_nodes(message_flow)]
        for message_flow in [
            message_flow for message_flow in self.diagram.message_flows if message_flow not in whole
        ] + whole:
            self.message_flows.append((message_flow, Way(tuple(self._message_flow(message_flow)))))
        _lay([*self.arrows.values(), *(way for _, way in self.message_flows)], self.grid)

    def _cell(self, node: str) -> tuple[int, int]:
        return self.grid.rows[node], self.grid.columns[node]

    def _free(self, cells: Iterable[tuple[int, int]], target: str) -> bool:
        """Whether nothing stands in these cells, and nothing runs through them but to the same target."""
        return all(self._run.get(cell, {target}) == {target} and not self._stands(cell) for cell in cells)

    def _stands(self, cell: tuple[int, int]) -> bool:
        return any(self._cell(node) == cell for node in self.diagram.nodes)

    def _take(self, cells: Iterable[tuple[int, int]], target: str) -> None:
        for cell in cells:
            self._run.setdefault(cell, set()).add(target)

    def _arrow(self, arrow: Arrow) -> list[Rail]:
        (r1, c1), (r2, c2) = self._cell(arrow.source), self._cell(arrow.target)
        port = self._port(arrow, r1, r2)
        here, there = _row(r1), _row(r2)
        if port == "right":
            along_source = [(r1, c) for c in range(c1 + 1, c2)]
            along_target = [(r2, c) for c in range(c1 + 1, c2)]
            if c2 > c1 and self._free(along_target, arrow.target):
                self._take(along_target, arrow.target)
                return [here] if r1 == r2 else [here, _before(c1 + 1), there]
            if c2 > c1 and self._free(along_source, arrow.target):
                self._take(along_source, arrow.target)
                return [here, _before(c2), there]
            return [here, _before(c1 + 1), _above(r2 if r2 >= r1 else r2 + 1), _before(c2), there]
        fall = [(r, c1) for r in (range(r1 + 1, r2 + 1) if r2 > r1 else range(r2, r1))]
        run = [(r2, c) for c in range(c1 + 1, c2)]
        if c2 > c1 and r1 != r2 and self._free([*fall, *run], arrow.target):
            self._take([*fall, *run], arrow.target)
            return [_column(c1), there]
        return [_column(c1), _above(r1 + 1 if port == "bottom" else r1), _before(c2), there]

    def _port(self, arrow: Arrow, r1: int, r2: int) -> str:
        """Where an arrow leaves: a task and the first from a gateway on the right, the others towards their targets."""
        first = next(one for one in self.diagram.arrows if one.source == arrow.source)
        if self.diagram.nodes[arrow.source].kind not in GATEWAYS or arrow == first:
            return "right"
        port = "top" if r2 < r1 else "bottom"
        alone = {band.last if port == "bottom" else band.first for band in self.grid.pools.values()}
        if (arrow.source, port) in self._ports or r1 in alone:
            return "right"
        self._ports.add((arrow.source, port))
        return port

    def _message_flow(self, message_flow: MessageFlow) -> list[Rail]:
        nodes = self.diagram.nodes
        if message_flow.source not in nodes and message_flow.target not in nodes:
            return [_before(self.grid.columns[message_flow.near] + 1)]
        if message_flow.target not in nodes:
            return self._to_pool(message_flow.source, message_flow.target)
        if message_flow.source not in nodes:
            return self._to_pool(message_flow.target, message_flow.source)[::-1]
        (r1, c1), (r2, c2) = self._cell(message_flow.source), self._cell(message_flow.target)
        down = r2 > r1
        leave, come = (
            self._shift(message_flow.source, below=down),
            self._shift(message_flow.target, below=not down),
        )
        near_source, near_target = (r1 + 1, r2) if down else (r1, r2 + 1)
        between = range(r1 + 1, r2) if down else range(r2 + 1, r1)
        if self._falls(between, c1, leave):
            straight = c1 == c2 and leave == come
            return [_column(c1, leave)] if straight else [_column(c1, leave), _above(near_target), _column(c2, come)]
        if self._falls(between, c2, come):
            return [_column(c1, leave), _above(near_source), _column(c2, come)]
        gap = _before(c2 if c2 > c1 else c2 + 1)
        return [_column(c1, leave), _above(near_source), gap, _above(near_target), _column(c2, come)]

    def _to_pool(self, node: str, pool: str) -> list[Rail]:
        row, column = self._cell(node)
        band = self._band(pool)
        down = band.first > row
        shift = self._shift(node, below=down)
        if self._falls(range(row + 1, band.first) if down else range(band.last + 1, row), column, shift):
            return [_column(column, shift)]
        return [_column(column, shift), _above(row + 1 if down else row), _before(column + 1)]

    def _falls(self, rows: range, column: int, shift: int) -> bool:
        """Whether a letter can go straight through these rows in the column, and if so take the way."""
        cells = [(row, column) for row in rows]
        if any(self._stands(cell) or (*cell, shift) in self._fallen for cell in cells):
            return False
        self._fallen |= {(*cell, shift) for cell in cells}
        return True

    def _between_nodes(self, message_flow: MessageFlow) -> bool:
        return message_flow.source in self.diagram.nodes and message_flow.target in self.diagram.nodes

    def _fasten(self, message_flow: MessageFlow) -> None:
        """Keep the middle of the side free for a letter to or from an event, which has room for no other place."""
        ends = (message_flow.source, message_flow.target)
        for node, other in (ends, ends[::-1]):
            if node in self.diagram.nodes and self.diagram.nodes[node].kind not in TASKS:
                row = self._cell(other)[0] if other in self.diagram.nodes else self._band(other).first
                self._shift(node, below=row > self._cell(node)[0])

    def _band(self, pool: str) -> Band:
        return self.grid.pools[pool.removeprefix("pool_")]

    def _shift(self, node: str, *, below: bool) -> int:
        """How far from the middle of its side a letter leaves a task or comes to it: where no other letter does.

        An event has the middle only.
        """
        row, column = self._cell(node)
        gap, n = row + 1 if below else row, 0
        if self.diagram.nodes[node].kind not in TASKS:
            self._fastened.add((gap, column, 0))
            return 0
        while (gap, column, shift := 24 * ((n + 1) // 2) * (-1 if n % 2 else 1)) in self._fastened:
            n += 1
        self._fastened.add((gap, column, shift))
        return shift


def _row(row: int) -> Rail:
    return Rail(level=True, place=2 * row + 1)


def _above(row: int) -> Rail:
    return Rail(level=True, place=2 * row)


def _column(column: int, shift: int = 0) -> Rail:
    return Rail(level=False, place=2 * column + 1, shift=shift)


def _before(column: int) -> Rail:
    return Rail(level=False, place=2 * column)


def _lay(ways: list[Way], grid: Grid) -> None:
    """Give the rails in each gap their tracks: two that would lie on each other get different ones."""
    laid: dict[tuple[bool, int], list[tuple[int, int, int]]] = {}
    for way in ways:
        for n, rail in enumerate(way.rails):
            if rail.place % 2:
                continue
            ends = [one.place for one in (*way.rails[max(0, n - 1) : n], *way.rails[n + 1 : n + 2])]
            far = 2 * (grid.width if rail.level else grid.height)
            low, high = (min(ends), max(ends)) if len(ends) == 2 else (0, far)
            there = laid.setdefault((rail.level, rail.place), [])
            while any(rail.track == track and low <= b and a <= high for a, b, track in there):
                rail.track += 1
            there.append((low, high, rail.track))
