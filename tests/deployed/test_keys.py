"""The systems' keys on five processes with RabbitMQ: new ones under load, and a revocation that counts at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aimaq.access.systems.keystore import load_signer
from aimaq.http.client import http_client
from aimaq.language.errors import Unavailable
from aimaq.language.messages import PARTIES
from stand.bench.http import HttpConnection
from stand.bench.load import citizens, one_case
from stand.client.http import ServiceClient
from stand.people.person import Person
from tests.deployed.conftest import Deploy
from tests.deployed.test_kills import rows
from tests.deployment import Deployed
from tests.fixtures_broker import BROKER
from tests.waiting import eventually

BETWEEN = 10
"""Cases that come to their end between one rotation and the next, at least."""


async def call(stand: Deployed, party: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """What a service answers the administrator."""
    async with http_client() as session:
        reply = await ServiceClient(session, stand.urls[party]).call(method, path, body, token=stand.tokens[party])
    assert not reply.refused, reply.detail
    return reply.body


class Crowd:
    """Citizens who make one request after the other; one that is not answered is a failure."""

    def __init__(self, stand: Deployed, people: list[Person]) -> None:
        self.stand, self.people, self.done = stand, people, 0
        self._over = asyncio.Event()
        self.tasks = [asyncio.create_task(self._work(person)) for person in people]

    async def _work(self, person: Person) -> None:
        wire = HttpConnection(self.stand.urls["portal"])
        try:
            while not self._over.is_set():
                await one_case(wire, person)
                self.done += 1
        finally:
            await wire.close()

    async def more(self) -> None:
        """Return when `BETWEEN` more are done."""
        target = self.done + BETWEEN
        await eventually(lambda: self.done >= target or any(task.done() for task in self.tasks), within=120)

    async def stop(self) -> None:
        """Let each finish; raises what went wrong."""
        self._over.set()
        await asyncio.gather(*self.tasks)


@pytest.mark.services
@pytest.mark.long
async def test_every_system_gets_a_new_key_under_load(deploy: Deploy) -> None:
    async with deploy(BROKER, autopilot="1") as stand:
        crowd = Crowd(stand, await citizens(stand.urls, stand.tokens["registry"], 4))
        for party in PARTIES:
            await crowd.more()
            answer = await call(stand, party, "POST", "/keys/rotation")
            assert answer["unconfirmed"] == []
            assert (
                f"{load_signer(stand.home, party).certificate.serial_number:x}"
                == answer["serial"]
                != answer["previous"]
            )
        await crowd.more()
        await crowd.stop()

        found = await rows(stand.databases.urls["gateway"], "SELECT verdict, signature FROM journal")
        assert {row.verdict for row in found} == {"accepted", "action"}
        assert len({row.signature.partition("..")[0] for row in found}) > len(PARTIES)
        results = await rows(stand.databases.urls["portal"], "SELECT case_id FROM papers WHERE kind = 'result'")
        assert len(results) == len({row.case_id for row in results}) == crowd.done >= BETWEEN * (len(PARTIES) + 1)
        for party in PARTIES:
            left = await rows(stand.databases.urls[party], "SELECT state FROM inbox WHERE state <> 'done'")
            assert left == []
        await call(stand, "gateway", "POST", "/journal/blocks")
        assert (await call(stand, "gateway", "GET", "/journal/check"))["ok"]

        # what a process has learned outlives it, and so does its new key
        for party in ("lea", "gateway"):
            await stand.kill(party)
            await stand.ready()
        wire = HttpConnection(stand.urls["portal"])
        await one_case(wire, crowd.people[0])
        await wire.close()
        assert (await call(stand, "gateway", "GET", "/journal/check"))["ok"]


@pytest.mark.services
@pytest.mark.long
async def test_a_revoked_systems_next_message_is_rejected_and_a_new_key_brings_it_back(deploy: Deploy) -> None:
    async with deploy(BROKER, autopilot="1") as stand:
        (person,) = await citizens(stand.urls, stand.tokens["registry"], 1)
        wire = HttpConnection(stand.urls["portal"])
        await one_case(wire, person)
        before = await _verdicts(stand)
        assert set(before) == {"accepted"}
        serial = (await call(stand, "portal", "GET", "/keys"))["serial"]
        answer = await call(
            stand, "registry", "POST", "/nca/revocations", {"serial": serial, "reason": "keyCompromise"}
        )
        assert (answer["status"], answer["unconfirmed"]) == ("revoked", [])

        lost = asyncio.create_task(one_case(wire, person))
        after = await eventually(lambda: _more(stand, len(before)), within=30, what="the portal's next message")
        assert after[len(before)] == "rejected"
        found = await rows(stand.databases.urls["gateway"], "SELECT reason FROM journal WHERE verdict = 'rejected'")
        assert f"the certificate {serial} of portal is revoked" in found[0].reason
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
        await wire.close()

        async with http_client() as session:
            with pytest.raises(Unavailable, match="answers 503"):
                await ServiceClient(session, stand.urls["portal"], patience=0).call("GET", "/health/ready")
        permit = await call(stand, "registry", "POST", "/nca/systems/permits", {"party": "portal"})
        answer = await call(stand, "portal", "POST", "/keys/rotation", permit)
        assert answer["previous"] == serial
        await stand.ready()
        wire = HttpConnection(stand.urls["portal"])
        await one_case(wire, person)
        await wire.close()


async def _verdicts(stand: Deployed) -> list[str]:
    """The verdicts on what the portal sent, in order."""
    query = "SELECT verdict FROM journal WHERE publisher = 'portal' ORDER BY number"
    return [row.verdict for row in await rows(stand.databases.urls["gateway"], query)]


async def _more(stand: Deployed, count: int) -> list[str] | None:
    found = await _verdicts(stand)
    return found if len(found) > count else None
