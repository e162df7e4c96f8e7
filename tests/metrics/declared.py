"""Every family of figures that the code declares, and which service tells it."""

from __future__ import annotations

from types import ModuleType

from aimaq.pipeline.telemetry import families
from aimaq.pipeline.telemetry.families import Family
from gateway_svc.cases import pressing
from gateway_svc.journal import measures

GATEWAY_ALONE = (pressing, measures)
"""The modules of families that the gateway alone tells."""

SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


def of(module: ModuleType) -> list[Family]:
    """The families that a module declares, in its order."""
    return [value for value in vars(module).values() if isinstance(value, Family)]


def everywhere() -> list[tuple[Family, str]]:
    """All families, each with who tells it."""
    found = [(one, "gateway" if one is families.STEPS else "all") for one in of(families)]
    return found + [(one, "gateway") for module in GATEWAY_ALONE for one in of(module)]


def series() -> set[str]:
    """The names of all series that there can be, as an expression writes them."""
    return {f"{one.name}{suffix}" for one, _ in everywhere() for suffix in SUFFIXES[one.kind]}


def table() -> list[str]:
    """The rows of the operators' guide."""
    rows = ["| metric | kind | labels | at | what |", "|---|---|---|---|---|"]
    for one, at in everywhere():
        labels = ", ".join(f"`{label}`" for label in one.labels)
        rows.append(f"| `{one.name}` | {one.kind} | {labels} | {at} | {one.help} |")
    return rows
