"""The HTTP endpoints of the certification authority: certificates are issued, suspended, resumed and revoked.

These are administrative acts and need the registry's token, or a session with `certificates.write`. A certificate names
its owner, and serial numbers are published on the revocation list: who reads one here needs `certificates.read`, and
everyone else asks the responder.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends, Path, Response
from msgspec import structs
from pydantic import Field

from aimaq.access.administration import Administration
from aimaq.eds.x509.profile import Role
from aimaq.language.bounds import Characters
from aimaq.language.clock import Clock
from aimaq.language.errors import InvalidInput
from aimaq.language.iin import check_bin, check_iin
from aimaq.store.database import Row
from aimaq.web.app import say
from aimaq.web.callers import Administrator
from registry_svc import texts, views
from registry_svc.nca.authority import Authority
from registry_svc.nca.csr import key_in
from registry_svc.nca.owner import Owner
from registry_svc.nca.records import HOLD, Records, number_of
from registry_svc.registers.schemas import Body, Composed, Name, Number
from registry_svc.systems.certificates import Systems

Organisation = Annotated[str, Field(max_length=200, pattern=r"^[\p{L}\p{N}][^\p{C}]*$"), Composed]
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

    csr: Annotated[str, Characters(8192, lines=True)]
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
            raise InvalidInput(texts.BIN_AND_NAME, field=missing, rule="required")
        role = Role(self.role or ("individual" if self.bin is None else "employee"))
        if (role is Role.INDIVIDUAL) != (self.bin is None):
            if role is Role.INDIVIDUAL:
                raise InvalidInput(texts.PERSONS_ROLE.format(role=role), field="role", rule="no organisation")
            raise InvalidInput(texts.ORGANISATIONS_ROLE.format(role=role), field="role", rule="organisation required")
        return role


class Withdrawal(Body):
    """A certificate to be revoked, and why, in the words of RFC 5280."""

    serial: Serial
    reason: Reason = "unspecified"


class Suspension(Body):
    """A certificate to be suspended."""

    serial: Serial


def router(
    authority: Authority,
    records: Records,
    systems: Systems,
    clock: Clock,
    administration: Administration,
    *,
    strict_iin: bool = True,
) -> APIRouter:
    """The endpoints of the authority. `strict_iin` says whether control digits are checked."""
    api = APIRouter(prefix="/nca", tags=["certification authority"])

    described_as = views.ReadCertificate | views.Certificate
    administrator = Depends(Administrator(administration, "certificates.write"))
    reader = Depends(Administrator(administration, "certificates.read"))

    async def described(record: Row) -> views.Certificate:
        readers = await systems.awaited_readers(record["serial"])
        certificate = _certificate(record)
        if readers is None:
            return certificate
        return views.ReadCertificate(**asdict(certificate), **structs.asdict(readers))

    @api.post("/certificates", status_code=201, dependencies=[administrator])
    async def issue(wanted: Application) -> views.Issued:
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
        owner = Owner.person(
            surname=wanted.surname,
            given_name=wanted.given,
            patronymic=wanted.patronymic or "",
            iin=wanted.iin,
            bin=wanted.bin,
            organisation=wanted.organisation or "",
        )
        certificate = authority.issue(key, owner, role=role, usage=wanted.usage)
        await records.keep(certificate, owner, person, role=role.value, usage=wanted.usage)
        return views.Issued(number_of(certificate), certificate.public_bytes(Encoding.PEM).decode())

    @api.post("/revocations", status_code=201, response_model=described_as, dependencies=[administrator])
    async def revoke(withdrawal: Withdrawal) -> Response:
        """Revoke a certificate. The list that is given out from now on says so.

        Of a system's certificate, the answer names the parties that know of it and reject what it signs (`confirmed`),
        and those that do not say so in time.
        """
        record = await records.revoke(plain(withdrawal.serial), withdrawal.reason, clock.now())
        return say(await described(record), 201)

    @api.post("/suspensions", status_code=201, response_model=described_as, dependencies=[administrator])
    async def suspend(suspension: Suspension) -> Response:
        """Suspend a certificate: it is good for nothing until it is resumed, or revoked for good."""
        return say(await described(await records.suspend(plain(suspension.serial), clock.now())), 201)

    @api.delete("/suspensions/{serial}", response_model=described_as, dependencies=[administrator])
    async def resume(serial: Annotated[Serial, Path()]) -> Response:
        """End a suspension: the certificate is good again from now on."""
        return say(await described(await records.resume(plain(serial), clock.now())))

    @api.get("/certificates/{serial}", response_model=views.Certificate, dependencies=[reader])
    async def show(serial: Annotated[Serial, Path()]) -> Response:
        """A certificate that was issued here, and whether it was revoked."""
        return say(_certificate(await records.find(plain(serial))))

    return api


def plain(serial: str) -> str:
    """A serial number as it is on record."""
    return serial.lower().lstrip("0")


def _certificate(record: Row) -> views.Certificate:
    reason = record["reason"]
    return views.Certificate(
        serial=record["serial"],
        certificate=record["pem"],
        subject=record["subject"],
        usage=record["usage"],
        role=record["role"],
        issued_at=record["issued_at"],
        not_after=record["not_after"],
        status="good" if reason is None else "suspended" if reason == HOLD else "revoked",
        revoked_at=record["revoked_at"],
        reason=reason,
    )
