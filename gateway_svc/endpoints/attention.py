"""The REST API of what waits for an operator: one list of the whole stand, and actions on many messages at once."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from aimaq.access.administration import Principal
from aimaq.bus.control import MOST_PICKED, MOST_REASON, Action, Kind
from aimaq.language.bounds import NAME, Characters
from aimaq.service import Service
from aimaq.web.callers import Administrator, note
from gateway_svc.attention import views
from gateway_svc.attention.attended import Attended
from gateway_svc.attention.choice import CauseChoice, MessageChoice, chosen
from gateway_svc.attention.listing import Filter

Party = Literal["portal", "con", "lea", "gateway", "registry"]
CauseId = Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
MessageId = Annotated[str, Characters(NAME, 1)]
MOST_CHOSEN = 10 * MOST_PICKED
"""Messages that one action may name."""
MOST_GROUPS = 1000
"""As many as the five services tell."""


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class ChosenMessage(_Body):
    """A message that waits at a party; `times` is how often it had been put back when it was read, if that counts."""

    party: Party
    message_id: MessageId
    times: Annotated[int, Field(ge=0, le=2**53)] | None = None


class ChosenCause(_Body):
    """All messages of one kind that wait at a party for one cause, by the short name of the cause."""

    party: Party
    kind: Kind
    cause: CauseId


class Requested(_Body):
    """What an operator wants done: about these messages, about these groups, and why."""

    messages: Annotated[list[ChosenMessage], Field(max_length=MOST_CHOSEN)] = []
    causes: Annotated[list[ChosenCause], Field(max_length=MOST_GROUPS)] = []
    reason: Annotated[str, Characters(MOST_REASON, lines=True)] = ""


def router(service: Service, attended: Attended) -> APIRouter:
    """The endpoints of what waits for an operator."""
    listing, jobs = attended.listing, attended.jobs
    api = APIRouter(prefix="/attention", tags=["attention"])
    administration = service.administration
    reading = Depends(Administrator(administration, "dead-letters.read"))
    requeuing = Depends(Administrator(administration, "dead-letters.requeue"))
    returning = Depends(Administrator(administration, "dead-letters.return"))
    dropping = Depends(Administrator(administration, "dead-letters.drop"))

    def begin(
        action: Action, wanted: Requested, principal: Principal, request: Request, response: Response
    ) -> views.Job:
        messages = [MessageChoice(one.party, one.message_id, one.times) for one in wanted.messages]
        causes = [CauseChoice(one.party, one.kind, one.cause) for one in wanted.causes]
        job = jobs.start(action, chosen(listing, messages, causes), principal.name, wanted.reason)
        note(request, object=job.job, reason=wanted.reason)
        response.headers["Location"] = f"/attention/actions/{job.job}"
        return job.view(0, 0)

    @api.get("", dependencies=[reading])
    async def attention(
        kind: Kind | None = None,
        party: Party | None = None,
        cause: Annotated[CauseId | None, Query()] = None,
        case_id: Annotated[str | None, Query(pattern="^[0-9a-f-]{36}$")] = None,
        after: Annotated[str | None, Query(max_length=NAME)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_PICKED - 1)] = 100,
    ) -> views.Attention:
        """What waits at the five services, in groups by cause and in one list, oldest first.

        `kind`: `dead`, `held`, `retry`, `unsent`, `refused` by the broker, `rejected` by the gateway. `cause` is the
        `cause_id` of a group. `after` is the `next` of the page before.
        """
        return await listing.attention(Filter(kind, party, cause, case_id, after, limit))

    @api.get("/actions", dependencies=[reading])
    async def actions() -> list[views.Job]:
        """The actions since the gateway started, the newest first, without their results."""
        return [job.view(0, 0) for job in jobs.all()]

    @api.get("/actions/{job}", dependencies=[reading])
    async def action(
        job: Annotated[str, Characters(NAME)],
        after: Annotated[int, Query(ge=0, le=2**53)] = 0,
        limit: Annotated[int, Query(ge=0, le=500)] = 100,
    ) -> views.Job:
        """How far an action is, and what came of each message; `after` is the `next` of the page before."""
        return jobs.job(job).view(after, limit)

    @api.post("/actions/requeue", status_code=202)
    async def requeue(
        wanted: Requested, request: Request, response: Response, principal: Principal = requeuing
    ) -> views.Job:
        """Have messages handled or sent again; they keep their places among the messages of their cases."""
        return begin("requeue", wanted, principal, request, response)

    @api.post("/actions/return", status_code=202)
    async def send_back(
        wanted: Requested, request: Request, response: Response, principal: Principal = returning
    ) -> views.Job:
        """Tell the senders of messages that they were not accepted, with the reason; what waited behind goes on."""
        return begin("return", wanted, principal, request, response)

    @api.post("/actions/drop", status_code=202)
    async def drop(
        wanted: Requested, request: Request, response: Response, principal: Principal = dropping
    ) -> views.Job:
        """Give messages up, with the reason; what waited behind them goes on. Their bytes stay readable."""
        return begin("drop", wanted, principal, request, response)

    @api.delete("/actions/{job}", status_code=202, dependencies=[requeuing])
    async def stop(job: Annotated[str, Characters(NAME)]) -> views.Job:
        """Have an action do nothing more than what is under way."""
        return jobs.stop(job).view(0, 0)

    return api
