"""Cases at the gateway for tests of the search: real ones, and many that are written into its table at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from aimaq.casework.case import Case
from aimaq.language.iin import synthetic_iin
from aimaq.regulation.deadlines import Standing
from aimaq.service import Service
from aimaq.store.write_set import WriteSet
from gateway_svc.cases.standing import Limits
from gateway_svc.models import tables
from tests.outsider import REGULATION
from tests.parties import BASE, Parties

PLACE = "process-6/accept"
BODY = "lea:mamlyut-employment"


async def page(parties: Parties, path: str = "/cases", **words: Any) -> dict[str, Any]:
    """What the gateway answers the administrator who asks with these parameters."""
    client = await parties.http("gateway", **parties.admin())
    answer = await client.get(path, params={name: str(value) for name, value in words.items()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def every(parties: Parties, path: str = "/cases", **words: Any) -> list[dict[str, Any]]:
    """The items of all pages."""
    found: list[dict[str, Any]] = []
    following: str | None = ""
    while following is not None:
        got = await page(parties, path, **words, cursor=following)
        found += got["items"]
        following = got["next"]
    return found


def made(service: Service, count: int, since: datetime = BASE, **changes: Any) -> list[Case]:
    """So many cases that stand at one place, each a second after the other; `changes` are fields of all of them."""
    limits, chance = Limits(service.catalogue), Random("cases")
    found = []
    for number in range(count):
        at = since + timedelta(seconds=number)
        case = Case(service.party.ids(), REGULATION, "portal", at, at, at=PLACE, iin=synthetic_iin(chance))
        standing = limits.of(REGULATION, "portal").begun(PLACE, at)
        found.append(replace(case, **({"standing": standing, "status": "received"} | changes)))
    return found


async def put(service: Service, cases: Sequence[Case]) -> None:
    """Write cases into the gateway's table."""

    def write(conn: sa.Connection) -> None:
        write_set = WriteSet()
        write_set.add(tables.cases, [tables.columns.row(case) for case in cases])
        write_set.write(conn)

    await service.database.transact(write)


def ended(at: datetime) -> dict[str, Any]:
    """The fields of cases that have come to their end."""
    return {"at": "end:issued", "status": "completed", "standing": Standing("", "", at)}
