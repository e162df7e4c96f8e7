"""What is declared in one place and registered in others under its name: whether each has all of the others.

An operation, a message type, a register is declared once; what performs, composes, handles or keeps it registers
under its name where it lives. Nothing here knows which: `stand.runtime.registrations` brings the tables.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from aimaq.language.errors import Unconfigured
from aimaq.language.texts import Texts

LANGUAGES = ("kk", "ru", "en")


class Lack(msgspec.Struct, frozen=True, order=True):
    """Something is not there: the file that should have it, the kind and the name of what lacks it, what is missing."""

    file: str
    kind: str
    name: str
    missing: str

    def __str__(self) -> str:
        return f"{self.file}: {self.kind} {self.name!r} lacks {self.missing}"


class Table(msgspec.Struct, frozen=True):
    """One table of names: the module where it stands, and what it has under each name, in words."""

    module: str
    names: Collection[str]
    what: str


def compare(kind: str, declared: Table, registered: Table) -> Iterator[Lack]:
    """Every name of one table that the other has not; the file that lacks it is the other's."""
    for name in declared.names:
        if name not in registered.names:
            yield Lack(file_of(registered.module), kind, name, registered.what)
    for name in registered.names:
        if name not in declared.names:
            there = f"{declared.what}; {file_of(registered.module)} has {registered.what} for it"
            yield Lack(file_of(declared.module), kind, name, there)


def wordless(kind: str, module: str, texts: Mapping[str, Texts]) -> Iterator[Lack]:
    """Every name whose text is empty or not there in one of the three languages."""
    for name, text in texts.items():
        if missing := [language for language in LANGUAGES if not text.say(language).strip()]:
            yield Lack(file_of(module), kind, name, f"words in {', '.join(missing)}")


def refuse(lacks: Iterable[Lack]) -> None:
    """Unconfigured, with a line for each, if there is any."""
    if found := sorted(set(lacks)):
        raise Unconfigured("\n".join(map(str, found)))


def file_of(module: str) -> str:
    """The file of a module that is loaded, as a path from the root of the project."""
    package = hasattr(sys.modules.get(module), "__path__")
    return module.replace(".", "/") + ("/__init__.py" if package else ".py")
