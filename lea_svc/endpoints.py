"""The executive body's REST door: its front office, and what officials do: the steps of the act, draft, signature."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from aimaq import front
from aimaq.case import Case
from aimaq.errors import InvalidInput
from aimaq.front import Body, Front, Outline, Signature, bad_signature, case_id_of
from aimaq.views import base64, outline
from aimaq.web import say
from aimaq.work import Work
from lea_svc import office as official
from lea_svc import views


class Draft(Body):
    """What the official means to answer."""

    decision: Literal["granted", "denied"]
    grounds: Annotated[str, Field(max_length=4000)] = ""
    result: Annotated[str, Field(max_length=60)] = ""
    """Which of the results it is to be, where the regulation has several."""


class Document(BaseModel):
    """A document to be signed, in base64."""

    document: str


class Prepared(Outline):
    """A case whose answer is prepared, and the document to be signed."""

    document: str


STEPS = ("accept", "register", "check-documents", "assign", "enter-registry", "extend", "agree", "prepare-letter",
         "record-result")  # fmt: skip
"""What officials do that needs no more than being said."""


def routers(desk: Front) -> list[APIRouter]:
    """The executive body's endpoints."""
    return [
        front.router(desk),
        front.worklist(desk, views.worklist),
        front.delivery(desk),
        front.actions(desk, STEPS),
        office(desk),
    ]


def office(front: Front) -> APIRouter:
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
    async def draft(case_id: str, request: Request) -> Response:
        """The document that is due, to be signed by whoever asks for it: result, decision or covering letter."""
        holder = front.holder(request)
        return say({"document": base64(await views.draft(service, desk, case_id_of(case_id), holder))})

    @api.post("/cases/{case_id}/result", response_model=Outline)
    async def decide(case_id: str, signed: Signature, request: Request) -> Response:
        """Sign what is due with a detached CMS: the answer becomes the decision; a covering letter goes out."""
        holder = front.signed_in(request)
        document = await views.draft(service, desk, case_id_of(case_id), holder.iin)
        wrong = await front.examine(document, signed.cms, holder.iin)
        if wrong:
            raise bad_signature(wrong)

        def command(work: Work) -> Case:
            if official.to_sign(desk, work.known_case(), holder.iin) != document:
                raise InvalidInput("the draft was changed meanwhile: sign that", field="cms", rule="current draft")
            return official.sign(desk, work, (document, signed.cms), holder.roles)

        return say(outline(await service.writer.run(command, case_id)))

    return api
