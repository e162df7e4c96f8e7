"""The two pictures of the page of a case, in its reader's language: the legal time axis, and the strip of its path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aimaq.regulation import Flow, Regulation, diagram
from aimaq.regulation.calendar import ALMATY, Calendar
from aimaq.regulation.working_time import Length, day_length, length, working_days
from conformance import strip
from conformance.axis import svg
from conformance.axis.case import content
from conformance.axis.content import Words
from conformance.axis.layout import drawn
from conformance.progress import Progress, TermProgress
from conformance.trace import Trace
from gateway_svc.console.language import Reader
from gateway_svc.console.pages.case import words

Href = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class AxisPicture:
    """The column of the lanes' names and the picture beside it, as SVG, and whether messages are folded in it."""

    column: str
    plot: str
    folded: bool


def axis(
    state: Progress, trace: Trace, flow: Flow, say: Reader, *, step: Href, message: Href, chosen: int | None
) -> AxisPicture | None:
    """The legal time axis of a case; None if nothing in it has a time."""
    calendar = Calendar()
    shown = content(
        state,
        trace,
        flow,
        _words(state, say, calendar),
        say.language,
        step_href=step,
        message_href=message,
        rail=lambda term: term_words(term, say),
        chosen=chosen,
    )
    found = drawn(shown, calendar)
    if found is None:
        return None
    folded = len(shown.messages) < len(trace.messages)
    return AxisPicture(svg.column(found), svg.plot(found), folded)


def path(state: Progress, flow: Flow, say: Reader, name: str, href: Href) -> str:
    """The strip of the case's path through its flow, as SVG."""
    return strip.written(strip.strip(state, flow), say.language, name, href)


def whole(state: Progress, regulation: Regulation, flow: Flow, say: Reader) -> str:
    """The whole diagram of a flow, with what is done and the token where the case stands, as SVG."""
    laid = diagram.page(diagram.draw(regulation, flow.channel, say.language))
    states = {step.key: strip.state_of(step) for step in state.steps if step.index >= 0 and step.stage != "left-out"}
    return diagram.svg(laid, states, state.current.key if state.current is not None else "")


def term_words(term: TermProgress, say: Reader) -> str:
    """Which working day of the term it is, and how much of it is left or over."""
    parts = []
    if term.day is not None and term.stage not in ("kept", "late"):
        parts.append(say(words.DAY_OF, day=term.day, all=f"{term.limit.max:g}"))
    if term.overdue is not None:
        parts.append(say(term.overdue.was_late() if term.end else term.overdue.late()))
    elif term.left is not None:
        parts.append(say(term.left.left()))
    elif term.stage == "kept":
        parts.append(say(words.OBSERVED))
    return ", ".join(parts)


def _words(state: Progress, say: Reader, calendar: Calendar) -> Words:
    """What is written on the axis, in the reader's language."""
    term = next((one for one in state.terms if one.what == "service" and one.start and one.day is not None), None)

    def named(first: date, last: date) -> list[str]:
        begin = _noon(first)
        short = say.day(begin).partition(", ")[2]
        if first != last:
            until = say.day(_noon(last)).partition(", ")[2]
            return [f"{short} – {until}", f"{first.day}–{last.day}"]
        full = say.day(begin)
        number = _number(term, first, calendar) if term is not None else None
        longest = [f"{full} · {say(words.WORKING_DAY, day=number)}"] if number else []
        return [*longest, full, short, str(first.day)]

    return Words(
        name=say(words.AXIS_OF),
        parties=say(words.PARTIES),
        now=say(words.NOW),
        ahead=say(words.AHEAD_STEPS, count=state.count("ahead")),
        shut=say(words.SHUT),
        open_from=named,
        lasted=lambda seconds: _short(seconds, say, calendar),
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ALMATY)


def _number(term: TermProgress, day: date, calendar: Calendar) -> int | None:
    """Which working day of the term a day is; None before it begins and after it has run out."""
    assert term.start is not None
    assert term.due is not None
    due = term.due.astimezone(ALMATY).date()
    behind = working_days(calendar, day, due) - 1
    number = round(term.limit.max or 0) - behind
    return number if day <= due and number > 0 else None


def _short(seconds: float, say: Reader, calendar: Calendar) -> str:
    """A length of idle working time: whole days, or whole hours."""
    lasted, whole = timedelta(seconds=seconds), day_length(calendar.hours)
    step = whole if lasted >= whole else timedelta(hours=1)
    found: Length = length(max(step, round(lasted / step) * step), whole)
    return say(found.say())
