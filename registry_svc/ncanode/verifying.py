"""Signatures checked (`/cms/verify`, `/x509/verify`), and taken apart (`/cms/extract`).

A signature is good if its key made it over these bytes and its certificate is valid. As with NCANode, nothing is asked
of what the certificate is for, and CMS without the attribute signing-certificate-v2 are good too: NCALayer writes them.
The desks of the stand ask for more.
"""

from __future__ import annotations

from collections.abc import Collection

from aimaq.eds.cms import reader
from aimaq.eds.cms.algorithms import made_with
from aimaq.eds.cms.reader import Signature
from aimaq.eds.findings import Code
from aimaq.eds.timestamp import token
from aimaq.eds.timestamp.token import Stamp
from aimaq.eds.x509 import certificates
from aimaq.eds.x509.certificates import Certificate
from aimaq.language.errors import BadSignature
from registry_svc.ncanode.certificate_info import Passports, written
from registry_svc.ncanode.encoding import decoded, der_in, encoded
from registry_svc.ncanode.problems import Refused
from registry_svc.ncanode.schemas import (
    Check,
    CmsSigner,
    CmsVerification,
    CmsVerifyRequest,
    TspInfo,
    Verification,
    X509InfoRequest,
    X509VerifyRequest,
)

_HASHES = {"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}


class Verifying:
    """Checks signatures against what the authority knows."""

    def __init__(self, passports: Passports) -> None:
        self._passports = passports

    async def cms(self, asked: CmsVerifyRequest) -> CmsVerification:
        """Who signed, and whether every signature is good; Refused if that cannot be told.

        Data that comes along with a CMS that has its own must be the same.
        """
        signature = der_in(asked.cms, "cms", "CMS", "PKCS7")
        data = decoded(asked.data, "data") if asked.data is not None else None
        try:
            inside = reader.document_in(signature)
            if inside is None and data is None:
                raise Refused("Data must be specified for detached CMS", details="data")
            signers = reader.signers_in(signature)
            if not signers:
                raise Refused("No signatures found", status=404, details="cms")
            found = reader.signatures(signature)
        except BadSignature as error:
            raise Refused(f"cms: {error.detail}", details="cms") from None
        content = data if inside is None else inside
        assert content is not None
        described = CmsVerification(valid=data in (None, content), signers=[])
        for one, certificate in zip(found, signers, strict=True):
            if isinstance(one, Signature):
                good, signer = await self._signer(one, content, asked.revocation_check)
            else:
                good, signer = False, await self._unread(certificate, asked.revocation_check)
            described.valid = described.valid and good
            described.signers.append(signer)
        return described

    def content(self, asked: CmsVerifyRequest) -> str:
        """What is inside a CMS, in base64; Refused if nothing is, or if it is no CMS."""
        try:
            inside = reader.document_in(der_in(asked.cms, "cms", "CMS", "PKCS7"))
        except BadSignature as error:
            raise Refused(f"cms: {error.detail}", details="cms") from None
        if inside is None:
            raise Refused("CMS doesn't have signed content", details="cms")
        return encoded(inside)

    async def certificates(self, asked: X509InfoRequest) -> Verification:
        """What is known of certificates; of those that cannot be read, nothing."""
        described = Verification(valid=bool(asked.certs), signers=[])
        for number, text in enumerate(asked.certs):
            certificate = _certificate(text, f"certs[{number}]")
            if certificate is None:
                described.message = f"[{number}]: Invalid certificate given."
                described.signers.append(None)
            else:
                described.signers.append(
                    await self._passports.info(certificate, asked.revocation_check, self._passports.now())
                )
        described.valid = described.valid and all(one is not None and one.valid for one in described.signers)
        return described

    async def bare(self, asked: X509VerifyRequest) -> Verification:
        """Whether a certificate is valid, and its key made the bare signature over the text, if one is given."""
        described = await self.certificates(
            X509InfoRequest(certs=[asked.certificate], revocation_check=asked.revocation_check)
        )
        if asked.signature is None:
            return described
        if asked.data is None:
            raise Refused("data: must not be null", details="data")
        signature = decoded(asked.signature, "signature")
        certificate = _certificate(asked.certificate, "certificate")
        key = certificate.key if certificate is not None else None
        described.valid = described.valid and key is not None and made_with(key, signature, asked.data.encode())
        return described

    async def _unread(self, certificate: Certificate | None, checks: Collection[Check]) -> CmsSigner:
        """Who made a signature that cannot be read: by an algorithm that is not known here, or damaged."""
        known = [] if certificate is None else [certificate]
        now = self._passports.now()
        return CmsSigner(certificates=[await self._passports.info(one, checks, now) for one in known])

    async def _signer(self, signed: Signature, content: bytes, checks: Collection[Check]) -> tuple[bool, CmsSigner]:
        good, at, tsp = _made(signed, content), self._passports.now(), None
        if signed.stamp is not None:
            try:
                stamped = token.believed(signed.stamp, signed.value, self._passports.trust)
                at, tsp = min(at, stamped.at), _tsp_info(stamped)
            except BadSignature:
                good = False
        info = await self._passports.info(signed.certificate, checks, at)
        return good and info.valid, CmsSigner(certificates=[info], tsp=tsp)


def _made(signed: Signature, content: bytes) -> bool:
    """Whether the key of the certificate made the signature over this content."""
    if any(code is Code.BAD_ATTRIBUTE for code, _ in signed.faults):
        return False
    if signed.attributes and (signed.digest is None or not signed.covers(content)):
        return False
    if signed.named is not None and not signed.names_its_certificate():
        return False
    key = signed.certificate.key
    return key is not None and signed.made_by(key, content)


def _tsp_info(stamped: Stamp) -> TspInfo:
    serial = stamped.serial
    return TspInfo(
        serial_number=serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True).hex(),
        gen_time=written(stamped.at),
        policy=stamped.policy,
        tsp_hash_algorithm=_HASHES[stamped.algorithm],
        hash=stamped.digest.hex(),
    )


def _certificate(text: str, field: str) -> Certificate | None:
    """The certificate in a text; None if there is none. Refused if it is not even base64."""
    data = der_in(text, field, "CERTIFICATE")
    try:
        return certificates.read(data)
    except BadSignature:
        return None
