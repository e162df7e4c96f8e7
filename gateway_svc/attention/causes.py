"""What a cause is called where people read, and what can be done about its messages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aimaq.bus.control import Action, CauseGroup, Kind
from aimaq.language import errors
from aimaq.language.errors import AimaqError
from aimaq.language.texts import Texts

PARKED = Texts(
    kk="Ісінің алдыңғы хабары келмеген",
    ru="Не пришло предыдущее сообщение по делу",
    en="An earlier message of the case has not come",
)
UNSENT = Texts(kk="Шина хабарды қабылдамай тұр", ru="Шина не принимает сообщения", en="The bus does not take messages")
REJECTED_BY = Texts(
    kk="Жолдаған хабарымызды алушы қабылдамады",
    ru="Получатель не принял наше сообщение",
    en="The recipient did not accept our message",
)
UNFORESEEN = Texts(
    kk="Өңдеуде күтпеген қате шықты",
    ru="При обработке произошла непредвиденная ошибка",
    en="Handling met an error that nobody foresaw",
)

_SLUG = re.compile(r"([a-z][a-z-]+): ").match
_REJECTION = re.compile(r"rejected by [a-z]+: ([a-z-]+): ").match


def _errors(kind: type[AimaqError]) -> Iterator[type[AimaqError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _errors(narrower)


_TITLES = {kind.slug: kind.title for kind in _errors(errors.AimaqError)}


def slug_of(cause: str) -> str | None:
    """The kind of error that a cause begins with, by its short name; None for an error that nobody foresaw."""
    found = _REJECTION(cause) or _SLUG(cause)
    return found[1] if found is not None and found[1] in _TITLES else None


def title_of(group: CauseGroup) -> Texts:
    """What a group is called."""
    if group.kind == "held":
        return PARKED
    if group.kind == "unsent":
        return UNSENT
    if _REJECTION(group.cause) is not None:
        slug = slug_of(group.cause)
        return _both(REJECTED_BY, _TITLES[slug]) if slug else REJECTED_BY
    slug = slug_of(group.cause)
    return _TITLES[slug] if slug is not None else UNFORESEEN


def actions_on(kind: Kind) -> list[Action]:
    """What can be done about messages of a kind."""
    return list(_ACTIONS[kind])


def _both(first: Texts, second: Texts) -> Texts:
    return Texts(kk=f"{first.kk}: {second.kk}", ru=f"{first.ru}: {second.ru}", en=f"{first.en}: {second.en}")


_ACTIONS: dict[Kind, tuple[Action, ...]] = {
    "dead": ("requeue", "return", "drop"),
    "refused": ("requeue", "drop"),
    "retry": ("requeue",),
    "rejected": ("drop",),
    "held": (),
    "unsent": (),
}
