"""A SQLite file that is removed or replaced under a service: what would be written to it is accepted by nobody."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import httpx
import pytest

from stand.people.person import people
from tests.parties import Parties
from tests.waiting import eventually


async def registers(http: httpx.AsyncClient, seed: str) -> int:
    person = next(people(seed))
    new = {"iin": person.iin, "name": person.name, "password": person.password}
    return (await http.post("/users", json=new)).status_code


async def reason(http: httpx.AsyncClient) -> str:
    """Why the service is not ready; empty if it is."""
    return " ".join((await http.get("/health/ready")).json()["reasons"])


async def ready(http: httpx.AsyncClient) -> bool:
    return not await reason(http)


@pytest.mark.parametrize("lost", ["", ".lock"])
async def test_a_service_whose_file_is_removed_accepts_nothing_until_it_is_back(files: Parties, lost: str) -> None:
    await files.start("portal")
    http, database = await files.http("portal"), files.services["portal"].database
    file, away = Path(f"{database.url.database}{lost}"), Path(f"{database.url.database}.away")
    assert await registers(http, "before") == 201
    file.rename(away)
    assert await registers(http, "meanwhile") == 503
    await eventually(partial(reason, http))
    assert not file.exists()
    away.rename(file)
    await eventually(partial(ready, http))
    assert await registers(http, "meanwhile") == 201


async def test_a_service_whose_file_is_replaced_writes_to_neither(files: Parties) -> None:
    await files.start("portal")
    http, file = await files.http("portal"), Path(str(files.services["portal"].database.url.database))
    assert await registers(http, "before") == 201
    shutil.copy(file, away := file.with_suffix(".copy"))
    away.rename(file)
    assert await registers(http, "meanwhile") == 503
    assert "start the service again" in await eventually(partial(reason, http))
    assert await registers(http, "meanwhile") == 503
