"""A diagram as SVG for a page: pools and lanes, shapes as BPMN 2.0 draws them, and the token where a case stands.

Colours are the classes of the page's style sheet; every text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from aimaq.language.visible import visible
from aimaq.regulation.diagram.layout import size
from aimaq.regulation.diagram.layout.page import Box, Line, Page
from aimaq.regulation.diagram.model import TASKS, Node

EDGE = 40
"""How much room is right of the pools and below them."""
_TITLE, _ROUND = 15, 6


def svg(laid: Page, states: Mapping[str, str] | None = None, token: str = "") -> str:
    """A diagram that is laid out, as SVG.

    `states` are the classes of the tasks by the part that they draw, `process-6/accept`; `token` is the part at which
    the case stands.
    """
    width = max((box.right for box in laid.pools.values()), default=0) + EDGE
    height = max((box.bottom for box in laid.pools.values()), default=0) + EDGE
    return "".join(
        (
            f'<svg class="bpmn whole" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{_text(laid.diagram.title)}">',
            *_frames(laid),
            *(_line(line, "") for _, line in laid.arrows),
            *(_line(line, "flow") for _, line in laid.message_flows),
            *(_words(line.label, arrow.name, "s") for arrow, line in laid.arrows if line.label is not None),
            *(_words(line.label, flow.name, "s") for flow, line in laid.message_flows if line.label is not None),
            *(_node(laid, node, states or {}, token) for node in laid.diagram.nodes.values()),
            "</svg>",
        )
    )


def _frames(laid: Page) -> Iterator[str]:
    for pool in laid.diagram.pools:
        box = laid.pools[pool.party]
        yield f'<g class="pool">{_rect(box, 0)}{_standing(box, pool.title)}</g>'
        for lane in pool.lanes:
            inner = laid.lanes[lane.performer]
            yield f'<g class="pool">{_rect(inner, 0)}{_standing(inner, lane.title)}</g>'


def _standing(box: Box, title: str) -> str:
    """A title at the left edge of a frame: level in a low one, upright in a high one."""
    if box.height < 60:
        x, y = box.x + 8, box.y + box.height // 2 + 4
        return f'<text class="s start" x="{x}" y="{y}">{_text(title)}</text>'
    x, y = box.x + _TITLE, box.y + box.height // 2
    return f'<text class="s" transform="translate({x} {y}) rotate(-90)">{_text(title)}</text>'


def _line(line: Line, kind: str) -> str:
    points = "L".join(f"{x} {y}" for x, y in line.points)
    (x, y), (x2, y2) = line.points[-2:] if len(line.points) > 1 else (line.points[0],) * 2
    dx, dy = (x2 > x) - (x2 < x), (y2 > y) - (y2 < y)
    head = f"M{x2 - 8 * dx - 4 * dy} {y2 - 8 * dy - 4 * dx}L{x2} {y2}L{x2 - 8 * dx + 4 * dy} {y2 - 8 * dy + 4 * dx}"
    return f'<path class="{kind}" d="M{points}"/><path d="{head}"/>'


def _node(laid: Page, node: Node, states: Mapping[str, str], token: str) -> str:
    box, part = laid.nodes[node.id], node.notes[0] if node.notes else ""
    state = states.get(part, "") if node.kind in TASKS else ""
    title = f"<title>{_text(chr(10).join(node.notes))}</title>" if node.notes else ""
    inside = _shape(node, box)
    if node.kind in TASKS:
        inside += _words(box, node.name, "")
    elif node.id in laid.labels:
        inside += _words(laid.labels[node.id], node.name, "s")
    if token and part == token and node.kind in TASKS:
        inside += f'<circle class="tok" cx="{box.x + box.width // 2}" cy="{box.y}" r="11"/>'
    return f'<g class="{escape(state)}">{title}{inside}</g>'


def _shape(node: Node, box: Box) -> str:
    if node.kind in TASKS:
        return _rect(box, _ROUND)
    x, y, half = box.x + box.width // 2, box.y + box.height // 2, box.width // 2
    if node.kind in ("gateway", "event-gateway"):
        points = f"{box.x},{y} {x},{box.y} {box.right},{y} {x},{box.bottom}"
        mark = f"M{x - 8} {y - 8}l16 16M{x + 8} {y - 8}l-16 16" if node.kind == "gateway" else _envelope(x, y)
        return f'<polygon points="{points}"/><path d="{mark}"/>'
    thick = ' class="end"' if node.kind == "end" else ""
    inner = f'<circle cx="{x}" cy="{y}" r="{half - 4}"/>' if node.kind in ("throw", "catch") else ""
    mark = f'<path d="{_envelope(x, y)}"/>' if node.kind in ("throw", "catch", "message-start") else ""
    return f'<circle{thick} cx="{x}" cy="{y}" r="{half}"/>{inner}{mark}'


def _envelope(x: int, y: int) -> str:
    return f"M{x - 8} {y - 5}h16v11h-16zl8 6l8 -6"


def _words(box: Box, words: str, kind: str) -> str:
    """A text in the middle of a box, in lines as the layout has measured them."""
    task = not kind
    lines = size.lines(words, 22) if task else size.lines(words, max(1, box.width * 16 // size.LABEL))
    high = size.LINE if task else size.SMALL
    x, y = box.x + box.width // 2, box.y + (box.height - high * len(lines)) // 2 + high - 4
    spans = "".join(
        f'<tspan x="{x}" y="{y + high * number}">{_text(line)}</tspan>' for number, line in enumerate(lines)
    )
    return f'<text class="{kind}">{spans}</text>' if words else ""


def _rect(box: Box, rounded: int) -> str:
    corner = f' rx="{rounded}"' if rounded else ""
    return f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"{corner}/>'


def _text(words: str) -> str:
    return escape(visible(words))
