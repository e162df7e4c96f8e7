"""What is seen of the five services from outside while a fault lasts, and what they say of each case afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from aimaq.language.messages import PARTIES
from tests.citizens import Endpoint
from tests.deployment import Deployed
from tests.storm.account import Account, Evidence, Quiet
from tests.waiting import eventually, until

LOOK = 0.25
"""Seconds between two looks at whether everybody is ready."""
ANSWER = 2.0
"""Seconds in which a service says that it is ready, or is not."""
TOGETHER = 8
"""Cases that are looked at together."""
WAITING = ("queued", "held", "retry", "unsent")


class Watch:
    """A stand as one who looks after it sees it: by each service's own token, over REST."""

    def __init__(self, stand: Deployed, account: Account) -> None:
        self.stand, self.account, self.quiet = stand, account, Quiet()
        self.unready: set[str] = set()
        self._endpoints = {party: Endpoint(url) for party, url in stand.urls.items()}

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Look at everybody again and again while the block runs: how long it is `quiet`, and who is `unready`."""
        self.quiet, self.unready = Quiet(), set()
        looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            at = loop.time()
            answers = await asyncio.gather(*(self._ready(party) for party in PARTIES))
            unready = {party for party, ready in zip(PARTIES, answers, strict=True) if not ready}
            self.unready |= unready
            self.quiet.look(loop.time(), self.account, ready=not unready)
            await until(at + LOOK)

    async def _ready(self, party: str) -> bool:
        try:
            async with asyncio.timeout(ANSWER):
                return await self._endpoints[party].attempt("GET", "/health/ready") is not None
        except TimeoutError:
            return False

    async def call(self, party: str, method: str, path: str, *, good: tuple[int, ...] = (200,)) -> dict[str, Any]:
        """What a service answers the one who has its token."""
        token = self.stand.tokens[party]
        return await self._endpoints[party].insist(method, path, good=good, token=token)

    async def left(self) -> list[str]:
        """What waits at the services, a line each: nothing, once all is done. Dead letters count on accepted cases."""
        found = []
        for party in PARTIES:
            backlog = await self.call(party, "GET", "/health/backlog")
            dead = (await self.call(party, "GET", "/dead"))["items"]
            counts = {name: backlog[name] for name in WAITING}
            counts["dead"] = sum(one["case_id"] in self.account.cases for one in dead)
            found += [f"{count} {name} at {party}" for name, count in counts.items() if count]
        return found

    async def evidence(self, case_ids: Iterable[str]) -> dict[str, Evidence]:
        """What the services say of each of these cases."""
        left, found = iter(list(case_ids)), dict[str, Evidence]()

        async def look() -> None:
            for case_id in left:
                found[case_id] = await self._evidence(case_id)

        await asyncio.gather(*(look() for _ in range(TOGETHER)))
        return found

    async def settled(self, case_ids: Iterable[str], within: float) -> list[Evidence]:
        """What they say once all of it is as it should be, or when that time is over."""
        found = await self.evidence(case_ids)

        async def well() -> bool:
            found.update(await self.evidence([one.case_id for one in found.values() if not one.finished]))
            return all(one.finished or one.doubled for one in found.values())

        with suppress(AssertionError):  # it is judged as it is
            await eventually(well, within=within, every=0.5)
        return list(found.values())

    async def _evidence(self, case_id: str) -> Evidence:
        portal, centre, office, trace = await asyncio.gather(
            self._statuses("portal", case_id),
            self._statuses("con", case_id),
            self.call("lea", "GET", f"/cases/{case_id}", good=(200, 404)),
            self.call("gateway", "GET", f"/cases/{case_id}/trace", good=(200, 404)),
        )
        own = self.account.cases.get(case_id)
        messages = trace.get("messages", ())
        accepted = [message for message in messages if message["verdict"] == "accepted"]
        return Evidence(
            case_id=case_id,
            portal=portal,
            centre=centre,
            result=office.get("result") is not None and own is not None and own.result,
            number=str(office.get("number") or ""),
            journal=Counter((message["type"], message["sender"]) for message in accepted),
            rejected=len(messages) - len(accepted),
        )

    async def _statuses(self, party: str, case_id: str) -> tuple[str, ...] | None:
        answer = await self.call(party, "GET", f"/cases/{case_id}/history", good=(200, 404))
        return tuple(shown["status"] for shown in answer["items"]) if "items" in answer else None

    async def close(self) -> None:
        """Hang up."""
        for endpoint in self._endpoints.values():
            await endpoint.close()
