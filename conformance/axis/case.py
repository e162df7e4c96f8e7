"""A case's progress and messages as what its time axis shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from aimaq.language.messages import TYPES
from aimaq.regulation import Flow, Limit, Texts
from aimaq.regulation.wording import joined, plain, unit
from conformance.axis.content import Ahead, Bar, Content, Rail, Sent, State, Words
from conformance.axis.folding import folded
from conformance.axis.lanes import JOURNAL, lane_of, lanes
from conformance.progress import Progress, StepProgress, TermProgress
from conformance.trace import Message, Trace

LEAST = timedelta(minutes=30)
"""A limit of so much is drawn; a shorter one that was kept would be noise."""
_UNIT = {"second": 1, "minute": 60, "hour": 3600, "working-day": 8 * 3600, "day": 86_400, "month": 30 * 86_400}

Href = Callable[[int], str]
"""The address that a bar or a square leads to: of the step or the message with this number, counted from 0."""


def content(
    progress: Progress,
    trace: Trace,
    flow: Flow,
    words: Words,
    language: str,
    *,
    step_href: Href,
    message_href: Href,
    rail: Callable[[TermProgress], str],
    chosen: int | None = None,
) -> Content:
    """What the axis of a case shows in a language. `chosen` is the number of a message, counted from 0.

    `rail` says in words how the term of the service stands.
    """
    numbers = {message.message_id: number for number, message in enumerate(trace.messages, 1)}
    bars = list(_bars(progress, numbers, language, step_href))
    messages = [_sent(trace, number, language, message_href, chosen) for number in range(len(trace.messages))]
    shown, sent = folded(bars, messages)
    ahead = tuple(
        Ahead(lane_of(step.by), step.paragraph, _title(step, language))
        for step in progress.steps
        if step.stage == "ahead"
    )
    used = [step.performer for step in progress.steps if step.stage != "left-out"]
    used += [lane for one in sent for lane in (one.sender, one.recipient) if lane != JOURNAL]
    registers = [name for step in progress.steps for name in _registers(flow, step)]
    return Content(
        lanes=lanes(used, registers, language),
        bars=shown,
        messages=sent,
        ahead=ahead,
        rail=_rail(progress, language, rail),
        now=progress.now if progress.end is None else None,
        words=words,
    )


def _bars(progress: Progress, numbers: dict[str, int], language: str, href: Href) -> Iterator[Bar]:
    for index, step in enumerate(progress.steps):
        if step.started_at is None or (step.ended_at is None and step.stage != "under-way"):
            continue
        late = "late" in step.faults
        drawn = step.due is not None and (late or _long(step.limit))
        yield Bar(
            lane=lane_of(step.performer),
            label=step.paragraph,
            title=_title(step, language),
            href=href(index),
            state=_state(step),
            start=step.started_at,
            end=step.ended_at,
            counted_from=step.counted_from if drawn else None,
            due=step.due if drawn else None,
            over=f"+{step.overdue.say().say(language)}" if late and step.overdue else "",
            carrier=numbers.get(step.message_id or ""),
        )


def _long(limit: Limit | None) -> bool:
    return limit is not None and timedelta(seconds=(limit.max or 0) * _UNIT[limit.unit]) >= LEAST


def _state(step: StepProgress) -> State:
    if "late" in step.faults:
        return "late"
    if step.stage == "under-way":
        return "near" if step.pressure in ("near", "silent") else "run"
    return "ok" if step.conforms and step.stage == "done" else "odd"


def _title(step: StepProgress, language: str) -> str:
    text = joined([step.title, unit(step.performer)], ", ")
    if step.explanation is not None:
        text = joined([text, step.explanation])
    return f"{step.paragraph} {text.say(language)}"


def _registers(flow: Flow, step: StepProgress) -> Iterator[str]:
    found = flow.places.get(step.key)
    if found is not None and step.stage != "left-out":
        yield from found[1].asks
        yield from filter(None, [found[1].into])


def _sent(trace: Trace, number: int, language: str, href: Href, chosen: int | None) -> Sent:
    message = trace.messages[number]
    name = TYPES[message.type].words if message.type in TYPES else plain(message.type)
    return Sent(
        number=number + 1,
        last=number + 1,
        sender=_sender(message),
        recipient=lane_of(message.to) if message.to else JOURNAL,
        at=message.journalled_at,
        title=f"{number + 1}: {name.say(language)}",
        href=href(number),
        refused=not message.accepted,
        chosen=number == chosen,
    )


def _sender(message: Message) -> str:
    """The lane that a message comes from: of whoever did the last step that it reports."""
    if not message.sender:
        return JOURNAL
    party = lane_of(message.by)
    if message.steps and lane_of(message.steps[-1].unit).partition(".")[0] == party:
        return lane_of(message.steps[-1].unit)
    return party


def _rail(progress: Progress, language: str, text: Callable[[TermProgress], str]) -> Rail | None:
    """The term that binds the whole: the first that is counted and has an end."""
    terms: Sequence[TermProgress] = [one for one in progress.terms if one.what in ("service", "flow")]
    for term in terms:
        if term.start is not None and term.due is not None:
            until = term.end or progress.now
            name, paragraph = _TERM.say(language), _PARAGRAPH.format(paragraph=term.paragraph).say(language)
            return Rail(name, paragraph, term.start, max(term.start, until), term.due, text(term))
    return None


_TERM = Texts(kk="Қызмет мерзімі", ru="Срок услуги", en="Service term")
_PARAGRAPH = Texts(kk="{paragraph}-тармақ", ru="пункт {paragraph}", en="para {paragraph}")
