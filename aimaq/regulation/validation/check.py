"""Every mistake in a regulation's file at once, each with its line and the rule it breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from aimaq.regulation.files.document import Document
from aimaq.regulation.validation.act_rules import act_rules
from aimaq.regulation.validation.draft import Finding, flows, mapping, texts
from aimaq.regulation.validation.flow_rules import flow_rules, implemented
from aimaq.regulation.validation.schema import structure
from aimaq.regulation.validation.table_rules import table_rules
from aimaq.regulation.validation.use_rules import use_rules

RULES: dict[str, str] = {
    "file": "the file can be read",
    "encoding": "the file is UTF-8",
    "syntax": "the file is one YAML document",
    "plain-yaml": "no anchors, aliases or tags",
    "duplicate-key": "a key stands once in its mapping: so does a step's ref",
    "structure": "the file has the shape that the JSON Schema gives",
    "translation": "a text is there in kk, ru and en",
    "limit": "a limit has a unit and a number, and min is not above max",
    "date": "a date is a day of the calendar",
    "id": "the file is named as its regulation",
    "form": "the form's fields have different names and right patterns",
    "unknown-party": "a party is one of the five systems",
    "unknown-performer": "a performer is a system or a person who works with it",
    "unknown-operation": "an operation is one that is declared",
    "unimplemented": "an operation is one that services perform and the player plays",
    "performer": "people do what people do, systems what systems do, each where that is done",
    "proof": "how people may show who they are is said where that is checked",
    "step-parts": "a step is one operation, or parts of different ones, of which only the last branches",
    "step-next": "a step says what comes next, in one way",
    "unknown-outcome": "an outcome is one that the operation can have",
    "missing-outcome": "a step says what comes after each outcome",
    "unknown-step": "what comes next is a step of the flow",
    "unknown-end": "an end is one of the regulation's",
    "unused-end": "some flow comes to each end",
    "unreachable-step": "some path from the start comes to each step",
    "endless-path": "every path comes to an end",
    "ground": "a refusal has a ground, and nothing else has",
    "item": "an item of the paragraph is one step, and a step without a label bears its number",
    "unknown-message": "a message type is one that Aimaq speaks",
    "route": "a message may travel from this party to that one",
    "reply": "a step sends no message that answers another",
    "copy": "a notice goes out beside a message that the flow sends, and tells a status that is known",
    "duplicate-row": "a row's number stands once in its table",
    "unknown-row": "the next row is a row of the table",
    "unknown-unit": "each unit in a table has a party",
    "evidence": "what shows a row done is one thing, with all that names it",
    "evidence-step": "the step or part that shows a row done is in the flow",
    "evidence-message": "the message or status that shows a row done occurs in the flow",
    "unknown-register": "a register is one that the stand has, and is named where registers are asked or written to",
    "record": "what a register's record must say is something that it can say",
    "paper": "a result's kind of paper has a form, and is a refusal where the service is denied and nowhere else",
    "unknown-result": "a result is one of the regulation's",
    "inner": "an inner procedure is items of another channel, put in before a step of this one",
    "unknown-reading": "a reading named is among the readings",
}
"""Every rule by name, and what it asks."""


NONE: Mapping[str, str] = MappingProxyType({})
"""Nothing is known to lack an implementation."""


class Mistake(msgspec.Struct, frozen=True, order=True):
    """One mistake: the file as it was named, the line (from 1), the rule broken, what is wrong."""

    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} ({self.rule})"


def check(path: Path, unimplemented: Mapping[str, str] = NONE) -> list[Mistake]:
    """Every mistake in this file, in the order of its lines; a file that cannot be read is one mistake.

    `unimplemented` are operations that are declared and not implemented, each with what it lacks.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        return [Mistake(str(path), 1, "file", error.strerror or str(error))]
    return check_document(Document(content), str(path), path.stem, unimplemented)


def check_document(document: Document, file: str, stem: str, unimplemented: Mapping[str, str] = NONE) -> list[Mistake]:
    """Every mistake in a file that was read already."""
    faults = list(document.faults)
    if document.data is not None:
        faults += structure(document)
    found = [Mistake(file, fault.line, fault.rule, fault.message) for fault in faults]
    for place, rule, message in _findings(document, stem, unimplemented):
        found.append(Mistake(file, document.line(place), rule, message))
    return sorted(set(found))


def _findings(document: Document, stem: str, unimplemented: Mapping[str, str]) -> Iterator[Finding]:
    data = mapping(document.data)
    if not data:
        return
    drafts = flows(data)
    ends = frozenset(mapping(data.get("ends")))
    for flow in drafts:
        yield from flow_rules(flow, ends)
        yield from implemented(flow, unimplemented)
        yield from table_rules(flow, texts(data.get("unit_parties")))
        yield from use_rules(flow, drafts, frozenset(mapping(data.get("results"))))
    yield from act_rules(data, drafts, stem)
