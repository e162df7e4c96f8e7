"""The database goes away in mid-run and comes back: people are told so, messages wait, nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from aimaq.language.errors import AimaqError, Unavailable
from aimaq.language.messages import StatusChanged
from tests.databases import connect
from tests.faults import bewitch, outage, rows
from tests.outsider import REGULATION
from tests.parties import IIN, Parties
from tests.pipeline.messages import SUBMITTED, deliveries
from tests.waiting import eventually

LOGIN = {"regulation": REGULATION, "login": {"iin": IIN, "password": "secret"}}


NO_CASE = "019cacb3-f200-7051-b3f4-43cca39f8a22"


async def ready(http: httpx.AsyncClient) -> httpx.Response:
    return await http.get("/health/ready")


async def well(http: httpx.AsyncClient) -> bool:
    return (await ready(http)).status_code == 200


async def test_people_are_asked_to_come_back_and_are_served_when_the_database_is_back(parties: Parties) -> None:
    await parties.start("portal", "gateway")
    await parties.outsider("lea")
    await parties.outsider("con")
    portal = parties.services["portal"]
    http = await parties.http("portal", **parties.admin())
    case_id = await parties.ask(sign=False)
    async with outage(portal):
        for what in (http.get(f"/cases/{NO_CASE}"), http.post("/cases", json=LOGIN), http.get("/dead")):
            answer = await what
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "1"
            assert answer.headers["content-type"] == "application/problem+json"
            problem = answer.json()
            assert problem["type"] == "urn:aimaq:problem:unavailable"
            assert "out of reach" in problem["detail"]
        with pytest.raises(Unavailable, match="out of reach"):
            await parties.sign(case_id)
        health = await ready(http)
        assert health.status_code == 503
        assert any("out of reach" in reason for reason in health.json()["reasons"])
        assert (await http.get("/health/live")).status_code == 200
    await eventually(lambda: well(http))
    assert (await http.get(f"/cases/{case_id}")).json()["at"] == "process-4/sign"
    await eventually(lambda: signed(parties, case_id))
    await parties.sent()


async def signed(parties: Parties, case_id: str) -> bool:
    try:
        await parties.sign(case_id)
    except Unavailable:
        return False
    return True


async def test_the_address_in_a_reason_has_no_password(parties: Parties) -> None:
    await parties.start("portal")
    http = await parties.http("portal")
    async with outage(parties.services["portal"]):
        shown = (await ready(http)).text + (await http.post("/cases", json=LOGIN)).text
    assert "secret" not in shown


async def test_messages_wait_for_the_database_and_are_handled_in_order(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.outsider("gateway")
    case_id = gateway.ids()
    bodies = [StatusChanged(status=status) for status in ("received", "in_progress", "completed")]
    messages = deliveries(gateway, [*bodies], "con", case_id)
    con = parties.services["con"]
    async with outage(con):
        sending = asyncio.create_task(gateway.hand_in(*messages[:2]))
        await eventually(lambda: con.writer.trouble)
        behind = asyncio.create_task(gateway.hand_in(messages[2]))
        with pytest.raises(Unavailable):
            await con.writer.run(lambda uow: None)
        assert not sending.done()
    assert await sending == [None, None]
    assert await behind == [None]
    case = await parties.status("con", case_id, "completed")
    assert [shown.message_id for shown in case.shown] == [envelope.message_id for envelope in messages]
    assert con.writer.trouble is None


async def test_a_command_behind_a_waiting_message_is_answered_too(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.outsider("gateway")
    con = parties.services["con"]
    async with outage(con):
        (envelope,) = deliveries(gateway, [StatusChanged(status="received")], "con", gateway.ids())
        sending = asyncio.create_task(gateway.hand_in(envelope))
        await eventually(lambda: con.writer.trouble)
        async with asyncio.timeout(10):
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await con.writer.run(lambda uow: None)
    await sending


async def test_a_flow_goes_on_where_an_outage_of_the_gateways_database_stopped_it(parties: Parties) -> None:
    await parties.start("portal", "con", "lea", "gateway", autopilot=True)
    async with outage(parties.services["gateway"]):
        cases = [await parties.ask() for _ in range(4)]
        await eventually(lambda: parties.services["gateway"].writer.trouble)
    for case_id in cases:
        await parties.status("portal", case_id, "completed")
        await parties.status("con", case_id, "completed")
    await parties.sent()


async def test_a_retry_that_falls_into_an_outage_is_made_after_it(parties: Parties) -> None:
    await parties.start("con", retry_first=10)
    gateway = await parties.outsider("gateway")
    case_id = gateway.ids()
    spell = bewitch(parties.services["con"], RuntimeError("once"))
    await gateway.hand_in(*deliveries(gateway, [StatusChanged(status="received")], "con", case_id))
    spell.lifted = True
    async with outage(parties.services["con"]):
        parties.clock.advance(timedelta(seconds=10))
        with pytest.raises(AimaqError):
            await parties.case("con", case_id)
    case = await parties.status("con", case_id, "received")
    assert len(case.shown) == 1
    assert await parties.waiting("con") == {}


async def test_a_service_without_its_database_does_not_start(parties: Parties) -> None:
    parties.databases = type(parties.databases)("none", {"portal": "postgresql://nobody:secret@127.0.0.1:1/none"})
    with pytest.raises(Unavailable, match="out of reach") as caught:
        await parties.start("portal")
    assert "\n" not in caught.value.detail
    assert "secret" not in caught.value.detail


async def test_connections_that_the_server_ends_are_made_anew(parties: Parties) -> None:
    await parties.start("portal", "con", "lea", "gateway", autopilot=True)
    ended = 0
    for _ in range(3):
        cases = [await parties.ask(stubborn=True) for _ in range(3)]
        ended += await end_connections(parties)
        for case_id in cases:
            await parties.status("portal", case_id, "completed")
    await parties.sent()
    journal = await eventually(lambda: journalled(parties))
    assert len({entry["message_id"] for entry in journal}) == len(journal) == 9 * 7
    assert {entry["verdict"] for entry in journal} == {"accepted"}
    assert ended or parties.databases.kind == "sqlite"


async def journalled(parties: Parties) -> list[dict[str, Any]] | None:
    try:
        return await rows(parties.services["gateway"], "journal")
    except Unavailable:
        return None


async def end_connections(parties: Parties) -> int:
    """Have PostgreSQL end every connection of the services: how many. A file has no connections to end."""
    count = 0
    if parties.databases.kind == "sqlite":
        return count
    for name in parties.services:
        connection = await connect(parties.databases.url(name))
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
        ended: list[Any] = await connection.fetch(query, parties.services[name].database.url.database)
        await connection.close()
        count += len(ended)
    return count


async def test_two_processes_do_not_write_to_one_database(parties: Parties) -> None:
    await parties.start("gateway")
    first = parties.services["gateway"]
    first.database._lock._seconds = 0.1
    async with Parties(parties.home, parties.databases) as second:
        service = second.assembled("gateway")
        service.database._lock._seconds = 0.1
        with pytest.raises(Unavailable, match="another process"):
            await service.open()
    portal = await parties.outsider("portal")
    await portal.hand_in(portal.write(SUBMITTED))
    assert first.writer.trouble is None
