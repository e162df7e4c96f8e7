"""What the gateway tells a scraper of its journal: how long it is, and how long an entry has waited for its block."""

from __future__ import annotations

from aimaq.language.clock import Clock
from aimaq.pipeline.telemetry.families import Family, Measure
from gateway_svc.journal.chain import Chain

ENTRIES = Family("aimaq_journal_entries_total", "counter", "Entries of the gateway's journal.")
BLOCKS = Family("aimaq_journal_blocks_total", "counter", "Blocks that the journal is closed in.")
OPEN = Family("aimaq_journal_open_entries", "gauge", "Entries that are in no block yet.")
WAITED = Family(
    "aimaq_journal_open_seconds",
    "gauge",
    "How long, by the stand's clock, the first of these has waited for its block; 0 if there is none.",
)


class JournalMeasures:
    """Reads the chain of one gateway, as its writer knows it."""

    def __init__(self, chain: Chain, clock: Clock) -> None:
        self._chain, self._clock = chain, clock

    async def read(self) -> list[Measure] | None:
        """The figures; None while it is not certain what the journal ends with."""
        head = self._chain.head
        if head is None:
            return None
        waited = (self._clock.now() - head.since).total_seconds() if head.since is not None else 0.0
        return [
            Measure(ENTRIES, head.number),
            Measure(BLOCKS, head.block),
            Measure(OPEN, len(head.leaves)),
            Measure(WAITED, round(max(0.0, waited), 3)),
        ]
