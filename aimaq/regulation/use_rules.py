"""The rules for what a flow makes use of: registers, results, and the procedure of another channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aimaq.regulation.draft import DraftFlow, DraftPart, Finding, texts, word, words
from aimaq.regulation.inner import LEFT_OUT
from aimaq.regulation.vocabulary import REGISTERS, suggest

_OWN = {"asks": "ask-registry", "into": "enter-registry", "requires": "prepare"}
"""The operation that alone may say this of registers; all but `prepare` must."""


def use_rules(flow: DraftFlow, flows: Sequence[DraftFlow], results: frozenset[str]) -> Iterator[Finding]:
    """Every mistake in the names of registers and results, and in the inner procedure, given the flows of the file."""
    for step in flow.steps.values():
        for part in step.parts:
            yield from _registers(part)
            for n, name in enumerate(part.results):
                if name not in results:
                    yield (*part.place, "results", n), "unknown-result", f"no result {name!r}{suggest(name, results)}"
        for name in step.limits:
            if name not in results:
                yield (*step.place, "limits", name), "unknown-result", f"no result {name!r}{suggest(name, results)}"
    if flow.inner:
        yield from _inner(flow, {other.channel: other for other in flows})


def _registers(part: DraftPart) -> Iterator[Finding]:
    for key, operation in _OWN.items():
        there = key in part.keys
        if there and part.does and part.does != operation:
            yield (*part.place, key), "unknown-register", f"{key} belongs to {operation!r}, not to {part.does!r}"
        if not there and part.does == operation and key != "requires":
            yield part.place, "unknown-register", f"{operation!r} needs {key}"
    for key, names in (("asks", part.asks), ("requires", part.requires)):
        for n, name in enumerate(names):
            if name not in REGISTERS:
                yield (*part.place, key, n), "unknown-register", f"no register {name!r}{suggest(name, REGISTERS)}"
    if part.into and part.into not in REGISTERS:
        yield (*part.place, "into"), "unknown-register", f"no register {part.into!r}{suggest(part.into, REGISTERS)}"


def _inner(flow: DraftFlow, flows: dict[str, DraftFlow]) -> Iterator[Finding]:
    place = (*flow.place, "inner")
    of, before, items = word(flow.inner.get("of")), word(flow.inner.get("before")), words(flow.inner.get("items"))
    other = flows.get(of)
    if other is None or of == flow.channel:
        yield (*place, "of"), "inner", f"no other channel {of!r}{suggest(of, flows)}"
        return
    if before not in flow.steps:
        yield (*place, "before"), "inner", f"no step {before!r}{suggest(before, flow.steps)}"
    elif not any(before in step.next.values() for step in flow.steps.values()):
        yield (*place, "before"), "inner", f"no step leads to {before}"
    for n, ref in enumerate(items):
        if ref not in other.steps:
            yield (*place, "items", n), "inner", f"channel {of} has no step {ref!r}{suggest(ref, other.steps)}"
        elif all(part.does in LEFT_OUT for part in other.steps[ref].parts):
            yield (*place, "items", n), "inner", f"{ref} is done where the request comes in, so nothing of it is left"
    for ref in items:
        leads = texts(other.steps[ref].next) if ref in other.steps else {}
        for there in leads.values():
            if there in other.steps and there not in items:
                yield (*place, "items"), "inner", f"{ref} leads to {there}, which is not among the items"
