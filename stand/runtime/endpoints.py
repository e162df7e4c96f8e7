"""What an endpoint has to have: a caller, a description, and a view, which is the struct that it answers with.

Views are declared in a service's `views`, where they are read; what is shared is in the kernel's `views` and `schemas`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from inspect import isclass
from typing import Any, get_args, get_type_hints

from fastapi import FastAPI, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import HTMLResponse
from starlette.routing import Route

from aimaq.regulation.validation.completeness import Lack, file_of
from aimaq.web import callers

ENDPOINT, VIEW = "endpoint", "view"
"""The kinds of what can lack something."""

VIEWS = ("views", "schemas")
"""The modules that views are declared in, by the last part of their names."""

_NO_CONTENT = 204


def lacking(party: str, app: FastAPI) -> Iterator[Lack]:
    """What the endpoints of an assembled service lack, and which of its views no endpoint answers with."""
    answered: set[type] = set()
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield from _of_route(route)
            answered |= _structs(route.response_model)
        elif not isinstance(route, Route):
            yield Lack(file_of(f"{party}_svc.app"), ENDPOINT, repr(route)[:60], "a place in the application's own list")
    for name, struct in vars(import_module(f"{party}_svc.views")).items():
        if _is_struct(struct) and struct.__module__ == f"{party}_svc.views" and struct not in answered:
            yield Lack(file_of(f"{party}_svc.endpoints"), VIEW, name, "an endpoint that answers with it")


def _of_route(route: APIRoute) -> Iterator[Lack]:
    file = file_of(route.endpoint.__module__)
    name = f"{' '.join(sorted(route.methods or ()))} {route.path}"
    if len(callers.callers(route)) != 1:
        yield Lack(file, ENDPOINT, name, f"one caller of {file_of(callers.__name__)} among its dependencies")
    if not (route.summary or route.description):
        yield Lack(file, ENDPOINT, name, "a docstring, which is its description")
    if route.response_model is None and not _answers_bytes(route):
        yield Lack(file, ENDPOINT, name, "a view that it answers with (response_model)")
    elif not all(map(_is_struct, _leaves(route.response_model))):
        yield Lack(file, ENDPOINT, name, f"a view in the place of {route.response_model}")
    for struct in _leaves(route.response_model):
        module = str(struct.__module__)
        if _is_struct(struct) and module.rpartition(".")[2] not in VIEWS:
            yield Lack(file, VIEW, struct.__name__, f"a place in views or schemas; it is in {file_of(module)}")


def _answers_bytes(route: APIRoute) -> bool:
    """Whether a route answers with nothing, or with a response that is no JSON: a file in PDF or DER, a page."""
    own = route.response_class
    return route.status_code == _NO_CONTENT or (
        not isinstance(own, DefaultPlaceholder) and own in (Response, HTMLResponse)
    )


def _is_struct(kind: object) -> bool:
    return isclass(kind) and (is_dataclass(kind) or issubclass(kind, BaseModel))


def _leaves(kind: Any) -> Iterator[Any]:
    """The types that an annotation is made of: `Outline` of `list[Outline]`, and a mapping as it is."""
    if kind is None or kind is type(None):
        return
    arguments = get_args(kind)
    if not arguments or issubclass(getattr(kind, "__origin__", object), dict):
        yield kind
        return
    for one in arguments:
        yield from _leaves(one)


@cache
def _structs(kind: Any) -> frozenset[type]:
    """Every struct in an annotation, and in the fields of those, however deep."""
    waiting, found = list(_every(kind)), set[type]()
    while waiting:
        one = waiting.pop()
        if _is_struct(one) and one not in found:
            found.add(one)
            found.update(base for base in one.__mro__ if _is_struct(base))
            waiting += _of_fields(get_type_hints(one).values())
    return frozenset(found)


def _of_fields(kinds: Iterable[Any]) -> Iterator[Any]:
    for kind in kinds:
        yield from _every(kind)


def _every(kind: Any) -> Iterator[Any]:
    yield kind
    for one in get_args(kind):
        yield from _every(one)
