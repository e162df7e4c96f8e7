"""The diagram on the page: boxes of pools, lanes, shapes and texts, and the points at which arrows and letters turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from aimaq.regulation.diagram.layout import size
from aimaq.regulation.diagram.layout.axes import BAND, EDGE, MARGIN, OUTCOME, Axes, axes
from aimaq.regulation.diagram.layout.grid import Band, Grid, grid
from aimaq.regulation.diagram.layout.route import Rail, Router, Way
from aimaq.regulation.diagram.model import GATEWAYS, TASKS, Arrow, Diagram, MessageFlow

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its left upper corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The right side."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The lower side."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow or a letter: the points it turns at, and the box of its text if it has one."""

    points: tuple[Point, ...]
    label: Box | None = None


@dataclass(slots=True)
class Page:
    """Where everything is: pools by party, lanes by performer, nodes and the texts beside them by id."""

    diagram: Diagram
    pools: dict[str, Box] = field(default_factory=dict)
    lanes: dict[str, Box] = field(default_factory=dict)
    nodes: dict[str, Box] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)
    arrows: list[tuple[Arrow, Line]] = field(default_factory=list)
    message_flows: list[tuple[MessageFlow, Line]] = field(default_factory=list)


def page(diagram: Diagram) -> Page:
    """Lay a diagram out. The same diagram is always laid out the same way."""
    cells = grid(diagram)
    router = Router(diagram, cells)
    router.run()
    sides = axes(diagram, cells, router)
    made = Page(diagram)
    _frame(made, cells, sides)
    for node in diagram.nodes.values():
        made.nodes[node.id] = _node_box(made, cells, sides, node.id)
    for arrow, way in router.arrows.items():
        points = _points(made, sides, way, arrow.source, arrow.target)
        made.arrows.append((arrow, Line(points, _outcome(arrow, points))))
    for message_flow, way in router.message_flows:
        points = _points(made, sides, way, message_flow.source, message_flow.target)
        made.message_flows.append((message_flow, Line(points, _text(made, message_flow, way, points))))
    for node in diagram.nodes.values():
        if node.kind not in TASKS and node.name:
            made.labels[node.id] = _beside(made, node.id)
    return made


def _frame(made: Page, cells: Grid, sides: Axes) -> None:
    """The pools and their lanes, all of one width."""
    width = sides.across[-1][1] + MARGIN - EDGE

    def box(left: int, band: Band) -> Box:
        top = sides.down[2 * band.first][0]
        return Box(left, top, EDGE + width - left, sides.floor[band.last] - top)

    for pool in made.diagram.pools:
        made.pools[pool.party] = box(EDGE, cells.pools[pool.party])
        for lane in pool.lanes:
            made.lanes[lane.performer] = box(EDGE + BAND, cells.lanes[lane.performer])


def _node_box(made: Page, cells: Grid, sides: Axes, node: str) -> Box:
    wide, high = size.measure(made.diagram.nodes[node])
    left, right = sides.across[2 * cells.columns[node] + 1]
    top, bottom = sides.down[2 * cells.rows[node] + 1]
    return Box((left + right - wide) // 2, (top + bottom - high) // 2, wide, high)


def _points(made: Page, sides: Axes, way: Way, source: str, target: str) -> tuple[Point, ...]:
    """Where the rails meet, between the sides of what the line joins."""
    start, end = _box(made, source), _box(made, target)
    places = [_meet(sides, one, other) for one, other in zip(way.rails, way.rails[1:], strict=False)]
    first = _touch(sides, start, way.rails[0], places[0] if places else _center(end))
    last = _touch(sides, end, way.rails[-1], places[-1] if places else _center(start))
    return first, *places, last


def _box(made: Page, name: str) -> Box:
    return made.nodes[name] if name in made.nodes else made.pools[name.removeprefix("pool_")]


def _meet(sides: Axes, one: Rail, other: Rail) -> Point:
    level, upright = (one, other) if one.level else (other, one)
    return sides.x(upright), sides.y(level)


def _touch(sides: Axes, box: Box, rail: Rail, towards: Point) -> Point:
    """The point on the side of a box at which a rail leaves it towards another point."""
    if rail.level:
        return (box.right if towards[0] > box.x else box.x), sides.y(rail)
    return sides.x(rail), (box.bottom if towards[1] > box.y else box.y)


def _center(box: Box) -> Point:
    return box.x + box.width // 2, box.y + box.height // 2


def _outcome(arrow: Arrow, points: tuple[Point, ...]) -> Box | None:
    """The text of an outcome: where the arrow leaves, above it or beside it."""
    if not arrow.name:
        return None
    (x, y), (_, y2) = points[:2]
    high = size.label(arrow.name, OUTCOME)
    if y == y2:
        return Box(x + 4, y - high - 4, OUTCOME, high)
    return Box(x + 5, y + 4 if y2 > y else y - high - 4, OUTCOME, high)


def _text(made: Page, message_flow: MessageFlow, way: Way, points: tuple[Point, ...]) -> Box | None:
    """The text of a letter to or from a whole pool: beside the line, at its node; between pools, at the sender."""
    if message_flow.source in made.nodes and message_flow.target in made.nodes:
        return None
    at_start = message_flow.target not in made.nodes
    (x, y), (_, y2) = points[:2] if at_start else (points[-1], points[-2])
    shift = (way.rails[0] if at_start else way.rails[-1]).shift
    wide = size.LABEL if shift >= 0 else OUTCOME
    high = size.label(message_flow.name, wide)
    return Box(x + 4 if shift >= 0 else x - 4 - wide, y + 4 if y2 > y else y - high - 4, wide, high)


def _beside(made: Page, node: str) -> Box:
    """The text of a gateway or an event: above or below it, where no line leaves or comes."""
    box, high = made.nodes[node], size.label(made.diagram.nodes[node].name)
    lines = [line for arrow, line in made.arrows if node in (arrow.source, arrow.target)]
    lines += [line for message_flow, line in made.message_flows if node in (message_flow.source, message_flow.target)]
    ends = {y for line in lines for x, y in (line.points[0], line.points[-1]) if box.x < x < box.right}
    above = made.diagram.nodes[node].kind in GATEWAYS
    if (box.y if above else box.bottom) in ends and (box.bottom if above else box.y) not in ends:
        above = not above
    left = _center(box)[0] - size.LABEL // 2
    if made.diagram.nodes[node].kind in GATEWAYS:
        left -= box.width // 2  # on the right is the text of the first outcome
    return Box(left, box.y - high - 4 if above else box.bottom + 4, size.LABEL, high)
