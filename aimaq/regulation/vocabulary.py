"""The words a regulation's file may use: who performs a step, and what operation a step is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from aimaq.messages import PARTIES

PEOPLE = {
    "portal.citizen": "the applicant at the portal",
    "con.operator": "the operator of the citizen service centre",
    "lea.employee": "the employee of the local executive body",
}
"""The people who perform steps, by the name a file gives them: the party they work with, a dot, who they are there."""

PERFORMERS = frozenset(PARTIES) | frozenset(PEOPLE)
"""Everyone who can perform a part of a step: the five systems themselves, and the people."""

CHANNELS = ("provider", "con", "portal", "akim")
"""The ways to ask for a service: the body itself, the service centre, the portal, the rural akim."""

_OK = ("ok",)
_CHECK = ("ok", "wrong")
_DECISION = ("granted", "denied")


class Operation(msgspec.Struct, frozen=True):
    """One operation: whether a person or the system does it, the outcomes it can have, and what it is."""

    name: str
    by_person: bool
    outcomes: tuple[str, ...]
    meaning: str


OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("register-user", True, _OK, "the applicant opens an account"),
        Operation("check-package", True, _OK, "the application and its documents are looked through"),
        Operation("authenticate", True, _OK, "IIN and password are given"),
        Operation("check-identity", False, _CHECK, "the system compares them with what it knows"),
        Operation("refuse", False, _OK, "the system refuses to go on, and says on what ground"),
        Operation("fill-form", True, _OK, "the service is chosen and the request filled in"),
        Operation("sign", True, _OK, "the request is signed"),
        Operation("check-certificate", False, _CHECK, "the system checks the signature and its certificate"),
        Operation("send", False, _OK, "the signed request leaves for the body"),
        Operation("register", False, _OK, "the body's system numbers the request"),
        Operation("accept", True, _OK, "an employee takes the request up"),
        Operation("prepare", True, _OK, "an employee prepares the draft of the result"),
        Operation("decide", True, _DECISION, "an employee makes and signs the result"),
        Operation("deliver", False, _OK, "the system hands over the result"),
        Operation("issue", True, _DECISION, "a person hands over the result; comes out as what was decided"),
    )
}
"""Every operation that services implement, by name."""

GROUNDS = ("identity", "signature")
"""On what grounds a system refuses to go on before anything was sent."""


def suggest(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` with the known word nearest to this one, or nothing if none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
