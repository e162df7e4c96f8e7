"""The rules for what a flow makes use of: registers, results, and the procedure of another channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aimaq.regulation.model.inner import LEFT_OUT
from aimaq.regulation.model.registers import REGISTERS
from aimaq.regulation.model.vocabulary import RECORDS, suggest
from aimaq.regulation.validation.draft import DraftFlow, DraftNeed, DraftPart, Finding, texts, word, words

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
    named = [((*part.place, "asks", n), name) for n, name in enumerate(part.asks)]
    named += [(need.place, need.register) for need in part.requires]
    for place, name in [*named, ((*part.place, "into"), part.into)]:
        if name and name not in REGISTERS:
            yield place, "unknown-register", f"no register {name!r}{suggest(name, REGISTERS)}"
    for need in part.requires:
        yield from _record(need)


def _record(need: DraftNeed) -> Iterator[Finding]:
    """What a record could never say. Of a register whose records have no fixed shape nothing is known."""
    fields = RECORDS.get(need.register)
    if fields is None:
        return
    for field, wanted in need.words.items():
        place = (*need.place, field)
        if field not in fields:
            yield place, "record", f"a record of {need.register} has no {field!r}{suggest(field, fields)}"
            continue
        for n, one in enumerate(wanted):
            if fields[field] and one not in fields[field]:
                text = f"{field} of {need.register} is {' or '.join(fields[field])}, never {one!r}"
                yield (*place, n), "record", text + suggest(one, fields[field])


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
