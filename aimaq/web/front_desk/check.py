"""A result as a paper, and its public check: who has the number and its owner's IIN or BIN may ask if it is genuine.

Each desk answers for the papers that lie there: the portal and the service centre for what their applicants got, the
body for everything that it signed. No system knows the papers of another, and none asks another but through the
gateway, on a case; so a paper bears the address of the desk that it was asked for at, in words and as a QR code.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from aimaq.access.administration import Principal
from aimaq.access.sessions import Holder
from aimaq.casework.documents import result_of
from aimaq.eds import pades
from aimaq.eds.findings import Code, Finding
from aimaq.eds.verdict import Asked, Verdict
from aimaq.language.bounds import Characters
from aimaq.language.errors import BadSignature, InvalidInput, NotFound
from aimaq.language.iin import check_bin
from aimaq.regulation.calendar import ALMATY
from aimaq.web import views
from aimaq.web.app import say
from aimaq.web.callers import ANYONE
from aimaq.web.front_desk import texts
from aimaq.web.front_desk.authorisation import FrontDesk, case_id_of
from aimaq.web.front_desk.rate_limit import Limiter
from aimaq.web.front_desk.schemas import Checked
from aimaq.web.problems import language

PDF = "application/pdf"


def check(front_desk: FrontDesk) -> APIRouter:
    """The endpoints of papers at one desk: the paper itself, for those who may see the case, and the public check."""
    api = APIRouter(tags=["documents"])
    limiter = Limiter(front_desk.service.clock)

    @api.get("/cases/{case_id}/result.pdf", response_class=Response, responses={200: {"content": {PDF: {}}}})
    async def result_pdf(case_id: str, reader: Holder | Principal = Depends(front_desk.reader)) -> Response:
        """The result as a paper, PDF/A with the official's signature in it (PAdES B-T), if it was issued as one."""
        case = await front_desk.case(case_id_of(case_id), reader)
        name = re.sub(r"[^0-9A-Za-z-]", "", case.number) or "result"  # the number comes from another system
        headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
        return Response(await views.pdf(front_desk.service, case_id), headers=headers, media_type=PDF)

    @api.get("/documents/{number}", response_model=Checked, dependencies=[ANYONE])
    async def document(
        number: Annotated[str, Path(), Characters(100)],
        request: Request,
        iin: Annotated[str | None, Query(), Characters(20)] = None,
        bin: Annotated[str | None, Query(), Characters(20)] = None,
    ) -> Response:
        """A document by its number and the IIN, or BIN, of whom it was issued to; nobody need sign in for it.

        A number that there is not and one that is somebody else's are answered alike. After ten failures in ten
        minutes of the stand's clock a client has to wait.
        """
        column, value = _owner(front_desk, iin, bin)
        client = front_desk.entry.client(request)
        limiter.attempt(client)
        table = front_desk.service.tables.issued
        query = sa.select(table.c.case_id, table.c.pdf).where(table.c.number == number, table.c[column] == value)
        async with front_desk.service.database.read() as conn:
            row = (await conn.execute(query.order_by(table.c.case_id).limit(1))).first()
        if row is None:
            raise NotFound(texts.NO_DOCUMENT, field="number")
        limiter.passed(client)
        checked = await _record(front_desk, row.case_id, bytes(row.pdf), language(request))
        return say(checked, headers={"Cache-Control": "no-store"})

    return api


def _owner(front_desk: FrontDesk, iin: str | None, bin: str | None) -> tuple[str, str]:
    if (iin is None) == (bin is None):
        raise InvalidInput(texts.IIN_OR_BIN, field="iin", rule="iin or bin")
    if iin is not None:
        return "iin", front_desk.iin(iin, "iin")
    assert bin is not None
    return "bin", check_bin(bin, strict=front_desk.service.settings.strict_iin)


async def _record(front_desk: FrontDesk, case_id: str, pdf: bytes, reader: str) -> Checked:
    case = await views.case(front_desk.service, case_id)
    regulation = front_desk.service.catalogue.regulation(case.regulation)
    kind = result_of(regulation, case)
    result = regulation.results[kind]
    verdict, at = await _examined(front_desk, pdf)
    return Checked(
        number=case.number,
        kind=kind,
        paper=result.kind_of_paper,
        decision=result.decision,
        title=result.title.as_dict(),
        service=regulation.title.as_dict(),
        body=(regulation.issuer or regulation.act.authority).as_dict(),
        decided_on=at.astimezone(ALMATY).date() if at is not None else None,
        signed_by=verdict.certificate.person.full_name if verdict.certificate is not None else "",
        signed_at=verdict.signed_at,
        holds=_holds(verdict),
        findings=verdict.as_dict(reader),
        sha256=hashlib.sha256(pdf).hexdigest(),
    )


async def _examined(front_desk: FrontDesk, pdf: bytes) -> tuple[Verdict, datetime | None]:
    """The verdict on the signature in a paper, and the instant that the paper gives as that of the signature."""
    try:
        signed_pdf = pades.opened(pdf)
        return await front_desk.signature_check.examine(signed_pdf.covered, signed_pdf.cms, Asked()), signed_pdf.at
    except BadSignature as error:
        return Verdict((Finding(Code.MALFORMED, error.texts),), None), None


def _holds(verdict: Verdict) -> bool | None:
    if verdict.undecided:
        return None
    return all(finding.code is Code.REVOKED_AFTER_SIGNING for finding in verdict.findings)
