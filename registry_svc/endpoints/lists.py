"""The HTTP endpoints of what the authority publishes: its revocation lists and certificates. Everyone may read."""

from __future__ import annotations

import hashlib
from typing import Annotated

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Header, Response

from aimaq.language.clock import Clock
from aimaq.web.callers import ANYONE
from registry_svc.nca.authority import Authority
from registry_svc.nca.crl import SignedList
from registry_svc.nca.records import Records

Known = Annotated[str, Header(alias="If-None-Match")]


def router(authority: Authority, records: Records, clock: Clock) -> APIRouter:
    """The endpoints of an authority that goes by these records."""
    api = APIRouter(prefix="/nca", tags=["certification authority"], dependencies=[ANYONE])

    @api.get("/crl", response_class=Response)
    async def crl(known: Known = "") -> Response:
        """The revocation list in DER. With If-None-Match, 304 if the reader has it already."""
        return _response(await records.revocation_list(clock.now()), known)

    @api.get("/crl/delta", response_class=Response)
    async def delta(known: Known = "") -> Response:
        """What has changed since an earlier revocation list, whose number it says: a delta list in DER."""
        return _response(await records.delta_list(clock.now()), known)

    @api.get("/crl/root", response_class=Response)
    async def root_list(known: Known = "") -> Response:
        """The root authority's revocation list in DER; nobody is on it."""
        return _response(authority.root_list(), known)

    @api.get("/ca", response_class=Response)
    async def ca() -> Response:
        """The certificates of the issuing and the root authority, in PEM."""
        return Response(authority.pem, media_type="application/x-pem-file")

    @api.get("/ca/issuing", response_class=Response)
    async def issuing() -> Response:
        """The issuing authority's certificate, in DER."""
        return Response(authority.certificate.public_bytes(Encoding.DER), media_type="application/pkix-cert")

    @api.get("/ca/root", response_class=Response)
    async def root() -> Response:
        """The root authority's certificate, in DER."""
        return Response(authority.root.public_bytes(Encoding.DER), media_type="application/pkix-cert")

    return api


def _response(signed_list: SignedList, known: str) -> Response:
    etag = f'"{signed_list.number}-{hashlib.sha256(signed_list.der).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in known or known.strip() == "*":
        return Response(status_code=304, headers=headers)
    return Response(signed_list.der, headers=headers, media_type="application/pkix-crl")
