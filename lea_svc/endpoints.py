"""The executive body's REST API: its front office, and what officials do: the steps of the act, draft, signature."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime

from aimaq.access.sessions import Holder
from aimaq.casework.case import Case
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.bounds import Characters, Text
from aimaq.language.errors import InvalidInput
from aimaq.web import views as aimaq_views
from aimaq.web.app import say
from aimaq.web.front_desk import (
    Body,
    Cms,
    FrontDesk,
    Signature,
    accounts,
    actions,
    bad_signature,
    case_id_of,
    check,
    delivery,
    performs,
    router,
    sign_in,
    worklist,
)
from aimaq.web.views import base64, outline
from lea_svc import views
from lea_svc.office import decisions as official
from lea_svc.office import texts
from lea_svc.office.drafts import Drafts, only_results


class Draft(Body):
    """What the official means to answer."""

    decision: Literal["granted", "denied"]
    grounds: Text = ""
    result: Annotated[str, Characters(60)] = ""
    """Which of the results it is to be, where the regulation has several."""


class Signed(Signature):
    """What the official signed: the document with `cms`, and the paper with `pdf_cms`, drawn up for `signed_at`."""

    pdf_cms: Cms | None = None
    signed_at: AwareDatetime | None = None


PERFORMS = performs("lea") | {
    "prepare": "POST /cases/{case_id}/draft",
    "approve": "POST /cases/{case_id}/result",
    "decide": "POST /cases/{case_id}/result",
    "forward": "POST /cases/{case_id}/result",
}
"""The operations that people perform here, each with its endpoint."""


def routers(procedure: FrontDesk, drafts: Drafts) -> list[APIRouter]:
    """The executive body's endpoints."""
    return [
        sign_in(procedure),
        accounts(procedure),
        router(procedure),
        worklist(procedure, views.worklist),
        delivery(procedure),
        check(procedure),
        actions(procedure),
        office(procedure, drafts),
    ]


def office(front_desk: FrontDesk, drafts: Drafts) -> APIRouter:
    """How the answers to the requests of all channels are made and signed."""
    api = APIRouter(tags=["office"])
    service, procedure = front_desk.service, front_desk.procedure

    @api.post("/cases/{case_id}/draft", response_model=views.Prepared)
    async def prepare(case_id: str, draft: Draft, holder: Holder = Depends(front_desk.user)) -> Response:
        """Prepare the answer. Answers with the document as it would be signed by whoever asks."""

        def command(uow: UnitOfWork) -> None:
            context = procedure.context(uow, roles=holder.roles)
            official.prepare(context, procedure, draft.decision, draft.grounds, draft.result)

        case, _ = await service.writer.change(command, case_id_of(case_id))
        return say(views.prepared(case, official.to_sign(procedure, case, holder.iin)))

    @api.get("/cases/{case_id}/draft", response_model=views.Document)
    async def draft(case_id: str, *, paper: bool = False, holder: Holder = Depends(front_desk.user)) -> Response:
        """The document that is due, to be signed by whoever asks for it: result, decision or covering letter.

        With `paper=true` a result comes as a PDF too, which may be signed beside it.
        """
        case = await aimaq_views.case(service, case_id_of(case_id))
        sheet = None
        if paper and official.kind_due(procedure, case) == "result":
            at = drafts.now()
            drawn = await drafts.draft(case, holder.iin, await _name(holder.iin), at)
            sheet = views.Sheet(base64(drawn.pdf), drawn.byte_range, at)
        return say(views.Document(base64(official.to_sign(procedure, case, holder.iin)), sheet))

    @api.post("/cases/{case_id}/result", response_model=aimaq_views.Outline)
    async def decide(case_id: str, signed: Signed, holder: Holder = Depends(front_desk.user)) -> Response:
        """Sign what is due with a CMS: the answer becomes the decision; a covering letter goes out.

        With `pdf_cms`, a detached CMS over the paper, the answer is issued as a PDF too, with a time stamp.
        """
        before = await aimaq_views.case(service, case_id_of(case_id))
        document = official.to_sign(procedure, before, holder.iin)
        if wrong := await front_desk.examine(document, signed.cms, holder.iin, bin_=front_desk.organisation):
            raise bad_signature(wrong)
        pdf = await _signed_pdf(before, signed, holder.iin) if signed.pdf_cms is not None else b""

        def command(uow: UnitOfWork) -> None:
            if official.to_sign(procedure, uow.known_case(), holder.iin) != document:
                raise InvalidInput(texts.DRAFT_CHANGED, field="cms", rule="current draft")
            official.sign(procedure, uow, (document, signed.cms), holder.roles, pdf)

        case, _ = await service.writer.change(command, case_id)
        return say(outline(case))

    async def _name(iin: str) -> str:
        user = await front_desk.users.find(iin)
        return user.name if user is not None else ""

    async def _signed_pdf(case: Case, signed: Signed, iin: str) -> bytes:
        assert signed.pdf_cms is not None
        only_results(official.kind_due(procedure, case))
        at = drafts.current(case, signed.signed_at)
        sheet = await drafts.draft(case, iin, await _name(iin), at)
        if wrong := await front_desk.examine(sheet.covered, signed.pdf_cms, iin, bin_=front_desk.organisation):
            raise bad_signature(wrong, "pdf_cms")
        return await drafts.signed_pdf(sheet, signed.pdf_cms)

    return api
