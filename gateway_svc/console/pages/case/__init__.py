"""The page of a case: whose move it is, the legal time axis, its place in the regulation, steps, messages.

words    what it says, in the three languages
picture  the axis and the strip
rows     the steps
law      what a paragraph prescribes
raw      a message as it came, masked
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from starlette.responses import HTMLResponse

from aimaq.access.administration import Principal
from aimaq.language.errors import NotFound
from aimaq.language.messages import STATUS_TEXTS, TYPES
from aimaq.language.texts import Texts
from aimaq.regulation.diagram.words import performer
from aimaq.regulation.wording import channel, limit
from aimaq.service import Service
from aimaq.web.callers import allowed, note
from aimaq.web.front_desk import case_id_of
from conformance.progress import TermProgress
from gateway_svc.cases.file.reading import CaseFile, Journalled, case_file, counted
from gateway_svc.cases.file.sheet import how_far, law_of
from gateway_svc.cases.file.signatures import Signed, verdict
from gateway_svc.cases.forecast import forecast, own_waiting
from gateway_svc.cases.views import Forecast
from gateway_svc.console import labels
from gateway_svc.console.console import Console
from gateway_svc.console.pages.case import law, picture, raw, rows, words
from gateway_svc.models import journal

PAGE = 40
"""Messages that the page lists at a time."""


@dataclass(frozen=True, slots=True)
class Address:
    """The address of the page, and of what is on it; what is chosen elsewhere on it stays chosen."""

    case_id: str
    message: str = ""
    para: str = ""
    after: int | None = None

    def of(self, *, message: str | None = None, para: str | None = None, after: int | None = None) -> str:
        """The page with something else chosen, from where the page is: there are hundreds of these on it."""
        chosen = {
            "message": self.message if message is None else message,
            "para": self.para if para is None else para,
            "after": str(self.after if after is None else after) if (self.after or after) else "",
        }
        query = "&".join(f"{name}={quote(value, safe='()')}" for name, value in chosen.items() if value)
        return f"?{query}" if query else f"/console/cases/{self.case_id}"

    def law(self, paragraph: str) -> str:
        """Where a paragraph is opened."""
        return f"{self.of(para=paragraph)}#law"

    def step(self, number: int) -> str:
        """Where a step is on the page."""
        return f"#step-{number}"

    def choose(self, number: int) -> str:
        """Where a message is opened, by its number in the case, counted from 0."""
        return f"{self.of(message=str(number + 1))}#message"


def router(console: Console) -> APIRouter:
    """The page of a case."""
    pages, service = console.router(), console.service
    reading: Any = console.caller("journal.read")

    @pages.get("/cases/{case_id}")
    async def case(
        request: Request,
        case_id: str,
        message: Annotated[str, Query(max_length=36)] = "",
        after: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
        para: Annotated[str, Query(max_length=40)] = "",
        principal: Principal = reading,
    ) -> Response:
        """A case: what `GET /cases/{case_id}` answers, for people. `message` is the number or the id of one of its own.

        `after` is the number of the last message before those that are listed, `para` a paragraph that is opened.
        """
        file = await case_file(service, case_id_of(case_id), limit=0)
        chosen = _chosen(file, message)
        if message and chosen is not None and "messages.read" in principal.permissions:  # it was opened on purpose
            allowed(service.administration, principal, "messages.read", request)
            note(request, object=chosen.message.message_id)
        return await _page(console, request, file, chosen, principal, Address(case_id, message, para, after))

    @pages.get("/cases/{case_id}/news", dependencies=[reading])
    async def news(request: Request, case_id: str, known: Annotated[int, Query(ge=0, le=2**31 - 1)]) -> Response:
        """Whether the case has more messages than the page shows: a notice, or nothing (204)."""
        count = await counted(service, case_id_of(case_id))
        if count <= known:
            return Response(status_code=204)
        text = console.part("_case_news.html", console.reader(request), W=words, case_id=case_id, count=count - known)
        return HTMLResponse(text)

    @pages.get("/cases/{case_id}/diagram", dependencies=[reading])
    async def diagram(request: Request, case_id: str) -> Response:
        """The whole diagram of the case's flow, with the token where the case stands."""
        file, say = await case_file(service, case_id_of(case_id)), console.reader(request)
        regulation, flow = law_of(service, file)
        state = how_far(service, file, regulation, flow)
        return await console.page(
            request,
            "case_diagram.html",
            active="cases",
            W=words,
            case=file.case,
            regulation=regulation,
            channel_words=channel,
            diagram=picture.whole(state, regulation, flow, say),
        )

    return pages


def _chosen(file: CaseFile, message: str) -> Journalled | None:
    """The message that is opened: the one asked for, else the last one; NotFound if the case has no such message."""
    if not message:
        return file.messages[-1] if file.messages else None
    for one in file.messages:
        if message in (str(one.number), one.message.message_id):
            return one
    raise NotFound(words.NO_SUCH_MESSAGE, field="message")


async def _page(
    console: Console,
    request: Request,
    file: CaseFile,
    chosen: Journalled | None,
    principal: Principal,
    address: Address,
) -> Response:
    service, say = console.service, console.reader(request)
    regulation, flow = law_of(service, file)
    state = how_far(service, file, regulation, flow)
    index = chosen.number - 1 if chosen is not None else None
    begin = address.after if address.after is not None else max(0, (index or 0) // PAGE * PAGE)
    token = state.current
    row = await _row(service, chosen) if chosen is not None else None
    may_read = "messages.read" in principal.permissions
    return await console.page(
        request,
        "case.html",
        active="cases",
        W=words,
        address=address,
        case=file.case,
        regulation=regulation,
        flow=flow,
        state=state,
        current=token,
        forecast=await _forecast(console, file, state.now) if token is not None else None,
        term=_term(state.terms),
        term_words=picture.term_words,
        axis=picture.axis(state, file.trace, flow, say, step=address.step, message=address.choose, chosen=index),
        strip=picture.path(
            state, flow, say, say(words.PLACE), lambda number: address.law(state.steps[number].paragraph)
        ),
        groups=rows.groups(state, flow),
        more_steps=rows.left_out(state),
        messages=file.messages[begin : begin + PAGE],
        count=len(file.messages),
        refused=file.refused,
        begin=begin,
        size=PAGE,
        chosen=chosen,
        signature=verdict(service.party.verifier, Signed.of(row), state.now) if row is not None else None,
        raw=raw.shown(row.body) if row is not None and may_read and address.message else None,
        may_read=may_read,
        law=law.paragraph(regulation, flow, address.para) if address.para else None,
        types=TYPES,
        statuses={name: Texts(**texts) for name, texts in STATUS_TEXTS.items()},
        limit_words=limit,
        unit_words=performer,
        channel_words=channel,
        party_words=_party,
    )


async def _row(service: Service, chosen: Journalled) -> sa.Row[Any]:
    """The entry of a message that the journal has."""
    query = sa.select(journal).where(journal.c.message_id == chosen.message.message_id)
    async with service.database.read() as conn:
        return (await conn.execute(query)).one()


async def _forecast(console: Console, file: CaseFile, now: datetime) -> Forecast | None:
    """Whether the limit of the case will be kept, as the list of deadlines says it; None where none runs."""
    case, reader = file.case, console.cases
    if case.standing is None:
        return None
    deadlines = reader.limits.of(case.regulation, case.channel)
    waiting = await own_waiting(console.service)
    return forecast(case, case.standing, deadlines, reader.medians, waiting, now)


def _term(terms: tuple[TermProgress, ...]) -> TermProgress | None:
    """The term that binds the whole: the first that is counted."""
    return next((one for one in terms if one.what in ("service", "flow") and one.due is not None), None)


def _party(name: str | None) -> Texts:
    """A party, or a body of one, by name."""
    if not name:
        return words.NOBODY
    party = name.partition(":")[0]
    return labels.NAMES.get(party) or Texts(name, name, name)
