"""The sections of the console in their order, each with the permission that its page asks for."""

from __future__ import annotations

from dataclasses import dataclass

from aimaq.access.permissions import Permission
from aimaq.language.texts import Texts
from gateway_svc.console import labels


@dataclass(frozen=True, slots=True)
class Section:
    """A section: `/console/{name}` is its page, which whoever has the permission may open."""

    name: str
    label: Texts
    permission: Permission


SECTIONS: tuple[Section, ...] = (
    Section("traffic", labels.TRAFFIC, "journal.read"),
    Section("cases", labels.CASES, "cases.read"),
    Section("deadlines", labels.DEADLINES, "cases.read"),
    Section("attention", labels.ATTENTION, "dead-letters.read"),
    Section("parties", labels.PARTIES, "systems.read"),
    Section("journal", labels.JOURNAL, "journal.read"),
    Section("audit", labels.AUDIT, "audit.read"),
)
"""One whose page is not there is not shown."""
