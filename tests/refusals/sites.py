"""Every raise in the code that people meet: where it stands, found by reading the code."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aimaq.language.errors import TechnicalError

ROOT = Path(__file__).parents[2]

ROOMS = (
    "aimaq/service.py",
    "aimaq/language/iin.py",
    "aimaq/language/timeline.py",
    "aimaq/regulation/catalogue.py",
    "aimaq/regulation/workflow.py",
    "aimaq/regulation/model/act.py",
    "aimaq/casework/form.py",
    "aimaq/casework/unit_of_work.py",
    "aimaq/casework/procedure/*.py",
    "aimaq/access/challenges.py",
    "aimaq/access/sessions.py",
    "aimaq/access/users.py",
    "aimaq/access/systems/rotation.py",
    "aimaq/web/*.py",
    "aimaq/web/front_desk/*.py",
    "portal_svc/**/*.py",
    "con_svc/**/*.py",
    "lea_svc/**/*.py",
    "gateway_svc/endpoints/*.py",
    "gateway_svc/journal/entry.py",
    "gateway_svc/journal/evidence.py",
    "gateway_svc/journal/statement.py",
    "gateway_svc/views.py",
    "registry_svc/*.py",
    "registry_svc/endpoints/*.py",
    "registry_svc/administrators/*.py",
    "registry_svc/nca/*.py",
    "registry_svc/registers/*.py",
    "registry_svc/systems/*.py",
)
"""The modules whose errors come out at a door where people are."""


ELSEWHERE = {
    "Refused",
    "Refusal",
    "Malformed",
    "HTTPException",
    "refused",
    *(one.__name__ for one in TechnicalError.__subclasses__()),
}
"""What a raise makes that no problem document comes of as it is.

The protocols of time stamps and of OCSP answer in DER; what Starlette and pydantic refuse is told by its status and its
type; and what only systems and operators read is a `TechnicalError`.
"""


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
    """The modules of the rooms, with their paths."""
    for pattern in ROOMS:
        paths = sorted(ROOT.glob(pattern))
        assert paths, f"no module is at {pattern}"
        for path in paths:
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def raised() -> list[Site]:
    """Every raise of an error that a person can be told: not those of Python's own errors, nor a raise again."""
    return sorted(site for file, module in modules() for site in _within(file, "", module))


def _within(file: str, function: str, node: ast.AST) -> Iterator[Site]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) and (kind := _kind(child)):
            yield Site(file, function, child.lineno, child.end_lineno or child.lineno, kind)
        named = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield from _within(file, named, child)


def _kind(node: ast.Raise) -> str:
    """What is raised; empty where it is nobody's to be told."""
    thrown = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    if thrown is None:
        return ""
    name = ast.unparse(thrown).rpartition(".")[2]
    return "" if hasattr(builtins, name) or name in ELSEWHERE else name
