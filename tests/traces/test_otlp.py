"""Traces are made where the standard variables ask for them, and by them alone."""

from __future__ import annotations

import builtins
import threading
from typing import Any

import pytest
from opentelemetry.trace import NoOpTracerProvider

from aimaq.language.errors import Unconfigured
from aimaq.pipeline.telemetry import otlp, tracing

HERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9/"}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_SERVICE_NAME": "x"},
        HERE | {"OTEL_SDK_DISABLED": "true"},
        HERE | {"OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_none_are_made_unless_a_collector_is_named(environment: dict[str, str]) -> None:
    assert otlp.tracing("lea", environment) is None


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]
)
def test_another_way_than_there_is_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Unconfigured, match=f"{name} must be .*, not '{value}'"):
        otlp.tracing("lea", HERE | {name: value})


def test_without_the_extra_it_is_said_which_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Unconfigured, match=r"aimaq\[otel\]"):
        otlp.tracing("lea", HERE)


async def test_a_collector_that_does_not_answer_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "GRACE", 0.01)
    abandoned = threading.Event()

    def shutdown() -> None:
        assert abandoned.wait(30)

    await tracing.Tracing(NoOpTracerProvider(), shutdown, abandoned.set).close()
    assert abandoned.is_set()


async def test_each_service_has_spans_of_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", HERE["OTEL_EXPORTER_OTLP_ENDPOINT"])
    both = [otlp.tracing(party) for party in ("lea", "con")]
    names = []
    for one in both:
        assert one is not None
        names.append(one.provider.resource.attributes["service.name"])  # type: ignore[attr-defined]
        await one.close()
    assert names == ["aimaq-lea", "aimaq-con"]
