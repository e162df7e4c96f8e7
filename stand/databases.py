"""The databases of a deployed stand: one a service, made if they are not there."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from aimaq.store.database import line
from aimaq.language.errors import Unavailable, Unconfigured
from aimaq.language.messages import PARTIES

NAME = r"^[a-z][a-z0-9_]{0,40}$"


def server(url: str) -> URL:
    """The PostgreSQL server that a URL names; Unconfigured if it names none."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Unconfigured(f"{url!r} is not a database URL", field="database") from None
    if parsed.get_backend_name() != "postgresql":
        raise Unconfigured(f"a deployed stand keeps its data in PostgreSQL, not in {parsed.get_backend_name()}")
    return parsed.set(drivername="postgresql+asyncpg")


def urls(url: str, prefix: str) -> dict[str, str]:
    """Each service's own database on that server: `<prefix>_<party>`."""
    if not re.fullmatch(NAME, prefix):
        raise Unconfigured(f"{prefix!r} cannot begin the name of a database", field="database_prefix", rule=NAME)
    base = server(url)
    return {party: base.set(database=f"{prefix}_{party}").render_as_string(hide_password=False) for party in PARTIES}


async def make(url: str, prefix: str) -> None:
    """Make the databases that are missing; Unavailable if the server is out of reach."""
    await _each(url, prefix, drop=False)


async def drop(url: str, prefix: str) -> None:
    """Drop the databases with all that is in them."""
    await _each(url, prefix, drop=True)


async def _each(url: str, prefix: str, *, drop: bool) -> None:
    names = {make_url(one).database for one in urls(url, prefix).values()}
    engine = create_async_engine(server(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as conn:
            there = set((await conn.execute(sa.text("SELECT datname FROM pg_database"))).scalars())
            for name in sorted(n for n in names if n is not None):
                if drop and name in there:
                    await conn.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
                elif not drop and name not in there:
                    await conn.execute(sa.text(f'CREATE DATABASE "{name}"'))
    except (SQLAlchemyError, OSError) as error:
        where = server(url).render_as_string(hide_password=True)
        raise Unavailable(f"the database server {where} is out of reach: {line(error)}") from error
    finally:
        await engine.dispose()
