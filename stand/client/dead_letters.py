"""The dead letters of a stand's services, over REST."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx

from aimaq.language.errors import InvalidInput, NotFound, Technical, Unavailable
from aimaq.language.messages import PARTIES
from stand.client.address import StandAddress
from stand.client.http import ServiceClient


@dataclass(frozen=True, slots=True)
class DeadLetterClient:
    """The dead letters of a stand, as its services tell them over REST."""

    session: httpx.AsyncClient
    stand: StandAddress

    async def call(self, party: str, method: str, path: str) -> dict[str, Any]:
        """One call at a service, with the service's token; NotFound and InvalidInput as it says."""
        reply = await ServiceClient(self.session, self.stand.urls[party]).call(
            method, path, token=self.stand.tokens[party]
        )
        if reply.status == NotFound.status:
            raise NotFound(Technical(reply.detail))
        if reply.refused:
            raise InvalidInput(Technical(f"{party}: {reply.detail}"))
        return reply.body

    async def listed(self, at: str | None, *, parked: bool = False) -> tuple[list[dict[str, Any]], list[str]]:
        """Every dead letter, each with the service that has it, and an error for each service out of reach.

        `parked` asks for the messages that wait for an earlier one instead, 500 of each service.
        """
        path = "/dead/parked?limit=500" if parked else "/dead"
        parties = PARTIES if at is None else (at,)
        described = await asyncio.gather(*(self.call(party, "GET", path) for party in parties), return_exceptions=True)
        found: list[dict[str, Any]] = []
        silent = []
        for party, answer in zip(parties, described, strict=True):
            if isinstance(answer, Unavailable):
                silent.append(answer.detail)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found += [{"at": party, **dead_letter} for dead_letter in answer["items"]]
        return sorted(found, key=lambda dead_letter: str(dead_letter["received_at"])), silent

    async def where(self, message_id: str, at: str | None) -> str:
        """The one service at which this message is dead; NotFound if none has it, InvalidInput if several have."""
        found, silent = await self.listed(at)
        parties = [dead_letter["at"] for dead_letter in found if dead_letter["message_id"] == message_id]
        if len(parties) > 1:
            raise InvalidInput(Technical(f"{message_id} is dead at {' and '.join(parties)}: say which with --at"))
        if not parties and silent:
            raise Unavailable(Technical(f"no dead letter {message_id} is known, but {silent[0]}"))
        if not parties:
            raise NotFound(Technical(f"no dead letter {message_id} at {at or 'any service'}"))
        return str(parties[0])
