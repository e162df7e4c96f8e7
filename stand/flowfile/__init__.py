"""Flow files: who does what in which order with a regulation, and what the case should come to. Declarative YAML.

schema  what the published schema (`flows/schema.json`) asks
rules   what the regulation asks: steps, people, outcomes, ends that exist
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from aimaq.language.errors import InvalidInput, Technical
from aimaq.regulation import Catalogue, Flow, Texts
from aimaq.regulation.files.document import Document
from aimaq.regulation.model.flow import Unit
from aimaq.regulation.model.vocabulary import suggest
from aimaq.regulation.validation.check import Mistake
from conformance import Expected
from stand.client.defaults import FLOWS
from stand.flowfile.rules import RULES, rules
from stand.flowfile.schema import SCHEMA, schema_faults

__all__ = [
    "FLOWS",
    "RULES",
    "SCHEMA",
    "Deed",
    "FlowFile",
    "Mistakes",
    "Record",
    "Someone",
    "Wait",
    "files",
    "load",
    "read",
]


class Someone(msgspec.Struct, frozen=True, rename={"performer": "as"}):
    """A person of the flow. Without `performer` (`as` in the file) they have no account anywhere."""

    performer: str | None = None
    registered: bool = True
    password: Literal["right", "wrong"] = "right"  # noqa: S105 - which one is typed, not what it is
    login: Literal["password", "certificate", "revoked-certificate"] = "password"
    certificate: Literal["valid", "revoked", "other-person", "authentication"] = "valid"

    @property
    def party(self) -> str | None:
        """The system that they work with."""
        return self.performer.partition(".")[0] if self.performer else None


class Record(msgspec.Struct, frozen=True, rename={"register": "in"}):
    """A record that a state register holds before the flow begins. `of` and `representative` are people of the flow."""

    register: str
    of: str
    status: str = ""
    oblast: str = ""
    representative: str = ""
    number: str = ""
    notarised: bool = True
    bin: str = ""
    name: str = ""


class Deed(msgspec.Struct, frozen=True):
    """One part of one step, done by one of the people, with what the file gives for it."""

    ref: str
    operation: str
    by: str
    using: dict[str, Any] = {}
    line: int = 0

    @property
    def name(self) -> str:
        """The part, as the reports call it."""
        return f"{self.ref}/{self.operation}"


class Wait(msgspec.Struct, frozen=True):
    """The stand's clock is moved forward by so many units."""

    count: float
    unit: Unit
    line: int = 0


class FlowFile(msgspec.Struct, frozen=True):
    """A flow file that can be played: nothing in it is misspelt. `name` is its folder and its name without ending."""

    path: str
    name: str
    regulation: str
    channel: str
    title: Texts
    people: dict[str, Someone]
    do: tuple[Deed | Wait, ...]
    expected: Expected
    registers: tuple[Record, ...] = ()
    about: Texts | None = None


class Mistakes(InvalidInput):
    """Flow files cannot be played as they are; `mistakes` has every reason."""

    slug = "bad-flow-file"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(Technical("\n".join(map(str, mistakes))))
        self.mistakes = tuple(mistakes)


def files(paths: Sequence[Path]) -> list[Path]:
    """The flow files at these paths, those of a folder and its folders in order; InvalidInput for what is not there."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*.yaml"))
            if not inside:
                raise InvalidInput(Technical(f"{path} has no flow files"))
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise InvalidInput(Technical(f"{path}: no such flow file{_near(path)}"))
    return list(dict.fromkeys(_from_here(path) for path in found))


def _from_here(path: Path) -> Path:
    """The path as a person would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path


def _near(path: Path) -> str:
    there = path.parent if path.parent != Path() and path.parent.is_dir() else FLOWS
    names = {file.stem: file for file in there.rglob("*.yaml")}
    return suggest(path.stem, names)


def load(path: Path, catalogue: Catalogue) -> FlowFile:
    """The flow in this file; Mistakes, with every one, if it has any."""
    flow, mistakes = read(path, catalogue)
    if flow is None:
        raise Mistakes(mistakes)
    return flow


def read(path: Path, catalogue: Catalogue) -> tuple[FlowFile | None, list[Mistake]]:
    """The flow in this file, or None and every mistake in it, by line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return None, [Mistake(str(path), 1, "file", error.strerror or str(error))]
    document = Document(content)
    faults = list(document.faults)
    if not faults or document.data is not None:
        faults += schema_faults(document)
        faults += [fault for fault in rules(document, catalogue) if fault not in faults]
    if faults:
        return None, sorted({Mistake(str(path), fault.line, fault.rule, fault.message) for fault in faults})
    return _built(path, document, catalogue), []


def _built(path: Path, document: Document, catalogue: Catalogue) -> FlowFile:
    data: dict[str, Any] = document.data
    regulation, channel = data["flow"].split("/")
    law = catalogue.flow(regulation, channel)
    do = tuple(_happening(law, entry, document.line(("do", at))) for at, entry in enumerate(data["do"]))
    deeds = [deed for deed in do if isinstance(deed, Deed)]
    taken = frozenset(deed.ref for deed in deeds if law.step(deed.ref).optional)
    taken |= {deed.name for deed in deeds if law.step(deed.ref).part(deed.operation).optional}
    expect: dict[str, Any] = data["expect"]
    end = law.ends[expect["end"]]
    return FlowFile(
        path=str(path),
        name=f"{path.resolve().parent.name}/{path.stem}",
        regulation=regulation,
        channel=channel,
        title=msgspec.convert(data["title"], Texts),
        about=msgspec.convert(data["about"], Texts) if "about" in data else None,
        people=msgspec.convert(data["people"], dict[str, Someone]),
        registers=msgspec.convert(data.get("registers") or [], tuple[Record, ...]),
        do=do,
        expected=Expected(
            outcomes=expect.get("outcomes") or {},
            end=expect["end"],
            status=expect.get("status", end.status),
            result=expect.get("result", end.result),
            taken=taken,
        ),
    )


def _happening(law: Flow, entry: dict[str, Any], line: int) -> Deed | Wait:
    if "wait" in entry:
        count, unit = entry["wait"].split(" ", 1)
        return Wait(float(count), msgspec.convert(unit.removesuffix("s").replace(" ", "-"), Unit), line)
    ref, _, operation = entry["step"].partition("/")
    return Deed(ref, operation or law.step(ref).parts[0].does, entry["by"], entry.get("with") or {}, line)
