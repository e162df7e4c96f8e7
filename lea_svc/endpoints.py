"""The executive body's REST door: its front office, and what officials do: the steps of the act, draft, signature."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from aimaq.web import front_desk as front
from aimaq.web import views as aimaq_views
from aimaq.casework.case import Case
from aimaq.language.errors import InvalidInput
from aimaq.web.front_desk import Body, Cms, Front, Outline, Signature, bad_signature, case_id_of
from aimaq.web.views import base64, outline
from aimaq.web.app import say
from aimaq.casework.unit_of_work import Work
from lea_svc.office import decisions as official
from lea_svc import views
from lea_svc.office.drafts import Drafts, only_results


class Draft(Body):
    """What the official means to answer."""

    decision: Literal["granted", "denied"]
    grounds: Annotated[str, Field(max_length=4000)] = ""
    result: Annotated[str, Field(max_length=60)] = ""
    """Which of the results it is to be, where the regulation has several."""


class Sheet(BaseModel):
    """A paper that is to be signed too, in base64: the signature is over the bytes that `byte_range` names.

    It is an offset and a length, twice; what lies between is the signature's place. `signed_at` goes back with it.
    """

    pdf: str
    byte_range: tuple[int, int, int, int]
    signed_at: datetime


class Document(BaseModel):
    """A document to be signed, in base64; and the same as a paper, if that was asked for and a result is due."""

    document: str
    paper: Sheet | None = None


class Signed(Signature):
    """What the official signed: the document with `cms`, and the paper with `pdf_cms`, drawn up for `signed_at`."""

    pdf_cms: Cms | None = None
    signed_at: AwareDatetime | None = None


class Prepared(Outline):
    """A case whose answer is prepared, and the document to be signed."""

    document: str


STEPS = ("accept", "register", "check-documents", "assign", "enter-registry", "extend", "agree", "prepare-letter",
         "record-result")  # fmt: skip
"""What officials do that needs no more than being said."""


def routers(desk: Front, drafts: Drafts) -> list[APIRouter]:
    """The executive body's endpoints."""
    return [
        front.router(desk),
        front.worklist(desk, views.worklist),
        front.delivery(desk),
        front.check(desk),
        front.actions(desk, STEPS),
        office(desk, drafts),
    ]


def office(front: Front, drafts: Drafts) -> APIRouter:
    """How the answers to the requests of all channels are made and signed."""
    api = APIRouter(tags=["office"])
    service, desk = front.service, front.desk

    @api.post("/cases/{case_id}/draft", response_model=Prepared)
    async def prepare(case_id: str, draft: Draft, request: Request) -> Response:
        """Prepare the answer. Answers with the document as it would be signed by whoever asks."""
        holder = front.signed_in(request)

        def command(work: Work) -> Case:
            turn = desk.turn(work, roles=holder.roles)
            return official.prepare(turn, desk, draft.decision, draft.grounds, draft.result)

        case = await service.writer.run(command, case_id_of(case_id))
        return say(outline(case) | {"document": base64(official.to_sign(desk, case, holder.iin))})

    @api.get("/cases/{case_id}/draft", response_model=Document)
    async def draft(case_id: str, request: Request, paper: bool = False) -> Response:
        """The document that is due, to be signed by whoever asks for it: result, decision or covering letter.

        With `paper=true` a result comes as a PDF too, which may be signed beside it.
        """
        holder = front.holder(request)
        case = await aimaq_views.case(service, case_id_of(case_id))
        told: dict[str, object] = {"document": base64(official.to_sign(desk, case, holder)), "paper": None}
        if paper and official.kind_due(desk, case) == "result":
            at = drafts.now()
            sheet = await drafts.draft(case, holder, await _name(holder), at)
            told["paper"] = {"pdf": base64(sheet.pdf), "byte_range": sheet.byte_range, "signed_at": at}
        return say(told)

    @api.post("/cases/{case_id}/result", response_model=Outline)
    async def decide(case_id: str, signed: Signed, request: Request) -> Response:
        """Sign what is due with a CMS: the answer becomes the decision; a covering letter goes out.

        With `pdf_cms`, a detached CMS over the paper, the answer is issued as a PDF too, with a time stamp.
        """
        holder = front.signed_in(request)
        before = await aimaq_views.case(service, case_id_of(case_id))
        document = official.to_sign(desk, before, holder.iin)
        if wrong := await front.examine(document, signed.cms, holder.iin):
            raise bad_signature(wrong)
        pdf = await _sealed(before, signed, holder.iin) if signed.pdf_cms is not None else b""

        def command(work: Work) -> Case:
            if official.to_sign(desk, work.known_case(), holder.iin) != document:
                raise InvalidInput("the draft was changed meanwhile: sign that", field="cms", rule="current draft")
            return official.sign(desk, work, (document, signed.cms), holder.roles, pdf)

        return say(outline(await service.writer.run(command, case_id)))

    async def _name(iin: str) -> str:
        user = await front.users.find(iin)
        return user.name if user is not None else ""

    async def _sealed(case: Case, signed: Signed, iin: str) -> bytes:
        assert signed.pdf_cms is not None
        only_results(official.kind_due(desk, case))
        at = drafts.current(case, signed.signed_at)
        sheet = await drafts.draft(case, iin, await _name(iin), at)
        if wrong := await front.examine(sheet.covered, signed.pdf_cms, iin):
            raise bad_signature(wrong, "pdf_cms")
        return await drafts.sealed(sheet, signed.pdf_cms)

    return api
