"""Conditions of a real database that are nobody's message's fault: read-only, locked, full, or any SQLSTATE at all."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Protocol

import pytest
from sqlalchemy.engine import make_url

from tests.databases import SERVER, Databases, connect

_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"


class OnServer(Protocol):
    """Parties, or a whole stand, whose databases are on a PostgreSQL server."""

    @property
    def databases(self) -> Databases: ...


def name_of(parties: OnServer, party: str) -> str:
    """The name of a party's PostgreSQL database."""
    name = make_url(parties.databases.urls[party]).database
    assert name is not None
    return name


async def ask_server(parties: OnServer, party: str, *statements: str) -> None:
    """Have these statements done in a party's database, on a connection that heeds none of its settings."""
    connection = await connect(parties.databases.urls[party])
    try:
        await connection.execute("SET default_transaction_read_only = off; SET statement_timeout = 0")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def end_sessions(parties: OnServer, party: str) -> None:
    """End every session in a party's database but this one."""
    connection = await connect(parties.databases.urls[party])
    try:
        await connection.execute("SET default_transaction_read_only = off")
        await connection.fetch(_END, name_of(parties, party))
    finally:
        await connection.close()


@asynccontextmanager
async def configured(parties: OnServer, party: str, setting: str, value: str) -> AsyncIterator[None]:
    """Every session that begins in the block has this setting; those that are there are ended, so that all have it.

    Those that stand at the block's end keep it: whoever has one must let it go.
    """
    name = name_of(parties, party)
    await ask_server(parties, party, f'ALTER DATABASE "{name}" SET {setting} = {value}')
    try:
        await end_sessions(parties, party)
        yield
    finally:
        await ask_server(parties, party, f'ALTER DATABASE "{name}" RESET {setting}')


@asynccontextmanager
async def locked(parties: OnServer, party: str, table: str) -> AsyncIterator[None]:
    """Somebody else holds a lock on a table inside the block: nobody writes to it."""
    connection = await connect(parties.databases.urls[party])
    transaction = connection.transaction()
    try:
        await transaction.start()
        await connection.execute(f'LOCK TABLE "{table}" IN EXCLUSIVE MODE')
        yield
    finally:
        await transaction.rollback()
        await connection.close()


@asynccontextmanager
async def shut(parties: OnServer, party: str) -> AsyncIterator[None]:
    """The server lets nobody into a party's database inside the block."""
    name, administrator = name_of(parties, party), await connect(f"{SERVER}/postgres")
    try:
        await end_sessions(parties, party)
        await administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await administrator.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        yield
    finally:
        await administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await administrator.close()


@asynccontextmanager
async def raising(parties: OnServer, party: str, table: str, sqlstate: str) -> AsyncIterator[None]:
    """Every row that is added to a table in the block meets this SQLSTATE."""
    await ask_server(
        parties,
        party,
        f"""
        CREATE OR REPLACE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{sqlstate}'; END $$
        """,
        f'CREATE TRIGGER trouble BEFORE INSERT ON "{table}" FOR EACH ROW EXECUTE FUNCTION trouble()',
    )
    try:
        yield
    finally:
        await ask_server(parties, party, f'DROP TRIGGER trouble ON "{table}"', "DROP FUNCTION trouble()")


@contextmanager
def every_connection(monkeypatch: pytest.MonkeyPatch, *pragmas: str) -> Iterator[Callable[[], None]]:
    """Every connection to a file that is made in the block is made with these pragmas; what it yields lifts that."""
    from aimaq.store import writer_connection

    plain = writer_connection.pragmas
    mode = {"on": True}

    def with_pragmas(connection: Any, record: object) -> None:
        plain(connection, record)
        cursor = connection.cursor()
        for pragma in pragmas if mode["on"] else ():
            with suppress(sqlite3.OperationalError):
                cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def lift() -> None:
        mode["on"] = False

    with monkeypatch.context() as patch:
        patch.setattr(writer_connection, "pragmas", with_pragmas)
        yield lift
