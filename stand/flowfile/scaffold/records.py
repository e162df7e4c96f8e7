"""What the state registers have to hold before a flow begins, for one way through it to come out as it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aimaq.regulation import END, Flow, Regulation
from aimaq.regulation.model.registers import REGISTERS
from stand.flowfile.scaffold.deeds import FRIEND
from stand.flowfile.scaffold.ways import Way, other, parts, required

OBLASTS = ("06", "27")
"""Two oblasts by their КАТО code: one of them is always another than that of the body."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A step of a way asks a register about a person of the flow; `absent` if it should find nothing."""

    regulation: Regulation
    way: Way
    ref: str
    register: str
    whom: str
    absent: bool

    @property
    def found(self) -> dict[str, Any]:
        """The record with nothing but whom it is about."""
        return {"in": self.register, "of": self.whom}


def records(regulation: Regulation, flow: Flow, way: Way, whom: str) -> Iterator[dict[str, Any]]:
    """The records, in the order in which the registers are asked. What the way itself enters is not among them."""
    path, needed = flow.path(way.outcomes), required(flow, way)
    fed = {name for part in parts(flow, way.outcomes) if part.into for name in (part.into, REGISTERS[part.into].on_to)}
    for at, ref in enumerate(path):
        following = [*path[at + 1 :], END][0]
        absent = "absent" in (way.outcomes.get(ref), way.outcomes.get(following))
        for name in dict.fromkeys(name for part in flow.step(ref).parts for name in part.asks):
            asked = _Asked(regulation, way, ref, name, whom, absent or name in way.lacking)
            make = _RECORDS.get(name, _nothing if name in fed else _present)
            if (record := make(asked)) is not None:
                yield record | _wanted(record, name, needed.get(name, {}), fit=name not in way.unfit)


def _wanted(record: dict[str, Any], name: str, fields: Mapping[str, tuple[str, ...]], *, fit: bool) -> dict[str, Any]:
    """What the fields of a record must say for a grant; or where it is not `fit`, something else."""
    if not fit:
        return {field: word for field, words in fields.items() if (word := other(name, field, words))}
    return {field: words[0] for field, words in fields.items() if record.get(field) not in words}


def _present(asked: _Asked) -> dict[str, Any] | None:
    return None if asked.absent else asked.found


def _person(asked: _Asked) -> dict[str, Any] | None:
    """A person, unless an organisation asks."""
    return None if asked.way.organisation else _present(asked)


def _organisation(asked: _Asked) -> dict[str, Any] | None:
    """The organisation of the form, if one asks."""
    if asked.absent or not asked.way.organisation:
        return None
    number = next(entry.example for entry in asked.regulation.form if entry.name == "bin")
    return asked.found | {"bin": number}


def _power(asked: _Asked) -> dict[str, Any] | None:
    """The power of attorney that makes the friend a representative."""
    return asked.found | {"representative": FRIEND} if asked.way.by_proxy and not asked.absent else None


def _card(asked: _Asked) -> dict[str, Any] | None:
    """A card of somebody without work."""
    return None if asked.absent else asked.found | {"status": "unemployed"}


def _repatriate(asked: _Asked) -> dict[str, Any] | None:
    """Nothing, unless the person should turn out to be registered in another oblast."""
    if asked.way.outcomes.get(asked.ref) != "elsewhere":
        return None
    return asked.found | {"oblast": next(code for code in OBLASTS if code != asked.regulation.oblast)}


def _nothing(_: _Asked) -> dict[str, Any] | None:
    """No record: the flow itself enters the data, or the register has them of its own (certificates)."""
    return None


_RECORDS: dict[str, Callable[[_Asked], dict[str, Any] | None]] = {
    "gbd_fl": _person,
    "gbd_ul": _organisation,
    "enis": _power,
    "labour_market": _card,
    "oralman": _repatriate,
    "nca": _nothing,
}
"""The record of each register about a person of the flow; the others have one if they should find something."""
