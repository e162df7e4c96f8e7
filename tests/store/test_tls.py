"""The way to PostgreSQL as its address describes it: by TLS or not, whom to believe, how long to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from aimaq.language.errors import Unavailable, Unconfigured
from aimaq.store.database import Database
from stand.provision import databases
from tests.databases import SERVER
from tests.postgres_clusters import OwnPostgres
from tests.tls import made

PREFIX = "aimaq_tls"


async def asked(url: str, question: str) -> object:
    """What a database answers, asked as a service asks it."""
    database = Database(url, sa.MetaData())
    try:
        async with database.read() as conn:
            return await conn.scalar(sa.text(question))
    finally:
        await database.close()


ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.mark.services
@pytest.mark.slow
async def test_a_server_is_reached_by_tls_by_those_who_believe_its_authority(cluster: OwnPostgres) -> None:
    for parameters in (
        "sslmode=require",
        f"sslmode=verify-ca&sslrootcert={cluster.tls.authority}",
        f"sslmode=verify-full&sslrootcert={cluster.tls.authority}",
        "sslmode=prefer",
    ):
        assert await asked(f"{cluster.url}/postgres?{parameters}", ENCRYPTED) is True, parameters


@pytest.mark.services
@pytest.mark.slow
async def test_a_server_of_another_authority_is_refused(cluster: OwnPostgres) -> None:
    for mode in ("verify-ca", "verify-full"):
        url = f"{cluster.url}/postgres?sslmode={mode}&sslrootcert={cluster.tls.stranger}"
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await asked(url, ENCRYPTED)
    elsewhere = cluster.url.replace("127.0.0.1", "localhost")
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        await asked(f"{elsewhere}/postgres?sslmode=verify-full&sslrootcert={cluster.tls.authority}", ENCRYPTED)


@pytest.mark.services
@pytest.mark.slow
async def test_a_stand_makes_its_databases_by_tls_and_tells_its_services_how(cluster: OwnPostgres) -> None:
    url = f"{cluster.url}?sslmode=verify-full&sslrootcert={cluster.tls.authority}&application_name=stand"
    question = "SELECT current_setting('application_name') || '/' || current_database()"
    async with databases.reserved(url, PREFIX):
        await databases.make(url, PREFIX)
    for party, own in databases.urls(url, PREFIX).items():
        assert await asked(own, ENCRYPTED) is True, party
        assert await asked(own, question) == f"stand/{PREFIX}_{party}"
    await databases.drop(url, PREFIX)
    with pytest.raises(Unavailable, match=r"no pg_hba\.conf entry"):
        await databases.make(f"{cluster.url}?sslmode=disable", PREFIX)


@pytest.fixture
async def plain() -> AsyncIterator[str]:
    """A server that knows no TLS, as it says to those who ask for it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"N")
        await reader.read()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"postgresql://postgres@127.0.0.1:{server.sockets[0].getsockname()[1]}/postgres"


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_a_server_without_tls_is_refused_where_the_address_requires_it(
    plain: str, mode: str, tmp_path: Path
) -> None:
    root = f"&sslrootcert={made(tmp_path).authority}" if mode != "require" else ""
    with pytest.raises(Unavailable, match="rejected SSL upgrade"):
        await asked(f"{plain}?sslmode={mode}{root}", ENCRYPTED)


@pytest.mark.services
async def test_an_address_names_the_application_and_how_long_to_wait() -> None:
    server = databases.server(SERVER).set(database="postgres")
    url = server.set(
        query={"application_name": "aimaq test", "connect_timeout": "3", "options": "-c statement_timeout=1234"}
    )
    text = url.render_as_string(hide_password=False)
    assert await asked(text, "SELECT current_setting('application_name')") == "aimaq test"
    assert await asked(text, "SELECT current_setting('statement_timeout')") == "1234ms"


@pytest.mark.parametrize(
    ("parameters", "name", "why"),
    [
        ("sslmod=require", "sslmod", "there is no such parameter; there are sslmode, "),
        ("prepared_statement_cache_size=0", "prepared_statement_cache_size", "there is no such parameter"),
        ("sslmode=required", "sslmode", "it must be one of disable, allow, prefer, require, verify-ca, verify-full"),
        ("sslmode=require&sslmode=disable", "sslmode", "more than once"),
        ("sslmode=verify-full", "sslrootcert", "sslmode=verify-full needs it"),
        ("sslrootcert=/nowhere/ca.pem", "sslrootcert", "there is no file /nowhere/ca.pem"),
        ("connect_timeout=soon", "connect_timeout", "it must be a number of seconds, not 'soon'"),
        ("connect_timeout=0", "connect_timeout", "it must be a number of seconds"),
        (f"connect_timeout={'9' * 5000}", "connect_timeout", "it must be a number of seconds"),
        ("target_session_attrs=fast", "target_session_attrs", "it must be one of any"),
    ],
)
async def test_a_parameter_that_cannot_be_followed_is_named(parameters: str, name: str, why: str) -> None:
    url = f"postgresql://postgres:geheim@127.0.0.1:1/postgres?{parameters}"
    with pytest.raises(Unconfigured) as refused:
        Database(url, sa.MetaData())
    assert refused.value.detail.startswith(f"the database URL's parameter {name}: ")
    assert why in refused.value.detail
    with pytest.raises(Unconfigured, match=f"parameter {name}: "):
        await databases.make(url, PREFIX)


async def test_what_opens_a_key_is_in_no_message() -> None:
    database = Database("postgresql://postgres:geheim@127.0.0.1:1/postgres?sslpassword=geheim", sa.MetaData())
    assert database.where == "postgresql+asyncpg://postgres:***@127.0.0.1:1/postgres"
