"""The HTTP door of the certification authority: certificates are issued and withdrawn, and the list is given out.

Issuing and withdrawing are administrative acts and need the stand's administration token. Everyone may read.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Annotated, Any, Literal

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from aimaq.clock import Clock
from aimaq.db import Row
from aimaq.eds.profile import Role
from aimaq.errors import InvalidInput, NotAllowed
from aimaq.identity import check_bin, check_iin
from aimaq.web import bearer
from registry_svc.csr import key_in
from registry_svc.nca import Authority
from registry_svc.nca_records import Records, number_of
from registry_svc.owner import Owner

Name = Annotated[str, Field(max_length=64, pattern=r"^\p{L}[\p{L}\p{M}' ’-]*$")]
Organisation = Annotated[str, Field(max_length=200, pattern=r"^[\p{L}\p{N}][^\p{C}]*$")]
Number = Annotated[str, Field(max_length=64)]
Serial = Annotated[str, Field(max_length=40, pattern=r"^[0-9A-Fa-f]+$")]
Reason = Literal[
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "privilegeWithdrawn",
]


class Body(BaseModel):
    """A request body: unknown fields and other types than those named are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Application(Body):
    """An application for a certificate: the key in a PKCS#10 request, and whom it is for."""

    csr: Annotated[str, Field(max_length=8192)]
    iin: Number
    surname: Name
    given: Name
    patronymic: Name | None = None
    bin: Number | None = None
    organisation: Organisation | None = None
    role: Literal["individual", "ceo", "can-sign", "can-sign-financial", "hr", "employee"] | None = None
    usage: Literal["SIGN", "AUTH"] = "SIGN"

    def capacity(self) -> Role:
        """The role applied for; InvalidInput if it does not fit with there being an organisation or not."""
        if (self.bin is None) != (self.organisation is None):
            missing = "bin" if self.bin is None else "organisation"
            raise InvalidInput("an organisation has a BIN and a name", field=missing, rule="required")
        role = Role(self.role or ("individual" if self.bin is None else "employee"))
        if (role is Role.INDIVIDUAL) != (self.bin is None):
            rule = "no organisation" if role is Role.INDIVIDUAL else "organisation required"
            raise InvalidInput(f"the role {role} does not fit: {rule}", field="role", rule=rule)
        return role


class Withdrawal(Body):
    """A certificate to be revoked, and why, in the words of RFC 5280."""

    serial: Serial
    reason: Reason = "unspecified"


def router(
    authority: Authority, records: Records, clock: Clock, admin_token: str, *, strict_iin: bool = True
) -> APIRouter:
    """The endpoints of the authority. `strict_iin` says whether control digits are checked."""
    api = APIRouter(prefix="/nca", tags=["certification authority"])

    async def only_admin(request: Request) -> None:
        if not hmac.compare_digest(bearer(request).encode(), admin_token.encode()):
            raise NotAllowed("this is for the stand's administrator")

    @api.post("/certificates", status_code=201, dependencies=[Depends(only_admin)])
    async def issue(wanted: Application) -> dict[str, str]:
        """Issue a certificate on the key of a certificate request."""
        check_iin(wanted.iin, strict=strict_iin)
        if wanted.bin is not None:
            check_bin(wanted.bin, strict=strict_iin)
        role, key = wanted.capacity(), key_in(wanted.csr)
        person = {
            "iin": wanted.iin,
            "surname": wanted.surname,
            "given": wanted.given,
            "patronymic": wanted.patronymic or "",
        }
        owner = Owner.person(**person, bin=wanted.bin, organisation=wanted.organisation or "")
        certificate = authority.issue(key, owner, role=role, usage=wanted.usage)
        await records.keep(certificate, owner, person, role=role.value, usage=wanted.usage)
        return {"serial": number_of(certificate), "certificate": certificate.public_bytes(Encoding.PEM).decode()}

    @api.post("/revocations", status_code=201, dependencies=[Depends(only_admin)])
    async def revoke(withdrawal: Withdrawal) -> dict[str, Any]:
        """Revoke a certificate. The list that is given out from now on says so."""
        serial = withdrawal.serial.lower().lstrip("0")
        return _shown(await records.revoke(serial, withdrawal.reason, clock.now()))

    @api.get("/crl", response_class=Response)
    async def crl(if_none_match: Annotated[str, Header()] = "") -> Response:
        """The revocation list in DER. With If-None-Match, 304 if the reader has it already."""
        sealed = await records.revocation_list(clock.now())
        etag = f'"{sealed.number}-{hashlib.sha256(sealed.der).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if etag in if_none_match or if_none_match.strip() == "*":
            return Response(status_code=304, headers=headers)
        return Response(sealed.der, headers=headers, media_type="application/pkix-crl")

    @api.get("/ca", response_class=Response)
    async def ca() -> Response:
        """The certificates of the issuing and the root authority, in PEM."""
        return Response(authority.pem, media_type="application/x-pem-file")

    @api.get("/certificates/{serial}")
    async def show(serial: Annotated[Serial, Path()]) -> dict[str, Any]:
        """A certificate that was issued here, and whether it was revoked."""
        return _shown(await records.find(serial.lower().lstrip("0")))

    return api


def _shown(record: Row) -> dict[str, Any]:
    def moment(at: datetime | None) -> str | None:
        return at.isoformat() if at is not None else None

    return {
        "serial": record["serial"],
        "certificate": record["pem"],
        "subject": record["subject"],
        "usage": record["usage"],
        "role": record["role"],
        "issued_at": moment(record["issued_at"]),
        "not_after": moment(record["not_after"]),
        "revoked_at": moment(record["revoked_at"]),
        "reason": record["reason"],
    }
