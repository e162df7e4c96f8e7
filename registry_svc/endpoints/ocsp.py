"""The HTTP endpoint of the authority's responder (RFC 6960, appendix A): inquiries in DER by POST, or in base64 by GET.

Whatever is asked, the answer is an OCSP response with status 200: what could not be answered is said in it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from aimaq.language.errors import Unavailable, Unconfigured
from aimaq.web.callers import ANYONE
from registry_svc.nca.ocsp_request import LARGEST, Inquiry, Refusal, Status
from registry_svc.nca.responder import Responder
from registry_svc.nca.status import CertificateStatuses, RootStatuses

HEADERS = {"Cache-Control": "no-store"}
"""A revocation counts at once, so nobody on the way may keep an answer."""


Responding = tuple[Responder, CertificateStatuses | RootStatuses]
"""A responder, and what it goes by."""


def router(responders: Sequence[Responding]) -> APIRouter:
    """The endpoints of these responders, which have one address: the issuer asked about tells who is to answer."""
    api = APIRouter(prefix="/nca/ocsp", tags=["certification authority"], dependencies=[ANYONE])

    @api.post("", response_class=Response)
    async def ask(request: Request) -> Response:
        """Whether a certificate is good: an OCSP request in DER, answered by a signed OCSP response."""
        return await _answered(await request.body())

    @api.get("/{inquiry:path}", response_class=Response)
    async def ask_in_address(inquiry: Annotated[str, Path(max_length=2 * LARGEST)]) -> Response:
        """The same, with the request in base64 in the address."""
        try:
            data = base64.b64decode(inquiry, validate=True)
        except (binascii.Error, ValueError):
            data = b""
        return await _answered(data)

    async def _answered(data: bytes) -> Response:
        try:
            inquiry = Inquiry.read(data)
            responder, statuses = _responding(responders, inquiry)
            asked = [statuses.of(question.serial) for question in inquiry.questions]
            content = responder.answer(inquiry, await asyncio.gather(*asked))
        except Refusal as refusal:
            content = refusal.der
        except Unavailable:
            content = Refusal(Status.TRY_LATER).der
        except Unconfigured:
            content = Refusal(Status.INTERNAL).der
        return Response(content, headers=HEADERS, media_type="application/ocsp-response")

    return api


def _responding(responders: Sequence[Responding], inquiry: Inquiry) -> Responding:
    for responding in responders:
        if responding[0].answers_for(inquiry):
            return responding
    raise Refusal(Status.UNAUTHORIZED)
