"""The time axis written down: well-formed, linked, folded where there is too much, and deaf to strangers' markup."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree

from conformance.axis import svg
from conformance.axis.content import Bar, Content, Lane, Sent
from conformance.axis.folding import ALONE, FOLDS, folded
from tests.conformance.axis.test_layout import MONDAY, bar, contents, drawing, sent

HOSTILE = "</title><script>alert(1)</script>\x00\u202e&\"'"


def parsed(content: Content) -> etree._Element:
    """The picture and its column, as XML."""
    found = drawing(content)
    return etree.fromstring(f"<div>{svg.column(found)}{svg.plot(found)}</div>")


def test_each_bar_and_each_square_is_a_link_with_a_title() -> None:
    tree = parsed(contents([bar(0, 60), bar(60, 5)], [sent(1, 60)], now=MONDAY + timedelta(days=2)))
    assert [link.get("href") for link in tree.iter("a")] == ["#s", "#s", "#m"]
    assert len(tree.findall(".//a/title")) == 3


def test_a_refused_message_and_the_chosen_one_are_marked() -> None:
    refused = Sent(1, 1, "con", "lea", MONDAY, "", "", refused=True)
    chosen = Sent(2, 2, "con", "lea", MONDAY, "", "", chosen=True)
    marked = [link.get("class") for link in parsed(contents([], [refused, chosen])).iter("a")]
    assert marked == ["jn bad", "jn on"]


def test_strangers_markup_is_text() -> None:
    step = Bar("lea", HOSTILE, HOSTILE, HOSTILE, "ok", MONDAY, MONDAY + timedelta(hours=1), over=HOSTILE)
    message = Sent(1, 1, "con", "lea", MONDAY, HOSTILE, HOSTILE)
    content = contents([step], [message])
    lanes = (*content.lanes[:-1], Lane("gateway", (HOSTILE,), HOSTILE))
    tree = parsed(Content(lanes, content.bars, content.messages, (), None, None, content.words))
    assert not list(tree.iter("script"))
    texts = "".join(tree.itertext())
    assert "<script>alert(1)</script>" in texts
    assert "\x00" not in texts
    assert "\u202e" not in texts


def test_a_hundred_events_are_drawn_one_by_one() -> None:
    messages = [sent(number + 1, number) for number in range(FOLDS)]
    assert folded([], messages) == ((), tuple(messages))


def test_more_are_folded_by_verdict_but_those_that_report_steps_and_the_chosen_one() -> None:
    messages = [sent(number + 1, number) for number in range(400)]
    messages[99] = Sent(100, 100, "con", "lea", MONDAY, "", "", refused=True)
    messages[199] = Sent(200, 200, "con", "lea", MONDAY, "", "", chosen=True)
    _, found = folded([bar(0, 1, carrier=300)], messages)
    assert [one.label for one in found] == ["1–99", "100", "101–199", "200", "201–299", "300", "301–400"]
    assert [one.refused for one in found] == [False, True, False, False, False, False, False]


def test_above_five_thousand_the_steps_are_alone() -> None:
    messages = [sent(number + 1, number) for number in range(ALONE)]
    bars, found = folded([bar(0, 1)], messages)
    assert len(bars) == 1
    assert not found


@pytest.mark.parametrize("count", [FOLDS, 1000, ALONE, 20_000])
def test_whatever_comes_the_picture_has_a_bounded_size(count: int) -> None:
    bars = [Bar("lea", "7(5)", "t" * 100, "#s", "odd", MONDAY, MONDAY, carrier=number + 1) for number in range(count)]
    messages = [Sent(n, n, "con", "lea", MONDAY, "t" * 60, "#m", refused=bool(n % 2)) for n in range(1, count)]
    shown, found = folded(bars, messages)
    text = svg.plot(drawing(contents(shown, found)))
    assert len(text) < 120_000
