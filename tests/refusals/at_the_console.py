"""What an operator is told by the console's sign-in, by its forms, and by addresses of nothing."""

from __future__ import annotations

from pathlib import Path

from tests import databases as kinds
from tests.console.visitor import Visitor
from tests.parties import Parties
from tests.refusals.world import World
from tests.serving import Reply, Request, serving

NO_CASE = "019cacb3-f200-7051-b3f4-43cca39f8a22"


async def console(w: World, folder: Path) -> None:
    """A sign-in without a name, with a wrong token, at a registry of many moods; forms of others; no such page."""
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
        why = {"reason": "өтініш беруші сұрап тұр"}
        own = {"Authorization": f"Bearer {visitor.token}"}
        await visitor.client.post(f"/cases/{NO_CASE}/reveal", json=why, headers=own)
        await visitor.post("/console/sign-in", {}, **{"Sec-Fetch-Site": "cross-site"})
        await visitor.sign_in()
        await visitor.post("/console/sign-out", {})
