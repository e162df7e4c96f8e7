"""The spans of requests, where a service is traced: FastAPI makes them itself."""

from __future__ import annotations

from fastapi.telemetry import TelemetryConfig
from starlette.types import Scope

from aimaq.pipeline.telemetry.tracing import Tracing
from aimaq.web.metrics.endpoint import PATH

_UNASKED = ("/health/", PATH)
"""Whoever looks after the service asks here all the time, and no case comes of it."""


def spans(tracing: Tracing | None) -> TelemetryConfig:
    """What FastAPI is to trace of an application: each request, with what is declared of it alone; or nothing."""
    nothing = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
    if tracing is None:
        return nothing
    return nothing | TelemetryConfig(tracing=True, tracer_provider=tracing.provider, exclude=_unasked)


def _unasked(scope: Scope) -> bool:
    return str(scope.get("path", "")).startswith(_UNASKED)
