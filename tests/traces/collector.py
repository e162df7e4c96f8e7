"""A collector of OpenTelemetry's for tests: it takes spans by OTLP over HTTP, and keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.serving import Reply, Request, serving

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")


@dataclass(frozen=True)
class CollectedSpan:
    """One span as it came."""

    service: str
    trace: str
    id: str
    parent: str
    name: str
    kind: str
    attributes: dict[str, str]
    failed: bool
    message: str


@dataclass
class Collector:
    """What came, in order, and where it is to be sent."""

    url: str = ""
    spans: list[CollectedSpan] = field(default_factory=list)

    async def take(self, request: Request) -> Reply:
        """Keep the spans of one call."""
        found = ExportTraceServiceRequest.FromString(request.body)
        for resource in found.resource_spans:
            about = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        CollectedSpan(
                            service=about["service.name"].removeprefix("aimaq-"),
                            trace=span.trace_id.hex(),
                            id=span.span_id.hex(),
                            parent=span.parent_span_id.hex(),
                            name=span.name,
                            kind=KINDS[span.kind],
                            attributes={one.key: _text(one.value) for one in span.attributes},
                            failed=span.status.code == 2,
                            message=span.status.message,
                        )
                    )
        return Reply(b"", 200, {"Content-Type": "application/x-protobuf"})

    def of(self, trace: str) -> list[CollectedSpan]:
        """The spans of one trace."""
        return [span for span in self.spans if span.trace == trace]


def _text(value: object) -> str:
    kind = value.WhichOneof("value")  # type: ignore[attr-defined]
    return str(getattr(value, kind)) if kind else ""


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector until the block ends."""
    collector = Collector()
    async with serving({"/v1/traces": collector.take}) as listener:
        collector.url = listener.url
        yield collector
