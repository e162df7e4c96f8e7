"""A result as a paper, and its public check: who has the number and its owner's IIN or BIN may ask if it is genuine.

Each desk answers for the papers that lie there: the portal and the service centre for what their applicants got, the
body for everything that it signed. No system knows the papers of another, and none asks another but through the
gateway, on a case; so a paper bears the address of the desk that it was asked for at, in words and as a QR code.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from aimaq.web import views
from aimaq.regulation.calendar import ALMATY
from aimaq.casework.documents import result_of
from aimaq.eds.findings import Code, Finding
from aimaq.eds.verdict import Asked, Verdict
from aimaq.language.errors import BadSignature, InvalidInput, NotFound
from aimaq.web.front_desk import words
from aimaq.web.front_desk.authorisation import Front, case_id_of
from aimaq.web.front_desk.rate_limit import Limiter
from aimaq.language.iin import check_bin
from aimaq.eds import pades as seal
from aimaq.web.app import say

PDF = "application/pdf"


class Checked(BaseModel):
    """What is known of a document. `holds` tells whether its signature counts now; null if nobody can tell at present.

    A certificate that was revoked after the time stamp does not undo a signature (EN 319 102-1, 5.5); it is among the
    `findings` all the same. `sha256` is that of the PDF file.
    """

    number: str
    kind: str
    paper: str
    decision: Literal["granted", "denied"]
    title: dict[str, str]
    service: dict[str, str]
    body: dict[str, str]
    decided_on: date | None
    signed_by: str
    signed_at: datetime | None
    holds: bool | None
    findings: list[dict[str, Any]]
    sha256: str


def check(front: Front) -> APIRouter:
    """The endpoints of papers at one desk: the paper itself, for those who may see the case, and the public check."""
    api = APIRouter(tags=["documents"])
    limiter = Limiter(front.service.clock)

    @api.get("/cases/{case_id}/result.pdf", response_class=Response, responses={200: {"content": {PDF: {}}}})
    async def result_pdf(case_id: str, request: Request) -> Response:
        """The result as a paper, PDF/A with the official's signature in it (PAdES B-T), if it was issued as one."""
        case = await front.case(case_id_of(case_id), request)
        name = re.sub(r"[^0-9A-Za-z-]", "", case.number) or "result"  # the number comes from another system
        headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
        return Response(await views.pdf(front.service, case_id), headers=headers, media_type=PDF)

    @api.get("/documents/{number}", response_model=Checked)
    async def document(
        number: str,
        request: Request,
        iin: Annotated[str | None, Query(max_length=20)] = None,
        bin: Annotated[str | None, Query(max_length=20)] = None,
    ) -> Response:
        """A document by its number and the IIN, or BIN, of whom it was issued to; nobody need sign in for it.

        A number that there is not and one that is somebody else's are answered alike. After ten failures in ten
        minutes of the stand's clock a client has to wait.
        """
        column, value = _owner(front, iin, bin)
        client = request.client.host if request.client is not None else ""
        limiter.attempt(client)
        table = front.service.tables.issued
        query = sa.select(table.c.case_id, table.c.pdf).where(table.c.number == number, table.c[column] == value)
        async with front.service.database.read() as conn:
            row = (await conn.execute(query.order_by(table.c.case_id).limit(1))).first()
        if row is None:
            raise NotFound(words.NO_DOCUMENT, field="number")
        limiter.passed(client)
        return say(await _told(front, row.case_id, bytes(row.pdf)), headers={"Cache-Control": "no-store"})

    return api


def _owner(front: Front, iin: str | None, bin: str | None) -> tuple[str, str]:
    if (iin is None) == (bin is None):
        raise InvalidInput(words.IIN_OR_BIN, field="iin", rule="iin or bin")
    if iin is not None:
        return "iin", front.iin(iin, "iin")
    assert bin is not None
    return "bin", check_bin(bin, strict=front.service.settings.strict_iin)


async def _told(front: Front, case_id: str, pdf: bytes) -> dict[str, Any]:
    case = await views.case(front.service, case_id)
    regulation = front.service.catalogue.regulation(case.regulation)
    kind = result_of(regulation, case)
    result = regulation.results[kind]
    verdict, at = await _examined(front, pdf)
    return {
        "number": case.number, "kind": kind, "paper": result.kind_of_paper, "decision": result.decision,
        "title": result.title.as_dict(), "service": regulation.title.as_dict(),
        "body": (regulation.issuer or regulation.act.authority).as_dict(),
        "decided_on": at.astimezone(ALMATY).date() if at is not None else None,
        "signed_by": verdict.certificate.person.full_name if verdict.certificate is not None else "",
        "signed_at": verdict.signed_at, "holds": _holds(verdict),
        "findings": verdict.told(), "sha256": hashlib.sha256(pdf).hexdigest(),
    }  # fmt: skip


async def _examined(front: Front, pdf: bytes) -> tuple[Verdict, datetime | None]:
    """The verdict on the signature in a paper, and the instant that the paper gives as that of the signature."""
    try:
        sealed = seal.opened(pdf)
        return await front.examiner.examine(sealed.covered, sealed.cms, Asked()), sealed.at
    except BadSignature as error:
        return Verdict((Finding(Code.MALFORMED, error.detail),), None), None


def _holds(verdict: Verdict) -> bool | None:
    if verdict.undecided:
        return None
    return all(finding.code is Code.REVOKED_AFTER_SIGNING for finding in verdict.findings)
