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

_Key = tuple[str, str, str]
_SHORT = 60.0
"""Seconds below which a part takes as long in working time as in any."""


class Medians:
    """How long the last parts of steps took, by regulation, channel and place, in plain and in working time.

    What a message adds is only put by; it is worked out when somebody asks.
    """

    def __init__(self, calendar: Calendar | None = None) -> None:
        self._calendar = calendar or Calendar()
        self._records: dict[_Key, deque[StepRecord]] = defaultdict(lambda: deque(maxlen=SAMPLES))
        self._known: dict[_Key, tuple[StepRecord, float, float]] = {}
        """The medians of each place in both times, and the last record that they are of."""

    def add(self, regulation: str, channel: str, records: Iterable[StepRecord]) -> None:
        """Remember these parts."""
        for record in records:
            self._records[regulation, channel, f"{record.ref}/{record.operation}"].append(record)

    def of(self, regulation: str, channel: str, places: Sequence[str], *, working: bool) -> timedelta | None:
        """How long these parts take together; None if nothing is known of any of them."""
        keys = [key for at in places if (key := (regulation, channel, at)) in self._records]
        return timedelta(seconds=sum(self._median(key)[working] for key in keys)) if keys else None

    def _median(self, key: _Key) -> tuple[float, float]:
        records = self._records[key]
        known = self._known.get(key)
        if known is None or known[0] is not records[-1]:
            spans = [self._span(record) for record in records]
            known = self._known[key] = records[-1], median(one for one, _ in spans), median(one for _, one in spans)
        return known[1:]

    def _span(self, record: StepRecord) -> tuple[float, float]:
        """Seconds of plain and of working time that a part took."""
        plain = max(0.0, (record.ended_at - record.started_at).total_seconds())
        if plain < _SHORT:
            return plain, plain
        return plain, worked(self._calendar, record.started_at, record.ended_at).total_seconds()

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
