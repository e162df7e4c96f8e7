"""The front desk's endpoints: each parses, does one command, answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from aimaq.web import views, app as web
from aimaq.regulation import workflow
from aimaq.casework.case import Case
from aimaq.casework.procedure.engine import keep
from aimaq.casework.documents import request_document
from aimaq.language.errors import BadSignature, InvalidInput, NotAuthenticated
from aimaq.web.front_desk import words
from aimaq.web.front_desk.authorisation import Front, case_id_of
from aimaq.web.front_desk.schemas import (
    Challenge,
    Delivery,
    Filled,
    Login,
    NewCase,
    NewUser,
    Opened,
    Outline,
    Paper,
    Registered,
    Session,
    Shown,
    Signature,
    Whole,
)
from aimaq.web.front_desk.problems import bad_signature, refusal, tell
from aimaq.language.messages import FINAL, Status
from aimaq.regulation import Flow
from aimaq.regulation.model.vocabulary import ROLES
from aimaq.route import Direct
from aimaq.service import Service
from aimaq.access.users import Holder
from aimaq.web.app import say
from aimaq.casework.unit_of_work import Work

LONGEST_WAIT = 60.0
Listing = Callable[[Service, str | None, str, int], Awaitable[list[dict[str, Any]]]]


def router(front: Front) -> APIRouter:
    """The endpoints of the front desk."""
    api = APIRouter(tags=["front desk"], route_class=Direct)
    service, desk, users = front.service, front.desk, front.users

    @api.post("/users", status_code=201, response_model=Registered)
    async def register(new: NewUser, request: Request) -> Response:
        """Register a person. At a staffed desk only the administrator registers staff.

        Whom the administrator registers was known beforehand: their first case does not begin with registration.
        """
        if not front.open_to_all:
            web.only_admin(service.admin_token, request)
        unknown = sorted(set(new.roles) - ROLES)
        if unknown or (new.roles and front.open_to_all):
            raise InvalidInput(
                words.no_role(", ".join(unknown or new.roles)), field="roles", rule=", ".join(sorted(ROLES))
            )
        known = "authorization" in request.headers and web.is_admin(service.admin_token, request)
        user = await front.entry.register(new, known=known)
        return say({"iin": user.iin, "name": user.name}, 201)

    @api.post("/challenges", status_code=201, response_model=Challenge)
    async def challenge() -> Response:
        """A challenge for whoever signs in with a certificate: its ASCII bytes are to be signed, once and soon."""
        text, until = front.entry.challenges.give()
        return say({"challenge": text, "until": until}, 201)

    @api.post("/sessions", status_code=201, response_model=Session)
    async def sign_in(login: Login) -> Response:
        """Sign in, to see and do what a case is waiting for: with a password, or with a certificate."""
        entrant = await front.entry.entrant(login)
        if entrant.user is None or not entrant.known:
            raise entrant.refusal()
        token, until = users.token(entrant.iin, entrant.user.roles)
        return say({"token": token, "until": until}, 201)

    @api.post("/cases", status_code=201, response_model=Opened)
    async def open_case(new: NewCase) -> Response:
        """Sign in for a service and open a case. Wrong data end the case with the refusal that the act prescribes.

        A form that comes along is filled in at once; if there is a mistake in it, no case is opened.
        """
        filled = front.form(new.form) if new.form is not None else None
        channel, flow = front.channel(new)
        entrant = await front.entry.entrant(new.login, "login.")
        iin, user, known = entrant.iin, entrant.user, entrant.known
        if not known and flow.doing("check-identity") is None:
            raise entrant.refusal("login")
        taken_at = await front.ticket(new.ticket)
        case_id = service.party.ids()
        roles = user.roles if user is not None else frozenset[str]()
        faults = new.package.faults if new.package is not None else []

        def command(work: Work) -> tuple[Case, bytes | None]:
            first = user is not None and not user.met
            if first:
                work.update(users.table, "iin", iin=iin, met=True)
            staff = None if front.open_to_all else roles
            case = desk.open(
                work, case_id, new.regulation, channel, iin,
                known=known, first=first, faults=faults, roles=staff, ticket=taken_at,
            )  # fmt: skip
            if not known and case.end is None:
                raise entrant.refusal("login")
            document = front.fill(work, Holder(iin, roles), *filled) if filled and case.end is None else None
            if front.queue is not None and new.ticket is not None:
                front.queue.use(work, new.ticket)
            return case, document

        case, document = await service.writer.run(command, case_id, fresh=True)
        if user is not None and not user.met:
            users.forget(iin)
        if case.end is not None and case.refused_at:
            raise refusal(NotAuthenticated, flow, case, [entrant.why], entrant.told)
        token, until = users.token(iin, roles)
        opened = {
            "case_id": case.case_id, "channel": channel, "at": case.at, "end": case.end, "token": token, "until": until,
            "document": views.base64(document) if document else None, "receipt": _receipt(flow, case, faults),
        }  # fmt: skip
        return say(opened, 201)

    @api.put("/cases/{case_id}/form", response_model=Filled)
    async def fill(case_id: str, form: dict[str, Any], request: Request) -> Response:
        """Fill in the request: `iin`, `name` and the fields of the regulation. Answers with the document to sign."""
        holder = front.signed_in(request)
        filled = front.form(form)

        def command(work: Work) -> tuple[Case, bytes]:
            return front.own(work, holder.iin), front.fill(work, holder, *filled)

        case, document = await service.writer.run(command, case_id_of(case_id))
        return say({"at": case.at, "document": views.base64(document)})

    @api.post("/cases/{case_id}/signature", status_code=202, response_model=Outline)
    async def sign(case_id: str, signed: Signature, request: Request) -> Response:
        """Sign the request with a CMS, detached or attached.

        A signature that is not confirmed ends the case with the refusal.

        With `Prefer: wait=SECONDS` the answer waits for the final status, and is then 200 with the whole case.
        """
        holder = front.holder(request)
        before = await views.case(service, case_id_of(case_id))
        document = request_document(before)
        wrong = await front.examine(document, signed.cms, holder)

        def command(work: Work) -> Case:
            case = front.own(work, holder)
            if request_document(case) != document:
                raise InvalidInput(words.FILLED_ANEW, field="cms", rule="current form")
            turn = desk.turn(work, evidence={"check-certificate": "wrong" if wrong else "ok"})
            if wrong and not workflow.leads_to(turn.flow, case.at, "sign", "check-certificate"):
                raise bad_signature(wrong)
            turn.paper = (document, signed.cms)
            desk.perform(turn, "sign")
            if not wrong:
                keep(desk, work, "request", turn.paper)
            return case

        case = await service.writer.run(command, case_id)
        if case.end is not None and wrong:
            raise refusal(BadSignature, desk.flow(case), case, list(map(str, wrong)), tell(wrong))
        seconds, applied = _wait_preferred(request)
        if not seconds:
            return say(views.outline(case), 202)
        case = await _final(service, case_id, seconds)
        return say(await views.whole(service, desk, case), 200 if case.status in FINAL else 202, applied)

    @api.get("/cases/{case_id}", response_model=Whole)
    async def show(case_id: str, request: Request) -> Response:
        """A case as it stands. With `Prefer: wait=SECONDS` (RFC 7240) the answer waits for a final status."""
        case = await front.case(case_id_of(case_id), request)
        seconds, applied = _wait_preferred(request)
        if seconds:
            case = await _final(service, case_id, seconds)
        return say(await views.whole(service, desk, case), headers=applied)

    @api.get("/cases/{case_id}/history", response_model=list[Shown])
    async def history(case_id: str, request: Request) -> Response:
        """The statuses shown here for a case, each with when it was shown and by which message it came."""
        return say((await front.case(case_id_of(case_id), request)).shown)

    @api.get("/cases/{case_id}/papers", response_model=list[Paper])
    async def papers(case_id: str, request: Request) -> Response:
        """For the administrator: what people signed in a case, as it lies here, each with the CMS over it."""
        web.only_admin(service.admin_token, request)
        return say(await views.papers(service, case_id_of(case_id)))

    return api


def worklist(front: Front, listed: Listing) -> APIRouter:
    """The endpoint of a staffed desk that tells what there is to do."""
    api = APIRouter(tags=["work list"])

    @api.get("/cases", response_model=list[Outline])
    async def cases(
        request: Request,
        status: Status | None = None,
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """Cases, oldest first, `limit` at a time; `after` is the last id of the page before."""
        if not web.is_admin(front.service.admin_token, request):
            front.holder(request)
        return say(await listed(front.service, status, after, limit))

    @api.get("/uncollected", response_model=list[Outline])
    async def uncollected(
        request: Request, after: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Response:
        """Results that nobody has come for yet, oldest first; they are kept (act 002, paragraph 17(4))."""
        if not web.is_admin(front.service.admin_token, request):
            front.holder(request)
        return say(await views.uncollected(front.service, views.page_after(after), limit))

    return api


def delivery(front: Front) -> APIRouter:
    """The endpoint of a desk where a result is handed over."""
    api = APIRouter(tags=["front desk"], route_class=Direct)

    @api.post("/cases/{case_id}/delivery", response_model=Outline)
    async def deliver(case_id: str, handed: Delivery, request: Request) -> Response:
        """Hand the result to the person who asked."""
        holder = front.signed_in(request)

        def command(work: Work) -> Case:
            turn = front.desk.turn(work, how=handed.how, roles=front.roles(holder))
            front.desk.perform(turn, "issue", turn.case.decision)
            return turn.case

        return say(views.outline(await front.service.writer.run(command, case_id_of(case_id))))

    return api


async def _final(service: Service, case_id: str, seconds: float) -> Case:
    """The case once it has a final status, or as it is when the seconds, the reader's own, are over."""
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    with service.writer.watchers.watch(case_id) as changed:
        while True:
            changed.clear()
            case = await views.case(service, case_id)
            left = due - loop.time()
            if case.status in FINAL or case.end or left <= 0:
                return case
            try:
                async with asyncio.timeout(left):
                    await changed.wait()
            except TimeoutError:
                continue


def _receipt(flow: Flow, case: Case, faults: list[str]) -> dict[str, Any] | None:
    """The receipt for papers that were not accepted; None if they were."""
    if case.end is None or not faults:
        return None
    step = flow.doing("check-package")
    assert step is not None
    text = flow.ends[case.end].title.as_dict()
    return {
        "case_id": case.case_id, "step": step.ref, "paragraph": step.paragraph, "text": text, "faults": faults,
        "given_at": case.changed_at,
    }  # fmt: skip


def _wait_preferred(request: Request) -> tuple[float, dict[str, str]]:
    """How many seconds the client would wait (RFC 7240), and the header that says that this was heeded."""
    found = _WAIT(request.headers.get("prefer", ""))
    if found is None:
        return 0.0, {}
    seconds = min(float(found[1]), LONGEST_WAIT)
    return seconds, {"Preference-Applied": f"wait={int(seconds)}"}


_WAIT = re.compile(r"\bwait=(\d{1,4})\b").search
