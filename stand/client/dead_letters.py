"""What waits for an operator on a stand, and what is done about it, over REST: of all services through the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from aimaq.language.errors import AimaqError, InvalidInput, NotFound, Technical, Unavailable
from aimaq.language.messages import PARTIES
from stand.client.address import StandAddress
from stand.client.http import ServiceClient

GATEWAY = "gateway"
POLLED = 0.5
"""Seconds between two questions how far an action is."""

Found = dict[str, Any]
Progress = Callable[[int, int], None]
"""Takes how many messages are done, and of how many."""


@dataclass(frozen=True, slots=True)
class DeadLetterClient:
    """The dead letters of a stand, as its services tell them over REST."""

    session: httpx.AsyncClient
    stand: StandAddress

    async def call(self, party: str, method: str, path: str, body: object = None) -> Found:
        """One call at a service, with the service's token; NotFound and InvalidInput as it says."""
        reply = await ServiceClient(self.session, self.stand.urls[party]).call(
            method, path, body, token=self.stand.tokens[party]
        )
        if reply.status == NotFound.status:
            raise NotFound(Technical(reply.detail))
        if reply.refused:
            raise InvalidInput(Technical(f"{party}: {reply.detail}"))
        return reply.body

    async def attention(self, parameters: Mapping[str, str | int | None]) -> Found:
        """What waits on the stand, as the gateway knows it, narrowed by these parameters."""
        wanted = {name: value for name, value in parameters.items() if value is not None}
        return await self.call(GATEWAY, "GET", f"/attention?{urlencode(wanted)}")

    async def act(self, action: str, causes: list[Found], reason: str, progress: Progress) -> Found:
        """Have an action done about groups of messages, and wait until it is over; the job, with what failed."""
        chosen = [{"party": one["party"], "kind": one["kind"], "cause": one["cause_id"]} for one in causes]
        job = await self.call(GATEWAY, "POST", f"/attention/actions/{action}", {"causes": chosen, "reason": reason})
        path = f"/attention/actions/{quote(str(job['job']), safe='')}?limit=0"
        while job["state"] == "running":
            progress(job["done"], job["total"])
            await asyncio.sleep(POLLED)
            job = await self.call(GATEWAY, "GET", path)
        progress(job["done"], job["total"])
        return job

    async def where(self, message_id: str, at: str | None, *, dropped: bool = False) -> str:
        """The one service at which this message is dead; NotFound if none has it, InvalidInput if several have.

        With `dropped` also one that has dropped or returned it.
        """
        parties = PARTIES if at is None else (at,)
        answers = await asyncio.gather(*(self._there(party, message_id) for party in parties))
        found = [
            party
            for party, answer in zip(parties, answers, strict=True)
            if isinstance(answer, dict) and (dropped or answer["state"] == "dead")
        ]
        if len(found) > 1:
            raise InvalidInput(Technical(f"{message_id} is dead at {' and '.join(found)}: say which with --at"))
        silent = [answer for answer in answers if isinstance(answer, Unavailable)]
        if not found and silent:
            raise Unavailable(Technical(f"no dead letter {message_id} is known, but {silent[0].detail}"))
        if not found:
            raise NotFound(Technical(f"no dead letter {message_id} at {at or 'any service'}"))
        return found[0]

    async def journalled(self, message_id: str) -> bytes:
        """A message that the gateway did not let through, as it came; empty if the journal has none of this name.

        The name is its id in the journal, or the id or the digest that the rejection names which its sender got.
        """
        gateway = ServiceClient(self.session, self.stand.urls[GATEWAY])
        return await gateway.fetch(f"/messages/{quote(message_id, safe='')}", token=self.stand.tokens[GATEWAY])

    async def _there(self, party: str, message_id: str) -> Found | AimaqError:
        try:
            return await self.call(party, "GET", f"/dead/{quote(message_id, safe='')}")
        except (NotFound, Unavailable) as error:
            return error
