"""The lanes of a case's time axis: registers, the party where it began, the body's system, its units, the journal."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from aimaq.regulation import Texts, party_of
from aimaq.regulation.diagram.words import performer
from aimaq.regulation.model.vocabulary import PEOPLE, ROLES
from conformance.axis.content import Lane

JOURNAL, REGISTERS, OTHER = "gateway", "registry", "other"
_LONGEST, _WIDE = 15, 22
"""How many letters stand in a line of the column, and in its smaller one."""

_NAMES = {
    "registry": Texts(kk="Тізілімдер", ru="Реестры", en="Registers"),
    "portal": Texts(kk="Портал", ru="Портал", en="Portal"),
    "con": Texts(kk="ХҚКО", ru="ЦОН", en="Service centre"),
    "lea": Texts(kk="ЖАО", ru="МИО", en="Executive body"),
    "other": Texts(kk="Басқалар", ru="Прочие", en="Others"),
    "gateway": Texts(kk="Шлюз", ru="Шлюз", en="Gateway"),
}
_SYSTEM = Texts(kk="жүйе", ru="система", en="system")
_JOURNAL = Texts(kk="журнал", ru="журнал", en="journal")
_UNITS = frozenset(f"lea.{role}" for role in ROLES)
"""Those who have a lane of their own, so that a wrong unit is seen as a wrong line."""


def lane_of(name: str) -> str:
    """The lane of a system or a person at one; `other` for whoever the regulations do not know."""
    if name in _UNITS:
        return name
    party = party_of(name).partition(":")[0]
    return party if party in _NAMES else OTHER


def lanes(performers: Iterable[str], registers: Iterable[str], language: str) -> tuple[Lane, ...]:
    """The lanes that these performers use, in their order; `registers` are the names of those that are asked."""
    there = list(dict.fromkeys(performers))
    keys = {lane_of(one) for one in there}
    asked = list(dict.fromkeys(registers))
    order = [
        *([REGISTERS] if asked or REGISTERS in keys else []),
        *(party for party in ("portal", "con", "lea") if party in keys),
        *(unit for unit in there if unit in _UNITS),
        *([OTHER] if OTHER in keys else []),
    ]
    return (
        *(_lane(key, _subtitle(key, there, asked, language), language) for key in order),
        _lane(JOURNAL, _JOURNAL.say(language), language),
    )


def _lane(key: str, subtitle: str, language: str) -> Lane:
    name = _NAMES[key] if key in _NAMES else performer(key)
    lines = tuple(wrap(name.say(language), _LONGEST, break_long_words=False))
    return Lane(key, lines, subtitle if len(lines) == 1 and len(subtitle) <= _WIDE else "")


def _subtitle(key: str, performers: Iterable[str], registers: Iterable[str], language: str) -> str:
    """Who of a party is in its lane, or which registers."""
    if key == REGISTERS:
        return ", ".join(registers)
    if key not in ("portal", "con", "lea"):
        return ""
    mine = [one for one in performers if lane_of(one) == key]
    people = [performer(one).say(language).lower() for one in mine if one in PEOPLE]
    return ", ".join(dict.fromkeys([*people, *([_SYSTEM.say(language)] if key in mine else [])]))
