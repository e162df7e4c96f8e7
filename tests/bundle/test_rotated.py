"""A bundle across a change of keys: what older certificates signed holds, and each is there with its status."""

from __future__ import annotations

from pathlib import Path

from aimaq.http.client import http_client
from aimaq.regulation import Catalogue
from stand.bundle.archive import unpack
from stand.bundle.export import CaseFile
from stand.bundle.inspection import inspect
from stand.bundle.inspection.evidence import Check
from stand.client.address import StandAddress
from stand.client.http import ServiceClient
from stand.commands.tester.playing import CHEAP_PASSWORDS
from stand.flowfile import FLOWS, load
from stand.replay.player import play
from stand.runtime.embedded import embedded
from tests.outsider import REGULATION


async def test_a_case_signed_with_a_key_that_was_replaced_and_revoked_holds(tmp_path: Path) -> None:
    catalogue = Catalogue.bundled()
    flow = load(FLOWS / REGULATION / "portal-refused-signature.yaml", catalogue)
    async with embedded(tmp_path, **CHEAP_PASSWORDS) as stand, http_client() as session:
        there = StandAddress("the test's", stand.urls, stand.tokens, stand.clock)

        async def call(party: str, path: str, body: object = None) -> dict[str, str]:
            reply = await ServiceClient(session, stand.urls[party]).call("POST", path, body, token=stand.tokens[party])
            assert not reply.refused, reply.detail
            return reply.body

        assert (await play(flow, there, seed="1", catalogue=catalogue)).conforms
        await call("gateway", "/journal/blocks")
        answer = [await call(party, "/keys/rotation") for party in ("gateway", "portal")]
        (case,) = (
            await ServiceClient(session, stand.urls["gateway"]).call("GET", "/cases", token=stand.tokens["gateway"])
        ).body["items"]

        async def exported() -> tuple[dict[str, Check], dict[str, bytes]]:
            data = await CaseFile(session, there, case["case_id"]).collected()
            return {check.name: check for check in inspect(data)}, unpack(data)[0]

        checks, files = await exported()
        assert [check.faults for check in checks.values() if not check.ok] == []
        old, new = (f"systems/gateway-{answer[0][which]}.der" for which in ("previous", "serial"))
        assert {old, new} <= files.keys(), "a block was signed with the one, the statement with the other"
        for one in answer:
            await call("registry", "/nca/revocations", {"serial": one["previous"], "reason": "superseded"})
        checks, _ = await exported()
        assert [check.faults for check in checks.values() if not check.ok] == []
        known = dict(checks["certificates"].particulars)
        assert known[old].count("superseded") == 2, "the list and the responder both tell of it"
        assert known[new].endswith("list: not withdrawn; responder: not withdrawn")
