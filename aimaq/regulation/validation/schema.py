"""What the published JSON Schema says of a regulation's file, as faults with lines and in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from aimaq.regulation.files.document import Document, Fault, Place
from aimaq.regulation.files.loading import FOLDER
from aimaq.regulation.model.vocabulary import suggest

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

SCHEMA = FOLDER / "schema.json"
"""The JSON Schema of a regulation's file; `x-rule` in it names the rule that a violation breaks."""


def structure(document: Document) -> list[Fault]:
    """Every place where the document has not the shape of a regulation.

    Whether there is any is asked of a compiled validator, thirty times as fast as the one that can say what is wrong.
    """
    if _quick().is_valid(document.data):
        return []
    found: dict[Fault, None] = {}
    for error in _validator().iter_errors(document.data):
        for place, message in _messages(error):
            rule = error.schema.get("x-rule", "structure") if isinstance(error.schema, dict) else "structure"
            found[Fault(document.line(place), rule, message)] = None
    return list(found)


@cache
def _quick() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8")), validate_formats=True)


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # heavy, and wanted only where a file is checked

    schema = json.loads(SCHEMA.read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _messages(error: ValidationError) -> Iterator[tuple[Place, str]]:
    place = tuple(error.absolute_path)
    where = _where(place)
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    what = schema.get("description", "what belongs here")
    value: Any = error.instance
    if error.validator == "required":
        yield place, f"{where} lacks {', '.join(name for name in schema['required'] if name not in value)}"
    elif error.validator == "additionalProperties":
        for name in value:
            if name not in schema["properties"]:
                yield (*place, name), f"{where} has no {name!r}{suggest(name, schema['properties'])}"
    elif "propertyNames" in error.absolute_schema_path:
        yield (*place, value), f"{value!r} is not {what}"
    elif error.validator in ("minItems", "minProperties"):
        yield place, f"{where} needs {error.validator_value} or more"
    elif value is None:
        yield place, f"{where} is empty, it must be {what}"
    else:
        shown = json.dumps(value, ensure_ascii=False) if not isinstance(value, dict | list) else f"a {_kind(value)}"
        yield place, f"{where}: {shown} is not {what}"


def _where(place: Place) -> str:
    """The end of a place, from the last name but one: `table.0.limit`."""
    names = [n for n, name in enumerate(place) if isinstance(name, str)][-2:]
    return ".".join(str(name) for name in place[names[0] :]) if names else "the file"


def _kind(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "list"
