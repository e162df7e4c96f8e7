"""The REST API of the traffic: what moves between the systems, the messages of that, and a feed of all that come."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from aimaq.access.administration import Principal
from aimaq.language.bounds import Characters
from aimaq.language.errors import InvalidInput
from aimaq.service import Service
from aimaq.web.callers import Administrator, bearer
from aimaq.web.front_desk import case_id_of
from gateway_svc.feed import texts
from gateway_svc.feed.feed import Feed, Wanted
from gateway_svc.feed.messages import Choice, Verdict, messages
from gateway_svc.feed.views import Record
from gateway_svc.traffic.board import Board
from gateway_svc.traffic.views import Traffic, Window

Name = Annotated[str, Characters(100)]
Number = Annotated[int, Query(ge=0, le=2**62)]

_NUMBER = re.compile(r"[0-9]{1,18}").fullmatch
_DOCUMENTED = {"text/event-stream": {"itemSchema": {"$ref": f"#/components/schemas/{Record.__name__}"}}}


def router(service: Service, board: Board, feed: Feed) -> APIRouter:
    """The endpoints of the traffic."""
    administration = service.administration
    administrator = Administrator(administration, "journal.read")
    reading = Depends(administrator)
    api = APIRouter(tags=["traffic"])

    @api.get("/traffic", dependencies=[reading])
    async def traffic(window: Window = "minute") -> Traffic:
        """Each system's link with the gateway and each route: what moved, how fast, what waits; and the last hour.

        Windows are of the stand's clock, seconds and milliseconds of real time: where that clock stands, rates and
        latencies are null.
        """
        return await board.traffic(window)

    @api.get("/messages", dependencies=[reading])
    async def listed(
        party: Name | None = None,
        sender: Name | None = None,
        recipient: Name | None = None,
        verdict: Verdict | None = None,
        case_id: str | None = None,
        after: Number | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[Record]:
        """The messages of the journal as records of operational monitoring, newest first.

        `party` has sent or got them, itself or a body of it; `sender` and `recipient` are names as they stand in
        messages; `after` is the last number of the page before.
        """
        case = case_id_of(case_id) if case_id is not None else None
        return await messages(service, Choice(party, sender, recipient, verdict, case), after, limit)

    @api.get("/feed", response_class=Response, responses={200: {"content": _DOCUMENTED}})
    async def feed_(
        request: Request,
        principal: Principal = reading,
        party: Name | None = None,
        case_id: str | None = None,
        after: Number | None = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> Response:
        """The records of what enters the journal, as server-sent events: each once, in order, with its number as id.

        It begins after the number in `Last-Event-ID`, or in `after`, else with what comes next, and ends with the
        session of who reads it. `party` and `case_id` are as for `GET /messages`.
        """
        end = await feed.end()
        number = after if last_event_id is None else int(last_event_id) if _NUMBER(last_event_id) else -1
        if number is None:
            number = end
        if not 0 <= number <= end:
            field = "after" if last_event_id is None else "Last-Event-ID"
            raise InvalidInput(texts.NO_NUMBER.format(field=field, last=end), field=field, rule=f"from 0 to {end}")
        token = bearer(request)

        def allowed() -> bool:
            known = administration.principal(token)
            return known is not None and administrator.permission in known.permissions

        wanted = Wanted(party, case_id_of(case_id) if case_id is not None else None)
        return feed.answer(principal.name, feed.stream(number, wanted, allowed))

    return api
