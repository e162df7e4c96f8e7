"""What an operator is told by the console's sign-in, by its forms, and by addresses of nothing."""

from __future__ import annotations

from pathlib import Path

from conformance.trace import Trace
from tests import databases as kinds
from tests.case_files import stored
from tests.console.visitor import Visitor
from tests.outsider import REGULATION
from tests.parties import Parties
from tests.refusals.world import World
from tests.serving import Reply, Request, serving


async def console(w: World, folder: Path) -> None:
    """A sign-in without a name, with a wrong token, at a registry of many moods; others' forms; what is not there."""
    kinds.draw(blank := folder / "blank")
    moods = [Reply(status=401), Reply(status=403), Reply(status=429), Reply(status=500), Reply(b"[]", 201)]

    async def moody(request: Request) -> Reply:
        return moods.pop()

    async with serving(moody) as registry, Parties(w.people.parties.home, kinds.files(folder, blank)) as parties:
        parties.clock = w.people.parties.clock
        await parties.start("gateway", stand_urls=f"registry={registry.url}")
        visitor = await Visitor.at(parties, w.language)
        for path in ("/console/nothing", "/console/static/0/nothing", "/console/language/xx"):
            await visitor.get(path)
        await visitor.get("/console/parties", Accept="*/*")
        for fields in ({"name": "dana"}, {"token": "of-nobody-at-all"}):
            await visitor.post("/console/sign-in", fields)
        while moods:
            await visitor.post("/console/sign-in", {"name": "dana", "password": "патша"})
        await visitor.post("/console/sign-in", {}, **{"Sec-Fetch-Site": "cross-site"})
        await visitor.sign_in()
        await visitor.get("/console/cases/01a22ad3-052c-7b01-bff8-f0b7659e9be8")
        law = parties.catalogue.regulation(REGULATION)
        file = await stored(parties, Trace("", REGULATION, "portal"), law)
        await visitor.get(f"/console/cases/{file.case_id}?message=1")
        await visitor.post("/console/sign-out", {})
