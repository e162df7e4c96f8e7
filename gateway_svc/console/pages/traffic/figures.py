"""How the page writes its figures: rates, milliseconds, ages, and what a system is called."""

from __future__ import annotations

from gateway_svc.console import labels
from gateway_svc.console.language import Reader
from gateway_svc.console.pages.traffic import words
from gateway_svc.traffic.views import Link, Traffic

DASH = "–"
_WHOLE = 100.0
"""From where on a number has no fraction."""
_EXACT = 10.0
"""Milliseconds below which a latency has a tenth."""
_TENTHS = 60.0
"""Seconds below which an age is told with a tenth."""


def number(say: Reader, value: float | None) -> str:
    """Three digits of a number, as the reader writes one; a count as it is; a dash where it is not known."""
    if value is None:
        return DASH
    return say.number(float(f"{value:.3g}") if type(value) is float and 0 < value < _WHOLE else round(value))


def milliseconds(say: Reader, value: float | None) -> str:
    """A latency as exactly as it is known: a tenth below 10 ms; a dash where it is not."""
    if value is None:
        return DASH
    return say.number(round(value, 1)) if value < _EXACT else say.number(round(value))


def rate(say: Reader, value: float | None) -> str:
    """A rate: `18,4/с`; a dash where it is not known."""
    return DASH if value is None else say(words.PER_SECOND, rate=number(say, value))


def age(say: Reader, seconds: float | None) -> str:
    """For how long something has waited; a dash where nothing does."""
    if seconds is None:
        return DASH
    if seconds < _TENTHS:
        return f"{say.number(round(seconds, 1))} {say.span(0.0).rpartition(' ')[2]}"
    return say.span(seconds)


def name(say: Reader, system: str) -> str:
    """What a system is called where room is short: a party by its name, a body or an outside system by its own."""
    if system == "?":
        return say(words.UNKNOWN)
    known = labels.NAMES.get(system)
    return say(known) if known is not None else system.partition(":")[2] or system


def subtitle(say: Reader, link: Link) -> str:
    """What a system is, in a few words."""
    if link.kind == "unknown":
        return say(words.UNCERTAIN)
    if link.kind == "outside":
        return f"{link.system}, {say(words.OUTSIDE)}"
    return say(words.SUBTITLES[link.system])


def waiting(link: Link) -> int:
    """How much waits on a link: to be sent, for an earlier message, to be tried again."""
    return link.here.unsent + link.here.parked + link.here.retry


def laid_aside(link: Link) -> int:
    """How many messages wait for an operator: of a link's at the gateway, and all that do at the system itself."""
    return link.here.dead + (link.there.dead if link.there is not None else 0)


def all_laid_aside(traffic: Traffic) -> int:
    """How many messages wait for an operator anywhere."""
    return traffic.waiting.dead + sum(link.there.dead for link in traffic.links if link.there is not None)


def troubles(say: Reader, link: Link) -> str:
    """What is wrong on a link, in a line: `4 held, 9 retrying`; empty if nothing is."""
    counts = {
        "refused": link.sent.refused,
        "parked": link.here.parked,
        "retry": link.here.retry,
        "dead": laid_aside(link),
    }
    found = [say(words.TROUBLES[what], count=say.number(count)) for what, count in counts.items() if count]
    both = ", ".join(found[:2])
    return both if len(both) <= _LINE else found[0]


_LINE = 28
"""Characters that fit beside a line of the map."""

CLASSES = {"ok": "ok", "slow": "near", "stopped": "late", "silent": "mute"}
"""The state of the design language for each state of a link."""
SIGNS = {"ok": "ok", "slow": "near", "stopped": "dead", "silent": "ahead"}
"""The glyph of each."""
