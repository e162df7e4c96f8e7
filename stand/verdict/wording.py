"""The words of a verdict in the three languages: units, states, and the sentences made of them and of operations."""

from __future__ import annotations

from datetime import datetime

from aimaq.language.messages import STATUS_TEXTS
from aimaq.regulation import Limit, Texts
from aimaq.regulation.calendar import ALMATY, amount
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.regulation.model.vocabulary import OUTCOMES

NOTHING = Texts(kk="", ru="", en="")

UNITS = {
    "portal": Texts(kk="портал", ru="портал", en="the portal"),
    "con": Texts(kk="ХҚКО АЖ", ru="ИС ЦОН", en="the service centre's system"),
    "lea": Texts(kk="ЖАО АЖ", ru="ИС МИО", en="the executive body's system"),
    "gateway": Texts(kk="шлюз", ru="шлюз", en="the gateway"),
    "registry": Texts(kk="тізілім", ru="реестр", en="the registry"),
    "portal.citizen": Texts(kk="тұтынушы", ru="потребитель", en="the citizen"),
    "con.operator": Texts(kk="ХҚКО операторы", ru="оператор ЦОН", en="the service centre's operator"),
    "lea.employee": Texts(kk="ЖАО қызметкері", ru="работник МИО", en="the executive body's employee"),
    "con.applicant": Texts(kk="өтініш беруші", ru="заявитель", en="the applicant"),
    "lea.applicant": Texts(kk="өтініш беруші", ru="заявитель", en="the applicant"),
    "lea.clerk": Texts(kk="кеңсе қызметкері", ru="сотрудник канцелярии", en="the clerk of the body's office"),
    "lea.head": Texts(kk="ЖАО басшысы", ru="руководитель МИО", en="the head of the body"),
    "lea.section-head": Texts(kk="бөлім басшысы", ru="руководитель отдела", en="the head of the section"),
    "lea.executor": Texts(kk="жауапты орындаушы", ru="ответственный исполнитель", en="the executor"),
    "lea.akim": Texts(kk="ауылдық округ әкімі", ru="аким сельского округа", en="the rural akim"),
    "lea.akim-specialist": Texts(
        kk="әкім аппаратының маманы", ru="специалист аппарата акима", en="the specialist of the akim's office"
    ),
    "lea.akim-executor": Texts(
        kk="әкім аппаратының орындаушысы", ru="исполнитель аппарата акима", en="the executor of the akim's office"
    ),
}

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


def sentence(kk: str, ru: str, en: str, **words: Texts | str) -> Texts:
    """One sentence in each language, with the words put into its gaps in that language."""

    def fill(template: str, language: str) -> str:
        return template.format_map(
            {name: word.say(language) if isinstance(word, Texts) else word for name, word in words.items()}
        )

    return Texts(kk=fill(kk, "kk"), ru=fill(ru, "ru"), en=fill(en, "en"))


def joined(texts: list[Texts], by: str = "; ") -> Texts:
    """Several texts as one."""
    return Texts(kk=by.join(t.kk for t in texts), ru=by.join(t.ru for t in texts), en=by.join(t.en for t in texts))


def plain(word: str) -> Texts:
    """A word that is the same in each language."""
    return Texts(kk=word, ru=word, en=word)


def unit(performer: str) -> Texts:
    """A system or a person at one, in words."""
    return UNITS.get(performer) or plain(performer)


def operation(name: str) -> Texts:
    """An operation, in words."""
    return OPERATIONS[name].words if name in OPERATIONS else plain(name)


def outcome(name: str) -> Texts:
    """An outcome, in words."""
    return OUTCOMES[name].words if name in OUTCOMES else plain(name)


def state(name: str) -> Texts:
    """The state of a finding, in words."""
    return STATES.get(name) or plain(name)


def limit(found: Limit | None) -> Texts:
    """A limit in words: what the act prints in Kazakh, the figures in the other languages; `≥` if it has no `max`."""
    if found is None:
        return NOTHING
    wording = joined([amount(number, found.unit) for number in (found.min, found.max) if number is not None], " – ")
    if found.max is None:
        wording = joined([plain("≥"), wording], " ")
    return Texts(kk=found.text or wording.kk, ru=wording.ru, en=wording.en)


def status(name: str | None) -> Texts:
    """The status of a case in the words of the acts; `final` is either of the last two."""
    if name == "final":
        return joined([status("completed"), status("refused")], " / ")
    words = STATUS_TEXTS.get(name or "")
    return Texts(**words) if words else plain(name or "—")


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
