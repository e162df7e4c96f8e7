"""Certificate requests (PKCS#10): the key that somebody asks a certificate for, and the proof that he holds it.

Nothing else is taken from a request: whom the certificate is for is the registry's knowledge, not the applicant's.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from aimaq.eds.x509.profile import PublicKey, accepted
from aimaq.language.errors import InvalidInput
from registry_svc import texts


def key_in(pem: str) -> PublicKey:
    """The public key in a PEM certificate request.

    InvalidInput on `csr`: `encoding` if it cannot be read, `key` if it is neither P-256 nor RSA-2048, `signature` if
    it is not signed with the private key that belongs to it.
    """
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = accepted(request.public_key())
        if key is None:
            raise InvalidInput(texts.WRONG_KEY, field="csr", rule="key")
        signed = request.is_signature_valid
    except UnsupportedAlgorithm:
        raise InvalidInput(texts.WRONG_KEY, field="csr", rule="key") from None
    except (ValueError, TypeError, x509.InvalidVersion, Warning):
        raise InvalidInput(texts.NO_REQUEST, field="csr", rule="encoding") from None
    if not signed:
        raise InvalidInput(texts.NOT_BY_KEY, field="csr", rule="signature")
    return key
