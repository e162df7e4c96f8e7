"""The gateway's REST API: where the stand is, its clock, the cases that the journal knows, and the trace of each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from aimaq.access.administration import Principal
from aimaq.language.bounds import NAME, Characters
from aimaq.service import Service
from aimaq.web.administration import clock
from aimaq.web.callers import ANYONE, Administrator
from aimaq.web.front_desk import case_id_of
from gateway_svc import views
from gateway_svc.cases.reader import CaseReader
from gateway_svc.endpoints import cases
from gateway_svc.journal.bodies import see_case, see_message


def routers(service: Service, reader: CaseReader) -> list[APIRouter]:
    """The gateway's endpoints."""
    api = APIRouter(tags=["journal"])
    administration = service.administration
    journal_read = Depends(Administrator(administration, "journal.read"))
    traces_read = Depends(Administrator(administration, "journal.read", bodies=True))
    messages_read = Depends(Administrator(administration, "messages.read", bodies=True))

    @api.get("/stand", dependencies=[ANYONE])
    async def stand() -> views.Stand:
        """The addresses of the five services."""
        return views.Stand(service.settings.urls, [regulation.id for regulation in service.catalogue])

    @api.get("/cases/{case_id}/trace")
    async def trace(case_id: str, principal: Principal = traces_read) -> views.Trace:
        """Every message of a case, with the steps that its sender reports: the whole story of the case."""
        await see_case(service, principal, case_id_of(case_id))
        return await views.trace(service, case_id_of(case_id))

    @api.get("/rejected", dependencies=[journal_read])
    async def rejected(
        after: Annotated[str, Characters(NAME), Query()] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[views.Entry]:
        """The messages that were not let through, newest first, each with its reason.

        `after` is the last id of the page before.
        """
        return await views.rejected(service, after, limit)

    @api.get("/messages/{message_id}", response_class=Response)
    async def message(message_id: str, principal: Principal = messages_read) -> Response:
        """A message exactly as it came; its detached signature stands in the header `Signature-JWS`.

        The answer goes out once the journal has who read it. A rejected one is found by its id in the journal, which
        the header `Message-Id` names, and by the `message_id` or the `digest` of the `MessageRejected` that its sender
        got.
        """
        await see_message(service, principal, message_id)
        raw = await views.raw(service, message_id)
        headers = {"Signature-JWS": raw.signature, "Message-Id": raw.message_id}
        return Response(raw.body, media_type="application/json", headers=headers)

    return [api, cases.router(reader), clock.router(service.clock, administration)]
