"""Traces, where they are wanted: how a command or a message came of another, as spans of OpenTelemetry.

A service without a tracer passes on what a message belongs to, and does nothing else. Spans bear the message's type and
the ids of message and case; nothing that a message says, and no address that was called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TracerProvider,
    get_current_span,
    set_span_in_context,
)

from aimaq import __version__
from aimaq.bus import OutgoingMessage
from aimaq.bus.trace_context import of_span
from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.language.messages import TYPES
from aimaq.pipeline.telemetry.outcomes import slug_of

GRACE = 2.0
"""Seconds that a collector which does not answer may hold up the end of a service."""

CASE: Final = "aimaq.case_id"
MESSAGE: Final = "messaging.message.id"

_SYSTEM = {"messaging.system": "aimaq"}
_ROUTED = {type_.routing_key: name for name, type_ in TYPES.items()}


def within(parent: str) -> Context:
    """The context of what belongs to this `traceparent`, which is lawful."""
    _, trace_id, span_id, flags = parent.split("-")
    own = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return set_span_in_context(NonRecordingSpan(own))


class Tracing:
    """The spans of one service, which go to a provider of its own. What belongs to no trace begins none."""

    def __init__(self, provider: TracerProvider, shutdown: Callable[[], None], give_up: Callable[[], None]) -> None:
        self.provider, self._shutdown, self._give_up = provider, shutdown, give_up
        self._tracer = provider.get_tracer("aimaq", __version__)

    async def close(self) -> None:
        """Hand over what has not been yet, as far as the collector takes it within `GRACE` seconds."""
        ending = asyncio.ensure_future(asyncio.to_thread(self._shutdown))
        await asyncio.wait({ending}, timeout=GRACE)
        if not ending.done():
            self._give_up()
        await ending

    def command(self, case_id: str | None) -> Span | None:
        """The span of a command, from when it came until it is committed; None if its caller is not traced."""
        if not get_current_span().get_span_context().is_valid:
            return None
        return self._tracer.start_span("command", attributes={CASE: case_id} if case_id else None)

    def process(self, received: Received) -> Span | None:
        """The span of a message that came in, from then until it is committed; None if it belongs to no trace."""
        parent = received.incoming.traceparent
        if not parent:
            return None
        attributes = {MESSAGE: received.key, **_SYSTEM}
        if received.trusted:
            attributes[CASE] = received.envelope.case_id
        name = f"process {type_of(received)}"
        return self._tracer.start_span(name, within(parent), SpanKind.CONSUMER, attributes)

    def react(
        self, parent: Span, handler: Callable[[UnitOfWork, Received], None], uow: UnitOfWork, received: Received
    ) -> None:
        """Have a message handled within a span of its own, to which what is sent belongs."""
        span = self._tracer.start_span(f"handle {type_of(received)}", set_span_in_context(parent))
        uow.traceparent = of_span(span)
        try:
            handler(uow, received)
        except Exception as error:
            ended(span, error)
            raise
        ended(span)

    def publish(self, messages: Sequence[OutgoingMessage]) -> list[Span]:
        """The spans of those of these messages that belong to a trace, until the bus has confirmed them."""
        return [
            self._tracer.start_span(
                f"publish {_ROUTED.get(one.routing_key, 'message')}",
                within(one.traceparent),
                SpanKind.PRODUCER,
                {MESSAGE: one.message_id, "messaging.destination.name": one.to, **_SYSTEM},
            )
            for one in messages
            if one.traceparent
        ]


def type_of(received: Received) -> str:
    """The type of a message, if it is one of Aimaq's, and is believed."""
    name = received.envelope.type if received.trusted else ""
    return name if name in TYPES else "message"


def ended(span: Span, error: Exception | None = None) -> None:
    """End a span; with an error it has failed, by its name in the code alone."""
    if error is not None:
        span.set_status(Status(StatusCode.ERROR, slug_of(error)))
    span.end()
