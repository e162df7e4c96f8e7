"""What a scraper gets of one service: its counts as they are, and its probes."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from aimaq import __version__
from aimaq.bus import GATEWAY
from aimaq.language.clock import SystemClock
from aimaq.pipeline.telemetry import families
from aimaq.pipeline.telemetry.families import Family, Measure, Words
from aimaq.pipeline.telemetry.histogram import Histogram
from aimaq.service import Service
from aimaq.web.metrics.probes import Probes
from aimaq.web.metrics.requests import Requests

WAITING, READINESS = "waiting", "readiness"
"""The probes that every service has: what waits there, and whether it can work."""

_KINDS = ("held", "retry", "dead", "unsent")


class ServiceCollector(Collector):
    """Collects the figures of one service; the probes are those that were last taken."""

    def __init__(self, service: Service, requests: Requests) -> None:
        self._service, self._requests = service, requests
        self.probes = Probes({WAITING: self._waiting, READINESS: self._readiness, **service.probes})

    def collect(self) -> Iterator[Metric]:
        """Every family that has a figure."""
        yield from self._counted()
        yield from self._measured()
        by_family: dict[Family, list[Measure]] = {}
        for measure in (*self._present(), *self.probes.measures()):
            by_family.setdefault(measure.family, []).append(measure)
        for family, measures in by_family.items():
            yield single(family, {measure.labels: measure.value for measure in measures})

    def _counted(self) -> Iterator[Metric]:
        counts = self._service.writer.counts
        yield single(families.MESSAGES, counts.messages)
        yield single(families.REJECTED, _by_one(counts.rejected))
        yield single(families.RETRIED, _by_one(counts.retried))
        yield single(families.DEAD, _by_one(counts.dead))
        yield single(families.UNSIGNED, _by_one(counts.not_believed))
        yield single(families.PUT_BACK, {(): counts.put_back})
        yield single(families.DROPPED, {(): counts.dropped})
        yield single(families.SENT, counts.sent)
        yield single(families.CONFIRMED, {(): counts.confirmed})
        yield single(families.UNTAKEN, {(): counts.untaken})
        yield single(families.COMMANDS, _by_one(counts.commands))
        yield single(families.TROUBLES, {(): counts.troubles})
        yield single(families.REQUESTS, self._requests.answered)

    def _measured(self) -> Iterator[Metric]:
        counts = self._service.writer.counts
        yield several(families.LATENCY, counts.latency)
        if self._service.settings.party == GATEWAY:
            yield several(families.STEPS, counts.steps)
        yield several(families.QUEUED, {(): counts.queued})
        yield several(families.BATCHES, {(): counts.batches})
        yield several(families.SIZE, {(): counts.sizes})
        yield several(families.DURATION, {(route,): one for route, one in self._requests.seconds.items()})

    def _present(self) -> Iterator[Measure]:
        """What the service knows without asking anybody."""
        service = self._service
        now, writer, bus = service.clock.now(), service.writer, service.dependencies.bus
        until = service.dependencies.signer.certificate.not_valid_after_utc
        yield Measure(families.BUILD, 1, (__version__, platform.python_version()))
        yield Measure(families.WARNINGS, len(service.warnings()))
        yield Measure(families.DATABASE, float(writer.trouble is None and self.probes.is_current(WAITING)))
        yield Measure(families.BROKER, float(bus.ailment() is None and writer.relay.trouble is None))
        yield Measure(families.CLOCK, round((now - SystemClock().now()).total_seconds(), 3) + 0.0)  # no -0
        yield Measure(families.CERTIFICATE, round((until - now).total_seconds()))
        yield Measure(families.WAITING, writer.queued, ("queued",))
        yield Measure(families.OLDEST, round(writer.oldest or 0.0, 3), ("queued",))

    async def _waiting(self) -> list[Measure]:
        service = self._service
        found = await service.database.transact(service.dead_letters.count)
        now, measures = service.clock.now(), []
        for kind in _KINDS:
            count, since = found[kind]
            age = max(0.0, service.clock.lasted(since, now).total_seconds()) if since is not None else 0.0
            measures.append(Measure(families.WAITING, count, (kind,)))
            measures.append(Measure(families.OLDEST, round(age, 3), (kind,)))
        return measures

    async def _readiness(self) -> list[Measure]:
        return [Measure(families.READY, float(not await self._service.ailments()))]


class Metrics:
    """The figures of one service as a scraper gets them, in a registry of its own: five services may be one process."""

    def __init__(self, service: Service, requests: Requests) -> None:
        self._collector = ServiceCollector(service, requests)
        self._registry = CollectorRegistry()
        self._registry.register(self._collector)
        ProcessCollector(registry=self._registry)
        service.closers.append(self._collector.probes.close)

    async def text(self, accept: str) -> tuple[bytes, str]:
        """All of them as of now, and their media type: the one of Prometheus's two that the scraper asks for."""
        await self._collector.probes.take()
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


def single(family: Family, values: Mapping[Words, float]) -> Metric:
    """The counters or gauges of a family, by the words of their labels."""
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = kind(family.name, family.help, labels=family.labels)
    for words, value in values.items():
        metric.add_metric(words, value)
    return metric


def several(family: Family, histograms: Mapping[Words, Histogram]) -> Metric:
    """The histograms of a family, by the words of their labels."""
    metric = HistogramMetricFamily(family.name, family.help, labels=family.labels)
    for words, histogram in histograms.items():
        bounds = [*map(floatToGoString, histogram.bounds), "+Inf"]
        buckets: Iterable[tuple[str, float]] = zip(bounds, accumulate(histogram.counts), strict=True)
        metric.add_metric(words, list(buckets), histogram.total)
    return metric


def _by_one(values: Mapping[str, float]) -> dict[Words, float]:
    return {(word,): value for word, value in values.items()}
