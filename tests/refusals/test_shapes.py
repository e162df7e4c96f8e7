"""What pydantic finds wrong with a request: each type of error that a model of ours can produce has its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic_core._pydantic_core import list_all_errors

from aimaq.language.texts import LANGUAGES, Texts
from aimaq.web.request.validation import BY_TYPE, refused, texts_of
from registry_svc.registers.schemas import Facts, Record
from tests.refusals.english import english
from tests.web.people import People

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_TYPE = {
    "str": "string_type string_unicode",
    "int": "int_type int_parsing int_parsing_size int_from_float",
    "float": "float_type float_parsing",
    "bool": "bool_type bool_parsing",
    "literal": "literal_error",
    "list": "list_type",
    "dict": "dict_type invalid_key",
    "model": "model_type model_attributes_type",
    "model-fields": "missing extra_forbidden invalid_key",
    "date": "date_type date_parsing date_from_datetime_parsing date_from_datetime_inexact",
    "datetime": "datetime_type datetime_parsing datetime_object_invalid datetime_from_date_parsing",
    "bytes": "bytes_type base64_decode",
    "none": "none_required",
    **dict.fromkeys(
        ("nullable", "default", "any", "union", "definitions", "definition-ref", "model-field", "chain"), ""
    ),
    **dict.fromkeys(("function-before", "function-after", "function-wrap", "function-plain", "model-field"), ""),
    **dict.fromkeys(("general", "no-info", "with-info", "to-string", "json", "include", "exclude"), ""),
}
"""The errors of a type of pydantic's core schema (pydantic-core, `errors/types.rs`)."""

OF_LIMIT = {
    ("str", "min_length"): "string_too_short",
    ("str", "max_length"): "string_too_long",
    ("str", "pattern"): "string_pattern_mismatch",
    ("bytes", "max_length"): "bytes_too_long",
    ("list", "min_length"): "too_short",
    ("list", "max_length"): "too_long",
    ("float", "allow_inf_nan"): "finite_number",
    ("datetime", "tz_constraint"): "timezone_aware",
    **{
        (kind, limit): name
        for kind in ("int", "float", "date", "datetime")
        for limit, name in (
            ("ge", "greater_than_equal"),
            ("gt", "greater_than"),
            ("le", "less_than_equal"),
            ("lt", "less_than"),
        )
    },
}
"""The error of a limit."""


def fields(dependant: Dependant) -> Iterator[Any]:
    """What an endpoint takes, and what it depends on takes."""
    yield from (*dependant.body_params, *dependant.query_params, *dependant.path_params, *dependant.header_params)
    for one in dependant.dependencies:
        yield from fields(one)


def producible(schema: Any) -> Iterator[str]:
    """The types of the errors that a core schema can produce."""
    if isinstance(schema, dict):
        kind = schema.get("type")
        if isinstance(kind, str):
            yield from OF_TYPE[kind].split()
            yield from (name for (of, limit), name in OF_LIMIT.items() if of == kind and limit in schema)
        for key, inner in schema.items():
            if key not in ("metadata", "serialization"):
                yield from producible(inner)
    elif isinstance(schema, list | tuple):
        for inner in schema:
            yield from producible(inner)


async def test_each_error_that_a_model_can_produce_has_its_text(people: People) -> None:
    found: set[str] = set()
    for app in people.parties.apps.values():
        for route in app.routes:
            if type(route) is APIRoute:  # NCANode's routes tell it in their own form
                for field in fields(route.dependant):
                    found |= set(producible(field._type_adapter.core_schema))
    records: list[type[Record]] = [*Record.__subclasses__(), Facts]
    for record in records:
        found |= set(producible(TypeAdapter(record).core_schema))
    assert len(found) > 25
    assert found <= set(BY_TYPE)


@pytest.mark.parametrize("kind", sorted(BY_TYPE))
async def test_a_text_has_the_values_that_pydantic_gives(kind: str) -> None:
    if kind == "base64_decode":  # pydantic's own, and not of its core
        context: dict[str, Any] = {}
    else:
        known = {str(one["type"]): one for one in list_all_errors()}
        context = known[kind]["example_context"] or {}
    places = {place for one in LANGUAGES for place in re.findall(r"\{(\w+)", BY_TYPE[kind].say(one))}
    assert places <= {"field", *context}
    texts = texts_of({"type": kind, "loc": ("body", "a", 1, "b"), "msg": "In English", "ctx": context})
    for language in LANGUAGES:
        assert language == "en" or english(texts.say(language), ["a.1.b", *map(str, context.values())]) == []
        assert "a.1.b" in texts.say(language)


@pytest.mark.parametrize(("loc", "name"), [(("body",), "сұраныс денесі"), (("query", "limit"), "query.limit")])
async def test_a_type_without_a_text_is_told_generally_and_not_in_english(loc: tuple[str, ...], name: str) -> None:
    texts = texts_of({"type": "brand_new", "loc": loc, "msg": "Value is {odd}"})
    assert texts.kk == f"{name}: мәні жарамсыз"
    assert texts.en.endswith(": this value is not allowed")


async def test_what_lacks_is_named_in_english_as_well() -> None:
    texts = texts_of({"type": "missing", "loc": ("body", "login", "iin"), "msg": "Field required"})
    assert texts.en == "field login.iin is required"


async def test_what_a_validator_of_ours_refuses_brings_its_texts() -> None:
    texts = Texts(kk="бір", ru="один", en="one {brace}")
    error = refused("odd", texts)
    assert (error.type, error.message()) == ("odd", "one {brace}")
    assert texts_of({"type": error.type, "loc": ("x",), "msg": error.message(), "ctx": error.context}) == texts
