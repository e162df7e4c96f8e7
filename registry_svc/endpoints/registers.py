"""The REST door of the state registers: their records are seeded, changed, looked at and struck out one by one or many.

All of it is the administrator's. Systems ask the registers through the gateway, with messages, and not here.
"""

from __future__ import annotations

from types import GenericAlias
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field, create_model

from aimaq.web import app as web
from aimaq.language.errors import InvalidInput, NotFound
from aimaq.service import Service
from registry_svc import views
from registry_svc.registers.books import BOOKS, Book
from registry_svc.registers.schemas import Body, Shape

MANY = 1000
"""Records that one call may bring."""

After = Annotated[str, Query(max_length=64, pattern=r"^[0-9A-Za-z/-]*$", description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500)]


class Done(BaseModel):
    """How many records were written."""

    written: int


def router(service: Service) -> APIRouter:
    """The endpoints of every register whose records are written here."""

    async def only_admin(request: Request) -> None:
        web.only_admin(service.admin_token, request)

    api = APIRouter(prefix="/registers", tags=["state registers"], dependencies=[Depends(only_admin)])
    for book in BOOKS.values():
        if book.shape is not None:
            _add(api, service, book, book.shape)
    return api


def _add(api: APIRouter, service: Service, book: Book, shape: type[Shape]) -> None:
    """The endpoints of one register."""
    name, key_name = book.register.name, book.register.key
    word = "".join(part.capitalize() for part in name.split("_"))
    some: Any = GenericAlias(list, shape)
    several: type[Body] = create_model(
        f"{word}Records", __base__=Body, records=(some, Field(min_length=1, max_length=MANY))
    )
    page: type[BaseModel] = create_model(f"{word}Page", items=(some, ...), next=(str | None, None))
    strict = service.settings.strict_iin
    path = f"/{name}/{{{key_name}{':path' if name == 'enis' else ''}}}"

    async def put(key: Any, record: Any) -> Response:
        record.check_numbers("", strict=strict)
        if getattr(record, key_name) != key:
            raise InvalidInput(f"the {key_name} in the path is another one", field=key_name, rule="as in the path")
        row = book.row(record, service.clock.now())
        there = await views.one(service.database, book, key) is not None
        await service.database.transact(lambda conn: book.put(conn, [row]))
        return web.say(book.shown(row), 200 if there else 201)

    async def put_many(records: Any) -> Response:
        seen: set[str] = set()
        for n, record in enumerate(records.records):
            record.check_numbers(f"records.{n}.", strict=strict)
            key = getattr(record, key_name)
            if key in seen:
                raise InvalidInput("two records of one key", field=f"records.{n}.{key_name}", rule="unique")
            seen.add(key)
        rows = [book.row(record, service.clock.now()) for record in records.records]
        await service.database.transact(lambda conn: book.put(conn, rows))
        return web.say({"written": len(rows)})

    async def show(key: Any) -> Response:
        record = await views.one(service.database, book, key)
        if record is None:
            raise _nobody(name, key_name)
        return web.say(record)

    async def listing(after: After = "", limit: Limit = 100) -> Response:
        found = await views.page(service.database, book, after, limit + 1)
        following = found[limit - 1][key_name] if len(found) > limit else None
        return web.say({"items": found[:limit], "next": following})

    async def remove(key: Any) -> None:
        if not await service.database.transact(lambda conn: book.remove(conn, key)):
            raise _nobody(name, key_name)

    keyed = Annotated[str, Path(alias=key_name, max_length=64, pattern=r"^[0-9A-Za-z/-]+$")]
    title = book.register.title["en"]
    put.__annotations__ |= {"key": keyed, "record": shape}
    put_many.__annotations__ |= {"records": several}
    show.__annotations__ |= {"key": keyed}
    remove.__annotations__ |= {"key": keyed}
    api.add_api_route(f"/{name}", listing, methods=["GET"], response_model=page, summary=f"{title}: records by key")
    api.add_api_route(f"/{name}", put_many, methods=["POST"], response_model=Done, summary=f"{title}: write many")
    api.add_api_route(path, show, methods=["GET"], response_model=shape, summary=f"{title}: a record")
    api.add_api_route(path, put, methods=["PUT"], response_model=shape, summary=f"{title}: write a record")
    api.add_api_route(path, remove, methods=["DELETE"], status_code=204, summary=f"{title}: strike a record out")


def _nobody(name: str, key: str) -> NotFound:
    return NotFound(f"{name} has no record of this {key}", field=key)
