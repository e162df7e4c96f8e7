"""The REST API of the state registers: their records are seeded, changed, looked at and struck out one by one or many.

All of it is the administrator's. Systems ask the registers through the gateway, with messages, and not here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import GenericAlias
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field, create_model

from aimaq.language.errors import InvalidInput, NotFound
from aimaq.service import Service
from aimaq.web.app import say, say_json
from aimaq.web.callers import Administrator
from registry_svc import texts, views
from registry_svc.registers.books import BOOKS, Book
from registry_svc.registers.schemas import Body, Record, page_of

MANY = 1000
"""Records that one call may bring."""

After = Annotated[str, Query(max_length=64, pattern=r"^[0-9A-Za-z/-]*$", description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500)]


def router(service: Service) -> APIRouter:
    """The endpoints of every register whose records are written here."""
    api = APIRouter(prefix="/registers", tags=["state registers"])
    for book in BOOKS.values():
        if book.schema is not None:
            _add(api, service, book, book.schema)
    return api


def _add(api: APIRouter, service: Service, book: Book, schema: type[Record]) -> None:
    """The endpoints of one register."""
    name, key_name = book.register.name, book.register.key
    several, page = _several(name, schema)
    strict = service.settings.strict_iin
    reading = [Depends(Administrator(service.administration, "registers.read"))]
    writing = [Depends(Administrator(service.administration, "registers.write"))]
    path = f"/{name}/{{{key_name}{':path' if name == 'enis' else ''}}}"

    async def put(key: Any, record: Any) -> Response:
        record.check_numbers("", strict=strict)
        if getattr(record, key_name) != key:
            raise InvalidInput(texts.OTHER_KEY.format(key=key_name), field=key_name, rule="as in the path")
        row = book.row(record, service.clock.now())
        there = await views.one(service.database, book, key) is not None
        await service.database.transact(lambda conn: book.put(conn, [row]))
        return say_json(book.shown(row), 200 if there else 201)

    async def put_many(records: Any) -> Response:
        visited: set[str] = set()
        for n, record in enumerate(records.records):
            record.check_numbers(f"records.{n}.", strict=strict)
            key = getattr(record, key_name)
            if key in visited:
                raise InvalidInput(texts.TWO_RECORDS, field=f"records.{n}.{key_name}", rule="unique")
            visited.add(key)
        rows = [book.row(record, service.clock.now()) for record in records.records]
        await service.database.transact(lambda conn: book.put(conn, rows))
        return say(views.Done(len(rows)))

    async def show(key: Any) -> Response:
        record = await views.one(service.database, book, key)
        if record is None:
            raise _nobody(name, key_name)
        return say_json(record)

    async def listing(after: After = "", limit: Limit = 100) -> Response:
        found = await views.page(service.database, book, after, limit + 1)
        following = found[limit - 1][key_name] if len(found) > limit else None
        return say_json({"items": found[:limit], "next": following})

    async def remove(key: Any) -> None:
        if not await service.database.transact(lambda conn: book.remove(conn, key)):
            raise _nobody(name, key_name)

    keyed = Annotated[str, Path(alias=key_name, max_length=64, pattern=r"^[0-9A-Za-z/-]+$")]
    title = book.register.title.en
    put.__annotations__ |= {"key": keyed, "record": schema}
    put_many.__annotations__ |= {"records": several}
    show.__annotations__ |= {"key": keyed}
    remove.__annotations__ |= {"key": keyed}

    def add(path: str, method: str, endpoint: Callable[..., Any], words: str, answers: Any, status: int = 200) -> None:
        allowed = reading if method == "GET" else writing
        api.add_api_route(
            path,
            endpoint,
            methods=[method],
            dependencies=allowed,
            summary=f"{title}: {words}",
            response_model=answers,
            status_code=status,
        )

    add(f"/{name}", "GET", listing, "records by key", page)
    add(f"/{name}", "POST", put_many, "write many", views.Done)
    add(path, "GET", show, "a record", schema)
    add(path, "PUT", put, "write a record", schema)
    add(path, "DELETE", remove, "strike a record out", None, 204)


@cache
def _several(name: str, schema: type[Record]) -> tuple[type[Body], Any]:
    """The schemas of many records of a register: as they are written, and as a page of them is read."""
    word = "".join(part.capitalize() for part in name.split("_"))
    some: Any = GenericAlias(list, schema)
    written: type[Body] = create_model(
        f"{word}Records", __base__=Body, records=(some, Field(min_length=1, max_length=MANY))
    )
    return written, page_of(word, schema)


def _nobody(name: str, key: str) -> NotFound:
    return NotFound(texts.NO_RECORD.format(register=name, key=key), field=key)
