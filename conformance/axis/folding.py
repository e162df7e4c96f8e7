"""What an axis with too much on it leaves out: what conforms is folded, what does not is shown as long as it can be."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import groupby

from conformance.axis.content import Bar, Sent

FOLDS, ALONE = 100, 5_000
"""Above so many events what conforms is folded; above so many there are no messages.

The rules of drawing ask for the first at 200. At 100 a page has 75 kB, and with all that it loads less than 150.
"""


def folded(bars: Sequence[Bar], messages: Sequence[Sent]) -> tuple[tuple[Bar, ...], tuple[Sent, ...]]:
    """The bars and messages that are drawn of these.

    Messages of one verdict that follow one another are folded into one square, but for those that report steps and the
    chosen one. Steps that no regulation asks for are left out where there are more than a page can hold.
    """
    if len(bars) + len(messages) <= FOLDS:
        return tuple(bars), tuple(messages)
    carriers = {bar.carrier for bar in bars}
    sent = _runs(messages, carriers)
    if len(bars) + len(sent) > FOLDS:
        sent = _runs(messages, set())
    if len(bars) + len(messages) > ALONE or len(bars) + len(sent) > FOLDS:
        sent = [one for one in messages if one.chosen]
    return _bars(bars), tuple(sent)


def _runs(messages: Sequence[Sent], alone: Set[int | None]) -> list[Sent]:
    """Messages of one verdict one after another as one; those in `alone`, by number, and the chosen one stay single."""

    def key(one: Sent) -> tuple[bool, int]:
        return one.refused, one.number if one.chosen or one.number in alone else 0

    return [_together(list(group)) for _, group in groupby(messages, key=key)]


def _together(messages: Sequence[Sent]) -> Sent:
    first, last = messages[0], messages[-1]
    if len(messages) == 1:
        return first
    return replace(first, last=last.last, title=f"{first.title} … {last.title}", sender="gateway", recipient="gateway")


def _bars(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """The bars, without those of no step of the path if there are too many."""
    if len(bars) <= FOLDS:
        return tuple(bars)
    others = [bar for bar in bars if bar.state != "odd"]
    return tuple([*others, *(bar for bar in bars if bar.state == "odd")][:FOLDS])
