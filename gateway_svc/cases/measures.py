"""What the gateway tells a scraper of deadlines: how many limits run, are near and are broken, by whose move it is."""

from __future__ import annotations

from collections import Counter

from aimaq.language.envelope import party_of
from aimaq.language.messages import PARTIES
from aimaq.pipeline.telemetry.families import Family, Measure
from aimaq.service import Service
from gateway_svc.cases.pressing import loads

DEADLINES = Family(
    "aimaq_deadlines",
    "gauge",
    "Limits of open cases, by whose move it is: running, near, or late, which is broken.",
    ("performer", "state"),
)


STATES = ("running", "near", "late")
"""How a limit stands: with time, from when on it is near, and once it has run out."""


class DeadlineMeasures:
    """Counts the limits of one gateway's cases, as its clock shows the time."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def read(self) -> list[Measure]:
        """The figures of every party; Unavailable without the database."""
        counted: Counter[tuple[str, str]] = Counter()
        for load in await loads(self._service, self._service.clock.now()):
            for state, number in zip(STATES, (load.running, load.near, load.late), strict=True):
                counted[(party_of(load.party), state)] += number
        every = [(party, state) for party in PARTIES for state in STATES]
        return [Measure(DEADLINES, counted[words], words) for words in every]
