"""The messages of a path against the journal: each prescribed one sent once, and none that nobody asked for."""

from __future__ import annotations

from collections.abc import Sequence

from aimaq.regulation import Texts
from aimaq.regulation.wording import plain, sentence
from conformance.findings import MessageFinding, MessageState
from conformance.prescribed import Prescribed, PrescribedMessage
from conformance.trace import Message, Trace, matches
from conformance.wording import clock

OUTSIDE = frozenset({"MessageRejected"})
"""Types that are no part of any flow: they tell of the delivery of others."""


def judge_messages(prescribed: Prescribed, trace: Trace) -> tuple[MessageFinding, ...]:
    """A finding for every message that was journalled, in order, and for every prescribed one that was not."""
    left = list(prescribed.messages)
    findings = [
        _journalled(prescribed, message, left) for message in sorted(trace.messages, key=lambda m: m.journalled_at)
    ]
    return (*findings, *(_missing(prescribed, envelope) for envelope in left))


def awaited(prescribed: Prescribed, trace: Trace, before: int) -> list[PrescribedMessage]:
    """The messages prescribed before the part with this index that the gateway has not yet accepted."""
    left = [envelope for envelope in prescribed.messages if envelope.after < before]
    for message in trace.messages:
        if message.accepted:
            _take(message, left)
    return left


def _take(message: Message, left: list[PrescribedMessage]) -> PrescribedMessage | None:
    for envelope in left:
        same = (message.type, message.by, message.to) == (envelope.type, envelope.sender, envelope.to)
        if same and matches(message.status, envelope.status):
            left.remove(envelope)
            return envelope
    return None


def _journalled(prescribed: Prescribed, message: Message, left: list[PrescribedMessage]) -> MessageFinding:
    envelope = _take(message, left) if message.accepted else None
    at = clock(message.journalled_at)
    state: MessageState
    if not message.accepted:
        why = message.reason or ""
        state = "rejected"
        actual = sentence("{at} қабылданбады: {why}", "{at} отклонено: {why}", "refused {at}: {why}", at=at, why=why)
    elif envelope is not None or message.type in OUTSIDE:
        state, actual = "done", plain(at)
    else:
        state, actual = "unexpected", _unbidden(prescribed.messages, message, at)
    return MessageFinding(
        type=message.type,
        sender=message.by,
        recipient=message.to,
        state=state,
        actual=actual,
        status=message.status,
        after=_place(prescribed, envelope) if envelope else None,
        message_id=message.message_id,
        caused_by=message.caused_by,
        occurred_at=message.occurred_at,
        journalled_at=message.journalled_at,
        reason=message.reason,
    )


def _unbidden(envelopes: Sequence[PrescribedMessage], message: Message, at: str) -> Texts:
    """Why nobody asked for it: it came once more than it should, or its kind has no place on this path."""
    known = any((x.type, x.sender, x.to) == (message.type, message.by, message.to) for x in envelopes)
    if known:
        return sentence("{at}: артық жіберілген", "{at}: отправлено лишний раз", "{at}: sent once too often", at=at)
    return sentence("{at}: бұл жолда көзделмеген", "{at}: на пути не предусмотрено", "{at}: not on the path", at=at)


def _missing(prescribed: Prescribed, envelope: PrescribedMessage) -> MessageFinding:
    return MessageFinding(
        type=envelope.type,
        sender=envelope.sender,
        recipient=envelope.to,
        state="missed",
        actual=sentence("журналда жоқ", "в журнале нет", "not in the journal"),
        status=envelope.status,
        after=_place(prescribed, envelope),
    )


def _place(prescribed: Prescribed, envelope: PrescribedMessage) -> str:
    ref, operation = prescribed.places[envelope.after].key
    return f"{ref}/{operation}"
