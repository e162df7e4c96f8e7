"""A stand for the tests of what waits for an operator: services whose messages are dead, and the gateway's list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import sqlalchemy as sa

from aimaq.language.envelope import Envelope, digest, encode, to_bytes
from aimaq.language.ids import Ids
from aimaq.language.messages import StatusChanged
from aimaq.language.signing.jws import KeySigner
from aimaq.pipeline.attention.reporter import Reporter
from aimaq.service import Service
from tests.outsider import REGULATION
from tests.parties import Parties
from tests.waiting import eventually


def hurry(*services: Service) -> None:
    """Have services tell the gateway how they are without a pause, so that no test waits for one."""
    for service in services:
        quick(service.reporter)


def quick(reporter: Reporter) -> None:
    """Have a reporter tell something every so many milliseconds."""
    reporter.period, reporter.least = 0.2, 0.01


def notice(gateway: KeySigner, ids: Ids, at: datetime, recipient: str = "con") -> tuple[Envelope, bytes, str]:
    """A notice of the gateway's on a case of its own, with its bytes and the signature over them."""
    envelope = Envelope(
        message_id=ids(),
        type="StatusChanged",
        kind="NOTIFICATION",
        sender="gateway",
        recipient=recipient,
        case_id=ids(),
        caused_by=None,
        sequence=1,
        regulation=REGULATION,
        channel="portal",
        occurred_at=at,
        steps=(),
        body=encode(StatusChanged(status="received")),
    )
    data = to_bytes(envelope)
    return envelope, data, gateway.sign(data)


async def lay_aside(
    parties: Parties, count: int, reason: str = "RuntimeError: out of paper", at: str = "con", state: str = "dead"
) -> list[str]:
    """Put so many messages among a service's dead letters, as its writer does; their ids. `{n}` is a number."""
    service = parties.services[at]
    gateway, ids = parties.services["gateway"].dependencies.signer, Ids(parties.clock)
    box, rows = service.tables.inbox, []
    for number in range(count):
        envelope, data, signature = notice(gateway, ids, parties.clock.now(), at)
        rows.append(
            {
                "message_id": envelope.message_id,
                "digest": digest(data),
                "state": state,
                "received_at": parties.clock.now(),
                "case_id": envelope.case_id,
                "sender": "gateway",
                "type": envelope.type,
                "number": 1 if state == "dead" else 2,
                "attempts": 1,
                "due_at": None,
                "reason": reason.replace("{n}", str(number)) if state == "dead" else None,
                "publisher": "gateway",
                "body": data,
                "signature": signature,
            }
        )
    await service.database.transact(lambda conn: conn.execute(sa.insert(box), rows))
    service.writer.attention.set()
    return [str(row["message_id"]) for row in rows]


class Desktop:
    """An operator before the gateway's list."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client, self._headers = client, headers

    @classmethod
    async def of(cls, parties: Parties) -> Desktop:
        """Somebody with the gateway's own token."""
        return cls(await parties.http("gateway"), parties.admin("gateway"))

    async def get(self, path: str = "/attention", **parameters: Any) -> dict[str, Any]:
        """What is answered to a question that may be asked."""
        answer = await self._client.get(path, params=parameters, headers=self._headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any question."""
        return await self._client.request(method, path, headers=self._headers, **more)

    async def act(self, action: str, **wanted: Any) -> dict[str, Any]:
        """Begin an action, and wait until it is over: the job, with all results."""
        answer = await self.ask("POST", f"/attention/actions/{action}", json=wanted)
        assert answer.status_code == 202, answer.text
        return await self.over(answer.headers["location"])

    async def over(self, path: str) -> dict[str, Any]:
        """An action once it is over, with all its results."""

        async def ended() -> dict[str, Any] | None:
            job = await self.get(path, limit=0)
            return job if job["state"] != "running" else None

        job = await eventually(ended, within=60, what="the end of the action")
        results: list[dict[str, Any]] = []
        while True:
            page = await self.get(path, after=len(results), limit=500)
            results += page["results"]
            if page["next"] is None:
                return {**job, "results": results}

    async def shows(self, count: int, kind: str = "dead", **parameters: Any) -> dict[str, Any]:
        """What waits, once there are so many of a kind on the stand."""

        async def counted() -> dict[str, Any] | None:
            found = await self.get(**parameters)
            return found if found["counts"][kind] == count else None

        return await eventually(counted, within=20, what=f"{count} {kind}")

    async def pages(self, **parameters: Any) -> list[dict[str, Any]]:
        """All messages of a list, page by page."""
        found, after = [], None
        while True:
            page = await self.get(**parameters, **({"after": after} if after else {}))
            assert page["incomplete"] == []
            found += page["messages"]
            if (after := page["next"]) is None:
                return found


def outcomes(job: dict[str, Any]) -> list[str]:
    """What came of the messages of an action, in the order of their ids."""
    return [one["outcome"] for one in sorted(job["results"], key=lambda one: str(one["message_id"]))]
