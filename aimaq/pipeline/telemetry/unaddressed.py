"""Takes the address that was called out of the spans of requests: a person's number may be in it."""

from __future__ import annotations

from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

HIDDEN: Final = "…"
ADDRESS: Final = ("url.path", "url.query", "url.full")
"""The attributes that hold what was asked for as it was written; `http.route` has it as it is declared, and stays."""


class Unaddressed(SpanProcessor):
    """Blots them out as a span begins, before anybody else sees it."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """See `SpanProcessor.on_start`."""
        attributes = span.attributes or {}
        for name in ADDRESS:
            if name in attributes:
                span.set_attribute(name, HIDDEN)
