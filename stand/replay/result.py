"""The result as the person who asked gets it, looked at: whether document and paper are there, and are signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from aimaq.eds import pades
from aimaq.eds.cms import reader
from aimaq.language.errors import BadSignature
from conformance.trace import Paper
from stand.client.http import ServiceClient


async def handed_over(service_client: ServiceClient, case_id: str, token: str, prefer: str = "") -> Paper | None:
    """The result of a case at a desk, as far as it may be waited for there; None if there is none."""
    reply = await service_client.call("GET", f"/cases/{case_id}", token=token, prefer=prefer)
    found = reply.body.get("result")
    if not isinstance(found, dict):
        return None
    document, signature = _bytes(found.get("document")), _bytes(found.get("signature"))
    digest = found.get("pdf_sha256")
    pdf = await service_client.fetch(f"/cases/{case_id}/result.pdf", token=token) if digest else b""
    return Paper(
        decision=str(found.get("decision", "")),
        kind=str(found.get("kind", "")),
        number=str(found.get("number") or ""),
        document=bool(document),
        signature=_signs(signature, document),
        pdf=hashlib.sha256(pdf).hexdigest() == digest and _sealed(pdf) if digest else None,
    )


def _signs(signature: bytes, document: bytes) -> bool:
    """Whether a signature is over this document, by the key of its certificate."""
    try:
        signed = reader.take_apart(signature)
    except BadSignature:
        return False
    key = signed.certificate.key
    return bool(key and signed.covers(document) and signed.made_by(key))


def _sealed(pdf: bytes) -> bool:
    """Whether the signature in a PDF is over all of it, and has a time stamp."""
    try:
        signed_pdf = pades.opened(pdf)
        return _signs(signed_pdf.cms, signed_pdf.covered) and reader.take_apart(signed_pdf.cms).stamp is not None
    except BadSignature:
        return False


def _bytes(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return b""
