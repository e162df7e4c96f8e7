"""The words of a verdict in the three languages: the states of findings, instants and lengths of time."""

from __future__ import annotations

from datetime import datetime

from aimaq.regulation import Texts
from aimaq.regulation.calendar import ALMATY
from aimaq.regulation.wording import plain, sentence

STATES = {
    "done": Texts(kk="орындалды", ru="выполнен", en="done"),
    "satisfied": Texts(kk="орындалды", ru="соблюдена", en="satisfied"),
    "missed": Texts(kk="жоқ", ru="пропущено", en="missed"),
    "wrong-unit": Texts(kk="басқа бірлік", ru="другой исполнитель", en="wrong unit"),
    "wrong-outcome": Texts(kk="басқа нәтиже", ru="другой исход", en="wrong outcome"),
    "out-of-order": Texts(kk="кезексіз", ru="не по порядку", en="out of order"),
    "late": Texts(kk="кешіктірілген", ru="просрочено", en="late"),
    "early": Texts(kk="ерте", ru="раньше срока", en="early"),
    "unexpected": Texts(kk="көзделмеген", ru="не предусмотрено", en="unexpected"),
    "rejected": Texts(kk="қабылданбаған", ru="отклонено", en="rejected"),
    "not-due": Texts(kk="қажет емес", ru="не требуется", en="not due"),
}


def state(name: str) -> Texts:
    """The state of a finding, in words."""
    return STATES.get(name) or plain(name)


def clock(at: datetime | None) -> str:
    """An instant, as a person reads it: Almaty time, to the millisecond."""
    return "—" if at is None else f"{at.astimezone(ALMATY):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def took(seconds: float) -> Texts:
    """A length of time, as a person says it."""
    if seconds < 1:
        return sentence("{n} мс", "{n} мс", "{n} ms", n=f"{seconds * 1000:.0f}")
    if seconds < 60:
        return sentence("{n} с", "{n} с", "{n} s", n=f"{seconds:.2f}".rstrip("0").rstrip("."))
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    words = (("күн", "д", "d"), ("сағ", "ч", "h"), ("мин", "мин", "min"), ("с", "с", "s"))
    parts = zip((days, hours, minutes, rest), words, strict=True)
    wording = [(n, names) for n, names in parts if n][:3]
    return Texts(*(" ".join(f"{n} {names[i]}" for n, names in wording) for i in range(3)))
