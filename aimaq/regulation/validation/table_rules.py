"""The rules for the rows of a table: numbers, units, and that what is to show a row done can happen in the flow."""

from __future__ import annotations

from collections.abc import Iterator

from aimaq.language.messages import PARTIES, TYPES
from aimaq.regulation.files.document import Place
from aimaq.regulation.model.vocabulary import suggest
from aimaq.regulation.validation.draft import DraftFlow, DraftRow, Finding
from aimaq.regulation.validation.flow_rules import carries_status, known_message, known_party

_NEEDS = {"step": {"step"}, "sent": {"sent", "from", "to"}, "routed": {"routed", "to"}, "shown": {"shown", "at"}}
_MAY = {"step": {"outcome"}, "sent": {"status"}, "routed": {"status"}}


def table_rules(flow: DraftFlow, unit_parties: dict[str, str]) -> Iterator[Finding]:
    """Every mistake in the table of a flow, given the party behind each unit name that the tables print."""
    visited: dict[int, int] = {}
    numbers = {row.no for row in flow.rows}
    for count, row in enumerate(flow.rows, 1):
        if row.no is not None:
            if row.no in visited:
                yield (*row.place, "no"), "duplicate-row", f"row {row.no} is there already, as number {visited[row.no]}"
            visited.setdefault(row.no, count)
        for no in row.next:
            if no not in numbers:
                yield (*row.place, "next"), "unknown-row", f"no row {no}"
        if row.party is not None:
            yield from known_party((*row.place, "party"), row.party)
        elif row.unit and row.unit not in unit_parties:
            hint = suggest(row.unit, unit_parties)
            yield (*row.place, "unit"), "unknown-unit", f"unit_parties does not say who {row.unit!r} is{hint}"
        yield from _evidence(row, flow)


def _evidence(row: DraftRow, flow: DraftFlow) -> Iterator[Finding]:
    for place, piece in row.evidence:
        kinds = [kind for kind in _NEEDS if kind in piece]
        if len(kinds) != 1:
            yield place, "evidence", f"one of step, sent, routed and shown is wanted, not {len(kinds)}"
            continue
        kind = kinds[0]
        supplied, needed = set(piece), _NEEDS[kind]
        if missing := sorted(needed - supplied):
            yield place, "evidence", f"{kind} needs {' and '.join(missing)} too"
        if extra := sorted(supplied - needed - _MAY.get(kind, set())):
            yield place, "evidence", f"{kind} has no {' or '.join(extra)}"
        for name in ("from", "to", "at"):
            if name in piece:
                yield from known_party((*place, name), piece[name])
        if kind == "step":
            yield from _step((*place, "step"), piece["step"], flow)
            yield from _outcome(place, piece, flow)
        elif kind == "shown":
            if (at := piece.get("at", "")) in PARTIES and at not in flow.notified():
                yield (*place, "at"), "evidence-message", f"nothing of this flow comes to {at}, so it can show nothing"
        elif not missing:
            yield from _message(place, kind, piece, flow)


def _step(place: Place, named: str, flow: DraftFlow) -> Iterator[Finding]:
    ref, _, operation = named.partition("/")
    step = flow.steps.get(ref)
    if step is None:
        yield place, "evidence-step", f"no step {ref!r}{suggest(ref, flow.steps)}"
    elif operation and operation not in (done := [part.does for part in step.parts]):
        yield place, "evidence-step", f"{ref} has no part {operation!r}{suggest(operation, done)}"


def _outcome(place: Place, piece: dict[str, str], flow: DraftFlow) -> Iterator[Finding]:
    step = flow.steps.get(piece["step"].partition("/")[0])
    if step is not None and (outcome := piece.get("outcome")) is not None and outcome not in step.next:
        known = ", ".join(step.next)
        yield (*place, "outcome"), "evidence-step", f"{step.ref} does not come out as {outcome!r}, only as {known}"


def _message(place: Place, kind: str, piece: dict[str, str], flow: DraftFlow) -> Iterator[Finding]:
    message, to, sender = piece[kind], piece["to"], piece.get("from")
    at = (*place, kind)
    if message not in TYPES:
        yield from known_message(at, message)
        return
    if "status" in piece and not carries_status(message):
        yield (*place, "status"), "evidence", f"{message} carries no status"
    if to not in PARTIES or (sender is not None and sender not in PARTIES):
        return
    routes = TYPES[message].routes
    allowed = (sender, to) in routes if sender is not None else any(there == to for _, there in routes)
    senders = flow.senders(message, to)
    if not allowed:
        yield at, "route", f"{message} does not travel {f'from {sender} ' if sender else ''}to {to}"
    elif not senders or (sender is not None and sender not in senders):
        yield (
            at,
            "evidence-message",
            f"no step of this flow sends {message} {f'from {sender} ' if sender else ''}to {to}",
        )
