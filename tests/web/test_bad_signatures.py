"""The pack of bad signatures at a portal that trusts its authority: each case ends as the act says, findings told."""

from __future__ import annotations

import shutil
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from aimaq.access.systems.keystore import AUTHORITIES, trust_of
from stand.signatures.entries import ENTRIES
from stand.signatures.world import World
from tests.web.problems import problem
from tests.web.signing import Counter, codes
from tests.parties import BASE, Parties


async def test_each_entry_gets_exactly_its_findings_through_a_flow(parties: Parties, tmp_path: Path) -> None:
    world = World(BASE)
    home = tmp_path / "stand"
    shutil.copytree(parties.home, home)
    (trust_of(home) / AUTHORITIES).write_bytes(world.trusted)
    crl = world.revocation_list()

    async def give(request: web.Request) -> web.Response:
        return web.Response(body=crl, headers={"ETag": '"1"'})

    app = web.Application()
    app.router.add_get("/nca/crl", give)
    async with TestServer(app) as authority, aiohttp.ClientSession() as session:
        url = str(authority.make_url("/")).rstrip("/")
        await parties.start("portal", registry_url=url, home=home)
        counter = Counter(parties, "portal", url, session, await parties.http("portal"))
        for entry in ENTRIES:
            case_id, mine, document = await counter.filled(world.citizen)
            answer = await counter.signed(case_id, mine, entry.make(world, document))
            if not entry.findings:
                assert answer.status_code == 202, (entry.name, answer.text)
                continue
            told = problem(answer, 422, "bad-signature", step="process-5", end="not-signed", case_id=case_id)
            assert codes(answer) == list(entry.findings), entry.name
            assert set(told["text"]) == {"kk", "ru", "en"}
            assert world.citizen.iin not in answer.text
            assert world.other.iin not in answer.text
