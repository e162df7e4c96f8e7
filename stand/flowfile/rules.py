"""What a regulation asks of a flow file: that its steps, people, outcomes and ends exist, and fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aimaq.language.errors import InvalidInput, UnknownRegulation
from aimaq.regulation import Catalogue, Flow, Part, Regulation
from aimaq.regulation.files.document import Document, Fault, Place
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.regulation.model.registers import REGISTERS
from aimaq.regulation.model.vocabulary import PEOPLE, VISITORS, suggest

RULES: dict[str, str] = {
    "file": "the file can be read",
    "encoding": "the file is UTF-8",
    "syntax": "the file is one YAML document",
    "plain-yaml": "no anchors, aliases or tags",
    "duplicate-key": "a key stands once in its mapping",
    "shape": "each value is of the kind that the JSON Schema gives",
    "missing-key": "nothing that is needed is left out",
    "unknown-key": "each key is one that the JSON Schema gives",
    "unknown-regulation": "the flow is of a regulation, and a channel of it, that the catalogue has",
    "unknown-step": "each step is one of the flow, and each part one of the step",
    "unknown-person": "whoever does a step, or is asked for, is one of the people",
    "unknown-performer": "a person is one of the performers that regulations know",
    "system-step": "people do what people do: the systems' own steps are not in the list",
    "performer": "a step is done by the person that the regulation gives it to",
    "with": "a step is done with what its operation takes",
    "login": "people sign in as the act lets them, with one of a password and a certificate",
    "unknown-field": "each field is one of the regulation's form",
    "unknown-outcome": "each outcome is one that its step can have",
    "unknown-end": "the end is one of the flow's",
    "unknown-result": "a result is one of the regulation's",
    "record": "what a register's record says is something that it can say",
    "end": "the outcomes expected lead to the end expected",
}
"""Every rule by name, and what it asks."""

ALL = frozenset[str]().union(*(operation.takes for operation in OPERATIONS.values()))
"""Everything that can be given for some operation."""

Finding = tuple[Place, str, str]
"""Where, which rule, what is wrong."""


def rules(document: Document, catalogue: Catalogue) -> list[Fault]:
    """Every place where the document does not fit the regulation. What has a wrong shape is passed over here."""
    data = _mapping(document.data)
    return [Fault(document.line(place), rule, message) for place, rule, message in _findings(data, catalogue)]


def _findings(data: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Finding]:
    people = {name: _mapping(person) for name, person in _mapping(data.get("people")).items()}
    for name, person in people.items():
        performer = person.get("as")
        if isinstance(performer, str) and performer not in PEOPLE:
            message = f"no performer {performer!r}{suggest(performer, PEOPLE)}"
            yield ("people", name, "as"), "unknown-performer", message
    records = data.get("registers")
    for n, record in enumerate(records if isinstance(records, list) else ()):
        for key in ("of", "representative"):
            who = _mapping(record).get(key)
            if isinstance(who, str) and who not in people:
                yield ("registers", n, key), "unknown-person", f"no person {who!r}{suggest(who, people)}"
        yield from _status(("registers", n, "status"), _mapping(record))
    word = data.get("flow")
    if not isinstance(word, str) or "/" not in word:
        return
    name, _, channel = word.partition("/")
    try:
        regulation = catalogue.regulation(name)
    except UnknownRegulation as error:
        yield ("flow",), "unknown-regulation", error.detail
        return
    if channel not in regulation.flows:
        hint = suggest(channel, regulation.flows) or f", only {', '.join(regulation.flows)}"
        yield ("flow",), "unknown-regulation", f"{name} has no channel {channel!r}{hint}"
        return
    flow = regulation.flows[channel]
    for name, person in people.items():
        yield from _login(("people", name, "login"), person, flow)
    do = data.get("do")
    for index, entry in enumerate(do if isinstance(do, list) else ()):
        if isinstance(entry, dict) and "wait" not in entry:
            yield from _deed(("do", index), entry, people, regulation, flow)
    yield from _expectation(_mapping(data.get("expect")), regulation, flow)


def _status(place: Place, record: Mapping[str, Any]) -> Iterator[Finding]:
    """A status that the records of the register do not have; where they have no fixed shape, it can be any."""
    register, status = REGISTERS.get(str(record.get("in"))), record.get("status")
    if register is None or register.fields is None or not isinstance(status, str):
        return
    words = register.fields.get("status", ())
    if status not in words:
        known = f"is {' or '.join(words)}, not {status!r}{suggest(status, words)}" if words else "is not there"
        yield place, "record", f"the status of a record of {register.name} {known}"


def _login(place: Place, person: Mapping[str, Any], flow: Flow) -> Iterator[Finding]:
    login, performer = person.get("login", "password"), str(person.get("as", ""))
    if login not in ("certificate", "revoked-certificate"):
        return
    if person.get("password") == "wrong":
        yield place, "login", "whoever signs in with a certificate types no password, right or wrong"
    if not performer:
        yield place, "login", "whoever has no account (`as`) signs in nowhere"
    if flow.front_desk == performer.partition(".")[0] and "certificate" not in flow.accepts:
        yield place, "login", f"by paragraph {flow.paragraph} a case is opened with IIN and password"


def _deed(
    place: Place, entry: dict[str, Any], people: Mapping[str, Mapping[str, Any]], regulation: Regulation, flow: Flow
) -> Iterator[Finding]:
    by, word = entry.get("by"), entry.get("step")
    if isinstance(by, str) and by not in people:
        yield (*place, "by"), "unknown-person", f"no person {by!r}{suggest(by, people)}"
    if not isinstance(word, str):
        return
    ref, _, operation = word.partition("/")
    step = flow.steps.get(ref)
    if step is None:
        yield (*place, "step"), "unknown-step", f"channel {flow.channel} has no step {ref!r}{suggest(ref, flow.steps)}"
        return
    known = {part.does: part for part in step.parts}
    if not operation and len(known) > 1:
        parts = ", ".join(f"{ref}/{name}" for name in known)
        yield (*place, "step"), "unknown-step", f"{ref} has several parts: {parts}"
        return
    part = known.get(operation) if operation else step.parts[0]
    if part is None:
        yield (*place, "step"), "unknown-step", f"{ref} has no part {operation!r}{suggest(operation, known)}"
        return
    if part.by in VISITORS:
        yield (*place, "step"), "system-step", f"{word} goes with the opening of the case"
        return
    if not part.by_person:
        yield (*place, "step"), "system-step", f"{word} is done by the system {part.by} itself"
        return
    performer = people.get(by, {}).get("as") if isinstance(by, str) else None
    if by in people and performer != part.by:
        who = f"{by} is {performer}" if performer else f"{by} has no `as`"
        yield (*place, "by"), "performer", f"{word} ({step.paragraph}) is for {part.by} to do, and {who}"
    yield from _using((*place, "with"), entry.get("with"), part, people, regulation, flow.channel)


def _using(
    place: Place, supplied: Any, part: Part, people: Mapping[str, Any], regulation: Regulation, channel: str
) -> Iterator[Finding]:
    using, operation = _mapping(supplied), OPERATIONS[part.does]
    takes = operation.takes
    for name in using:
        if name in ALL and name not in takes:
            allowed = f"takes {' and '.join(sorted(takes))}" if takes else "takes nothing"
            yield (*place, name), "with", f"{part.does} does not take {name!r}, it {allowed}"
    if lacking := operation.needs - using.keys():
        yield place, "with", f"{part.does} needs `with: {{{', '.join(sorted(lacking))}: …}}`"
    if part.does == "prepare":
        yield from _result((*place, "result"), using.get("result"), regulation)
    whom = using.get("for")
    if isinstance(whom, str) and whom not in people:
        yield (*place, "for"), "unknown-person", f"no person {whom!r}{suggest(whom, people)}"
    fields = {field.name: field for field in regulation.form}
    for name, value in _mapping(using.get("form")).items():
        who = value[1:].partition(".")[0] if isinstance(value, str) and value.startswith("$") else None
        if who is not None and who not in people:
            yield (*place, "form", name), "unknown-person", f"no person {who!r}{suggest(who, people)}"
        if name not in fields:
            yield (*place, "form", name), "unknown-field", f"the form has no field {name!r}{suggest(name, fields)}"
        elif not fields[name].through(channel):
            those = ", ".join(fields[name].channels)
            yield (*place, "form", name), "unknown-field", f"{name} is only for requests through {those}"


def _result(place: Place, name: Any, regulation: Regulation) -> Iterator[Finding]:
    if isinstance(name, str) and name not in regulation.results:
        yield place, "unknown-result", f"no result {name!r}{suggest(name, regulation.results)}"


def _expectation(expect: Mapping[str, Any], regulation: Regulation, flow: Flow) -> Iterator[Finding]:
    outcomes, sound = _mapping(expect.get("outcomes")), True
    for ref, outcome in outcomes.items():
        place: Place = ("expect", "outcomes", ref)
        if ref not in flow.steps:
            sound = False
            yield place, "unknown-step", f"channel {flow.channel} has no step {ref!r}{suggest(ref, flow.steps)}"
        elif outcome not in flow.steps[ref].next:
            sound = False
            known = ", ".join(flow.steps[ref].next)
            yield place, "unknown-outcome", f"{ref} cannot come out as {outcome!r}, only as {known}"
    end = expect.get("end")
    if not isinstance(end, str):
        return
    result = expect.get("result")
    yield from _result(("expect", "result"), result, regulation)
    if result is None and end in flow.ends and len(flow.ends[end].results) > 1:
        names = ", ".join(flow.ends[end].results)
        yield ("expect", "end"), "end", f"{end} can be several results, so expect says which: {names}"
    if end not in flow.ends:
        hint = suggest(end, flow.ends) or f", only {', '.join(flow.ends)}"
        yield ("expect", "end"), "unknown-end", f"channel {flow.channel} has no end {end!r}{hint}"
    elif sound:
        try:
            reached = flow.end({ref: str(outcome) for ref, outcome in outcomes.items()})
        except InvalidInput as error:
            yield ("expect", "outcomes"), "end", error.detail
            return
        if reached != end:
            yield ("expect", "end"), "end", f"with these outcomes the flow ends as {reached}, not {end}"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
