"""What a database's error means, for both dialects: a fault of the data written, or a condition of the database.

Only data can be a message's fault: PostgreSQL's SQLSTATE classes 21, 22 and 23, SQLite's constraints and oversized
values, and values that the driver cannot bind. Everything else (a lock, a full disk, a read-only server, a statement
that took too long, a connection that broke) is a condition that passes: it is Unavailable, the session that met it is
let go, and whoever wanted something from the database asks again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from aimaq.language.errors import Unavailable
from aimaq.language.texts import Texts

AWAY = Texts(
    kk="дерекқор қолжетімсіз: сәл кейінірек қайталаңыз",
    ru="база данных недоступна: повторите позже",
    en="the database {where} is out of reach: {why}",
)
REFUSES = Texts(
    kk="дерекқор қазір жұмыс істей алмайды: сәл кейінірек қайталаңыз",
    ru="база данных сейчас не может этого сделать: повторите позже",
    en="the database {where} cannot do this now: {why}",
)
BUSY = Texts(
    kk="дерекқорға барлық қосылым бос емес: сәл кейінірек қайталаңыз",
    ru="все соединения с базой данных заняты: повторите позже",
    en="all connections to the database {where} are busy",
)

STALLED = Texts(
    kk="дерекқор тым ұзақ жауап бермей тұр: сәл кейінірек қайталаңыз",
    ru="база данных слишком долго не отвечает: повторите позже",
    en="the database {where} has not written a change for over {seconds} s: is something in it locked?",
)

_DATA = ("21", "22", "23")
"""The SQLSTATE classes of faults in the data: cardinality, data, integrity."""

_AWAY = ("08", "53300", "55000", "57P")
"""What the SQLSTATEs begin with of a server that lets nobody in, or nobody any more."""

_READ_ONLY = "25006"

_FILE_REFUSES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
    }
)
"""What SQLite says of a file that is there and cannot be used now."""

_PASSING = (OSError, sa.exc.TimeoutError, sa.exc.DisconnectionError, sa.exc.PendingRollbackError)


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE that PostgreSQL gave this error; empty if it gave none."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def is_data_fault(error: BaseException) -> bool:
    """Whether the data alone is to blame, so that the same will fail again however well the database is."""
    if not isinstance(error, sa.exc.DBAPIError):
        return isinstance(error, sa.exc.StatementError) and not (error.orig and is_condition(error.orig))
    if state := sqlstate(error):
        return state.startswith(_DATA)
    if error.connection_invalidated:
        return False
    if isinstance(error, sa.exc.IntegrityError | sa.exc.DataError):
        return True
    return isinstance(getattr(error.orig, "__cause__", None), ValueError)  # asyncpg: the type has no such value


def is_condition(error: BaseException) -> bool:
    """Whether this is an error of the database, or of the way to it, that no data is to blame for."""
    if isinstance(error, sa.exc.StatementError):
        return not is_data_fault(error)
    return isinstance(error, _PASSING) or _of_driver(error)


def unavailable(error: BaseException, where: str) -> Unavailable:
    """A condition of the database at `where` as an error that says so."""
    if isinstance(error, sa.exc.TimeoutError):
        return Unavailable(BUSY.format(where=where))
    state = sqlstate(error)
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) or 0
    refuses = (bool(state) and not state.startswith(_AWAY)) or code & 0xFF in _FILE_REFUSES
    return Unavailable((REFUSES if refuses else AWAY).format(where=where, why=line(error)))


@contextmanager
def conditions(where: str) -> Iterator[None]:
    """Unavailable for every condition of the database at `where` in the block; faults of the data pass as they are."""
    try:
        yield
    except Exception as error:
        if is_condition(error):
            raise unavailable(error, where) from error
        raise


def let_go(context: sa.ExceptionContext) -> None:
    """Have SQLAlchemy let a session of PostgreSQL's go that met a condition: it may be in an unknown state.

    All others of a read-only time go with it: whoever began in one stays read-only afterwards.
    """
    error = context.sqlalchemy_exception or context.original_exception
    if not context.is_disconnect and is_condition(error):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = sqlstate(error) == _READ_ONLY


def line(error: BaseException) -> str:
    """The first line of an error's text, for a message of one line."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _of_driver(error: BaseException) -> bool:
    """Whether this is an error of asyncpg's that SQLAlchemy has not made its own, as it makes none on connecting."""
    return type(error).__module__.startswith("asyncpg.") and not isinstance(error, ValueError)
