"""What a service counts of its own work, in plain numbers that its one thread writes: nothing is locked or formatted.

A batch counts what it did once it is committed. A scraper's question reads the numbers as they are
(`aimaq.web.metrics`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

from aimaq.bus import GATEWAY, OutgoingMessage
from aimaq.language.clock import Clock
from aimaq.language.envelope import party_of
from aimaq.language.messages import PARTIES, TYPES
from aimaq.pipeline.telemetry.families import OTHER, Words
from aimaq.pipeline.telemetry.histogram import LEGAL, LONG, SHORT, SIZES, Histogram
from aimaq.pipeline.telemetry.outcomes import Outcome, What, slug_of, tell, tell_of
from aimaq.regulation.model.operations import OPERATIONS

_PARTIES = {name: name for name in PARTIES}
_TYPES = {name: name for name in TYPES}
_ROUTED = {type_.routing_key: name for name, type_ in TYPES.items()}
_OPERATIONS = {name: name for name in OPERATIONS}

NOT_BELIEVED = frozenset({"bad-signature", "withdrawn-certificate", "unknown-sender"})
"""The reasons by which a message's signature, or its sender, was not believed."""


class Counts:
    """The counts of one service, from its start on."""

    def __init__(self, party: str, clock: Clock) -> None:
        self._party, self._clock = party, clock
        self._steps = party == GATEWAY
        self.messages: Counter[Words] = Counter()
        """By sender, recipient, type and outcome."""
        self.latency: defaultdict[Words, Histogram] = defaultdict(partial(Histogram, LONG))
        """By sender and recipient."""
        self.steps: defaultdict[Words, Histogram] = defaultdict(partial(Histogram, LEGAL))
        """By the party that reports the step, and the operation; at the gateway alone."""
        self.rejected: Counter[str] = Counter()
        self.retried: Counter[str] = Counter()
        self.dead: Counter[str] = Counter()
        """Each by the slug of the reason."""
        self.not_believed: Counter[str] = Counter(dict.fromkeys((*PARTIES, OTHER), 0))
        """By the party that the broker names; 0 at first, so that a scraper sees the first of each as one more."""
        self.sent: Counter[Words] = Counter()
        """By recipient and type."""
        self.commands: Counter[str] = Counter()
        """By how they came out."""
        self.queued = Histogram(SHORT)
        self.batches = Histogram(SHORT)
        self.sizes = Histogram(SIZES)
        self.confirmed = self.untaken = self.troubles = self.put_back = self.dropped = 0

    def committed(self, outcomes: Sequence[Outcome], sent: Iterable[OutgoingMessage], commands: Counter[str]) -> None:
        """Count what a batch did, which is committed now."""
        now, lasted = self._clock.now(), self._clock.lasted
        links: defaultdict[tuple[str, str, str, What], list[float]] = defaultdict(list)
        steps: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for received, what, _, _ in outcomes:
            envelope = received.parsed if received.trusted else None
            if envelope is None:
                self.messages[(_known(received.incoming.publisher), OTHER, OTHER, what)] += 1
                continue
            seconds = lasted(envelope.occurred_at, now).total_seconds()
            links[(envelope.sender, envelope.recipient, envelope.type, what)].append(seconds)
            if self._steps and what == "accepted":
                for step in envelope.steps:
                    took = (step.ended_at - step.started_at).total_seconds()
                    steps[(envelope.sender, step.operation)].append(took)
        for (sender, recipient, type_, what), measured in links.items():
            link = _known(sender), _known(recipient)
            self.messages[(*link, _TYPES.get(type_, OTHER), what)] += len(measured)
            if what == "accepted":
                self.latency[link].observe(*(max(one, 0.0) for one in measured))
        for (sender, operation), measured in steps.items():
            labels = _known(sender), _OPERATIONS.get(operation, OTHER)
            self.steps[labels].observe(*(max(one, 0.0) for one in measured))
        for (to, routing_key), number in Counter([(one.to, one.routing_key) for one in sent]).items():
            self.sent[(_known(to), _ROUTED.get(routing_key, OTHER))] += number
        self.commands.update(commands)
        if unusual := [one for one in outcomes if one.reason]:
            for one in unusual:
                self._unusual(one)
            tell(self._party, unusual)

    def waited(self, seconds: Sequence[float]) -> None:
        """Measure a batch that is over, by how long each of its commands and messages was here."""
        if seconds:
            self.sizes.observe(len(seconds))
            self.queued.observe(*seconds)

    def was_laid_aside(self, message_id: str, error: Exception) -> None:
        """Count a message that could not be written, or that the bus will never take."""
        self.dead[slug_of(error)] += 1
        tell_of(self._party, message_id, "laid aside", slug_of(error))

    def was_put_back(self, message_id: str) -> None:
        """Count a dead letter that is handled or sent again."""
        self.put_back += 1
        tell_of(self._party, message_id, "put back")

    def was_dropped(self, message_id: str) -> None:
        """Count a dead letter that was given up."""
        self.dropped += 1
        tell_of(self._party, message_id, "dropped")

    def _unusual(self, outcome: Outcome) -> None:
        received, what, reason, aside = outcome
        if what == "rejected":
            self.rejected[reason] += 1
        elif what == "retried":
            self.retried[reason] += 1
        if what == "dead" or aside:
            self.dead[reason] += 1
        if reason in NOT_BELIEVED and what != "retried":
            self.not_believed[_known(received.incoming.publisher)] += 1


def _known(name: str | None) -> str:
    """The party of a name, which may be a body of one; `other` for any other name."""
    return _PARTIES.get(party_of(name), OTHER) if name else OTHER
