"""What the player and the flow files that are made for it lack of the operations; and all that the stand lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aimaq.regulation.model import operations as declared
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.regulation.model.vocabulary import SYSTEMS
from aimaq.regulation.validation.completeness import Lack, Table, compare, file_of
from stand.flowfile.scaffold import deeds
from stand.replay import operations as player
from stand.runtime import registrations
from stand.runtime.registrations import OPERATION


def everywhere() -> Iterator[Lack]:
    """Everything that the stand lacks, as far as it can be told before a service is assembled."""
    yield from registrations.kernel()
    for party in SYSTEMS:
        yield from registrations.endpoints(party)
    yield from registrations.books()
    yield from played()


def played() -> Iterator[Lack]:
    """What the player lacks: a call for what people perform, and what a flow file that is made has to give with it."""
    by_people = [one.name for one in OPERATIONS.values() if one.people_at and not one.with_opening]
    yield from compare(
        OPERATION,
        Table(declared.__name__, by_people, "its declaration as one that people perform"),
        Table(player.__name__, player.OPERATIONS, "a call of the player"),
    )
    for name in by_people:
        for outcome in (*(("ok",) if OPERATIONS[name].needs else ()), *OPERATIONS[name].refusals):
            if name not in deeds.INPUTS and (name, outcome) not in deeds.WITH:
                yield Lack(
                    file_of(deeds.__name__), OPERATION, name, f"what a person gives for it to come out {outcome!r}"
                )
    yield from compare(
        OPERATION,
        Table(declared.__name__, OPERATIONS, "its declaration"),
        Table(
            deeds.__name__, OPERATIONS.keys() | deeds.INPUTS.keys() | {name for name, _ in deeds.WITH}, "what is given"
        ),
    )


def unimplemented(lacks: Iterable[Lack]) -> dict[str, str]:
    """The operations among these that lack something, each with what they lack."""
    found: dict[str, list[str]] = {}
    for lack in lacks:
        if lack.kind == OPERATION:
            found.setdefault(lack.name, []).append(f"{lack.file} lacks {lack.missing}")
    return {name: "; ".join(text) for name, text in found.items()}
