"""The messages of a path against the journal: each prescribed one sent once, and none that nobody asked for."""

from __future__ import annotations

from collections.abc import Sequence

from aimaq.regulation import Texts
from stand.verdict.trace import Message, Trace, matches
from stand.verdict.findings import LetterFinding, LetterState
from stand.verdict.prescribed import Letter, Prescribed
from stand.verdict.wording import clock, plain, sentence

OUTSIDE = frozenset({"MessageRejected"})
"""Types that are no part of any flow: they tell of the delivery of others."""


def judge_letters(prescribed: Prescribed, trace: Trace) -> tuple[LetterFinding, ...]:
    """A finding for every message that was journalled, in order, and for every prescribed one that was not."""
    left = list(prescribed.letters)
    findings = [_seen(prescribed, message, left) for message in sorted(trace.messages, key=lambda m: m.journalled_at)]
    return (*findings, *(_missing(prescribed, letter) for letter in left))


def awaited(prescribed: Prescribed, trace: Trace, before: int) -> list[Letter]:
    """The messages prescribed before the part with this index that the gateway has not yet accepted."""
    left = [letter for letter in prescribed.letters if letter.after < before]
    for message in trace.messages:
        if message.accepted:
            _take(message, left)
    return left


def _take(message: Message, left: list[Letter]) -> Letter | None:
    for letter in left:
        same = (message.type, message.by, message.to) == (letter.type, letter.sender, letter.to)
        if same and matches(message.status, letter.status):
            left.remove(letter)
            return letter
    return None


def _seen(prescribed: Prescribed, message: Message, left: list[Letter]) -> LetterFinding:
    letter = _take(message, left) if message.accepted else None
    at = clock(message.journalled_at)
    state: LetterState
    if not message.accepted:
        why = message.reason or ""
        state = "rejected"
        actual = sentence("{at} қабылданбады: {why}", "{at} отклонено: {why}", "refused {at}: {why}", at=at, why=why)
    elif letter is not None or message.type in OUTSIDE:
        state, actual = "done", plain(at)
    else:
        state, actual = "unexpected", _unbidden(prescribed.letters, message, at)
    return LetterFinding(
        type=message.type,
        sender=message.by,
        recipient=message.to,
        state=state,
        actual=actual,
        status=message.status,
        after=_place(prescribed, letter) if letter else None,
        message_id=message.message_id,
        caused_by=message.caused_by,
        occurred_at=message.occurred_at,
        journalled_at=message.journalled_at,
        reason=message.reason,
    )


def _unbidden(letters: Sequence[Letter], message: Message, at: str) -> Texts:
    """Why nobody asked for it: it came once more than it should, or its kind has no place on this path."""
    known = any((x.type, x.sender, x.to) == (message.type, message.by, message.to) for x in letters)
    if known:
        return sentence("{at}: артық жіберілген", "{at}: отправлено лишний раз", "{at}: sent once too often", at=at)
    return sentence("{at}: бұл жолда көзделмеген", "{at}: на пути не предусмотрено", "{at}: not on the path", at=at)


def _missing(prescribed: Prescribed, letter: Letter) -> LetterFinding:
    return LetterFinding(
        type=letter.type,
        sender=letter.sender,
        recipient=letter.to,
        state="missed",
        actual=sentence("журналда жоқ", "в журнале нет", "not in the journal"),
        status=letter.status,
        after=_place(prescribed, letter),
    )


def _place(prescribed: Prescribed, letter: Letter) -> str:
    ref, operation = prescribed.places[letter.after].key
    return f"{ref}/{operation}"
