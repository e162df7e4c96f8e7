"""The kinds of keys that people have: RSA of 2048 bits, as the national authority certifies, and P-256."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aimaq.eds.x509.profile import PrivateKey


class Kind(enum.StrEnum):
    """What kind of key is made."""

    RSA = "rsa-2048"
    CURVE = "p-256"

    def make(self) -> PrivateKey:
        """A fresh key of this kind."""
        from stand.provision.keys import new_key, new_rsa_key

        return new_rsa_key() if self is Kind.RSA else new_key()
