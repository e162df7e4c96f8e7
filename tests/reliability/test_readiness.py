"""Ready is what the writer and the relay can do, and not whether a question is answered; who is not ready says why."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from aimaq.language.messages import PARTIES, StatusChanged
from aimaq.pipeline.background import relay, trouble
from aimaq.service import Service
from tests.faults import bewitch
from tests.parties import IIN, Parties
from tests.pipeline.messages import deliveries
from tests.reliability.conditions import locked, shut
from tests.waiting import eventually


async def reasons(http: httpx.AsyncClient) -> list[str]:
    """Why a service is not ready; nothing if it is."""
    answer = await http.get("/health/ready")
    found: list[str] = answer.json()["reasons"]
    assert answer.status_code == (503 if found else 200)
    return found


async def ready(http: httpx.AsyncClient) -> bool:
    return await reasons(http) == []


@pytest.mark.services
async def test_a_lock_without_any_error_is_not_ready_and_turns_callers_away(
    server: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "LATE", 0.2)
    await server.start("con")
    gateway, con, http = await server.outsider("gateway"), server.services["con"], await server.http("con")
    case_id = gateway.ids()
    async with locked(server, "con", "cases"):
        sending = server.sending(
            gateway.hand_in(*deliveries(gateway, [StatusChanged(status="received")], "con", case_id))
        )
        assert await eventually(lambda: reasons(http))
        for call in (con.writer.run(lambda uow: None), con.writer.case(case_id)):
            with pytest.raises(Exception, match="the database"):
                await call
    assert await sending == [None]
    await eventually(lambda: ready(http))


async def test_what_is_for_one_party_and_is_not_taken_is_not_made_well_by_another(
    files: Parties,
) -> None:
    await files.start("gateway")
    portal, _ = await files.outsider("portal"), await files.outsider("con")
    gateway, http = files.services["gateway"], await files.http("gateway")
    line = files.lines["gateway"]

    class Choosy:
        """Every message for the executive body is refused, whatever is sent to the others."""

        def __contains__(self, message_id: object) -> bool:
            return any(outgoing.message_id == message_id and outgoing.to == "lea" for outgoing in line.sent)

    line.mode, line.refused = "choose", Choosy()  # type: ignore[assignment]
    from tests.pipeline.messages import SUBMITTED

    await portal.hand_in(portal.write(SUBMITTED))
    assert await eventually(lambda: gateway.writer.relay.trouble) == "the bus is out of reach"
    before = len(line.sent)
    await portal.hand_in(portal.write(SUBMITTED), portal.write(SUBMITTED))
    await eventually(lambda: len(line.sent) > before + 3)
    assert await reasons(http) == ["the bus is out of reach"]
    line.mode = "work"
    await files.outsider("lea")
    await eventually(lambda: ready(http))


async def test_a_bus_that_says_nothing_is_not_ready(files: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "LATE", 0.1)
    await files.start("portal", mode="hang")
    http = await files.http("portal")
    assert await ready(http)
    await files.ask()
    found = await eventually(lambda: reasons(http))
    assert found == ["the bus has not taken what is for gateway for over 0.1 s"]


NO_ID = "019cacb3-f200-7051-b3f4-43cca39f8a22"
CALLS: dict[str, list[tuple[str, str, Any]]] = {
    "portal": [
        (
            "POST",
            "/cases",
            {"regulation": "unemployed-certificate-2012", "login": {"iin": "900101300017", "password": "p"}},
        ),
        ("POST", "/users", {"iin": IIN, "name": "Айгүл Ахметова", "password": "a long password"}),
        ("GET", f"/cases/{NO_ID}", None),
        ("GET", "/dead", None),
        ("GET", f"/dead/{NO_ID}", None),
        ("POST", f"/dead/{NO_ID}/requeue", None),
        ("GET", "/health/backlog", None),
    ],
    "gateway": [
        ("GET", "/journal/check", None),
        ("GET", "/journal/blocks", None),
        ("POST", "/journal/blocks", None),
        ("GET", f"/journal/proof/{NO_ID}", None),
    ],
}


@pytest.mark.services
async def test_a_database_that_lets_nobody_in_is_said_at_every_door(server: Parties) -> None:
    await server.start(*CALLS)
    for party, calls in CALLS.items():
        http = await server.http(party, **server.admin())
        async with shut(server, party):
            for method, path, body in calls:
                answer = await http.request(method, path, json=body)
                assert answer.status_code == 503, (path, answer.text)
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["Retry-After"]
                assert "the database" in answer.json()["detail"]
            assert "accepting connections" in "".join(await reasons(http))
        await eventually(lambda http=http: ready(http))  # type: ignore[misc]


@pytest.mark.services
@pytest.mark.parametrize("party", PARTIES)
async def test_no_door_has_a_fault_where_the_database_lets_nobody_in(server: Parties, party: str) -> None:
    await server.start(party)
    http = await server.http(party, **server.admin())
    refused = 0
    server.services[party].leave()  # what would go on telling ends
    async with shut(server, party):
        for path, query in sorted(_readable_paths(server.apps[party]).items()):
            answer = await http.get(re.sub(r"{[^}]*}", NO_ID, path), params=query)
            assert answer.status_code != 500, (path, answer.text)
            if answer.status_code == 503:
                refused += 1
                assert answer.headers["Retry-After"], path
                assert answer.content, path
    assert refused > 3


def _readable_paths(app: FastAPI) -> dict[str, dict[str, str]]:
    """The paths of what can be asked of a service without a body, each with the IIN if it is asked with one."""
    return {
        route.path: {"iin": IIN} if any(one.alias == "iin" for one in route.dependant.query_params) else {}
        for route in app.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }


async def backlog(http: httpx.AsyncClient) -> dict[str, Any]:
    """What a service says of what waits there."""
    answer = await http.get("/health/backlog")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_the_backlog_has_the_age_of_the_oldest_of_each_kind(parties: Parties) -> None:
    await parties.start("con", retry_first=10, retry_times=1)
    gateway, http = await parties.outsider("gateway"), await parties.http("con")
    con: Service = parties.services["con"]
    nothing = {"queued": None, "held": None, "retry": None, "dead": None, "unsent": None}
    assert (await backlog(http))["oldest"] == nothing
    bewitch(con, RuntimeError("out of paper"))
    bodies = [StatusChanged(status="received"), StatusChanged(status="in_progress")]
    await gateway.hand_in(*deliveries(gateway, [*bodies], "con", gateway.ids()))
    now = parties.clock.now()
    parties.clock._machine = lambda: now + timedelta(seconds=90)
    found = await backlog(http)
    assert (found["dead"], found["held"]) == (1, 1)
    assert found["oldest"] == nothing | {"dead": 90.0, "held": 90.0}


async def test_what_is_not_sent_has_an_age_that_outlives_the_process(parties: Parties) -> None:
    await parties.start("portal", mode="refuse")
    await parties.ask()
    now = parties.clock.now()
    await parties.stop("portal")
    parties.clock._machine = lambda: now + timedelta(seconds=40)
    await parties.start("portal", mode="refuse")
    found = await backlog(await parties.http("portal"))
    assert found["unsent"] == 1
    assert found["oldest"]["unsent"] == 40.0
