"""The front desk's endpoints: each parses, does one command, answers."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from aimaq.access.administration import Principal
from aimaq.access.sessions import Holder
from aimaq.casework.case import Case
from aimaq.casework.documents import request_document
from aimaq.casework.procedure.papers import keep
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.eds.findings import together
from aimaq.language.errors import BadSignature, InvalidInput, NotAuthenticated
from aimaq.language.messages import FINAL
from aimaq.language.texts import Texts
from aimaq.regulation import Flow, workflow
from aimaq.service import Service
from aimaq.web import views
from aimaq.web.app import say
from aimaq.web.callers import ANYONE
from aimaq.web.front_desk import texts
from aimaq.web.front_desk.authorisation import FrontDesk, case_id_of
from aimaq.web.front_desk.problems import bad_signature, refusal, unread
from aimaq.web.front_desk.schemas import Filled, NewCase, Opened, Receipt, Signature
from aimaq.web.problems import language
from aimaq.web.request.prefer import preferred_wait
from aimaq.web.server.request_limit import aside

LONGEST_WAIT = 60


def router(front_desk: FrontDesk) -> APIRouter:
    """The endpoints of the front desk."""
    api = APIRouter(tags=["front desk"])
    service, procedure, users = front_desk.service, front_desk.procedure, front_desk.users

    @api.post("/cases", status_code=201, response_model=Opened, dependencies=[ANYONE])
    async def open_case(new: NewCase, request: Request) -> Response:
        """Sign in for a service and open a case. Wrong data end the case with the refusal that the act prescribes.

        A form that comes along is filled in at once; if there is a mistake in it, no case is opened.
        """
        filled = front_desk.form(new.form) if new.form is not None else None
        channel, flow = front_desk.channel(new)
        entrant = await front_desk.entry.entrant(new.login, request, "login.")
        iin, user, known = entrant.iin, entrant.user, entrant.known
        if not known and flow.doing("check-identity") is None:
            raise entrant.refusal("login")
        taken_at = await front_desk.ticket(new.ticket)
        case_id = service.party.ids()
        roles = user.roles if user is not None else frozenset[str]()
        faults = new.package.faults if new.package is not None else []

        def command(uow: UnitOfWork) -> bytes | None:
            first = known and user is not None and not user.met
            if first:
                uow.update(users.table, "iin", {"iin": iin, "met": True})
            staff = None if front_desk.open_to_all else roles
            case = procedure.open(
                uow,
                case_id,
                new.regulation,
                channel,
                iin,
                known=known,
                first=first,
                faults=faults,
                roles=staff,
                ticket=taken_at,
            )
            if not known and case.ground != "identity":
                raise entrant.refusal("login")  # nothing else is told to a stranger, and no session given
            document = front_desk.fill(uow, Holder(iin, roles), *filled) if filled and case.end is None else None
            if front_desk.queue is not None and new.ticket is not None:
                front_desk.queue.use(uow, new.ticket)
            return document

        case, document = await service.writer.change(command, case_id, fresh=True)
        if known and user is not None and not user.met:
            users.forget(iin)
        if case.end is not None and case.refused_at:
            raise refusal(NotAuthenticated, flow, case, entrant.why, entrant.findings)
        assert user is not None
        tokens = front_desk.sessions.open(user)
        opened = Opened(
            tokens.token,
            tokens.until,
            tokens.refresh,
            tokens.refresh_until,
            case_id=case.case_id,
            channel=channel,
            at=case.at,
            end=case.end,
            document=views.base64(document) if document else None,
            receipt=_receipt(flow, case, faults, language(request)),
        )
        return say(opened, 201)

    @api.put("/cases/{case_id}/form", response_model=Filled)
    async def fill(case_id: str, form: dict[str, Any], holder: Holder = Depends(front_desk.user)) -> Response:
        """Fill in the request: `iin`, `name` and the fields of the regulation. Answers with the document to sign."""
        filled = front_desk.form(form)

        def command(uow: UnitOfWork) -> bytes:
            front_desk.own(uow, holder.iin)
            return front_desk.fill(uow, holder, *filled)

        case, document = await service.writer.change(command, case_id_of(case_id))
        return say(Filled(case.at, views.base64(document)))

    @api.post("/cases/{case_id}/signature", status_code=202, response_model=views.Outline)
    async def sign(
        case_id: str, signed: Signature, request: Request, holder: Holder = Depends(front_desk.user)
    ) -> Response:
        """Sign the request with a CMS, detached or attached.

        A signature that is not confirmed ends the case with the refusal. What is no CMS ends nothing (InvalidInput).

        With `Prefer: wait=SECONDS` the answer waits for the final status, and is then 200 with the whole case.
        """
        before = await views.case(service, case_id_of(case_id))
        document = request_document(before)
        wrong = await front_desk.examine(document, signed.cms, holder.iin, bin_=front_desk.bin_in(before))

        def command(uow: UnitOfWork) -> None:
            case = front_desk.own(uow, holder.iin)
            if request_document(case) != document:
                raise InvalidInput(texts.FILLED_ANEW, field="cms", rule="current form")
            context = procedure.context(uow, evidence={"check-certificate": "wrong" if wrong else "ok"})
            checked = workflow.leads_to(context.flow, case.at, "sign", "check-certificate")
            if wrong and (unread(wrong) or not checked):
                raise bad_signature(wrong)
            context.paper = (document, signed.cms)
            procedure.perform(context, "sign")
            if not wrong:
                keep(procedure.papers, uow, "request", context.paper)

        case, _ = await service.writer.change(command, case_id)
        if case.end is not None and wrong:
            raise refusal(BadSignature, procedure.flow(case), case, together(wrong), wrong)
        seconds, applied = _wait_preferred(service, request)
        if not seconds:
            return say(views.outline(case), 202)
        case = await _final(service, request, case_id, seconds)
        return say(await views.whole(service, case, language(request)), 200 if case.status in FINAL else 202, applied)

    @api.get("/cases/{case_id}", response_model=views.Whole)
    async def show(case_id: str, request: Request, reader: Holder | Principal = Depends(front_desk.reader)) -> Response:
        """A case as it stands. With `Prefer: wait=SECONDS` (RFC 7240) the answer waits for a final status."""
        case = await front_desk.case(case_id_of(case_id), reader)
        seconds, applied = _wait_preferred(service, request)
        if seconds:
            case = await _final(service, request, case_id, seconds)
        return say(await views.whole(service, case, language(request)), headers=applied)

    @api.get("/cases/{case_id}/history", response_model=list[views.Shown])
    async def history(case_id: str, reader: Holder | Principal = Depends(front_desk.reader)) -> Response:
        """The statuses shown here for a case, each with when it was shown and by which message it came."""
        return say(views.history(await front_desk.case(case_id_of(case_id), reader)))

    @api.get(
        "/cases/{case_id}/papers",
        response_model=list[views.Paper],
        dependencies=[Depends(front_desk.administrator("papers.read"))],
    )
    async def papers(case_id: str) -> Response:
        """For the administrator: what people signed in a case, as it lies here, each with the CMS over it."""
        return say(await views.papers(service, case_id_of(case_id)))

    return api


async def _final(service: Service, request: Request, case_id: str, seconds: float) -> Case:
    """The case once it has a final status, or as it is when the seconds, the reader's own, are over."""
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    with service.writer.notifier.watch(case_id) as changed:
        while True:
            changed.clear()
            case = await views.case(service, case_id)
            left = due - loop.time()
            if case.status in FINAL or case.end or left <= 0:
                return case
            try:
                async with aside(request), asyncio.timeout(left):
                    await changed.wait()
            except TimeoutError:
                continue


def _receipt(flow: Flow, case: Case, faults: list[Texts], reader: str) -> Receipt | None:
    """The receipt for papers that were not accepted; None if they were."""
    if case.end is None or not faults:
        return None
    step = flow.doing("check-package")
    assert step is not None
    return Receipt(
        case_id=case.case_id,
        step=step.ref,
        paragraph=step.paragraph,
        text=flow.ends[case.end].title.as_dict(),
        faults=[fault.say(reader) for fault in faults],
        given_at=case.changed_at,
    )


def _wait_preferred(service: Service, request: Request) -> tuple[float, dict[str, str]]:
    """How many seconds the client would wait (RFC 7240), and the header that says that this was heeded.

    It is not heeded while half of the connections that the service may have wait already: others are to be served too.
    """
    wished = preferred_wait(request.headers.getlist("prefer"))
    if wished is None or service.writer.notifier.waiting >= service.settings.connections / 2:
        return 0.0, {}
    seconds = min(wished, LONGEST_WAIT)
    return float(seconds), {"Preference-Applied": f"wait={seconds}"}
