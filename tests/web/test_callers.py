"""Every endpoint of every service lets in the callers that it declares, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from aimaq.web.callers import callers
from tests.web.people import People

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_CASE = "019cacb3-f200-7051-b3f4-43cca39f8a22"
AT_LEAST = 80
"""Endpoints that there are at the very least: a walk over none would show nothing."""


def endpoints(people: People) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Each endpoint: its party, its method, a path of it, and the callers that it declares."""
    for party, app in people.parties.apps.items():
        for route in app.routes:
            if isinstance(route, APIRoute):
                (caller,) = callers(route)
                path = re.sub(r"\{\w+(:path)?\}", NO_CASE, route.path)
                yield from ((party, method, path, caller.who) for method in route.methods or ())


async def clients(people: People) -> dict[str, httpx.AsyncClient]:
    return {party: await people.parties.http(party) for party in people.parties.apps}


async def test_without_a_token_only_anyone_is_let_in(people: People) -> None:
    http, wrong, count = await clients(people), [], 0
    for party, method, path, who in endpoints(people):
        count += 1
        answer = await http[party].request(method, path)
        if (answer.status_code == 401) == ("anyone" in who):
            wrong.append((party, method, path, who, answer.status_code))
    assert wrong == []
    assert count >= AT_LEAST


async def test_a_token_of_nobody_lets_nobody_in(people: People) -> None:
    http, wrong = await clients(people), []
    for party, method, path, who in endpoints(people):
        answer = await http[party].request(method, path, headers={"Authorization": "Bearer nobody"})
        if "anyone" not in who and answer.status_code != (401 if "user" in who else 403):
            wrong.append((party, method, path, who, answer.status_code))
    assert wrong == []


async def test_a_user_is_no_administrator_and_an_administrator_is_no_user(people: People) -> None:
    portal, wrong = people.portal, []
    for party, method, path, who in endpoints(people):
        if party != "portal" or "anyone" in who:
            continue
        _, mine = await people.opened()  # one of these endpoints ends the session
        as_user = (await portal.request(method, path, headers=mine)).status_code
        as_admin = (await portal.request(method, path, headers=people.parties.admin())).status_code
        if (as_user in (401, 403)) == ("user" in who) or (as_admin in (401, 403)) == ("administrator" in who):
            wrong.append((method, path, who, as_user, as_admin))
    assert wrong == []


async def test_the_openapi_document_says_who_may_call(people: People) -> None:
    for app in people.parties.apps.values():
        for path in app.openapi()["paths"].values():
            for operation in path.values():
                who = operation["x-callers"]
                assert who
                assert ("security" in operation) == (who != ["anyone"])
