"""What services register under the names of operations, message types and registers, compared with what is declared.

A service is compared as it is assembled, all of them and the player by `aimaq law check` (`stand.replay.played`).
Whatever lacks a part is refused then, with the file that should have it and the name; nothing is left for a case to
find out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from fastapi import FastAPI
from fastapi.routing import APIRoute

from aimaq.casework.procedure import bodies, operations, tracking
from aimaq.language import messages
from aimaq.language.messages import TYPES
from aimaq.regulation.model import operations as declared
from aimaq.regulation.model import registers, vocabulary
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.regulation.model.registers import REGISTERS
from aimaq.regulation.model.vocabulary import OUTCOMES, SYSTEMS
from aimaq.regulation.validation.completeness import Lack, Table, compare, file_of, wordless
from aimaq.service import Service
from aimaq.web.front_desk.actions import Action
from stand.runtime.endpoints import lacking

OPERATION, OUTCOME, MESSAGE, REGISTER = "operation", "outcome", "message type", "register"
"""The kinds of what can lack something."""

ACTIONS_AT = Action.__module__
"""Where the endpoints of people's operations are named."""

_REACTIONS = {"portal": tracking.__name__, "con": tracking.__name__}
"""The module of a party's reactions to messages, where that is not its own `handlers`."""


def kernel() -> Iterator[Lack]:
    """What the kernel lacks: words, a function for an operation of the systems, a composer for a message of a step."""
    yield from wordless(OPERATION, declared.__name__, {o.name: o.words for o in OPERATIONS.values()})
    yield from wordless(OUTCOME, vocabulary.__name__, {name: o.words for name, o in OUTCOMES.items()})
    yield from wordless(MESSAGE, messages.__name__, {name: type_.words for name, type_ in TYPES.items()})
    yield from wordless(REGISTER, registers.__name__, {name: one.title for name, one in REGISTERS.items()})
    outcomes = {outcome for one in OPERATIONS.values() for outcome in one.outcomes}
    yield from compare(
        OUTCOME,
        Table(declared.__name__, outcomes, "an operation that comes out so"),
        Table(vocabulary.__name__, OUTCOMES, "its words"),
    )
    by_system = [one.name for one in OPERATIONS.values() if one.by_system]
    yield from compare(
        OPERATION,
        Table(declared.__name__, by_system, "its declaration as one that systems perform"),
        Table(operations.__name__, operations.OPERATIONS, "a function that performs it"),
    )
    yield from compare(
        MESSAGE,
        Table(messages.__name__, [name for name, type_ in TYPES.items() if not type_.reply], "its declaration"),
        Table(bodies.__name__, bodies.COMPOSE, "a composer of its body"),
    )


def of_service(service: Service, app: FastAPI) -> Iterator[Lack]:
    """What an assembled service lacks: endpoints for what people perform there, reactions to what comes to it."""
    party = service.settings.party
    if (types := service.rules.types) is not None:
        coming = [name for name, type_ in TYPES.items() if party in type_.recipients()]
        yield from compare(
            MESSAGE,
            Table(messages.__name__, coming, f"a declaration by which it comes to {party}"),
            Table(_REACTIONS.get(party, f"{party}_svc.handlers"), types, f"a reaction of {party}"),
        )
    if party == "registry":
        yield from books()
    yield from lacking(party, app)
    if party not in SYSTEMS:
        return
    yield from endpoints(party)
    api = [route for route in app.routes if isinstance(route, APIRoute)]
    routes = {f"{method} {route.path}" for route in api for method in route.methods or ()}
    for operation, endpoint in _performed(party).items():
        if endpoint not in routes:
            yield Lack(file_of(f"{party}_svc.endpoints"), OPERATION, operation, f"the endpoint {endpoint}")


def endpoints(party: str) -> Iterator[Lack]:
    """What a party's endpoints lack of the operations that people perform there."""
    here = [one.name for one in OPERATIONS.values() if party in one.people_at]
    yield from compare(
        OPERATION,
        Table(declared.__name__, here, f"its declaration as one that people perform at {party}"),
        Table(ACTIONS_AT, _performed(party), f"an endpoint at {party}, which may be in {party}_svc/endpoints.py"),
    )


def _performed(party: str) -> Mapping[str, str]:
    performed: Mapping[str, str] = import_module(f"{party}_svc.endpoints").PERFORMS
    return performed


def books() -> Iterator[Lack]:
    """What the books of the registers lack."""
    lacks: Iterator[Lack] = import_module("registry_svc.registers.books").lacks()
    yield from lacks
