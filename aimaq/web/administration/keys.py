"""The key that a service signs its messages with: its certificate for everyone, a new one for the administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends
from msgspec.structs import asdict

from aimaq.language import texts
from aimaq.language.errors import Unavailable
from aimaq.language.signing.jws import thumbprint
from aimaq.web.callers import ANYONE, Administrator
from aimaq.web.schemas import KeyRotation, RotationPermit, SigningKey

if TYPE_CHECKING:
    from aimaq.service import Service


def keys(service: Service) -> APIRouter:
    """The key that a service signs its messages with: its certificate for everyone, a new one for the administrator."""
    router = APIRouter(prefix="/keys", tags=["keys"])
    writing = Depends(Administrator(service.administration, "keys.write"))

    @router.get("", dependencies=[ANYONE])
    async def key() -> SigningKey:
        """The certificate that the service signs with now."""
        certificate = service.dependencies.signer.certificate
        return SigningKey(
            party=service.settings.party,
            serial=f"{certificate.serial_number:x}",
            thumbprint=thumbprint(certificate),
            certificate=certificate.public_bytes(Encoding.PEM).decode(),
            not_before=certificate.not_valid_before_utc.isoformat(),
            not_after=certificate.not_valid_after_utc.isoformat(),
        )

    @router.post("/rotation", status_code=201, dependencies=[writing])
    async def rotate(*, force: bool = False, permitted: RotationPermit | None = None) -> KeyRotation:
        """Sign with a new key from now on, as soon as every party knows its certificate; the old one stays good.

        A system whose certificate was withdrawn needs a `permit` of the registry (`POST /nca/systems/permits` there).
        `force` goes on though a party is not known to know it, which would reject what is signed with it until it does.
        """
        if service.rotation is None:
            raise Unavailable(texts.NO_REGISTRY)
        return KeyRotation(
            **asdict(await service.rotation.run(force=force, permit=permitted.permit if permitted else ""))
        )

    return router
