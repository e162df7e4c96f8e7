"""Every raise in the services whose error a person could be told: where it stands, found by reading the code."""

from __future__ import annotations

import ast
import importlib
import inspect
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType

from aimaq.language.errors import AimaqError

ROOT = Path(__file__).parents[2]

PACKAGES = ("aimaq", "conformance", "portal_svc", "con_svc", "lea_svc", "gateway_svc", "registry_svc")


@dataclass(frozen=True, order=True)
class Site:
    """One raise: its file, the function around it, its first and its last line."""

    file: str
    function: str
    first: int
    last: int
    kind: str

    def __str__(self) -> str:
        return f"{self.file}:{self.function}:{self.first} {self.kind}"


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the services, with its path."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), _parsed(path)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def raised() -> list[Site]:
    """Every raise of an error that has a text for people: not a raise again, nor a `Technical` or a `TechnicalError`.

    An error that is none of Aimaq's is a fault to whoever meets it, which is one text.
    """
    return sorted(site for file, module in modules() for site in _within(file, "", module))


def _within(file: str, function: str, node: ast.AST) -> Iterator[Site]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) and child.exc is not None and has_texts(file, child.exc):
            yield Site(file, function, child.lineno, child.end_lineno or child.lineno, _named(child.exc))
        named = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield from _within(file, named, child)


def _named(thrown: ast.expr) -> str:
    return ast.unparse(thrown.func if isinstance(thrown, ast.Call) else thrown).rpartition(".")[2]


def has_texts(file: str, thrown: ast.expr) -> bool:
    """Whether what is raised may have texts for people; what a variable holds, or a method makes, may."""
    if technical(thrown):
        return False
    found = _found(file, thrown.func if isinstance(thrown, ast.Call) else thrown)
    if isinstance(found, FunctionType):
        if technical(ast.parse(inspect.getsource(found))):
            return False
        found = typing.get_type_hints(found)["return"]
    kinds = [one for one in typing.get_args(found) or (found,) if isinstance(one, type)]
    return not kinds or any(issubclass(kind, AimaqError) and not _takes_str(kind) for kind in kinds)


def _found(file: str, name: ast.expr) -> object:
    """What a name means in a module; None if it is none of the module's."""
    if not isinstance(name, ast.Name | ast.Attribute):
        return None
    module = importlib.import_module(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    try:
        return eval(ast.unparse(name), vars(module))
    except (NameError, AttributeError):
        return None


def _takes_str(kind: type[AimaqError]) -> bool:
    """Whether the detail of an error may be a `str`: then nobody but systems and operators reads it."""
    detail = typing.get_type_hints(kind.__init__)["detail"]
    return str in (typing.get_args(detail) or (detail,))


def technical(node: ast.AST) -> bool:
    """Whether a `Technical` is made there."""
    return any(isinstance(one, ast.Call) and _named(one) == "Technical" for one in ast.walk(node))
