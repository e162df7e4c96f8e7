"""The pack of bad signatures at a portal that trusts its authority: each case ends as the act says, findings told.

What cannot be decoded is no signature, and ends none.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from aimaq.access.systems.keystore import AUTHORITIES, trust_of
from aimaq.eds.findings import Code
from aimaq.http.client import http_client
from stand.signatures.entries import ENTRIES
from stand.signatures.world import World
from tests.parties import BASE, Parties
from tests.serving import Reply, Request, serving
from tests.web.problems import problem
from tests.web.signing import Counter, codes


async def test_each_entry_gets_exactly_its_findings_through_a_flow(parties: Parties, tmp_path: Path) -> None:
    world = World(BASE)
    home = tmp_path / "stand"
    shutil.copytree(parties.home, home)
    authorities = trust_of(home) / AUTHORITIES  # the systems have theirs, and the people of the pack another
    authorities.write_bytes(authorities.read_bytes() + world.trusted)
    crl = world.revocation_list()

    async def give(request: Request) -> Reply:
        return Reply(crl, headers={"ETag": '"1"'})

    async with serving({"/nca/crl": give}) as authority, http_client() as session:
        url = authority.url
        await parties.start("portal", registry_url=url, home=home)
        counter = Counter(parties, "portal", url, session, await parties.http("portal"))
        for entry in ENTRIES:
            case_id, mine, document = await counter.filled(world.citizen)
            answer = await counter.signed(case_id, mine, entry.make(world, document))
            if not entry.findings:
                assert answer.status_code == 202, (entry.name, answer.text)
                continue
            if set(entry.findings) <= {Code.MALFORMED, Code.TOO_LARGE}:
                problem(answer, 422, "invalid-input", field="cms", rule="CMS")
                assert codes(answer) == list(entry.findings), entry.name
                continue
            refusal = problem(answer, 422, "bad-signature", step="process-5", end="not-signed", case_id=case_id)
            assert codes(answer) == list(entry.findings), entry.name
            assert set(refusal["text"]) == {"kk", "ru", "en"}
            assert world.citizen.iin not in answer.text
            assert world.other.iin not in answer.text
