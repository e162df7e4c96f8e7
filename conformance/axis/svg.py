"""Writes a time axis down as SVG: the column of the lanes' names, and the picture that scrolls beside it.

Classes are those of the design language's style sheet. Every text is escaped; nothing in it is markup of a stranger's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from aimaq.language.visible import visible
from conformance.axis.content import State
from conformance.axis.drawing import Drawing, Label, PlacedAhead, PlacedBar, PlacedLane, PlacedMessage, PlacedRail
from conformance.axis.head import now_width
from conformance.axis.rows import BAR

COLUMN = 160
"""How wide the column of the lanes' names is."""
HATCH = (
    '<defs><pattern id="ha" class="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6"/><path d="M0 0v6"/></pattern></defs>'
)
_GLYPHS: dict[State, str] = {"near": "!", "odd": "≠"}
"""What stands beside the paragraph where no hatch tells the state."""


def column(drawing: Drawing) -> str:
    """The names of the lanes, which stay where they are while the picture scrolls."""
    height = f"{drawing.height:.0f}"
    parts = [
        f'<svg class="lanes" width="{COLUMN}" height="{height}" viewBox="0 0 {COLUMN} {height}" '
        'preserveAspectRatio="xMinYMin slice" aria-hidden="true">'
    ]
    parts += [_shade(lane, COLUMN) for lane in drawing.lanes if lane.shaded]
    parts.append(_text("ax-s", 16, 15, drawing.words.parties))
    if (placed := drawing.rail) is not None:
        parts.append(_text("ax-t", 16, 59, placed.rail.title) + _text("ax-s", 16, 73, placed.rail.paragraph))
    for lane in drawing.lanes:
        lines, more = lane.lane.lines, lane.lane.subtitle
        first = lane.y + 26 - 6.5 * (len(lines) + bool(more) - 1)
        parts += [_text("ax-t", 16, first + 13 * number, line) for number, line in enumerate(lines)]
        if more:
            parts.append(_text("ax-s", 16, first + 13 * len(lines), more))
        parts.append(f'<path class="ax-lane" d="M0 {_n(lane.y + lane.height)}H{COLUMN}"/>')
    return "".join((*parts, "</svg>"))


def plot(drawing: Drawing) -> str:
    """The picture itself; each bar and each square is a link."""
    width, height, name = f"{drawing.width:.0f}", f"{drawing.height:.0f}", _escape(drawing.words.name)
    return "".join(
        (
            f'<svg class="plot" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="group" '
            f'aria-label="{name}">{HATCH}',
            *_ground(drawing),
            *_head(drawing),
            *((_rail(drawing.rail),) if drawing.rail else ()),
            *_arrows(drawing.messages),
            *(_bar(bar) for bar in drawing.bars),
            *(_ahead(step) for step in drawing.ahead),
            *(_square(message) for message in drawing.messages),
            *_now(drawing),
            "</svg>",
        )
    )


def _ground(drawing: Drawing) -> Iterator[str]:
    bottom = drawing.lanes[-1].y + drawing.lanes[-1].height
    yield from (_shade(lane, drawing.width) for lane in drawing.lanes if lane.shaded)
    shut = "".join(f"M{_n(one.left)} 24H{_n(one.right)}V{_n(bottom)}H{_n(one.left)}z" for one in drawing.shut)
    if shut:
        yield f'<path class="ax-off" d="{shut}"><title>{_escape(drawing.words.shut)}</title></path>'
    lines = "".join(f"M0 {_n(lane.y + lane.height)}H{_n(drawing.width)}" for lane in drawing.lanes)
    yield f'<path class="ax-lane" d="{lines}"/>'


def _head(drawing: Drawing) -> Iterator[str]:
    days = "".join(f"M{_n(line.left)} 22H{_n(line.right)}" for line in drawing.day_lines)
    if days:
        yield f'<path class="ax-day" d="{days}"/>'
    yield from (_text("ax-t", label.x, 15, label.text) for label in drawing.day_labels)
    yield from (_text("ax-s", label.x, 38, label.text, ' text-anchor="middle"') for label in drawing.times)
    for tear in drawing.tears:
        yield _text("ax-s", tear.x, 38, tear.text, ' text-anchor="middle" font-style="italic"')
    if drawing.tears:
        tears = "".join(f"M{_n(tear.x - 4)} 26l5 -8M{_n(tear.x + 1)} 26l5 -8" for tear in drawing.tears)
        yield f'<path class="tear" d="{tears}"/>'
    if (line := drawing.ahead_line) is not None:
        yield _text("ax-t", line.left, 15, drawing.words.ahead)
        yield f'<path class="ax-day" stroke-dasharray="3 3" d="M{_n(line.left)} 22H{_n(line.right)}"/>'


def _rail(placed: PlacedRail) -> str:
    rail, left, due = placed.rail, placed.left, placed.due
    within = min(placed.until, due)
    parts = [
        f'<g class="tm"><rect class="r" x="{_n(left)}" y="50" width="{_n(due - left)}" height="10" rx="1"/>',
        f'<rect class="f" x="{_n(left)}" y="50" width="{_n(within - left)}" height="10" rx="1"/>',
    ]
    if rail.late:
        parts.append(
            f'<rect class="fo" x="{_n(due)}" y="50" width="{_n(max(2, placed.until - due))}" height="10" rx="1"/>'
        )
    parts.append(f'<path d="M{_n(due)} 46v18" class="ax-now"/>')
    parts.append(f'<text x="{_n(left)}" y="72">{_escape(rail.text)}</text></g>')
    return "".join(parts)


def _bar(placed: PlacedBar) -> str:
    bar, left, width, y = placed.bar, placed.left, placed.right - placed.left, placed.y
    parts = [f'<g class="sp {bar.state}"><a href="{_escape(bar.href)}"><title>{_escape(bar.title)}</title>']
    parts.append(_rect("b", left, y, max(width, 3), BAR))
    if placed.past is not None and placed.right > placed.past:
        parts.append(
            f'<rect class="past" x="{_n(placed.past)}" y="{_n(y)}" width="{_n(placed.right - placed.past)}" '
            f'height="{_n(BAR)}" fill="url(#ha)"/>'
        )
    shown = f"{bar.label} {_GLYPHS[bar.state]}" if bar.state in _GLYPHS and width > 48 else bar.label
    if placed.past is not None:
        parts.append(_text("", left + 3, y + 12.5, shown))
    else:
        parts.append(_text("", left + max(width, 3) / 2, y + 12.5, shown, ' text-anchor="middle"'))
    if placed.from_x is not None and placed.due_x is not None:
        line = placed.line_y
        parts.append(f'<path class="lim" d="M{_n(placed.from_x)} {_n(line)}H{_n(placed.due_x)}"/>')
        parts.append(f'<path class="due" d="M{_n(placed.due_x)} {_n(line - 4)}v8"/>')
    parts.append("</a>")
    if bar.over:
        parts.append(_text("over", placed.right - 2, y - 2, bar.over, ' text-anchor="end"'))
    return "".join((*parts, "</g>"))


def _ahead(placed: PlacedAhead) -> str:
    step, middle = placed.step, placed.left + placed.width / 2
    box = _rect("b", placed.left, placed.y, placed.width, BAR)
    text = _text("", middle, placed.y + 12.5, step.label, ' text-anchor="middle"')
    return f'<g class="sp ghost"><title>{_escape(step.title)}</title>{box}{text}</g>'


def _arrows(messages: Iterable[PlacedMessage]) -> Iterator[str]:
    """All arrows in four strokes: the way down to the journal, where they begin, their stems, their heads."""
    drops, dots, stems, heads = [], [], [], []
    for placed in messages:
        x, begin, end = placed.x, placed.begin, placed.end
        if (lowest := max(begin, end)) < placed.square_y:
            drops.append(f"M{_n(x)} {_n(lowest + 4)}V{_n(placed.square_y)}")
        if begin != end:
            down = 1 if end > begin else -1
            dots.append(f"M{_n(x - 2.5)} {_n(begin)}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0")
            stems.append(f"M{_n(x)} {_n(begin)}V{_n(end - 8 * down)}")
            heads.append(f"M{_n(x - 4)} {_n(end - 10 * down)}h8l-4 {7 * down}z")
    if drops:
        yield f'<g class="ar drop"><path d="{"".join(drops)}"/></g>'
    if stems:
        yield f'<g class="ar"><path d="{"".join(stems)}"/><path class="h" d="{"".join(dots + heads)}"/></g>'


def _square(placed: PlacedMessage) -> str:
    message, width = placed.message, placed.width
    kind = "jn" + (" on" if message.chosen else "") + (" bad" if message.refused else "")
    return (
        f'<a class="{kind}" href="{_escape(message.href)}"><title>{_escape(message.title)}</title>'
        f'<rect x="{_n(placed.x - width / 2)}" y="{_n(placed.square_y)}" width="{_n(width)}" height="18" rx="2"/>'
        f'<text x="{_n(placed.x)}" y="{_n(placed.square_y + 13)}">{_escape(message.label)}</text></a>'
    )


def _now(drawing: Drawing) -> Iterator[str]:
    now: Label | None = drawing.now
    if now is None:
        return
    bottom, width = drawing.lanes[-1].y + drawing.lanes[-1].height, now_width(now.text)
    left = max(0.0, now.x - width / 2)
    yield f'<path class="ax-now" d="M{_n(now.x)} 30V{_n(bottom)}"/>'
    yield f'<rect class="ax-nowb" x="{_n(left)}" y="26" width="{_n(width)}" height="18" rx="2"/>'
    yield _text("ax-nowt", left + width / 2, 39, now.text, ' text-anchor="middle"')


def _shade(lane: PlacedLane, width: float) -> str:
    return _rect("ax-alt", 0, lane.y, width, lane.height)


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'


def _text(kind: str, x: float, y: float, text: str, more: str = "") -> str:
    of = f' class="{kind}"' if kind else ""
    return f'<text{of} x="{_n(x)}" y="{_n(y)}"{more}>{_escape(text)}</text>'


def _escape(text: str) -> str:
    """A text as it may stand in the picture: nothing in it is markup, and nothing turns or hides the rest."""
    return escape(visible(text))


def _n(number: float) -> str:
    """A number as short as it can be, to a tenth of a pixel."""
    return f"{number:.1f}".removesuffix(".0")
