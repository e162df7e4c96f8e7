"""What an operator is told by the console's sign-in, by its forms, and by addresses of nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from conformance.trace import Trace
from gateway_svc.console.session import LIFE
from tests.case_files import stored
from tests.console.accounts import with_accounts
from tests.faults import outage
from tests.outsider import REGULATION
from tests.refusals.world import World
from tests.serving import Reply
from tests.waiting import eventually

LOGIN = {"name": "dana", "password": "патша"}
OF_NOTHING = Reply.of_json({"token": "opens-nothing", "refresh": "x"}, 201)

NO_CASE = "019cacb3-f200-7051-b3f4-43cca39f8a22"


async def console(w: World, folder: Path) -> None:
    """A sign-in without a name, with a wrong token, at a registry of many moods; forms of others; what is not there."""
    async with with_accounts(w.people.parties.home, folder, w.language) as (visitor, accounts):
        for path in ("/console/nothing", "/console/static/0/nothing", "/console/language/xx"):
            await visitor.get(path)
        await visitor.get("/console/parties", Accept="*/*")
        for fields in ({"name": "dana"}, {"token": "of-nobody-at-all"}):
            await visitor.post("/console/sign-in", fields)
        for mood in (401, 403, 429, 500):
            accounts.refusal = Reply(status=mood)
            await visitor.post("/console/sign-in", LOGIN)
        for accounts.refusal in (Reply(b"[]", 201), OF_NOTHING):
            await visitor.post("/console/sign-in", LOGIN)
        await visitor.post("/console/sign-in/certificate", {})
        why = {"reason": "өтініш беруші сұрап тұр"}
        own = {"Authorization": f"Bearer {visitor.token}"}
        await visitor.client.post(f"/cases/{NO_CASE}/reveal", json=why, headers=own)
        async with outage(visitor.parties.services["gateway"]):
            for _ in range(2):  # the first is the one that finds it out
                await visitor.client.post(f"/cases/{NO_CASE}/reveal", json=why, headers=own)
                await visitor.client.post("/journal/blocks", headers=own)
        await eventually(lambda: visitor.parties.services["gateway"].writer.trouble is None)
        await visitor.post("/console/sign-in", {}, **{"Sec-Fetch-Site": "cross-site"})
        accounts.refusal = None
        assert (await visitor.post("/console/sign-in", LOGIN)).status_code == 303
        await visitor.get("/console/cases/01a22ad3-052c-7b01-bff8-f0b7659e9be8")
        law = visitor.parties.catalogue.regulation(REGULATION)
        file = await stored(visitor.parties, Trace("", REGULATION, "portal"), law)
        await visitor.get(f"/console/cases/{file.case_id}?message=1")
        token = await visitor.form_token()
        for chosen in ({"message": "nobody"}, {"group": "nobody"}):
            await visitor.post("/console/attention/requeue", {"form_token": token} | chosen)
        await visitor.post("/console/sign-out", {})
        accounts.refusal, accounts.machine = OF_NOTHING, accounts.machine + LIFE + timedelta(seconds=1)
        await visitor.get("/console/parties", Accept="*/*")
