"""Every endpoint of the five services with each service's token, each role and a stranger's; docs/security.md says so.

A difference shows the table as it should be.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from aimaq.access import administration
from aimaq.access.administration import assertion
from aimaq.access.permissions import PERMISSIONS, ROLES
from aimaq.language.messages import PARTIES
from aimaq.language.signing import jwt
from aimaq.web.callers import Bearer, callers
from tests.parties import Parties

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
HEAD = "| who, or which permission | " + " | ".join(ROLES) + " | endpoints |"
OTHERS = {"anyone": "anyone", "user": "a person who is signed in here", "party": "a party's system, for itself"}
NOBODY = "019cacb3-f200-7051-b3f4-43cca39f8a22"


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of a party's service: whom it lets in, and what it asks of whoever administers."""

    party: str
    method: str
    path: str
    who: tuple[str, ...]
    permission: str


def endpoints(apps: Mapping[str, FastAPI]) -> Iterator[Endpoint]:
    for party, app in apps.items():
        for route in app.routes:
            if isinstance(route, APIRoute):
                (caller,) = callers(route)
                permission = str(getattr(caller, "permission", "")) if isinstance(caller, Bearer) else ""
                for method in sorted(route.methods or ()):
                    yield Endpoint(party, method, route.path, caller.who, permission)


def table(apps: Mapping[str, FastAPI]) -> list[str]:
    """The rows of the page: who may call what."""
    asked: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in endpoints(apps):
        for who in one.who:
            asked[one.permission if who == "administrator" else who][
                f"{one.method} {one.path.replace(':path', '')}"
            ].append(one.party)
    rows = [HEAD, "|---|" + "---|" * (len(ROLES) + 1)]
    for key in [*OTHERS, *sorted(PERMISSIONS)]:
        marks = ["yes" if key in permissions else "" for permissions in ROLES.values()]
        by_parties: dict[str, list[str]] = defaultdict(list)
        for name, parties in asked[key].items():
            where = "all" if len(parties) == len(PARTIES) else ", ".join(sorted(set(parties), key=PARTIES.index))
            by_parties[where].append(f"`{name}`")
        listed = "; ".join(f"{where}: {' '.join(sorted(names, key=_path))}" for where, names in by_parties.items())
        rows.append(f"| {OTHERS.get(key, f'`{key}`')} | {' | '.join(marks)} | {listed} |")
    return rows


def _path(name: str) -> tuple[str, str]:
    """The path first: registers are declared in the order in which whoever needs them was loaded."""
    method, _, path = name.strip("`").partition(" ")
    return path, method


@pytest.fixture
async def five(parties: Parties) -> AsyncIterator[Parties]:
    await parties.start(*PARTIES)
    yield parties


def tokens(five: Parties, at: str) -> dict[str, tuple[str, frozenset[str], bool]]:
    """Each token, with the permissions that it should have at a party's service, and whether it is a system's word."""
    registry, clock = five.services["registry"].dependencies.signer, five.clock
    until = int((clock.now() + timedelta(minutes=5)).timestamp())
    nothing: frozenset[str] = frozenset()
    found: dict[str, tuple[str, frozenset[str], bool]] = {"a stranger's": ("of nobody", nothing, False)}
    for party in PARTIES:
        permissions: frozenset[str] = frozenset(PERMISSIONS) if party == at else nothing
        found[f"the token of {party}"] = (five.services[party].administration.token, permissions, False)
        word = assertion(five.services[party].dependencies.signer, party, at, clock)
        found[f"the word of {party}"] = (word, nothing, True)
    for role, permissions_of_role in ROLES.items():
        claims = {"sub": role, "exp": until, "permissions": sorted(permissions_of_role)}
        here = jwt.issue(registry, administration.SESSION, claims | {"aud": at})
        found[f"{role} here"] = (here, frozenset(permissions_of_role), False)
        elsewhere = next(party for party in PARTIES if party != at)
        found[f"{role} elsewhere"] = (
            jwt.issue(registry, administration.SESSION, claims | {"aud": elsewhere}),
            nothing,
            False,
        )
    return found


async def test_each_endpoint_lets_in_whom_it_says_and_nobody_else(five: Parties) -> None:
    wrong, count, every = [], 0, list(endpoints(five.apps))
    for service in five.services.values():
        service.leave()  # what would wait, or go on telling, ends
    for at in PARTIES:
        client = await five.http(at)
        for one in [one for one in every if one.party == at]:
            path = re.sub(r"\{\w+(:path)?\}", NOBODY, one.path)
            anonymous = (await client.request(one.method, path)).status_code
            if (anonymous == 401) == ("anyone" in one.who):
                wrong.append(("nobody", one, anonymous))
            for whose, (token, permissions, is_word) in tokens(five, at).items():
                headers = {"Authorization": f"Bearer {token}"}
                status = (await client.request(one.method, path, headers=headers)).status_code
                may = "anyone" in one.who or one.permission in permissions or (is_word and "party" in one.who)
                count += 1
                if (status in (401, 403)) == may:
                    wrong.append((whose, one, status))
    assert wrong == []
    assert count > 1000


async def test_the_page_has_the_table_of_who_may_what(five: Parties) -> None:
    text = PAGE.read_text(encoding="utf-8")
    start = text.index(HEAD)
    assert text[start:].splitlines() == table(five.apps)


async def test_a_role_is_a_set_of_permissions_and_none_but_the_administrator_has_them_all() -> None:
    assert ROLES["administrator"] == PERMISSIONS
    assert all(permissions < PERMISSIONS for role, permissions in ROLES.items() if role != "administrator")
    assert not any(one.endswith(".write") for one in ROLES["auditor"] | ROLES["viewer"])
    assert "papers.read" not in ROLES["operator"]
    assert {role for role in ROLES if "audit.read" in ROLES[role]} == {"auditor", "administrator"}
    assert {role for role in ROLES if "personal.reveal" in ROLES[role]} == {"auditor", "administrator"}
    assert ROLES["on-call"] - ROLES["viewer"] == {"dead-letters.requeue"}
