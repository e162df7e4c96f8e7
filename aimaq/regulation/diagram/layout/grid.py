"""Where each node stands in the grid: the later the further right, in the rows of its lane, never two in one cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aimaq.regulation.diagram.model import Diagram


@dataclass(frozen=True, slots=True)
class Band:
    """The rows of a lane or a pool, from the first to the last."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells: column and row of each node, the rows of each lane by performer and of each pool by party."""

    columns: dict[str, int]
    rows: dict[str, int]
    lanes: dict[str, Band]
    pools: dict[str, Band]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max(self.columns.values()) + 1

    @property
    def height(self) -> int:
        """How many rows there are."""
        return max(band.last for band in self.pools.values()) + 1


def grid(diagram: Diagram) -> Grid:
    """The cells of a diagram's nodes."""
    columns = _columns(diagram)
    rows: dict[str, int] = {}
    lanes: dict[str, Band] = {}
    pools: dict[str, Band] = {}
    used = 0
    for pool in diagram.pools:
        first = used
        for lane in pool.lanes:
            inside = _rows(diagram, lane.performer, columns)
            high = max(inside.values()) + 1
            rows |= {node: used + row for node, row in inside.items()}
            lanes[lane.performer] = Band(used, used + high - 1)
            used += high
        used = max(used, first + 1)
        pools[pool.party] = Band(first, used - 1)
    return Grid(columns, rows, lanes, pools)


def _columns(diagram: Diagram) -> dict[str, int]:
    """The column of each node: right of all that comes before it, and not left of what sends it a message."""
    after: dict[str, list[tuple[str, int]]] = {node: [] for node in diagram.nodes}
    for arrow in diagram.arrows:
        after[arrow.source].append((arrow.target, 1))
    for message_flow in diagram.message_flows:
        if message_flow.source in after and message_flow.target in after:
            after[message_flow.source].append((message_flow.target, 0))
    columns = dict.fromkeys(diagram.nodes, 0)
    for node in reversed(list(_deepest_first(after))):
        for target, step in after[node]:
            columns[target] = max(columns[target], columns[node] + step)
    return columns


def _deepest_first(after: dict[str, list[tuple[str, int]]]) -> Iterator[str]:
    """The nodes, each later than all that follows it."""
    visited = set[str]()
    for start in after:
        trail = [(start, iter(after[start]))] if start not in visited else []
        visited.add(start)
        while trail:
            node, rest = trail[-1]
            target = next((there for there, _ in rest if there not in visited), None)
            if target is None:
                yield node
                trail.pop()
            else:
                visited.add(target)
                trail.append((target, iter(after[target])))


def _rows(diagram: Diagram, lane: str, columns: dict[str, int]) -> dict[str, int]:
    """The row of each node inside its lane: the main path in the first, what leaves it below."""
    inside = [node for node in diagram.nodes.values() if node.lane == lane]
    order = {node.id: n for n, node in enumerate(inside)}
    before = {arrow.target: arrow.source for arrow in diagram.arrows}
    lowest = 1 if any(node.id in diagram.main for node in inside) else 0
    rows: dict[str, int] = {}
    taken = set[tuple[int, int]]()
    for node in sorted(order, key=lambda one: (columns[one], one not in diagram.main, order[one])):
        row = 0 if node in diagram.main else max(lowest, rows.get(before.get(node, ""), 0))
        while (row, columns[node]) in taken:
            row += 1
        rows[node] = row
        taken.add((row, columns[node]))
    return rows
