"""The REST API by which personal data are unmasked: with a permission and a reason, and as an entry of the journal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from aimaq.language.bounds import Characters
from aimaq.service import Service
from aimaq.web.callers import Administrator, note
from aimaq.web.front_desk import case_id_of
from gateway_svc.journal.trail.action import LONGEST_REASON
from gateway_svc.journal.trail.reveal import applicant
from gateway_svc.journal.trail.views import Applicant

SHORTEST_REASON = 10
"""Characters."""


class Reason(BaseModel):
    """Why somebody wants to know: it stands in the trail beside their name."""

    model_config = ConfigDict(strict=True, extra="forbid")

    reason: Annotated[str, Characters(LONGEST_REASON, SHORTEST_REASON)]


def router(service: Service) -> APIRouter:
    """The endpoint that unmasks."""
    api = APIRouter(tags=["audit"])
    revealing = Depends(Administrator(service.administration, "personal.reveal"))

    @api.post("/cases/{case_id}/reveal", dependencies=[revealing])
    async def reveal(case_id: str, why: Reason, request: Request) -> Applicant:
        """Who the applicant of a case is. The answer goes out once the journal has who asked, and why."""
        note(request, reason=why.reason)
        return await applicant(service, case_id_of(case_id))

    return api
