"""Whether a limit will be kept: the due time less what the link waits, less the median of the steps that remain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from aimaq.casework.case import Case
from aimaq.language.envelope import party_of
from aimaq.language.texts import Texts
from aimaq.regulation import workflow
from aimaq.regulation.calendar import moment
from aimaq.regulation.deadlines import Deadlines, Standing
from aimaq.regulation.working_time import before, day_length, length
from aimaq.service import Service
from gateway_svc.cases.medians import Medians
from gateway_svc.cases.views import Forecast
from gateway_svc.models import tables

Waiting = Mapping[str, timedelta]
"""How long the oldest message has waited on the way from the gateway to a party, by party; nothing for the others."""


async def own_waiting(service: Service) -> Waiting:
    """How long the oldest unsent message to each party has been in the gateway's own outbox."""
    outbox = tables.outbox
    query = sa.select(outbox.c.queue, sa.func.min(outbox.c.created_at)).group_by(outbox.c.queue)
    now = service.clock.now()
    async with service.database.read() as conn:
        rows = (await conn.execute(query.where(outbox.c.created_at.is_not(None)))).all()
    ages = {queue: service.clock.lasted(since, now) for queue, since in rows}
    return {queue: age for queue, age in ages.items() if age > timedelta(0)}


def forecast(
    case: Case, standing: Standing, deadlines: Deadlines, medians: Medians, waiting: Waiting, now: datetime
) -> Forecast | None:
    """What is to be expected of the limit of a case; None where none runs."""
    if standing.due_at is None:
        return None
    late = standing.due_at < now
    due = standing.term_due_at if late else standing.due_at
    if late and (due is None or due < now):
        summary = _TERM_BROKEN if due is not None else _NO_TERM
        return Forecast("term", False if due is not None else None, None, 0, None, 0, summary.as_dict(), None)
    assert due is not None
    binding = deadlines.binding(case.at)
    working = binding is not None and binding.limit.unit == "working-day"
    places = _whole(deadlines, case.at) if late else _of_step(deadlines, case.at)
    known = medians.of(case.regulation, case.channel, places, working=working)
    link = waiting.get(party_of(standing.party), timedelta(0))
    off = link + (known or timedelta(0))
    latest = before(deadlines.calendar, due, off) if working else due - off
    in_time = now <= latest
    summary = (_TERM_IN_TIME if in_time else _TERM_BREAKS) if late else (_IN_TIME if in_time else _BREAKS)
    day = day_length(deadlines.calendar.hours) if working else timedelta(days=1)
    basis = Texts(*(moment(due),) * 3)
    if link:
        basis = _WITH_LINK.format(basis=basis, link=length(link).say())
    if known is not None:
        basis = _WITH_MEDIAN.format(basis=basis, median=length(known, day).say(), count=len(places))
    return Forecast(
        of="term" if late else "step",
        in_time=in_time,
        latest=latest,
        waiting=link.total_seconds(),
        median=known.total_seconds() if known is not None else None,
        steps=len(places),
        summary=summary.as_dict(),
        basis=basis.as_dict(),
    )


def _of_step(deadlines: Deadlines, at: str) -> list[str]:
    """The parts of its step that a case still has before it."""
    step, part = deadlines.flow.places[at]
    return [workflow.place(step, one) for one in step.parts[step.parts.index(part) :]]


def _whole(deadlines: Deadlines, at: str) -> list[str]:
    """The parts before a case up to its end, if all goes well."""
    found: list[str] = []
    while not workflow.ended(at) and at not in found:
        found.append(at)
        ways = workflow.outcomes(*deadlines.flow.places[at])
        usual = next((name for name in ("ok", "granted") if name in ways), next(iter(ways)))
        at = workflow.advance(deadlines.flow, at, usual)
    return found


_IN_TIME = Texts(kk="үлгереді", ru="успевает", en="in time")
_BREAKS = Texts(kk="бұзылады", ru="будет нарушен", en="will break")
_TERM_IN_TIME = Texts(
    kk="қызмет мерзімі сақталады", ru="срок услуги будет соблюдён", en="the term of the service will be kept"
)
_TERM_BREAKS = Texts(kk="қызмет мерзімі де бұзылады", ru="срок услуги тоже будет нарушен", en="the term will break too")
_TERM_BROKEN = Texts(kk="қызмет мерзімі де бұзылды", ru="срок услуги тоже нарушен", en="the term is broken too")
_NO_TERM = Texts(
    kk="бүкіл қызметтің мерзімі белгіленбеген", ru="срок всей услуги не установлен", en="the whole has no term"
)
_WITH_LINK = Texts(
    kk="{basis} − байланыстың күтуі {link}",
    ru="{basis} − ожидание связи {link}",
    en="{basis} − the link's wait of {link}",
)
_WITH_MEDIAN = Texts(
    kk="{basis} − қалған бөліктердің ({count}) медианасы {median}",
    ru="{basis} − медиана оставшихся частей ({count}) {median}",
    en="{basis} − the median of the parts left ({count}), {median}",
)
