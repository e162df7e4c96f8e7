"""What a certificate is for, and in what capacity its owner acts. Settings and commands use it without cryptography."""

from __future__ import annotations

import enum


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
