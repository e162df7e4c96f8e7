"""The regulation in words, in the three languages: who acts, what they do, how it comes out, by when, what is shown."""

from __future__ import annotations

from aimaq.language.messages import STATUS_TEXTS
from aimaq.regulation import Limit, Texts
from aimaq.regulation.calendar import amount
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

CHANNELS: dict[str, Texts] = {
    "provider": Texts(kk="ЖАО", ru="МИО", en="Executive body"),
    "con": Texts(kk="ХҚКО", ru="ЦОН", en="Service centre"),
    "portal": Texts(kk="ЭҮП порталы", ru="Портал", en="Portal"),
    "akim": Texts(kk="Ауыл әкімі", ru="Сельский аким", en="Rural akim"),
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


def channel(name: str) -> Texts:
    """The way of asking for a service."""
    return CHANNELS.get(name) or Texts(kk=name, ru=name, en=name)
