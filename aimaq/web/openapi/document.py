"""The OpenAPI document of a service, with the problem document that answers a request of the wrong shape.

FastAPI declares a body of its own for that answer, which nothing here sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from aimaq.language.errors import InvalidInput
from aimaq.web.request.query import LenientRoute
from aimaq.web.schemas import View

PROBLEM_JSON: Final = "application/problem+json"
_REFERENCE: Final = "#/components/schemas/{model}"
_OF_FASTAPI: Final = ("HTTPValidationError", "ValidationError")


@dataclass(frozen=True, slots=True)
class Fault(View):
    """One thing that is wrong with the shape of a request: where, by which rule, and in the reader's language."""

    field: str
    rule: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem(View):
    """A problem document (RFC 9457). `field` and `rule` are those of the first of `errors`; what is not said is absent.

    `findings` are in place of `errors` where a document, and not the request, is at fault.
    """

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    rule: str | None = None
    errors: list[Fault] | None = None
    findings: list[dict[str, Any] | str] | None = None


class Documented(FastAPI):
    """An application whose document declares the answer to a request of the wrong shape as it is."""

    def openapi(self) -> dict[str, Any]:
        """The document: each operation has the answer 422, but for those that declare their failures themselves."""
        made = self.openapi_schema is None
        document = super().openapi()
        if made:
            for route in self.routes:
                if isinstance(route, APIRoute) and route.include_in_schema and not isinstance(route, LenientRoute):
                    for method in route.methods or ():
                        _declare(document["paths"][route.path_format][method.lower()])
            _describe(document.setdefault("components", {}).setdefault("schemas", {}))
        return document


def _declare(operation: dict[str, Any]) -> None:
    content = {PROBLEM_JSON: {"schema": {"$ref": _REFERENCE.format(model=Problem.__name__)}}}
    operation["responses"][str(InvalidInput.status)] = {"description": InvalidInput.title.en, "content": content}


def _describe(schemas: dict[str, Any]) -> None:
    """Put the problem document among the schemas, in place of those that FastAPI declares."""
    for name in _OF_FASTAPI:
        schemas.pop(name, None)
    whole = TypeAdapter(Problem).json_schema(ref_template=_REFERENCE)
    schemas |= whole.pop("$defs") | {Problem.__name__: whole}
