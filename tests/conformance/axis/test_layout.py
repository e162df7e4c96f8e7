"""The rules of drawing, over any case: nothing lies on anything else, order is kept, what must be there is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.regulation.calendar import ALMATY
from conformance.axis.content import Ahead, Bar, Content, Lane, Rail, Sent, Words
from conformance.axis.drawing import Drawing
from conformance.axis.head import BOLD, now_width
from conformance.axis.layout import drawn
from conformance.axis.order import label_width
from conformance.axis.rows import BAR

MONDAY = datetime(2026, 11, 30, 10, 0, tzinfo=ALMATY)
LANES = ("registry", "con", "lea", "lea.head", "gateway")


def named(first: date, last: date) -> list[str]:
    """The name of a day, long and short."""
    return [f"{first:%a %d %b}–{last:%d}", f"{first:%d}"]


WORDS = Words("The axis", "Party", "now", "Ahead · 3 steps", "shut", named, lambda seconds: f"{seconds / 3600:.0f} h")


def contents(
    bars: Iterable[Bar] = (),
    messages: Iterable[Sent] = (),
    *,
    ahead: Iterable[Ahead] = (),
    rail: Rail | None = None,
    now: datetime | None = None,
) -> Content:
    """A content with these."""
    lanes = tuple(Lane(key, (key,)) for key in LANES)
    return Content(lanes, tuple(bars), tuple(messages), tuple(ahead), rail, now, WORDS)


def bar(minute: float, lasts: float | None = 1, lane: str = "lea", **more: object) -> Bar:
    """A step that began so many minutes after ten o'clock on Monday and lasted so many."""
    start = MONDAY + timedelta(minutes=minute)
    end = None if lasts is None else start + timedelta(minutes=lasts)
    return Bar(lane, "7(5)", "a title", "#s", "ok", start, end, **more)  # type: ignore[arg-type]


def sent(number: int, minute: float, sender: str = "con", recipient: str = "lea") -> Sent:
    """A message that was journalled so many minutes after ten."""
    return Sent(number, number, sender, recipient, MONDAY + timedelta(minutes=minute), "a title", "#m")


def drawing(content: Content) -> Drawing:
    """The drawing of a content that has something in it."""
    found = drawn(content)
    assert found is not None
    return found


minutes = st.one_of(st.floats(0, 0.02), st.integers(0, 600), st.integers(0, 60_000))


@st.composite
def cases(draw: st.DrawFn) -> Content:
    """Any case: steps that may overlap, in any lanes, with limits or without; messages; open or ended."""
    bars: list[Bar] = []
    messages: list[Sent] = []
    for _ in range(draw(st.integers(0, 8))):
        begin, lasts = draw(minutes), draw(minutes)
        made = bar(begin, lasts, draw(st.sampled_from(LANES[:4])))
        if draw(st.booleans()):
            due = made.start + timedelta(minutes=draw(minutes))
            assert made.end is not None
            over = "+2 h" if due < made.end else ""
            made = bar(begin, lasts, made.lane, counted_from=made.start, due=due, over=over)
        bars.append(made)
    at = 0.0
    for number in range(draw(st.integers(0, 8))):
        at += draw(minutes)
        messages.append(sent(number + 1, at, *draw(st.permutations(LANES))[:2]))
    now = MONDAY + timedelta(minutes=draw(st.integers(0, 100_000))) if draw(st.booleans()) else None
    ahead = [Ahead("lea", f"7({number})", "title") for number in range(draw(st.integers(0, 5)))] if now else []
    rail = None
    termed = draw(st.booleans())
    if bars and termed:
        start = bars[0].start
        rail = Rail(
            "Term", "4", start, start + timedelta(hours=9), start + timedelta(days=draw(st.integers(0, 60))), "x"
        )
    return contents(bars, messages, ahead=ahead, rail=rail, now=now)


@settings(deadline=None, max_examples=150)
@given(cases())
def test_nothing_lies_on_anything_else(content: Content) -> None:
    found = drawn(content)
    if found is None:
        assert not content.bars
        assert not content.messages
        return
    rows: dict[float, list[tuple[float, float]]] = defaultdict(list)
    lines: dict[float, list[tuple[float, float]]] = defaultdict(list)
    for one in found.bars:
        rows[one.y].append((one.left, one.right))
        if one.from_x is not None and one.due_x is not None:
            lines[one.line_y].append((one.from_x, one.due_x))
    for ranges in (*rows.values(), *lines.values()):
        assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(sorted(ranges)))
    squares = sorted((one.x - one.width / 2, one.x + one.width / 2) for one in found.messages)
    assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(squares))
    names = sorted((label.x, label.x + len(label.text) * BOLD) for label in found.day_labels)
    assert all(a[1] <= b[0] for a, b in pairwise(names))
    times = sorted(label.x for label in found.times)
    assert all(b - a >= 32 for a, b in pairwise(times))
    ahead = sorted((one.left, one.left + one.width) for one in found.ahead)
    assert all(a[1] <= b[0] for a, b in pairwise(ahead))


@settings(deadline=None, max_examples=150)
@given(cases())
def test_order_is_kept_and_all_is_on_the_page(content: Content) -> None:
    found = drawn(content)
    if found is None:
        return
    assert [one.message for one in found.messages] == list(content.messages)
    assert [one.bar for one in found.bars] == list(content.bars)
    begun = sorted(found.bars, key=lambda one: one.bar.start)
    assert all(a.left <= b.left + 1e-6 for a, b in pairwise(begun))
    by_time = sorted(found.messages, key=lambda one: one.message.at)
    assert all(a.x <= b.x + 1e-6 for a, b in pairwise(by_time))
    places = [x for one in found.bars for x in (one.left, one.right, one.due_x or 0.0)]
    places += [one.x + one.width / 2 for one in found.messages] + [one.left + one.width for one in found.ahead]
    assert max(places, default=0.0) <= found.width
    assert min(places, default=0.0) >= 0
    lanes = {placed.lane.key: placed for placed in found.lanes}
    for one in found.bars:
        lane = lanes[one.bar.lane]
        assert lane.y <= one.y
        assert max(one.y + BAR, one.line_y if one.due_x else 0) <= lane.y + lane.height
    assert (found.now is None) == (content.now is None)
    if found.now is not None and content.now is not None:
        assert all(one.right <= found.now.x + 1e-6 for one in found.bars if one.bar.end and one.bar.end <= content.now)
        assert all(one.left > found.now.x for one in found.ahead)


@settings(deadline=None, max_examples=100)
@given(cases())
def test_past_its_limit_a_bar_is_hatched_and_no_other_is(content: Content) -> None:
    found = drawn(content)
    for one in found.bars if found else ():
        assert (one.past is not None) == bool(one.bar.over)
        if one.past is not None:
            assert one.left <= one.past <= one.right


def test_a_step_of_a_burst_takes_a_slot_and_so_does_a_message() -> None:
    found = drawing(contents([bar(0, 0.001), bar(0.001, 0.001), bar(0.002, 0.001)], [sent(1, 0.01)]))
    assert [(one.left, one.right) for one in found.bars] == [(14, 44), (44, 74), (74, 104)]
    assert [one.x for one in found.messages] == [134]


def test_a_message_stands_where_the_step_ends_that_it_reports() -> None:
    reported = bar(0, 0.001, carrier=1)
    found = drawing(contents([reported], [sent(1, 0.002)]))
    assert found.messages[0].x == found.bars[0].right == 44


def test_where_the_clock_stands_a_step_comes_before_the_message_that_reports_it() -> None:
    steps = [bar(0, 0, carrier=1), bar(0, 0, "con", carrier=2), bar(0, 0, carrier=3)]
    found = drawing(contents(steps, [sent(1, 0), sent(2, 0), sent(3, 0)]))
    assert [one.right for one in found.bars] == [one.x for one in found.messages] == [44, 74, 104]
    assert [one.left for one in found.bars] == [14, 44, 74]


def test_steps_at_the_same_time_in_one_lane_are_in_rows_of_their_own_and_the_lane_grows() -> None:
    alone, together = drawing(contents([bar(0, 60)])), drawing(contents([bar(0, 60), bar(30, 60)]))
    assert together.bars[0].y != together.bars[1].y
    assert together.height > alone.height


def test_what_is_ahead_is_a_slot_each_right_of_now_and_coming_days_lead_to_the_due_time() -> None:
    now = MONDAY + timedelta(hours=1)
    due = datetime(2026, 12, 3, 18, tzinfo=ALMATY)
    ahead = [Ahead("lea", "7(6)", "one"), Ahead("lea.head", "7(7)", "two")]
    rail = Rail("Term", "4(1)", MONDAY, now, due, "day 1")
    found = drawing(contents([bar(0, None)], ahead=ahead, rail=rail, now=now))
    assert found.now is not None
    assert found.rail is not None
    assert [one.left - found.now.x for one in found.ahead] == [14, 49]
    assert [label.text for label in found.day_labels][-3:] == ["01", "02", "Thu 03 Dec–03"]
    assert found.rail.until == found.now.x
    assert found.rail.due > found.ahead[-1].left
    assert found.bars[0].right == found.now.x


def test_a_limit_that_ends_after_now_is_drawn_to_a_coming_day() -> None:
    now, due = MONDAY + timedelta(hours=1), datetime(2026, 12, 1, 18, tzinfo=ALMATY)
    found = drawing(contents([bar(0, None, counted_from=MONDAY, due=due)], now=now))
    assert found.now is not None
    assert found.bars[0].due_x is not None
    assert found.bars[0].due_x > found.now.x
    assert found.bars[0].past is None


def test_a_far_due_time_leaves_out_the_days_before_it() -> None:
    now, due = MONDAY + timedelta(hours=1), datetime(2028, 12, 1, 18, tzinfo=ALMATY)
    found = drawing(contents([bar(0, None, counted_from=MONDAY, due=due)], now=now))
    assert found.width < 600


@pytest.mark.parametrize("word", ["7(5)", "10(11)"])
def test_a_label_has_room_on_its_bar(word: str) -> None:
    found = drawing(contents([Bar("lea", word, "", "", "ok", MONDAY, MONDAY + timedelta(seconds=1))]))
    assert found.bars[0].right - found.bars[0].left >= label_width(word) - 1


def test_nothing_without_a_time_is_no_drawing() -> None:
    assert drawn(contents()) is None
    assert now_width("now 11:20") > 60
