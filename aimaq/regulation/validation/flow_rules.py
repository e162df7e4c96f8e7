"""The rules for the steps of a flow: who does what, what comes next, what is sent, and that every path ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aimaq.language.messages import PARTIES, TYPES
from aimaq.regulation.files.document import Place
from aimaq.regulation.files.loading import PART
from aimaq.regulation.model.flow import END
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.regulation.model.vocabulary import PERFORMERS, SYSTEMS, VISITORS, Operation, suggest
from aimaq.regulation.validation.draft import DraftFlow, DraftPart, DraftStep, Finding


def flow_rules(flow: DraftFlow, ends: frozenset[str]) -> Iterator[Finding]:
    """Every mistake in the steps of a flow, given the names of the ends that the regulation knows."""
    if flow.start not in flow.steps and flow.steps:
        yield (*flow.place, "start"), "unknown-step", f"no step {flow.start!r}{suggest(flow.start, flow.steps)}"
    items: dict[str, str] = {}
    for step in flow.steps.values():
        yield from _item(flow, step, items)
        yield from _step(step)
        for part in step.parts:
            yield from _part(part)
        yield from _next(step, flow, ends)
    yield from _paths(flow, ends)
    yield from _copies(flow)


def known_message(place: Place, message: str) -> Iterator[Finding]:
    """The mistake of a message type that Aimaq does not speak."""
    if message not in TYPES:
        yield place, "unknown-message", f"no message type {message!r}{suggest(message, TYPES)}"


def known_party(place: Place, party: str) -> Iterator[Finding]:
    """The mistake of a party that the stand does not have."""
    if party not in PARTIES:
        yield place, "unknown-party", f"no party {party!r}{suggest(party, PARTIES)}"


def _item(flow: DraftFlow, step: DraftStep, items: dict[str, str]) -> Iterator[Finding]:
    if step.item is None:
        return
    place = (*step.place, "item")
    printed = step.paragraph or f"{flow.paragraph}({step.item})"
    if printed in items:
        yield place, "item", f"item {step.item} is {items[printed]} already"
    items.setdefault(printed, step.ref)
    label, _, count = step.ref.partition("-")
    if label == "item" and count != str(step.item):
        yield place, "item", f"{step.ref} is item {step.item}; a step without a label bears its item's number"


def _step(step: DraftStep) -> Iterator[Finding]:
    short = sorted(step.keys & set(PART))
    if "parts" in step.keys and short:
        yield (*step.place, short[0]), "step-parts", f"{step.ref} has parts, so {', '.join(short)} belongs to a part"
    if "parts" not in step.keys and (missing := [name for name in ("by", "does") if name not in step.keys]):
        yield step.place, "step-parts", f"{step.ref} does not say {' and '.join(missing)}, nor has it parts"
    done = [part.does for part in step.parts if part.does]
    for twice in sorted({name for name in done if done.count(name) > 1}):
        yield step.place, "step-parts", f"{step.ref} has two parts {twice!r}"
    for part in step.parts[:-1]:
        yield from _exits(part)
    if "parts" in step.keys:
        for key in sorted({"exit", "optional", "results"} & step.parts[-1].keys if step.parts else ()):
            yield (
                (*step.parts[-1].place, key),
                "step-parts",
                f"{key} is not for the last part of {step.ref}: {_LAST[key]}",
            )
    yield from _exits_apart(step)
    refuses = "refuse" in done
    if refuses and step.ground is None and "ground" not in step.keys:
        yield step.place, "ground", f"{step.ref} refuses and does not say on what ground"
    if not refuses and "ground" in step.keys:
        yield (*step.place, "ground"), "ground", f"{step.ref} refuses nothing, so it has no ground"


_LAST = {
    "exit": "its outcomes are in if and end",
    "optional": "whatever comes next follows from it",
    "results": "whatever comes next follows from it",
}
"""Why the last part of a step cannot have what other parts may have."""


def _exits_apart(step: DraftStep) -> Iterator[Finding]:
    """An outcome by which parts leave a step to different places: `next` of a step has one place for each outcome."""
    leads: dict[str, str] = {}
    for part in step.parts[:-1]:
        for outcome, there in part.exit.items():
            if leads.setdefault(outcome, there) != there:
                place = (*part.place, "exit", outcome)
                yield place, "step-parts", f"{step.ref} is left as {outcome} for {leads[outcome]} already"


def _part(part: DraftPart) -> Iterator[Finding]:
    operation = OPERATIONS.get(part.does)
    if part.by and part.by not in PERFORMERS:
        yield (*part.place, "by"), "unknown-performer", f"no performer {part.by!r}{suggest(part.by, PERFORMERS)}"
    if part.does and operation is None:
        yield (*part.place, "does"), "unknown-operation", f"no operation {part.does!r}{suggest(part.does, OPERATIONS)}"
    if operation is not None and part.by in PERFORMERS and (whose := _performers(operation, part)):
        yield (*part.place, "by"), "performer", f"{part.does!r} is done by {whose}, not by {part.by}"
    if "accepts" in part.keys and part.does != "check-identity":
        yield (*part.place, "accepts"), "proof", f"accepts belongs to 'check-identity', not to {part.does!r}"
    for message, to in part.sends.items():
        place = (*part.place, "sends", message)
        yield from known_message(place, message)
        yield from known_party(place, to)
        if message in TYPES and TYPES[message].reply:
            yield place, "reply", f"{message} answers another message, so no step sends it"
        if part.by in PERFORMERS and to in PARTIES and message in TYPES:
            yield from _route(place, message, part.party, to)


def _performers(operation: Operation, part: DraftPart) -> str:
    """Who performs an operation, if it is others than whoever does this part; else nothing."""
    if operation.by_person not in (None, "." in part.by):
        return "a person" if operation.by_person else "the system"
    if operation.with_opening and part.by not in VISITORS:
        return "an applicant at the counter"
    where = operation.people_at if "." in part.by else SYSTEMS
    if part.party in where:
        return ""
    return f"{'people' if '.' in part.by else 'the systems'} of {' and '.join(where)}"


def implemented(flow: DraftFlow, unimplemented: Mapping[str, str]) -> Iterator[Finding]:
    """The mistake of each part whose operation nobody has implemented."""
    for step in flow.steps.values():
        for part in step.parts:
            if lack := unimplemented.get(part.does):
                yield (*part.place, "does"), "unimplemented", f"{part.does!r} is declared and not implemented: {lack}"


def _exits(part: DraftPart) -> Iterator[Finding]:
    """The mistakes of a part that is not its step's last: as `ok` it leads to the next, else it leaves the step."""
    operation = OPERATIONS.get(part.does)
    if operation is None:
        return
    for outcome in part.exit:
        if outcome == "ok" or outcome not in operation.outcomes:
            known = " or ".join(name for name in operation.outcomes if name != "ok") or "ok alone"
            place = (*part.place, "exit", outcome)
            yield place, "unknown-outcome", f"{part.does!r} leaves its step as {known}, not {outcome!r}"
    lacking = set(operation.outcomes) - {"ok", *operation.may, *part.exit}
    if lacking:
        message = f"{part.does!r} is not the last part, so exit must say where {' or '.join(sorted(lacking))} leads"
        yield part.place, "step-parts", message


def _route(place: Place, message: str, sender: str, to: str) -> Iterator[Finding]:
    if (sender, to) not in TYPES[message].routes:
        yield place, "route", f"{message} does not travel from {sender} to {to}"


def _next(step: DraftStep, flow: DraftFlow, ends: frozenset[str]) -> Iterator[Finding]:
    supplied = step.keys & {"then", "if", "end"}
    if not supplied:
        yield step.place, "step-next", f"{step.ref} says neither then, if nor end"
        return
    if "then" in supplied and len(supplied) > 1:
        yield (*step.place, "then"), "step-next", f"{step.ref} has then beside {', '.join(sorted(supplied - {'then'}))}"
    operation = OPERATIONS.get(step.parts[-1].does) if step.parts else None
    leaving = {outcome for part in step.parts[:-1] for outcome in part.exit}
    for outcome, there in step.next.items():
        place = step.at[outcome]
        if operation is not None and outcome not in operation.outcomes and outcome not in leaving:
            known = " or ".join(operation.outcomes)
            yield place, "unknown-outcome", f"{operation.name!r} comes out as {known}, not {outcome!r}"
        if there.startswith(END):
            name = there.removeprefix(END)
            if name not in ends:
                yield place, "unknown-end", f"no end {name!r}{suggest(name, ends)}"
        elif there not in flow.steps:
            yield place, "unknown-step", f"no step {there!r}{suggest(there, flow.steps)}"
    needed = [name for name in operation.outcomes if name not in operation.may] if operation else []
    if missing := [name for name in needed if name not in step.next]:
        yield step.place, "missing-outcome", f"{step.ref} does not say what comes if {' or '.join(missing)}"


def _paths(flow: DraftFlow, ends: frozenset[str]) -> Iterator[Finding]:
    """Unreachable steps and paths without an end; silent while a step leads nowhere known, which is said already."""
    after = {
        ref: [there for there in step.next.values() if not there.startswith(END)] for ref, step in flow.steps.items()
    }
    if flow.start not in after or any(there not in after for theres in after.values() for there in theres):
        return
    reached, done = set[str](), set[str]()
    trail: list[tuple[str, Iterator[str]]] = [(flow.start, iter(after[flow.start]))]
    on_trail = {flow.start}
    while trail:
        ref, rest = trail[-1]
        reached.add(ref)
        there = next(rest, None)
        if there is None:
            trail.pop()
            on_trail.discard(ref)
            done.add(ref)
        elif there in on_trail:
            place = next(at for outcome, at in flow.steps[ref].at.items() if flow.steps[ref].next[outcome] == there)
            yield place, "endless-path", f"{ref} leads back to {there}, so a path does not end"
        elif there not in done:
            trail.append((there, iter(after[there])))
            on_trail.add(there)
    if all(step.next for step in flow.steps.values()):
        for ref, step in flow.steps.items():
            if ref not in reached:
                yield step.place, "unreachable-step", f"no path from {flow.start} comes to {ref}"


def _copies(flow: DraftFlow) -> Iterator[Finding]:
    sent = flow.sent()
    for copy in flow.copies:
        place = (*copy.place, "of")
        if copy.of:
            yield from known_message(place, copy.of)
        if copy.to:
            yield from known_party((*copy.place, "to"), copy.to)
        if copy.to in PARTIES:
            yield from _route((*copy.place, "to"), "StatusChanged", "gateway", copy.to)
        if copy.of in TYPES:
            if copy.of not in sent:
                yield place, "copy", f"no step of this flow sends {copy.of}"
            if copy.status == "same" and not carries_status(copy.of):
                yield (*copy.place, "status"), "copy", f"{copy.of} carries no status, so there is no same one to tell"


def carries_status(message: str) -> bool:
    """Whether the body of this known message type tells a status."""
    return "status" in TYPES[message].body.__struct_fields__
