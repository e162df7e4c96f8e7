"""What is to be looked at first: links that stand, certificates that count no more; then what is slow or runs out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from gateway_svc.cases.views import PerformerLoad
from gateway_svc.console.language import Reader
from gateway_svc.console.pages.parties import STANDINGS
from gateway_svc.console.pages.traffic import figures, words
from gateway_svc.parties.views import PartyCertificate
from gateway_svc.traffic.states import LONG
from gateway_svc.traffic.views import Link

MOST = 6
"""Lines that are shown."""


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that needs a person: a state and a glyph of the design language, what it is, more of it, and where."""

    state: str
    sign: str
    text: str
    more: str
    where: str


def concerns(
    links: Sequence[Link],
    loads: Sequence[PerformerLoad],
    certificates: Mapping[str, Sequence[PartyCertificate]],
    say: Reader,
    now: datetime,
    *,
    attention: bool,
) -> list[Concern]:
    """What is wrong with limits, links and certificates (by party, the best of each first), the worst of all first.

    With `attention` the console has that section, which is where what waits for an operator is seen to.
    """
    found = [*_of_limits(loads, say), *(one for link in links for one in _of(link, say, attention=attention))]
    found += [one for party, own in certificates.items() for one in _of_certificate(party, own[0], say, now)]
    return sorted(found, key=lambda one: one.state != "late")[:MOST]


def _of_limits(loads: Sequence[PerformerLoad], say: Reader) -> Iterator[Concern]:
    for state, text, counts in (
        ("late", words.LATE, [(one.party, one.late) for one in loads]),
        ("near", words.NEAR, [(one.party, one.near) for one in loads]),
    ):
        by_party: dict[str, int] = {}
        for party, count in counts:
            by_party[party] = by_party.get(party, 0) + count
        if every := sum(by_party.values()):
            more = ", ".join(
                f"{figures.name(say, party)} {say.number(count)}" for party, count in by_party.items() if count
            )
            yield Concern(state, state, say(text, count=say.number(every)), more, "/console/deadlines")


def _of_certificate(party: str, one: PartyCertificate, say: Reader, now: datetime) -> Iterator[Concern]:
    name, where = figures.name(say, party), "/console/parties"
    if one.status == "near":
        text = say(words.CERTIFICATE_ENDS, system=name, span=say.span(one.not_after - now))
        yield Concern("near", "near", text, say(words.UNTIL, moment=say.moment(one.not_after)), where)
    elif one.status != "good":
        text = say(words.CERTIFICATE_IS, system=name, state=say(STANDINGS[one.status]))
        yield Concern("late", "dead", text, "", where)


def _of(link: Link, say: Reader, *, attention: bool) -> Iterator[Concern]:
    waits = "/console/attention" if attention else messages(party=link.system)
    name, here = figures.name(say, link.system), link.here
    counted = say(words.COUNTED, count=say.number(link.sent.refused))
    if link.state == "stopped" and here.unsent:
        text = say(words.NOT_TAKEN, system=name, span=figures.age(say, here.unsent_for))
        more = say(words.WAITS, count=say.number(here.unsent))
        yield Concern("late", "dead", text, more, waits)
    if link.sent.refused and not link.sent.accepted:
        where = messages(party=link.system, verdict="rejected")
        yield Concern("late", "refused", say(words.ALL_REFUSED, system=name), counted, where)
    elif link.sent.refused:
        text = say(words.SOME_REFUSED, system=name, count=say.number(link.sent.refused))
        yield Concern("near", "refused", text, "", messages(party=link.system, verdict="rejected"))
    if aside := figures.laid_aside(link):
        text = say(words.LAID_ASIDE, system=name, count=say.number(aside))
        yield Concern("late", "dead", text, say(words.FOR_AN_OPERATOR), waits)
    if here.parked:
        text = say(words.PARKED, system=name, count=say.number(here.parked))
        yield Concern(
            "near", "held", text, say(words.GAP, span=figures.age(say, here.oldest)), messages(party=link.system)
        )
    if here.retry:
        text = say(words.RETRYING, system=name, count=say.number(here.retry))
        yield Concern("near", "retry", text, "", waits)
    if link.p99 is not None and link.p99 >= LONG:
        text = say(words.SLOW, system=name, p99=figures.milliseconds(say, link.p99))
        yield Concern("near", "near", text, "", messages(party=link.system))


def messages(**query: str) -> str:
    """The page of the messages that are meant."""
    return f"/console/messages?{urlencode(query)}"
