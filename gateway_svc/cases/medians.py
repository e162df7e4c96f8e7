"""How long parts of steps take: the median of the last ones that were journalled, for the forecast.

It is in memory alone, and an estimate: it begins with what the journal has last, and a batch that is done again counts
twice.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import timedelta
from statistics import median

import sqlalchemy as sa

from aimaq.language.envelope import read
from aimaq.language.errors import AimaqError
from aimaq.language.messages import StepRecord
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.working_time import worked
from aimaq.service import Service
from gateway_svc.models import journal

SAMPLES = 101
"""Of each part of a step so many are remembered."""
BEGINS_WITH = 2000
"""Messages of the journal that are read at the start."""

_Span = tuple[float, float]
"""Seconds of plain and of working time."""


class Medians:
    """How long the last parts of steps took, by regulation, channel and place, in plain and in working time."""

    def __init__(self, calendar: Calendar | None = None) -> None:
        self._calendar = calendar or Calendar()
        self._spans: dict[tuple[str, str, str], deque[_Span]] = defaultdict(lambda: deque(maxlen=SAMPLES))

    def add(self, regulation: str, channel: str, records: Iterable[StepRecord]) -> None:
        """Remember these parts."""
        for record in records:
            plain = working = max(0.0, (record.ended_at - record.started_at).total_seconds())
            if plain >= _SHORT:
                working = worked(self._calendar, record.started_at, record.ended_at).total_seconds()
            self._spans[regulation, channel, f"{record.ref}/{record.operation}"].append((plain, working))

    def of(self, regulation: str, channel: str, places: Sequence[str], *, working: bool) -> timedelta | None:
        """How long these parts take together; None if nothing is known of any of them."""
        known = [self._spans[key] for at in places if (key := (regulation, channel, at)) in self._spans]
        if not known:
            return None
        return timedelta(seconds=sum(median(span[working] for span in spans) for spans in known))

    async def learn(self, service: Service) -> None:
        """Begin with what the journal has last; Unavailable for every condition of the database."""
        query = sa.select(journal.c.body).where(journal.c.verdict == "accepted", journal.c.sender != "gateway")
        async with service.database.read() as conn:
            bodies = (await conn.execute(query.order_by(journal.c.number.desc()).limit(BEGINS_WITH))).scalars().all()
        for body in reversed(bodies):
            try:
                envelope = read(body)
            except AimaqError:
                continue  # of a version that spoke otherwise
            self.add(envelope.regulation, envelope.channel, envelope.steps)


_SHORT = 60.0
"""Seconds below which a part takes as long in working time as in any."""
