"""Tokens that a system signs with its own key: a JWT (RFC 7519) with ES256, that names the system's certificate.

Whose certificate it is, and whether it still counts, is the `Directory`'s knowledge, as it is for messages. A token
cannot be taken for a message: the signature over a message is detached, and its header says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol

from aimaq.language.errors import BadSignature, Technical
from aimaq.language.signing.jws import Directory, Identity, KeySigner, thumbprint

LONGEST = 4096
"""Characters that a token has at most."""


def issue(signer: KeySigner, kind: str, claims: dict[str, Any]) -> str:
    """A token of this kind (`typ`) with these claims, signed with the system's key."""
    key = ECKey.import_key(signer.key)
    header = {"alg": "ES256", "typ": kind, "kid": key.thumbprint(), "x5t#S256": thumbprint(signer.certificate)}
    return jwt.encode(header, claims, key)


def read(
    token: str, kind: str, directory: Directory, audience: str, at: datetime, *, withdrawn: bool = False
) -> tuple[str, dict[str, Any]]:
    """The party that signed a token of this kind for this audience, and its claims; BadSignature if it is none.

    `exp` and `aud` are required. The certificate must be in date and, unless `withdrawn` lets it, not withdrawn.
    """
    found: list[Identity] = []

    def key_of(guest: GuestProtocol) -> ECKey:
        header = guest.headers()
        identity = directory.by_thumbprint(str(header.get("x5t#S256", "")))
        if identity is None or header.get("typ") != kind:
            raise BadSignature(Technical("the token names no certificate of a system, or is of another kind"))
        found.append(identity)
        return ECKey.import_key(identity.key)

    if len(token) > LONGEST:
        raise BadSignature(Technical("the token is longer than one can be"))
    try:
        claims = jwt.decode(token, key_of, algorithms=["ES256"]).claims
        (identity,) = found
        until = float(claims["exp"])
    except (JoseError, ValueError, KeyError, TypeError):
        raise BadSignature(Technical("the token cannot be read, or its signature does not hold")) from None
    if claims.get("aud") != audience or until <= at.timestamp():
        raise BadSignature(Technical("the token is for another audience, or over"))
    over = identity.withdrawal is not None and identity.withdrawal.since <= at and not withdrawn
    if over or not identity.not_before <= at <= identity.not_after:
        raise BadSignature(Technical(f"the certificate of {identity.party} is withdrawn or not in date"))
    return identity.party, claims
