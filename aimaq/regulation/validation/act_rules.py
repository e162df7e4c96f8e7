"""The rules for what a regulation says beside its flows: its id, parties, form, ends, limits and readings."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

from aimaq.language.errors import InvalidInput
from aimaq.language.iin import check_iin
from aimaq.regulation.files.document import Place
from aimaq.regulation.files.loading import many
from aimaq.regulation.model.flow import END
from aimaq.regulation.model.vocabulary import PAPERS, REFUSAL, suggest
from aimaq.regulation.validation.draft import DraftFlow, Finding, mapping, texts, word, words
from aimaq.regulation.validation.flow_rules import known_party


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
    results = mapping(data.get("results"))
    yield from _papers(results)
    for name, end in mapping(data.get("ends")).items():
        for result in many(mapping(end).get("result")):
            if result not in results:
                yield ("ends", name, "result"), "unknown-result", f"no result {result!r}{suggest(str(result), results)}"
    yield from _limits(data)
    known = mapping(data.get("readings"))
    for place, reading in _readings(data):
        if reading not in known:
            yield place, "unknown-reading", f"readings has no {reading}{suggest(reading, known)}"


def _papers(results: dict[str, Any]) -> Iterator[Finding]:
    """Kinds of paper that nobody has a form for, and those that say the contrary of what was decided."""
    for name, result in results.items():
        paper, denied = word(mapping(result).get("paper")), mapping(result).get("decision") == "denied"
        if paper and paper not in PAPERS:
            yield ("results", name, "paper"), "paper", f"no kind of paper {paper!r}{suggest(paper, PAPERS)}"
        elif paper and (paper == REFUSAL) != denied:
            yield (
                ("results", name, "paper"),
                "paper",
                f"{name} is {'denied' if denied else 'granted'}, so its paper is {'' if denied else 'no '}{REFUSAL}",
            )


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
    through: dict[str, set[str]] = {}
    channels = set(mapping(data.get("flows")))
    for n, field in enumerate(many(data.get("form"))):
        name = word(mapping(field).get("name"))
        if name in through:
            yield ("form", n, "name"), "form", f"the form has a field {name!r} already"
        if name:
            through.setdefault(name, set(words(mapping(field).get("channels"))) or channels)
    for n, field in enumerate(many(data.get("form"))):
        for m, channel in enumerate(words(mapping(field).get("channels"))):
            if channel not in channels:
                yield ("form", n, "channels", m), "form", f"no channel {channel!r}{suggest(channel, channels)}"
        mine = through.get(word(mapping(field).get("name")), channels)
        for m, other in enumerate(words(mapping(field).get("with"))):
            if other not in through:
                yield ("form", n, "with", m), "form", f"the form has no field {other!r}{suggest(other, through)}"
            elif apart := sorted(mine - through[other]):
                yield ("form", n, "with", m), "form", f"{other} is not for the channel {', '.join(apart)}"
        pattern, example = word(mapping(field).get("pattern")), word(mapping(field).get("example"))
        if flaw := _flaw(pattern):
            yield ("form", n, "pattern"), "form", f"not a regular expression: {flaw}"
            continue
        if pattern and example and not re.fullmatch(pattern, example):
            yield ("form", n, "example"), "form", f"the example does not match {pattern}"
        if example and word(mapping(field).get("type")) in ("iin", "bin") and not _numbered(example):
            yield ("form", n, "example"), "form", "the example has a wrong control digit"


def _numbered(example: str) -> bool:
    """Whether an example is a number with its control digit."""
    try:
        check_iin(example)
    except InvalidInput:
        return False
    return True


def _flaw(pattern: str) -> str:
    """What is wrong with a regular expression, or will be in a coming Python; empty if nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, FutureWarning, DeprecationWarning) as error:
        return str(error) or type(error).__name__
    return ""


def _limits(data: dict[str, Any]) -> Iterator[Finding]:
    """Limits that no time meets: without a number, or with the smaller one as `max`."""
    for place, found in _named(data, frozenset({"limit", "limits"})):
        several = place[-1] == "limits"
        for name, inner in mapping(found).items() if several else [("limit", found)]:
            at = (*place, name) if several else place
            low, high = mapping(inner).get("min"), mapping(inner).get("max")
            if isinstance(inner, dict) and low is None and high is None:
                yield at, "limit", "a limit needs min or max; where the act gives none, leave it out"
            elif isinstance(low, int | float) and isinstance(high, int | float) and low > high:
                yield at, "limit", f"min {low} is more than max {high}"


def _readings(data: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    for place, found in _named({name: data.get(name) for name in ("flows", "terms")}, frozenset({"readings"})):
        for n, reading in enumerate(many(found)):
            yield (*place, n) if isinstance(found, list) else place, str(reading)


def _named(data: dict[str, Any], names: frozenset[str]) -> Iterator[tuple[Place, Any]]:
    """Every value under one of these names, wherever it stands, with its place; texts are not looked into."""
    todo: list[tuple[Place, Any]] = [((), data)]
    while todo:
        place, value = todo.pop()
        pairs = value.items() if type(value) is dict else enumerate(value)
        for name, inner in pairs:
            if name in names:
                yield (*place, name), inner
            elif (type(inner) is dict and "kk" not in inner) or type(inner) is list:
                todo.append(((*place, name), inner))
