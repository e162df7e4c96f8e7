"""What connects to a database: SQLAlchemy's engines, SQLite's by aiosqlite and PostgreSQL's by asyncpg.

An address of PostgreSQL may say how to connect in the words of libpq (`?sslmode=verify-full&sslrootcert=…`). asyncpg
knows most of them; one that it does not know would be taken for a setting of the server's, and is refused here by name.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from aimaq.language.errors import Unconfigured
from aimaq.store.failures import let_go, line
from aimaq.store.writer_connection import pragmas

MOST, PATIENCE = 6, 10.0
"""Connections of a service to its database, and the seconds for which a reader waits for one."""
CONNECT = 10.0
"""Seconds that PostgreSQL has to let a new session in, unless its address says `connect_timeout`."""

_OLDEST_FILE = 3, 33
"""The first SQLite that changes rows by the rows of a query, as a write set does."""

_TIMEOUT = "connect_timeout"
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")
_CHOICES: Final = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": ("any", "primary", "standby", "read-write", "read-only", "prefer-standby"),
    "ssl_min_protocol_version": ("TLSv1.2", "TLSv1.3"),
    "ssl_max_protocol_version": ("TLSv1.2", "TLSv1.3"),
}
PARAMETERS: Final = (*_CHOICES, *_FILES, "sslpassword", "application_name", "options", _TIMEOUT)
"""The parameters that an address of PostgreSQL may have."""


def engine_of(url: sa.URL, **options: float | str) -> AsyncEngine:
    """What connects to the database at `url`; `options` are those of SQLAlchemy's engines.

    Unconfigured for another kind of database, and for a parameter of the address that is unknown, or has a value that
    it cannot have.
    """
    try:
        if url.get_backend_name() == "sqlite":
            return _of_file(url, options)
        if url.get_backend_name() == "postgresql":
            return _of_server(url, options)
    except (sa.exc.ArgumentError, ModuleNotFoundError) as error:
        raise Unconfigured(f"the database URL cannot be used: {line(error)}", field="database_url") from None
    raise Unconfigured(f"no such kind of database: {url.get_backend_name()}", field="database_url")


def _of_file(url: sa.URL, options: dict[str, Any]) -> AsyncEngine:
    if sqlite3.sqlite_version_info < _OLDEST_FILE:
        needed = ".".join(map(str, _OLDEST_FILE))
        raise Unconfigured(f"this Python's SQLite is {sqlite3.sqlite_version}, and {needed} is needed")
    engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"), hide_parameters=True, **options)
    sa.event.listen(engine.sync_engine, "connect", pragmas)
    return engine


def _of_server(url: sa.URL, options: dict[str, Any]) -> AsyncEngine:
    parameters = _parameters(url)
    arguments: dict[str, Any] = {"timeout": float(parameters.pop(_TIMEOUT, CONNECT))}
    if parameters:  # asyncpg reads them off an address, whose other parts the engine gives
        arguments["dsn"] = f"{url.get_backend_name()}://?{urlencode(parameters)}"
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg", query={}),
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args=arguments,
        **options,
    )
    sa.event.listen(engine.sync_engine, "handle_error", let_go)
    return engine


def _parameters(url: sa.URL) -> dict[str, str]:
    """The parameters of an address, checked."""
    found: dict[str, str] = {}
    for name, value in url.query.items():
        if name not in PARAMETERS:
            known = ", ".join(PARAMETERS)
            raise _wrong(name, f"there is no such parameter; there are {known}")
        if not isinstance(value, str):
            raise _wrong(name, "it is there more than once")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise _wrong(name, f"it must be one of {', '.join(_CHOICES[name])}, not {value!r}")
        if name == _TIMEOUT and not (value.isascii() and value.isdecimal() and len(value) < 10 and int(value) > 0):
            raise _wrong(name, f"it must be a number of seconds, not {value!r}")
        if name in _FILES and not Path(value).is_file():
            raise _wrong(name, f"there is no file {value}")
        found[name] = value
    if found.get("sslmode", "").startswith("verify") and "sslrootcert" not in found:
        raise _wrong("sslrootcert", f"sslmode={found['sslmode']} needs it, the authorities to believe in a PEM file")
    return found


def _wrong(name: str, why: str) -> Unconfigured:
    return Unconfigured(f"the database URL's parameter {name}: {why}", field="database_url", rule=name)
