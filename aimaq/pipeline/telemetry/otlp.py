"""Where spans go: to whom the standard variables `OTEL_*` name, by OTLP over HTTP; to nobody, if they name nobody.

The packages for that are the extra `otel`. Each service has a provider of its own, since five may be one process.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from aimaq import __version__
from aimaq.language.errors import Unconfigured
from aimaq.pipeline.telemetry.tracing import Tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
HTTP = "http/protobuf"


def tracing(party: str, environment: Mapping[str, str] = os.environ) -> Tracing | None:
    """The tracing of a service; None where the environment wants none.

    Unconfigured if it wants another way than OTLP over HTTP, or if the packages are not there.
    """
    wanted = any(environment.get(name) for name in ENDPOINTS)
    off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if not wanted or off or environment.get("OTEL_TRACES_EXPORTER", "otlp") == "none":
        return None
    for name, known in (("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_PROTOCOL", HTTP)):
        if environment.get(name, known) != known:
            raise Unconfigured(f"{name} must be {known}, not {environment[name]!r}")
    try:
        return _tracing(party)
    except ImportError:
        raise Unconfigured("traces need the packages of the extra: pip install 'aimaq[otel]'") from None


def _tracing(party: str) -> Tracing:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from aimaq.pipeline.telemetry.unaddressed import Unaddressed

    about = {"service.name": f"aimaq-{party}", "service.namespace": "aimaq", "service.version": __version__}
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(Unaddressed())
    exporter = OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider, provider.shutdown, exporter.shutdown)
