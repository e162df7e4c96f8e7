"""The rules for what a regulation says beside its flows: its id, parties, form, ends, limits and readings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aimaq.regulation.document import Place
from aimaq.regulation.draft import DraftFlow, Finding, mapping, texts, word
from aimaq.regulation.flow_rules import known_party
from aimaq.regulation.load import many
from aimaq.regulation.model import END
from aimaq.regulation.vocabulary import suggest


def act_rules(data: dict[str, Any], flows: list[DraftFlow], stem: str) -> Iterator[Finding]:
    """Every mistake outside the steps and rows; `stem` is the file's name without its ending."""
    if (name := word(data.get("id"))) and name != stem:
        yield ("id",), "id", f"the file is named {stem}, its id is {name!r}"
    yield from _parties(data)
    yield from _form(data)
    used = {there.removeprefix(END) for flow in flows for step in flow.steps.values() for there in step.next.values()}
    for end in mapping(data.get("ends")):
        if end not in used:
            yield ("ends", end), "unused-end", f"no flow comes to the end {end!r}"
    yield from _limits(data, ())
    known = mapping(data.get("readings"))
    for place, reading in _readings(data.get("flows"), ("flows",)):
        if reading not in known:
            yield place, "unknown-reading", f"readings has no {reading}{suggest(reading, known)}"


def _parties(data: dict[str, Any]) -> Iterator[Finding]:
    if body := word(data.get("body")):
        yield from known_party(("body",), body.partition(":")[0])
    for unit, party in texts(data.get("unit_parties")).items():
        yield from known_party(("unit_parties", unit), party)
    for n, unit in enumerate(many(data.get("units"))):
        if party := word(mapping(unit).get("party")):
            yield from known_party(("units", n, "party"), party)
    for n, party in enumerate(many(mapping(data.get("status_checked")).get("at"))):
        yield from known_party(("status_checked", "at", n), str(party))


def _form(data: dict[str, Any]) -> Iterator[Finding]:
    names: set[str] = set()
    for n, field in enumerate(many(data.get("form"))):
        name = word(mapping(field).get("name"))
        if name in names:
            yield ("form", n, "name"), "form", f"the form has a field {name!r} already"
        if name:
            names.add(name)
        try:
            re.compile(word(mapping(field).get("pattern")))
        except re.error as error:
            yield ("form", n, "pattern"), "form", f"not a regular expression: {error}"


def _limits(value: Any, place: Place) -> Iterator[Finding]:
    """Limits that no time meets: without a number, or with the smaller one as `max`."""
    for name, inner in _inside(value):
        if name == "limit" or (place and place[-1] == "limits"):
            low, high = mapping(inner).get("min"), mapping(inner).get("max")
            if isinstance(inner, dict) and low is None and high is None:
                yield (*place, name), "limit", "a limit needs min or max; where the act gives none, leave it out"
            elif isinstance(low, int | float) and isinstance(high, int | float) and low > high:
                yield (*place, name), "limit", f"min {low} is more than max {high}"
        else:
            yield from _limits(inner, (*place, name))


def _readings(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    for name, inner in _inside(value):
        if name == "readings":
            for n, reading in enumerate(many(inner)):
                yield (*place, name, n) if isinstance(inner, list) else (*place, name), str(reading)
        else:
            yield from _readings(inner, (*place, name))


def _inside(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)
