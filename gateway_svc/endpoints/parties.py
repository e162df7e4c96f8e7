"""The REST API of the parties, as the gateway knows them."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from aimaq.service import Service
from aimaq.web.callers import Administrator
from gateway_svc.attention.reports import Reports
from gateway_svc.parties import listing, views


def router(service: Service, reports: Reports) -> APIRouter:
    """The endpoint of the parties."""
    api = APIRouter(tags=["parties"])
    reading = Depends(Administrator(service.administration, "systems.read"))

    @api.get("/parties", dependencies=[reading])
    async def parties() -> list[views.PartyState]:
        """The parties: certificates and how they stand, the last message, readiness where it is known, rights."""
        return await listing.parties(service, reports)

    return api
