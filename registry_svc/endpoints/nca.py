"""The HTTP door of the certification authority: certificates are issued, suspended, resumed and revoked.

These are administrative acts and need the stand's administration token. Everyone may read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends, Path, Request
from msgspec.structs import asdict
from pydantic import Field

from aimaq.web import app as web
from aimaq.language.clock import Clock
from aimaq.store.database import Row
from aimaq.eds.x509.profile import Role
from aimaq.language.errors import InvalidInput
from aimaq.language.iin import check_bin, check_iin
from registry_svc.nca.csr import key_in
from registry_svc.nca.authority import Authority
from registry_svc.nca.records import HOLD, Records, number_of
from registry_svc.nca.owner import Owner
from registry_svc.registers.schemas import Body, Name, Number
from registry_svc.systems.certificates import Systems

Organisation = Annotated[str, Field(max_length=200, pattern=r"^[\p{L}\p{N}][^\p{C}]*$")]
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


class Suspension(Body):
    """A certificate to be suspended."""

    serial: Serial


def router(
    authority: Authority, records: Records, systems: Systems, clock: Clock, admin_token: str, *, strict_iin: bool = True
) -> APIRouter:
    """The endpoints of the authority. `strict_iin` says whether control digits are checked."""
    api = APIRouter(prefix="/nca", tags=["certification authority"])

    async def only_admin(request: Request) -> None:
        web.only_admin(admin_token, request)

    async def told(record: Row) -> dict[str, Any]:
        readers = await systems.told(record["serial"])
        return _shown(record) | (asdict(readers) if readers is not None else {})

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
        """Revoke a certificate. The list that is given out from now on says so.

        Of a system's certificate, the answer names the parties that know of it and reject what it signs (`confirmed`),
        and those that do not say so in time.
        """
        return await told(await records.revoke(plain(withdrawal.serial), withdrawal.reason, clock.now()))

    @api.post("/suspensions", status_code=201, dependencies=[Depends(only_admin)])
    async def suspend(suspension: Suspension) -> dict[str, Any]:
        """Suspend a certificate: it is good for nothing until it is resumed, or revoked for good."""
        return await told(await records.suspend(plain(suspension.serial), clock.now()))

    @api.delete("/suspensions/{serial}", dependencies=[Depends(only_admin)])
    async def resume(serial: Annotated[Serial, Path()]) -> dict[str, Any]:
        """End a suspension: the certificate is good again from now on."""
        return await told(await records.resume(plain(serial), clock.now()))

    @api.get("/certificates/{serial}")
    async def show(serial: Annotated[Serial, Path()]) -> dict[str, Any]:
        """A certificate that was issued here, and whether it was revoked."""
        return _shown(await records.find(plain(serial)))

    return api


def plain(serial: str) -> str:
    """A serial number as it is on record."""
    return serial.lower().lstrip("0")


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
        "status": {None: "good", HOLD: "suspended"}.get(record["reason"], "revoked"),
        "revoked_at": moment(record["revoked_at"]),
        "reason": record["reason"],
    }
