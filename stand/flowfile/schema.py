"""What the published JSON Schema says of a flow file, as faults with lines and in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from aimaq.regulation.files.document import Document, Fault, Place
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.regulation.model.registers import REGISTERS
from aimaq.regulation.model.vocabulary import suggest
from stand.client.defaults import FLOWS

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

SCHEMA = FLOWS / "schema.json"
"""The JSON Schema of a flow file."""


def schema_faults(document: Document) -> list[Fault]:
    """Every place where the document has not the shape of a flow file."""
    found = {fault: None for error in _validator().iter_errors(document.data) for fault in _faults(document, error)}
    return list(found)


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # heavy, and wanted only where files are read

    return Draft202012Validator(_schema())


def _schema() -> dict[str, Any]:
    """The published schema, which takes any name of a register and any text with a deed, with those that there are."""
    schema: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    *some, last = [name for name, register in REGISTERS.items() if register.written]
    known = {"description": f"a register: {', '.join(some)} or {last}", "enum": [*some, last]}
    schema["$defs"]["record"]["properties"]["in"] = known
    supplied = schema["$defs"]["happening"]["else"]["properties"]["with"]
    text, supplied["additionalProperties"] = supplied["additionalProperties"], False
    taken = {name for operation in OPERATIONS.values() for name in operation.takes}
    supplied["properties"] |= dict.fromkeys(sorted(taken - supplied["properties"].keys()), text)
    return schema


def _faults(document: Document, error: ValidationError) -> Iterator[Fault]:
    if error.context:
        for inner in error.context:
            yield from _faults(document, inner)
        return
    place: Place = tuple(error.absolute_path)
    where = ".".join(str(name) for name in place) or "the file"
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    wanted = schema.get("description", "what belongs here")
    value: Any = error.instance
    allowed: Any = error.validator_value
    line = document.line(place)
    if error.validator == "required":
        missing = ", ".join(name for name in schema["required"] if name not in value)
        yield Fault(line, "missing-key", f"{where} lacks {missing}")
    elif error.validator == "additionalProperties":
        for name in value:
            if name not in schema["properties"]:
                hint = suggest(name, schema["properties"])
                yield Fault(document.line((*place, name)), "unknown-key", f"{where} has no {name!r}{hint}")
    elif "propertyNames" in error.absolute_schema_path:
        yield Fault(document.line((*place, value)), "shape", f"{value!r} is not {wanted}")
    elif error.validator in ("minItems", "minProperties"):
        yield Fault(line, "shape", f"{where} is empty")
    else:
        hint = suggest(value, map(str, allowed)) if error.validator == "enum" and isinstance(value, str) else ""
        yield Fault(line, "shape", f"{where}: {_shown(value)} is not {wanted}{hint}")


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return json.dumps(value, ensure_ascii=False)
