"""What people are told by a stand that cannot: without a registry, a database, a disk, or a request to understand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from fastapi import FastAPI

from aimaq.language.clock import Clock, StandClock, SystemClock
from aimaq.language.errors import Unavailable
from aimaq.store.lock import WriterLock
from aimaq.store.writer_connection import FileConnection
from aimaq.web import problems
from aimaq.web.administration import clock
from tests import databases as kinds
from tests.faults import bewitch, outage
from tests.outsider import REGULATION
from tests.parties import BASE, Parties
from tests.refusals import at_the_office
from tests.refusals.world import World, encoded
from tests.waiting import eventually
from tests.web.lines import site

HEADERS = "Host: a\r\nAccept-Language: {}\r\n"


async def clocks(w: World, folder: Path) -> None:
    """A stand that goes by the machine's clock, and one that cannot write down its own."""
    (taken := folder / "taken").touch()
    for one in (SystemClock(), StandClock(lambda: BASE, file=taken / "clock.json")):
        await _advanced(w, one)


async def _advanced(w: World, by: Clock) -> None:
    app = FastAPI()
    administration = w.people.parties.services["gateway"].administration
    app.router.routes.extend(clock.router(by, administration).routes)
    problems.tell_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as client:
        w.read_by(client)
        await client.post("/clock", json={"by": "1d"}, headers={"Authorization": f"Bearer {administration.token}"})


async def lonely(w: World, folder: Path) -> None:
    """A stand whose registry does not answer: nothing can be told of certificates, nor of those who apply."""
    home, citizen, clerk = w.people.parties.home, w.people.citizen, w.people.clerk
    kinds.draw(blank := folder / "blank")
    async with Parties(home, kinds.files(folder, blank)) as parties:
        parties.clock = w.people.parties.clock
        await parties.start("portal", registry_url="http://127.0.0.1:9")
        await parties.start("lea", "gateway")
        portal, lea = w.read_by(await parties.http("portal")), w.read_by(await parties.http("lea"))
        await lea.post("/keys/rotation", headers=parties.admin())
        await portal.post("/keys/rotation", headers=parties.admin())
        await portal.post("/users", json=citizen.login | {"name": citizen.name}, headers=parties.admin())
        new = {"regulation": REGULATION, "login": citizen.login, "form": w.people.form()}
        opened = (await portal.post("/cases", json=new)).json()
        mine = {"Authorization": f"Bearer {opened['token']}"}
        await portal.post(f"/cases/{opened['case_id']}/signature", json=citizen.cms(opened["document"]), headers=mine)
        person = await w.stranger("AUTH")
        text = (await portal.post("/challenges")).json()["challenge"]
        await portal.post("/sessions", json={"challenge": text, "cms": encoded(person.sign(text.encode()))})
        await parties.start("registry", nca_url="http://127.0.0.1:9")
        registry = w.read_by(await parties.http("registry"))
        text = (await registry.post("/administrators/challenges")).json()["challenge"]
        signed = {"challenge": text, "cms": encoded(person.sign(text.encode())), "audience": "lea"}
        await registry.post("/administrators/sessions", json=signed)
        roles = ["clerk", "head", "executor"]
        await lea.post("/users", json=clerk.login | {"name": clerk.name, "roles": roles}, headers=parties.admin())
        backed = at_the_office.BACKED
        new = {"regulation": backed, "login": clerk.login, "form": w.form(backed)}
        opened = (await lea.post("/cases", json=new)).json()
        his = {"Authorization": f"Bearer {opened['token']}"}
        await lea.post(f"/cases/{opened['case_id']}/assignment", headers=his)
        await lea.post(f"/cases/{opened['case_id']}/draft", json={"decision": "granted"}, headers=his)
        bewitch(parties.services["lea"], Unavailable())
        await parties.ask()

        async def waits() -> str:
            return next(iter(await parties.waiting("lea")), "")

        await lea.get(f"/dead/{await eventually(waits, what='a message that waits')}", headers=parties.admin())
        await _failing(w, parties, portal, mine)


async def _failing(w: World, parties: Parties, portal: httpx.AsyncClient, mine: dict[str, str]) -> None:
    """A database that is out of reach, or in a state in which nothing can be written; then the service stops."""
    service = parties.services["portal"]
    new = {"regulation": REGULATION, "login": w.people.citizen.login}

    async def refused() -> bool:
        return (await portal.post("/cases", json=new)).status_code == 503

    async with outage(service):
        await portal.get("/cases", headers=mine)
        await eventually(refused, what="a refusal")
        await eventually(refused, what="a refusal at once")

    async def taken() -> bool:
        return (await portal.post("/cases", json=new)).status_code == 201

    await eventually(taken, what="the database again")

    async def wrong(self: FileConnection, *arguments: Any) -> Any:
        raise sa.exc.InvalidRequestError("a transaction is already begun")

    with w.patch.context() as odd:
        odd.setattr(FileConnection, "write", wrong)
        await eventually(refused, what="a refusal")
        odd.setattr(service.database._lock, "_seconds", 0.0)
        odd.setattr(WriterLock, "_lock_file", lambda lock, database: False)
        await service.database._let_go()
        await eventually(lambda: "another process" in (service.writer.trouble or ""), what="the lock of another")
        await refused()
    await parties.stop("portal")
    await eventually(refused, what="the end of the service")


async def connections(w: World, folder: Path) -> None:
    """What is no HTTP, or has too large a head."""
    headers = HEADERS.format(w.language)
    async with site() as server:
        for odd in (
            f"GET / HTTP/1.1\r\n{headers}Host: b\r\n\r\n",
            f"GET / HTTP/1.1\r\n{headers}X: {'x' * 100_000}\r\n\r\n",
        ):
            line = await (await server.line()).say(odd.encode())
            answer = await line.answer()
            w.look(answer.problem, answer.headers["content-language"], odd[:20])


PROVOCATIONS = (clocks, lonely, connections)
