"""Each refusal that a raise in the code can produce, over HTTP, to readers of Kazakh and of Russian: none is English.

The raises are found by reading the code. One that nothing here provokes fails the test by its file, function and line.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from aimaq.eds.findings import Code
from aimaq.language.clock import SystemClock
from aimaq.language.errors import Unavailable
from aimaq.web import app as web
from aimaq.web import clock
from tests import databases as kinds
from tests.faults import bewitch
from tests.outsider import REGULATION
from tests.parties import Parties
from tests.refusals import at_a_front_desk, at_the_office, at_the_registry
from tests.refusals.sites import Site, modules, raised
from tests.refusals.world import World, encoded
from tests.waiting import eventually
from tests.web.staff import Staff

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

MESSAGE = "a message of another system, and no person, comes here"
CROWD = "only many at once come here"

BEYOND: dict[str, tuple[int, str]] = {
    "aimaq/access/challenges.py:read _refused": (
        1,
        "a challenge of another service has another seal, which is looked at first",
    ),
    "aimaq/casework/procedure/engine.py:shown InvalidInput": (1, MESSAGE),
    "aimaq/casework/procedure/engine.py:submitted AlreadyThere": (1, MESSAGE),
    "aimaq/casework/procedure/engine.py:receive NotFound": (1, MESSAGE),
    "aimaq/casework/procedure/evidence.py:_of_signature Unavailable": (2, MESSAGE),
    "aimaq/web/front_desk/router.py:command refusal": (
        1,
        "an act that checks who one is does so as the case is opened",
    ),
    "aimaq/casework/procedure/bodies.py:_paper OutOfOrder": (1, "every operation that sends a paper has signed it"),
    "aimaq/casework/procedure/operations.py:_checked OutOfOrder": (1, "every command brings what it has checked"),
    "aimaq/regulation/model/act.py:flow UnknownRegulation": (1, "the desk looks first which channels begin there"),
    "aimaq/access/systems/rotation.py:_issued BadSignature": (
        2,
        "it is told as what the registry issued and cannot be used",
    ),
    "aimaq/access/users.py:_write NotAuthenticated": (1, "it takes a session that ends during its own call"),
    "aimaq/access/sessions.py:_claims NotAuthenticated": (1, "the token of another service has another secret"),
    "aimaq/casework/unit_of_work.py:expect InvalidInput": (1, MESSAGE),
    "aimaq/casework/unit_of_work.py:envelope NotFound": (1, MESSAGE),
    "aimaq/casework/unit_of_work.py:open_case OutOfOrder": (1, "a case that a person opens has a new id"),
    "aimaq/regulation/workflow.py:follow InvalidInput": (1, MESSAGE),
    "lea_svc/office/drafts.py:draft OutOfOrder": (1, "without an answer that is prepared there is no document either"),
    "registry_svc/systems/roster_feed.py:newer Unavailable": (1, "it takes a registry that is about to stop"),
    "registry_svc/endpoints/systems.py:_attended Unavailable": (1, "whoever would read it has gone"),
    "registry_svc/nca/records.py:_agreed Unavailable": (1, CROWD),
    "registry_svc/registers/schemas.py:read InvalidInput": (1, MESSAGE),
    "registry_svc/systems/certificates.py:_agreed Unavailable": (1, CROWD),
}
"""Raises that nobody can come to over HTTP: by file and function, how many there are, and why."""

SELDOM = {
    Code.REVOKED_AFTER_SIGNING,
    Code.REVOCATION_STALE,
    Code.OTHER_BIN,
    Code.WRONG_ROLE,
    Code.BAD_ATTRIBUTE,
}
"""Findings that take other settings of a desk, or another registry; `test_texts` reads what they say."""


def place(site: Site) -> str:
    return f"{site.file}:{site.function} {site.kind}"


async def test_each_refusal_is_told_in_the_readers_language(staff: Staff, tmp_path: Path) -> None:
    worlds: dict[str, World] = {}
    for language in ("kk", "ru"):
        with pytest.MonkeyPatch.context() as patch:
            world = worlds[language] = World(staff, patch, language)
            for provocation in (
                *at_a_front_desk.PROVOCATIONS,
                *at_the_office.PROVOCATIONS,
                *at_the_registry.PROVOCATIONS,
            ):
                await provocation(world)
            await without_a_clock_to_move(world)
            await without_a_registry(world, tmp_path / language)
    for world in worlds.values():
        assert world.wrong == []
        missing = [site for site in raised() if not world.met(site)]
        assert [str(site) for site in missing if place(site) not in BEYOND] == []
        assert Counter(map(place, missing)) == Counter({where: count for where, (count, _) in BEYOND.items()})
        assert refused_by_validators() <= world.rules
        assert set(Code) - world.codes <= SELDOM


async def without_a_clock_to_move(w: World) -> None:
    """A stand that goes by the machine's clock."""
    app = FastAPI()
    administration = w.people.parties.services["gateway"].administration
    app.router.routes.extend(clock.router(SystemClock(), administration).routes)
    web.tell_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as client:
        w.read_by(client)
        await client.post("/clock", json={"by": "1d"}, headers={"Authorization": f"Bearer {administration.token}"})


async def without_a_registry(w: World, folder: Path) -> None:
    """A stand whose registry does not answer: nothing can be told of certificates, nor of those who apply."""
    home, citizen, clerk = w.people.parties.home, w.people.citizen, w.people.clerk
    folder.mkdir()
    kinds.draw(blank := folder / "blank")
    async with Parties(home, kinds.files(folder, blank)) as lonely:
        lonely.clock = w.people.parties.clock
        await lonely.start("portal", registry_url="http://127.0.0.1:9")
        await lonely.start("lea", "gateway")
        portal, lea = w.read_by(await lonely.http("portal")), w.read_by(await lonely.http("lea"))
        await lea.post("/keys/rotation", headers=lonely.admin())
        await portal.post("/keys/rotation", headers=lonely.admin())
        await portal.post("/users", json=citizen.login | {"name": citizen.name}, headers=lonely.admin())
        new = {"regulation": REGULATION, "login": citizen.login, "form": w.people.form()}
        opened = (await portal.post("/cases", json=new)).json()
        mine = {"Authorization": f"Bearer {opened['token']}"}
        await portal.post(f"/cases/{opened['case_id']}/signature", json=citizen.cms(opened["document"]), headers=mine)
        person = await w.stranger("AUTH")
        text = (await portal.post("/challenges")).json()["challenge"]
        await portal.post("/sessions", json={"challenge": text, "cms": encoded(person.sign(text.encode()))})
        roles = ["clerk", "head", "executor"]
        await lea.post("/users", json=clerk.login | {"name": clerk.name, "roles": roles}, headers=lonely.admin())
        backed = at_the_office.BACKED
        new = {"regulation": backed, "login": clerk.login, "form": w.form(backed)}
        opened = (await lea.post("/cases", json=new)).json()
        his = {"Authorization": f"Bearer {opened['token']}"}
        await lea.post(f"/cases/{opened['case_id']}/assignment", headers=his)
        await lea.post(f"/cases/{opened['case_id']}/draft", json={"decision": "granted"}, headers=his)
        bewitch(lonely.services["lea"], Unavailable())
        await lonely.ask()

        async def waits() -> str:
            return next(iter(await lonely.waiting("lea")), "")

        await lea.get(f"/dead/{await eventually(waits, what='a message that waits')}", headers=lonely.admin())


def refused_by_validators() -> set[str]:
    """The types of the errors that validators of ours raise."""
    return {
        ast.literal_eval(node.args[0])
        for _, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "refused" and node.args
    }
