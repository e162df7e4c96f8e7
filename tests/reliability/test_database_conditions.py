"""A condition of the database is never a message's fault: it waits, all of it, and goes on by itself afterwards."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from aimaq.language.errors import Unavailable
from aimaq.language.messages import StatusChanged
from aimaq.service import Service
from aimaq.store.engine import MOST
from tests.faults import rows
from tests.outsider import Outsider, SignedMessage
from tests.parties import Parties
from tests.pipeline.messages import deliveries
from tests.reliability.conditions import configured, end_sessions, every_connection, locked, raising
from tests.waiting import eventually

CONDITIONS = {
    "25P03": "a session that was idle for too long",
    "40001": "a transaction that could not be put in order",
    "40P01": "a deadlock",
    "42501": "a right that was taken away",
    "53100": "a full disk",
    "54001": "a limit of the server's",
    "55P03": "a lock that cannot be had",
    "57014": "a statement that took too long",
    "58030": "a disk that cannot be read",
    "XX001": "a page that is spoilt",
}


def notices(gateway: Outsider, case_id: str) -> list[SignedMessage]:
    """What the gateway tells the service centre of a portal case."""
    return deliveries(gateway, [StatusChanged(status="received"), StatusChanged(status="in_progress")], "con", case_id)


async def troubled(service: Service) -> str:
    """What the writer has met, once it has."""
    return await eventually(lambda: service.writer.trouble, what="the writer's trouble")


def says(service: Service, what: str) -> str | None:
    """What the writer has met, if it is this."""
    trouble = service.writer.trouble
    return trouble if trouble is not None and what in trouble else None


@pytest.mark.services
@pytest.mark.parametrize("sqlstate", CONDITIONS)
async def test_a_condition_of_the_server_costs_no_message(server: Parties, sqlstate: str) -> None:
    await server.start("con")
    gateway = await server.outsider("gateway")
    con, case_id = server.services["con"], gateway.ids()
    async with raising(server, "con", "inbox", sqlstate):
        sending = server.sending(gateway.hand_in(*notices(gateway, case_id)))
        assert "trouble" in await troubled(con)
        assert [reason for reason in await con.ailments() if "trouble" in reason]
    assert await sending == [None, None]
    await server.status("con", case_id, "in_progress")
    assert await server.waiting("con") == {}
    assert await con.ailments() == []


@pytest.mark.services
@pytest.mark.parametrize("sqlstate", ["22003", "21000", "23514"])
async def test_what_is_wrong_with_the_data_is_the_message_s_fault_and_others_go_on(
    server: Parties, sqlstate: str
) -> None:
    await server.start("con")
    gateway = await server.outsider("gateway")
    case_id = gateway.ids()
    async with raising(server, "con", "cases", sqlstate):
        assert await gateway.hand_in(notices(gateway, case_id)[0]) == [None]
        assert list((await server.waiting("con")).values()) == ["dead"]
    other = gateway.ids()
    await gateway.hand_in(*notices(gateway, other))
    await server.status("con", other, "in_progress")
    assert await server.services["con"].ailments() == []


@pytest.mark.services
async def test_a_database_that_was_read_only_is_written_to_as_soon_as_it_is_not(server: Parties) -> None:
    await server.start("portal", "con", "lea", "gateway", autopilot=True)
    lea = server.services["lea"]
    async with configured(server, "lea", "default_transaction_read_only", "on"):
        cases = [await server.ask() for _ in range(3)]
        assert "read-only" in await eventually(lambda: says(lea, "read-only"))
        assert any("read-only" in reason for reason in await lea.ailments())
    for case_id in cases:
        await server.status("portal", case_id, "completed")
    assert await server.waiting("lea") == {}
    assert await lea.ailments() == []


@pytest.mark.services
async def test_a_reader_s_session_of_a_read_only_time_is_not_kept(server: Parties) -> None:
    await server.start("portal")
    portal = server.services["portal"]
    async with configured(server, "portal", "default_transaction_read_only", "on"):
        assert "read-only" in await eventually(lambda: says(portal, "read-only"))
        assert await eventually(lambda: _readable(portal))
    assert await eventually(lambda: _healthy(portal))
    assert await eventually(lambda: _writable(portal)), "a session of that time is let go when it is first refused"
    for _ in range(3):  # whichever session it is
        await portal.database.transact(lambda conn: conn.exec_driver_sql("DELETE FROM outbox"))


async def _readable(service: Service) -> bool:
    return await service.database.ailment() is None


async def _writable(service: Service) -> bool:
    """Whether each session of the service writes: as many at once as it may have."""
    deleted = (service.database.transact(lambda conn: conn.exec_driver_sql("DELETE FROM outbox")) for _ in range(MOST))
    found = await asyncio.gather(*deleted, return_exceptions=True)
    return not any(isinstance(one, Unavailable) for one in found)


async def _healthy(service: Service) -> bool:
    return await service.ailments() == []


@pytest.mark.services
async def test_a_lock_and_a_limit_on_statements_make_no_dead_letters(server: Parties) -> None:
    await server.start("portal", "con", "lea", "gateway", autopilot=True)
    lea, gateway = server.services["lea"], server.services["gateway"]
    async with (
        configured(server, "lea", "statement_timeout", "50"),
        configured(server, "gateway", "statement_timeout", "50"),
    ):
        async with locked(server, "lea", "cases"), locked(server, "gateway", "journal"):
            cases = [await server.ask() for _ in range(4)]
            assert await eventually(lambda: says(gateway, 'lock on relation "journal"'))
        async with locked(server, "lea", "cases"):
            assert await eventually(lambda: says(lea, 'lock on relation "cases"'))
        for case_id in cases:
            await server.status("portal", case_id, "completed")
    for name in ("portal", "lea", "gateway"):
        assert await server.waiting(name) == {}
    journal = await rows(gateway, "journal")
    assert {row["verdict"] for row in journal} == {"accepted"}
    assert {row["case_id"] for row in journal} == set(cases)


@pytest.mark.services
async def test_an_idle_service_whose_session_was_ended_has_another_before_anybody_asks(server: Parties) -> None:
    await server.start("con")
    con = server.services["con"]
    before = con.database._connection
    await end_sessions(server, "con")
    await eventually(lambda: con.database._connection not in (None, before), what="another session that writes")
    assert await eventually(lambda: _healthy(con))


FILES = {
    "full": ("max_page_count=1", "full"),
    "read-only": ("query_only=ON", "readonly"),
}


@pytest.mark.parametrize("what", FILES)
async def test_a_condition_of_the_file_costs_no_message(
    files: Parties, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    await files.start("con")
    gateway = await files.outsider("gateway")
    con, case_id = files.services["con"], gateway.ids()
    pragma, text = FILES[what]
    with every_connection(monkeypatch, pragma) as lift:
        await con.database._let_go()
        more = [one for _ in range(50) for one in notices(gateway, gateway.ids())]
        sending = files.sending(gateway.hand_in(*notices(gateway, case_id), *more))
        assert text in await troubled(con)
        lift()
        assert set(await sending) == {None}
    await files.status("con", case_id, "in_progress")
    assert await files.waiting("con") == {}
    assert await con.ailments() == []


async def test_a_file_that_somebody_else_writes_to_is_waited_for(
    files: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.start("con")
    gateway = await files.outsider("gateway")
    con, case_id = files.services["con"], gateway.ids()
    other = sqlite3.connect(str(con.database.url.database), isolation_level=None)
    with every_connection(monkeypatch, "busy_timeout=20"):
        await con.database._let_go()
        other.execute("BEGIN IMMEDIATE")
        sending = files.sending(gateway.hand_in(*notices(gateway, case_id)))
        assert "locked" in await troubled(con)
        other.execute("ROLLBACK")
        other.close()
        assert await sending == [None, None]
    await files.status("con", case_id, "in_progress")
    assert await files.waiting("con") == {}
