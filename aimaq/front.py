"""The front desk's REST door: what a person at the portal, at the service centre or at the body does to make a request.

Each endpoint parses, does one command, answers. Portal, con and lea have the same door; who may come through it, and
whether people register themselves, is each service's own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from aimaq import ids, views, web
from aimaq.case import Case
from aimaq.desk import Desk, keep, request_document
from aimaq.errors import BadSignature, InvalidInput, NotAllowed, NotAuthenticated, NotFound
from aimaq.examiner import Examiner
from aimaq.identity import check_iin
from aimaq.messages import FINAL, Status
from aimaq.regulation import Flow
from aimaq.service import Service
from aimaq.users import Users
from aimaq.work import Work

Password = Annotated[str, Field(min_length=1, max_length=200)]
LONGEST_WAIT = 60.0
Listing = Callable[[Service, str | None, str, int], Awaitable[list[dict[str, Any]]]]


class Body(BaseModel):
    """A request body: unknown fields and other types than those named are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Login(Body):
    """How a person signs in (the acts: IIN and password)."""

    iin: str
    password: Password


class NewUser(Login):
    """A person to be registered."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


class Package(Body):
    """What the official saw of the papers that the person brought (paragraph 6(1))."""

    originals_checked: Literal[True]


class NewCase(Body):
    """A request is begun: by whom, and for which service. `channel` only where this desk serves several."""

    regulation: Annotated[str, Field(max_length=100)]
    login: Login
    channel: Annotated[str, Field(max_length=20)] | None = None
    package: Package | None = None


class Signature(BaseModel):
    """A detached CMS, in base64."""

    model_config = ConfigDict(extra="forbid")
    cms: Base64Bytes


class Delivery(Body):
    """How the result was handed over."""

    how: Literal["in-person", "email"] = "in-person"


@dataclass(frozen=True, slots=True)
class Front:
    """What the door needs: the service behind it, its desk, its users, and who checks people's signatures.

    `open_to_all` tells whether people register themselves; where they do, each sees only their own cases.
    """

    service: Service
    desk: Desk
    users: Users
    examiner: Examiner
    open_to_all: bool

    def iin(self, value: str, field: str) -> str:
        """The IIN if it is one; InvalidInput names the field and the rule if not."""
        check_iin(value, strict=self.service.settings.strict_iin, field=field)
        return value

    def holder(self, request: Request) -> str:
        """The IIN of whoever is signed in."""
        return self.users.holder(web.bearer(request))

    async def case(self, case_id: str, request: Request) -> Case:
        """The case, if it is here and the reader may see it: its owner, a member of staff, or the administrator."""
        if web.is_admin(self.service, request):
            return await views.case(self.service, case_id)
        holder = self.holder(request)
        case = await views.case(self.service, case_id)
        if self.open_to_all and case.person != holder:
            raise NotFound(f"no case {case_id} of yours is here", field="case_id")
        return case

    def own(self, work: Work, holder: str) -> Case:
        """The case of `work`, if `holder` is the one who opened it here."""
        case = work.known_case()
        if case.person != holder:
            if self.open_to_all:
                raise NotFound("no such case of yours is here", field="case_id")
            raise NotAllowed("another opened this case, and only they may fill it in and sign it")
        return case

    async def examine(self, turn_document: bytes, cms: bytes, iin: str) -> list[str]:
        """What is wrong with a person's signature over a document; empty if nothing is."""
        verdict = await self.examiner.examine(turn_document, cms, iin)
        return [f"{finding.code}: {finding.detail}" for finding in verdict.findings]

    def channel(self, new: NewCase) -> tuple[str, Flow]:
        """The channel that a new case goes through, and its flow: the one that begins at this desk."""
        regulation = self.service.catalogue.regulation(new.regulation)
        party = self.service.settings.party
        mine = {name: flow for name, flow in regulation.flows.items() if begins_at(flow) == party}
        name = new.channel or next(iter(mine), None)
        if name not in mine:
            known = ", ".join(mine) or "none"
            raise InvalidInput(
                f"this desk serves {new.regulation} through: {known}", field="channel", rule="known channel"
            )
        flow = mine[name]
        if flow.step(flow.start).parts[0].does == "check-package" and new.package is None:
            raise InvalidInput(
                "the papers brought must be checked first", field="package", rule=flow.step(flow.start).paragraph
            )
        return name, flow


def begins_at(flow: Flow) -> str:
    """The party at whose desk a flow begins."""
    return flow.step(flow.start).parts[0].party


def router(front: Front) -> APIRouter:
    """The endpoints of the front desk."""
    api = APIRouter(tags=["front desk"])
    service, desk, users = front.service, front.desk, front.users

    @api.post("/users", status_code=201)
    async def register(new: NewUser, request: Request) -> dict[str, str]:
        """Register a person. At a staffed desk only the administrator registers staff."""
        if not front.open_to_all:
            web.only_admin(service, request)
        user = await users.register(front.iin(new.iin, "iin"), new.name, new.password)
        return {"iin": user.iin, "name": user.name}

    @api.post("/sessions", status_code=201)
    async def sign_in(login: Login) -> dict[str, str]:
        """Sign in, to see and do what a case is waiting for."""
        user, known = await users.check(front.iin(login.iin, "iin"), login.password)
        if user is None or not known:
            raise NotAuthenticated("the IIN or the password is wrong")
        token, until = users.token(user.iin)
        return {"token": token, "until": until.isoformat()}

    @api.post("/cases", status_code=201)
    async def open_case(new: NewCase) -> dict[str, Any]:
        """Sign in for a service and open a case. Wrong data end the case with the refusal that the act prescribes."""
        iin = front.iin(new.login.iin, "login.iin")
        channel, flow = front.channel(new)
        user, known = await users.check(iin, new.login.password)
        case_id = service.party.ids()

        def command(work: Work) -> Case:
            first = user is not None and not user.met
            if first:
                work.update(users.table, "iin", iin=iin, met=True)
            return desk.open(work, case_id, new.regulation, channel, iin, known=known, first=first)

        case = await service.writer.run(command, case_id, fresh=True)
        if case.end is not None:
            raise refusal(NotAuthenticated, flow, case, ["the IIN or the password is wrong"])
        token, until = users.token(iin)
        return {"case_id": case.case_id, "channel": channel, "at": case.at, "token": token, "until": until.isoformat()}

    @api.put("/cases/{case_id}/form")
    async def fill(case_id: str, form: dict[str, Any], request: Request) -> dict[str, Any]:
        """Fill in the request: `iin`, `name` and the fields of the regulation. Answers with the document to sign."""
        holder = front.holder(request)
        iin = front.iin(_text(form, "iin"), "iin")
        name = _text(form, "name")
        fields = {key: value for key, value in form.items() if key not in ("iin", "name")}

        def command(work: Work) -> tuple[Case, bytes]:
            case = front.own(work, holder)
            if front.open_to_all and iin != holder:
                raise InvalidInput("a person asks for themselves here", field="iin", rule="own IIN")
            return case, desk.fill(desk.turn(work), iin, name, fields)

        case, document = await service.writer.run(command, case_id_of(case_id))
        return {"at": case.at, "document": views.base64(document)}

    @api.post("/cases/{case_id}/signature", status_code=202)
    async def sign(case_id: str, signed: Signature, request: Request) -> dict[str, Any]:
        """Sign the request with a detached CMS. A signature that is not confirmed ends the case with the refusal."""
        holder = front.holder(request)
        before = await views.case(service, case_id_of(case_id))
        document = request_document(before)
        wrong = await front.examine(document, signed.cms, holder)

        def command(work: Work) -> Case:
            case = front.own(work, holder)
            if request_document(case) != document:
                raise InvalidInput(
                    "the form was filled in again meanwhile: sign that", field="cms", rule="current form"
                )
            turn = desk.turn(work, evidence={"check-certificate": "wrong" if wrong else "ok"})
            turn.paper = (document, signed.cms)
            desk.perform(turn, "sign")
            if not wrong:
                keep(desk, work, "request", turn.paper)
            return case

        case = await service.writer.run(command, case_id)
        if case.end is not None and wrong:
            raise refusal(BadSignature, desk.flow(case), case, wrong)
        return views.outline(case)

    @api.get("/cases/{case_id}")
    async def show(case_id: str, request: Request, response: Response, prefer: Annotated[str, Header()] = "") -> Any:
        """A case as it stands. With `Prefer: wait=SECONDS` (RFC 7240) the answer waits for a final status."""
        case = await front.case(case_id_of(case_id), request)
        seconds = min(float(found[1]), LONGEST_WAIT) if (found := re.search(r"\bwait=(\d{1,4})\b", prefer)) else 0.0
        if seconds and not (case.status in FINAL or case.end):
            case = await _final(service, case_id, seconds)
            response.headers["Preference-Applied"] = f"wait={int(seconds)}"
        return await views.whole(service, desk, case)

    @api.get("/cases/{case_id}/history")
    async def history(case_id: str, request: Request) -> list[dict[str, str]]:
        """The statuses shown here for a case, each with when it was shown and by which message it came."""
        return (await front.case(case_id_of(case_id), request)).shown

    return api


def worklist(front: Front, listed: Listing) -> APIRouter:
    """The endpoint of a staffed desk that tells what there is to do."""
    api = APIRouter(tags=["work list"])

    @api.get("/cases")
    async def cases(
        request: Request,
        status: Status | None = None,
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[dict[str, Any]]:
        """Cases, oldest first, `limit` at a time; `after` is the last id of the page before."""
        if not web.is_admin(front.service, request):
            front.holder(request)
        return await listed(front.service, status, after, limit)

    return api


def delivery(front: Front) -> APIRouter:
    """The endpoint of a desk where a result is handed over."""
    api = APIRouter(tags=["front desk"])

    @api.post("/cases/{case_id}/delivery")
    async def deliver(case_id: str, handed: Delivery, request: Request) -> dict[str, Any]:
        """Hand the result to the person who asked."""
        front.holder(request)

        def command(work: Work) -> Case:
            turn = front.desk.turn(work, how=handed.how)
            front.desk.perform(turn, "issue", turn.case.decision)
            return turn.case

        return views.outline(await front.service.writer.run(command, case_id_of(case_id)))

    return api


async def _final(service: Service, case_id: str, seconds: float) -> Case:
    """The case once it has a final status, or as it is when the seconds are over."""
    due = service.clock.now() + timedelta(seconds=seconds)
    with service.writer.watch(case_id) as changed:
        while True:
            changed.clear()
            case = await views.case(service, case_id)
            left = (due - service.clock.now()).total_seconds()
            if case.status in FINAL or case.end or left <= 0:
                return case
            try:
                await asyncio.wait_for(changed.wait(), left)
            except TimeoutError:
                continue


def refusal(
    kind: type[NotAuthenticated] | type[BadSignature], flow: Flow, case: Case, findings: list[str]
) -> NotAuthenticated | BadSignature:
    """The refusal that ended a case, as a problem that names the step, its paragraph and its text."""
    ref = case.refused_at
    step = flow.step(ref)
    return kind(
        "; ".join(findings), case_id=case.case_id, step=step.ref, paragraph=step.paragraph, text=step.title.as_dict(),
        end=case.end, findings=findings,
    )  # fmt: skip


def _text(form: dict[str, Any], name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise InvalidInput(f"{name} must be text of 1 to 200 characters", field=name, rule="required text")
    return value


def case_id_of(value: str) -> str:
    """A case id from a path; InvalidInput if it is none."""
    if not re.fullmatch(ids.PATTERN, value):
        raise InvalidInput("a case id is a UUID of version 7", field="case_id", rule="uuid7")
    return value
