"""The executive body's REST door: its front office, and what officials do: acceptance, draft, decision."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from aimaq import front
from aimaq.case import Case
from aimaq.errors import BadSignature, InvalidInput
from aimaq.front import Body, Front, Outline, Signature, case_id_of
from aimaq.views import base64, outline
from aimaq.web import say
from aimaq.work import Work
from lea_svc import office as official
from lea_svc import views


class Draft(Body):
    """What the official means to answer."""

    decision: Literal["granted", "denied"]
    grounds: Annotated[str, Field(max_length=4000)] = ""


class Document(BaseModel):
    """A document to be signed, in base64."""

    document: str


class Prepared(Outline):
    """A case whose answer is prepared, and the document to be signed."""

    document: str


def routers(desk: Front) -> list[APIRouter]:
    """The executive body's endpoints."""
    return [front.router(desk), front.worklist(desk, views.worklist), front.delivery(desk), office(desk)]


def office(front: Front) -> APIRouter:
    """What officials do with the requests of all channels."""
    api = APIRouter(tags=["office"])
    service, desk = front.service, front.desk

    @api.post("/cases/{case_id}/acceptance", response_model=Outline)
    async def accept(case_id: str, request: Request) -> Response:
        """Take a request up."""
        front.holder(request)
        return say(outline(await service.writer.run(lambda work: official.accept(desk, work), case_id_of(case_id))))

    @api.post("/cases/{case_id}/draft", response_model=Prepared)
    async def prepare(case_id: str, draft: Draft, request: Request) -> Response:
        """Prepare the answer. Answers with the document that is then to be signed."""
        holder = front.holder(request)

        def command(work: Work) -> Case:
            return official.prepare(desk, work, draft.decision, draft.grounds)

        case = await service.writer.run(command, case_id_of(case_id))
        return say(outline(case) | {"document": base64(await views.draft(service, desk, case.case_id, holder))})

    @api.get("/cases/{case_id}/draft", response_model=Document)
    async def draft(case_id: str, request: Request) -> Response:
        """The answer as it stands, to be signed by whoever asks for it."""
        return say({"document": base64(await views.draft(service, desk, case_id_of(case_id), front.holder(request)))})

    @api.post("/cases/{case_id}/result", response_model=Outline)
    async def decide(case_id: str, signed: Signature, request: Request) -> Response:
        """Sign the answer with a detached CMS: it becomes the decision, and goes out."""
        holder = front.holder(request)
        document = await views.draft(service, desk, case_id_of(case_id), holder)
        wrong = await front.examine(document, signed.cms, holder)
        if wrong:
            raise BadSignature("; ".join(wrong), field="cms", findings=wrong)

        def command(work: Work) -> Case:
            case = work.known_case()
            if views.document(desk, case, holder) != document:
                raise InvalidInput("the draft was changed meanwhile: sign that", field="cms", rule="current draft")
            return official.decide(desk, work, (document, signed.cms))

        return say(outline(await service.writer.run(command, case_id)))

    return api
