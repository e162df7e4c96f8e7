"""Puts everything on a time axis at its place, by the rules of drawing. The same content gives the same drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aimaq.regulation.calendar import Calendar
from conformance.axis.content import Bar, Content
from conformance.axis.drawing import (
    Drawing,
    Line,
    PlacedAhead,
    PlacedBar,
    PlacedLane,
    PlacedMessage,
    PlacedRail,
)
from conformance.axis.future import Future, future
from conformance.axis.head import head
from conformance.axis.order import Mark, Ordered, label_width, ordered
from conformance.axis.rows import LEAST, Rows, Span, rows
from conformance.axis.ruler import SLOT, Ruler, ruler

LEFT, EDGE, FOOT = 14.0, 16.0, 8.0
HEAD, RAIL = 44.0, 34.0
"""How high the head is, and the term's rail below it."""
SQUARE = 20.0


def drawn(content: Content, calendar: Calendar | None = None) -> Drawing | None:
    """The drawing of a content; None if nothing in it has a time."""
    days = calendar or Calendar()
    events = ordered(content)
    if events is None:
        return None
    scale = ruler(events.events, days, LEFT)
    dues = [bar.due for bar in content.bars if bar.due is not None]
    dues += [content.rail.due] if content.rail is not None else []
    widths = [max(SLOT, label_width(step.label)) for step in content.ahead]
    beyond = [due for due in dues if due > events.horizon]
    coming = future(events.horizon, scale.right, widths, beyond, days, label_width(content.words.ahead))
    return _placed(content, events, scale, coming, widths)


def _placed(content: Content, events: Ordered, scale: Ruler, coming: Future, widths: Sequence[float]) -> Drawing:
    place = dict(zip(events.marks, scale.places, strict=True))
    spans = [_span(index, bar, place, scale) for index, bar in enumerate(content.bars)]
    limits = [_limit(index, bar, place, scale, coming) for index, bar in enumerate(content.bars)]
    levels = rows(content.bars, spans, limits)
    top = HEAD + (RAIL if content.rail is not None else 0.0)
    lanes = tuple(_lanes(content, levels, top))
    by_key = {placed.lane.key: placed for placed in lanes}
    names = head(content, events, scale, coming)
    return Drawing(
        width=max(coming.right, scale.right, names.right) + EDGE,
        height=lanes[-1].y + lanes[-1].height + FOOT,
        head=top,
        words=content.words,
        lanes=lanes,
        shut=(
            *(Line(band.left, band.right) for band in scale.bands),
            *(Line(left, right) for left, right in coming.nights),
        ),
        day_lines=names.lines,
        day_labels=names.labels,
        times=names.times,
        tears=names.tears,
        bars=tuple(_bars(content, by_key, spans, limits, levels)),
        messages=tuple(_messages(content, by_key, place)),
        ahead=tuple(
            PlacedAhead(step, x, width, by_key[step.lane].y + 12)
            for step, x, width in zip(content.ahead, coming.slots, widths, strict=True)
        ),
        ahead_line=Line(coming.slots[0], coming.days_left) if coming.slots else None,
        rail=_rail(content, scale, coming),
        now=names.now,
    )


def _span(index: int, bar: Bar, place: Mapping[Mark, float], scale: Ruler) -> Span:
    """From where to where a step is drawn: until now, if it is under way."""
    left = place[Mark("start", index)]
    right = place[Mark("end", index)] if bar.end is not None else place.get(Mark("now", 0), scale.right)
    return left, max(left, right)


def _limit(index: int, bar: Bar, place: Mapping[Mark, float], scale: Ruler, coming: Future) -> Span | None:
    """From where to where the limit of a step is drawn, if it is."""
    if bar.due is None:
        return None
    due = place.get(Mark("due", index))
    begin = scale.x(bar.counted_from) if bar.counted_from is not None else place[Mark("start", index)]
    return begin, max(begin, coming.x(bar.due) if due is None else due)


def _lanes(content: Content, levels: Rows, top: float) -> Iterator[PlacedLane]:
    y = top
    for number, lane in enumerate(content.lanes):
        height = levels.heights.get(lane.key, LEAST)
        yield PlacedLane(lane, y, height, shaded=number % 2 == 0)
        y += height


def _bars(
    content: Content,
    lanes: Mapping[str, PlacedLane],
    spans: Sequence[Span],
    limits: Sequence[Span | None],
    levels: Rows,
) -> Iterator[PlacedBar]:
    for bar, (left, right), limit, top, line in zip(
        content.bars, spans, limits, levels.tops, levels.lines, strict=True
    ):
        y = lanes[bar.lane].y
        past = min(right, max(left, limit[1])) if limit and bar.over else None
        yield PlacedBar(
            bar,
            left,
            right,
            y + top,
            past=past,
            from_x=limit[0] if limit else None,
            due_x=limit[1] if limit else None,
            line_y=y + line,
        )


def _messages(
    content: Content, lanes: Mapping[str, PlacedLane], place: Mapping[Mark, float]
) -> Iterator[PlacedMessage]:
    journal = lanes[content.journal]
    square_y = journal.y + (journal.height - 18) / 2
    for index, message in enumerate(content.messages):
        begin, end = (
            square_y if key == content.journal else lanes[key].middle for key in (message.sender, message.recipient)
        )
        width = max(SQUARE, label_width(message.label))
        yield PlacedMessage(message, place[Mark("message", index)], begin, end, square_y, width)


def _rail(content: Content, scale: Ruler, coming: Future) -> PlacedRail | None:
    rail = content.rail
    if rail is None:
        return None
    due = scale.x(rail.due) if rail.due <= scale.knots[-1][0] else coming.x(rail.due)
    left = scale.x(rail.start)
    return PlacedRail(rail, left, max(left, scale.x(rail.until)), max(left, due))
