"""The profile of the national certification authority (ҰКО): what a certificate says of its owner, and in which OIDs.

The arcs 1.2.398.3.3 are those of the real authority, since software of the field looks for them. The names of issuers
are not: see `registry_svc.nca.authority`.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from aimaq.eds.x509.roles import Role as Role
from aimaq.eds.x509.roles import Usage as Usage

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


def accepted(key: object) -> PublicKey | None:
    """The key, if it is of a kind that the profile allows: P-256, or RSA of 2048 bits with the exponent 65537."""
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048 and key.public_numbers().e == 65537:
        return key
    return None
