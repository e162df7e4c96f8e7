"""What a batch sends belongs to the span of the handler that sent it; without a tracer, to what it came of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from aimaq.bus import trace_context
from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.language.errors import AlreadyThere, BadSignature
from aimaq.language.messages import StatusChanged
from aimaq.pipeline.items import QueuedCommand
from aimaq.pipeline.telemetry.tracing import Tracing
from tests.pipeline.workbench import Workbench, arrived, case, message, workbench

CASE = "019cacb3-f200-72a4-b777-6ddd64133b9e"
ID = "019cacb3-f200-7000-8000-000000000001"
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{CALLER}-01"


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with workbench() as made:
        made.reaction = answers
        yield made


@pytest.fixture
def spans(bench: Workbench) -> InMemorySpanExporter:
    """The spans that end, of a service that is traced."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    bench.tracing = Tracing(provider, provider.shutdown, exporter.shutdown)
    return exporter


def answers(uow: UnitOfWork, _: Received) -> None:
    """A handler that sends a message."""
    uow.send(StatusChanged(status="received"), "gateway")


def belonging(traceparent: str = PARENT) -> Received:
    """A message that belongs to a trace."""
    received = message(ID, CASE)
    received.incoming = type(received.incoming)(
        received.incoming.body, received.incoming.signature, 1, "gateway", traceparent=traceparent
    )
    return received


def come(bench: Workbench, received: Received) -> QueuedCommand:
    """The message on its way through a batch, as the writer takes it in."""
    command = arrived(received)
    command.span = bench.tracing.process(received) if bench.tracing is not None else None
    return command


def name_of(span: ReadableSpan) -> str:
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-01"


def test_what_is_sent_belongs_to_the_handler_that_sent_it(bench: Workbench, spans: InMemorySpanExporter) -> None:
    command = come(bench, belonging())
    batch = bench.run(command)
    command.answer()
    handle, process = spans.get_finished_spans()
    assert (handle.name, process.name) == ("handle StatusChanged", "process StatusChanged")
    assert handle.parent is not None
    assert handle.parent.span_id == process.context.span_id
    assert process.parent is not None
    assert f"{process.parent.span_id:016x}" == CALLER
    assert f"{handle.context.trace_id:032x}" == f"{process.context.trace_id:032x}" == TRACE
    (sent,) = batch.effects.messages
    assert sent.traceparent == name_of(handle)
    assert trace_context.lawful(sent.traceparent)
    assert process.attributes is not None
    assert (process.attributes["aimaq.case_id"], process.attributes["messaging.message.id"]) == (CASE, ID)
    assert process.status.status_code is StatusCode.UNSET


def test_a_service_without_a_tracer_passes_on_what_it_got(bench: Workbench) -> None:
    (sent,) = bench.run(come(bench, belonging())).effects.messages
    assert sent.traceparent == PARENT


def test_what_belongs_to_nothing_begins_nothing(bench: Workbench, spans: InMemorySpanExporter) -> None:
    command = come(bench, message(ID, CASE))
    assert command.span is None
    (sent,) = bench.run(command).effects.messages
    command.answer()
    assert sent.traceparent == ""
    assert not spans.get_finished_spans()


@pytest.mark.parametrize(("error", "slug"), [(AlreadyThere(), "already-there"), (ValueError("900101300017"), "fault")])
def test_a_handler_that_fails_is_a_span_that_failed_by_the_name_of_the_error(
    bench: Workbench, spans: InMemorySpanExporter, error: Exception, slug: str
) -> None:
    def fails(*_: object) -> None:
        raise error

    bench.reaction = fails
    bench.run(come(bench, belonging()))
    (handle,) = spans.get_finished_spans()
    assert (handle.status.status_code, handle.status.description) == (StatusCode.ERROR, slug)
    assert not handle.events, "no text of an error leaves with a span"


def test_a_rejection_belongs_to_what_was_rejected(bench: Workbench) -> None:
    belongs: list[str] = []
    reject = bench.rules.reject

    def noting(uow: UnitOfWork, received: Received, error: BadSignature) -> None:
        belongs.append(uow.traceparent)
        reject(uow, received, error)

    object.__setattr__(bench.rules, "reject", noting)
    received = belonging()
    received.error = BadSignature()
    bench.run(come(bench, received))
    assert belongs == [PARENT]


def test_what_a_command_sends_belongs_to_the_command(bench: Workbench, spans: InMemorySpanExporter) -> None:
    assert bench.tracing is not None
    bench.put(case(CASE))
    span = bench.tracing.process(belonging())
    command = QueuedCommand(lambda uow: answers(uow, message(ID, CASE)), CASE, span=span)
    (sent,) = bench.run(command).effects.messages
    command.answer()
    (ended,) = spans.get_finished_spans()
    assert sent.traceparent == name_of(ended)


def test_a_command_of_nobody_s_trace_has_no_span(bench: Workbench, spans: InMemorySpanExporter) -> None:
    assert bench.tracing is not None
    assert bench.tracing.command(CASE) is None
