"""How wide and high the rows, columns and gaps of the grid are, and so where each begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aimaq.regulation.diagram.layout import size
from aimaq.regulation.diagram.layout.grid import Grid
from aimaq.regulation.diagram.layout.route import Rail, Router
from aimaq.regulation.diagram.model import Diagram, MessageFlow

EDGE = 40
"""How far the diagram is from the corner of the page."""

BAND = 30
"""How wide the strip with the name of a pool or a lane is."""

APART = 50
"""How far pools are from each other; a text has room there."""

TRACK, MARGIN = 12, 14
"""How far rails in one gap are from each other, and from the sides of the gap."""

OUTCOME = 72
"""How wide the text of an outcome is; a gap in which one is written begins with as much room."""

CLOSED = 44
"""How high a pool without lanes is."""


@dataclass(frozen=True, slots=True)
class Axes:
    """By place, as of the rails: where each column, row and gap begins and ends, and how far into a gap its rails are.

    `floor` is where the lane or pool ends whose last row it is.
    """

    across: tuple[tuple[int, int], ...]
    down: tuple[tuple[int, int], ...]
    inset: dict[int, int]
    floor: dict[int, int]

    def x(self, rail: Rail) -> int:
        """Where an upright rail is."""
        left, right = self.across[rail.place]
        if rail.place % 2:
            return (left + right) // 2 + rail.shift
        return left + self.inset.get(rail.place, MARGIN) + TRACK * rail.track

    def y(self, rail: Rail) -> int:
        """Where a level rail is."""
        top, bottom = self.down[rail.place]
        return (top + bottom) // 2 if rail.place % 2 else top + MARGIN + TRACK * rail.track


def axes(diagram: Diagram, grid: Grid, router: Router) -> Axes:
    """The axes of a diagram whose nodes have their cells and whose arrows and letters have their ways."""
    named = {2 * grid.columns[arrow.source] + 2 for arrow in diagram.arrows if arrow.name}
    inset = {place: OUTCOME if place in named else MARGIN for place in range(0, 2 * grid.width + 1, 2)}
    down, floor = _down(diagram, grid, router)
    return Axes(tuple(_across(diagram, grid, router, inset)), tuple(down), inset, floor)


def _across(diagram: Diagram, grid: Grid, router: Router, inset: dict[int, int]) -> Iterable[tuple[int, int]]:
    tracks = _tracks(router, level=False)
    x = EDGE + 2 * BAND
    for place in range(2 * grid.width + 1):
        if place % 2 == 0:
            wide = inset[place] + TRACK * max(0, tracks.get(place, 0) - 1) + MARGIN
        else:
            inside = [node for node, column in grid.columns.items() if column == place // 2]
            wide = max((size.cell(diagram.nodes[node])[0] for node in inside), default=0)
        yield x, x + wide
        x += wide


def _down(diagram: Diagram, grid: Grid, router: Router) -> tuple[list[tuple[int, int]], dict[int, int]]:
    tracks = _tracks(router, level=True)
    titles = {lane.performer: lane.title for pool in diagram.pools for lane in pool.lanes}
    least = {band.last: (band.first, _upright(titles[lane])) for lane, band in grid.lanes.items()}
    closed = {grid.pools[pool.party].first for pool in diagram.pools if not pool.lanes}
    begin = {band.first for band in grid.pools.values()}
    spans: list[tuple[int, int]] = []
    floor: dict[int, int] = {}
    y = EDGE
    for row in range(grid.height):
        y += APART if row in begin and row else 0
        top = y
        if row not in closed:
            y += MARGIN + TRACK * tracks.get(2 * row, 0) + _written(diagram, grid, row, below=False)
        spans.append((top, y))
        inside = [node for node, there in grid.rows.items() if there == row]
        high = max((size.cell(diagram.nodes[node])[1] for node in inside), default=CLOSED)
        spans.append((y, y + high))
        y += high
        if row not in closed:
            y += MARGIN + _written(diagram, grid, row, below=True)
        if row in least:
            first, height = least[row]
            y = max(y, spans[2 * first][0] + height)
        floor[row] = y
    spans.append((y, y + APART))
    return spans, floor


def _tracks(router: Router, *, level: bool) -> dict[int, int]:
    """How many tracks each gap has, by its place."""
    found: dict[int, int] = {}
    for way in [*router.arrows.values(), *(way for _, way in router.message_flows)]:
        for rail in way.rails:
            if rail.level is level and rail.place % 2 == 0:
                found[rail.place] = max(found.get(rail.place, 0), rail.track + 1)
    return found


def _written(diagram: Diagram, grid: Grid, row: int, *, below: bool) -> int:
    """How much room the texts of letters need that leave the nodes of a row downwards, or upwards."""
    return max(
        (size.label(one.name, OUTCOME) + 4 for one in diagram.message_flows if _at(diagram, grid, one) == (row, below)),
        default=0,
    )


def _at(diagram: Diagram, grid: Grid, message_flow: MessageFlow) -> tuple[int, bool] | None:
    """The row at which a letter between a node and a whole pool is written, and whether below it."""
    nodes = diagram.nodes
    if (message_flow.source in nodes) is (message_flow.target in nodes):
        return None
    node, pool = (
        (message_flow.source, message_flow.target)
        if message_flow.source in nodes
        else (message_flow.target, message_flow.source)
    )
    return grid.rows[node], grid.pools[pool.removeprefix("pool_")].first > grid.rows[node]


def _upright(title: str) -> int:
    """How high a lane must be for its name, which stands upright in at most two lines."""
    longest = max(len(title) // 2 + 4, *map(len, title.split()))
    return 7 * min(longest, len(title)) + 2 * MARGIN
