"""Each service's first page says which messages come in and go out: held against its handlers and the regulations."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import Parameter, signature

import pytest

from aimaq.language.messages import TYPES
from aimaq.regulation.catalogue import Catalogue
from aimaq.regulation.workflow import ended
from tests.house import SERVICES

CATALOGUE = Catalogue.bundled()
ANSWERS = {"registry": {"RegistryAnswered"}, "gateway": {"StatusChanged", "MessageRejected"}}
"""What services send that no step prescribes: answers, and what the gateway says itself."""


def table(module: str) -> dict[str, set[str]]:
    """The message types that the table of a service names, by direction; with those of a module that it refers to."""
    found: dict[str, set[str]] = {"in": set(), "out": set()}
    direction = ""
    for line in (import_module(module).__doc__ or "").splitlines():
        if begins := re.match(r"\s*(in|out)\s", line):
            direction = begins[1]
        elif not line.startswith(" "):
            direction = ""
        if direction:
            found[direction] |= set(re.findall(r"[A-Z]\w+", line)) & TYPES.keys()
            for shared in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", line):
                found[direction] |= table(shared)[direction]
    return found


def reactions_of(party: str) -> set[str]:
    """The message types that a service reacts to; nothing is called, so what the reactions need may be absent."""
    made = import_module(f"{party}_svc.handlers").handlers
    needed = [one for one in signature(made).parameters.values() if one.kind is not Parameter.KEYWORD_ONLY]
    return set(made(*(None for _ in needed)))


def sent_by(party: str) -> set[str]:
    """What the regulations have a party send: with a step, or since the case has ended with it."""
    found = set(ANSWERS.get(party, ()))
    for regulation in CATALOGUE:
        for flow in regulation.flows.values():
            for step in flow.steps.values():
                for part in step.parts:
                    if part.party == party:
                        found |= part.sends.keys()
                        if not part.sends and any(ended(place) for place in step.next.values()):
                            found.add("CaseClosed")
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_of_a_service_names_what_comes_in(service: str) -> None:
    party = service.removesuffix("_svc")
    if party == "gateway":
        assert table(service)["in"] == set(), "every message of every other system"
    else:
        assert table(service)["in"] == reactions_of(party)


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_of_a_service_names_what_goes_out(service: str) -> None:
    assert table(service)["out"] == sent_by(service.removesuffix("_svc"))
