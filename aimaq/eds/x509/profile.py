"""The profile of the national certification authority (ҰКО): what a certificate says of its owner, and in which OIDs.

The arcs 1.2.398.3.3 are those of the real authority, since software of the field looks for them. The names of issuers
are not: see `registry_svc.nca`.
"""

from __future__ import annotations

import enum

from cryptography.hazmat.primitives.asymmetric import ec, rsa

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

POLICIES = {
    (True, "SIGN"): "1.2.398.3.3.2.1",
    (True, "AUTH"): "1.2.398.3.3.2.2",
    (False, "SIGN"): "1.2.398.3.3.2.3",
    (False, "AUTH"): "1.2.398.3.3.2.4",
}
"""The certificate policy by whether the owner acts for an organisation, and by usage."""

PURPOSES = {"SIGN": "1.3.6.1.5.5.7.3.4", "AUTH": "1.3.6.1.5.5.7.3.2"}
"""The extended key usage by usage: e-mail protection, client authentication."""


class Usage(enum.StrEnum):
    """What a certificate is for, told by its key usage bits: signing documents, or saying who one is."""

    SIGN = "SIGN"
    AUTH = "AUTH"
    UNKNOWN = "UNKNOWN"


class Role(enum.StrEnum):
    """In what capacity the owner of a certificate acts."""

    INDIVIDUAL = "individual"
    CEO = "ceo"
    CAN_SIGN = "can-sign"
    CAN_SIGN_FINANCIAL = "can-sign-financial"
    HR = "hr"
    EMPLOYEE = "employee"
    INFORMATION_SYSTEM = "information-system"

    @property
    def oids(self) -> tuple[str, ...]:
        """The extended key usage OIDs that say so, the general one first."""
        return _ROLES[self]


_INDIVIDUAL = "1.2.398.3.3.4.1.1"
_ORGANISATION = "1.2.398.3.3.4.1.2"
_ROLES = {
    Role.INDIVIDUAL: (_INDIVIDUAL,),
    Role.CEO: (_ORGANISATION, f"{_ORGANISATION}.1"),
    Role.CAN_SIGN: (_ORGANISATION, f"{_ORGANISATION}.2"),
    Role.CAN_SIGN_FINANCIAL: (_ORGANISATION, f"{_ORGANISATION}.3"),
    Role.HR: (_ORGANISATION, f"{_ORGANISATION}.4"),
    Role.EMPLOYEE: (_ORGANISATION, f"{_ORGANISATION}.5"),
    Role.INFORMATION_SYSTEM: (_ORGANISATION, f"{_ORGANISATION}.6"),
}


def accepted(key: object) -> PublicKey | None:
    """The key, if it is of a kind that the profile allows: P-256, or RSA of 2048 bits with the exponent 65537."""
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048 and key.public_numbers().e == 65537:
        return key
    return None
