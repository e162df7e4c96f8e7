"""A time-stamping authority in memory, written with a general ASN.1 library: it can also stamp wrongly."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from aimaq.eds.asn1 import der
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import PrivateKey
from tests.eds.pki import DAY, NOW, Holder, Pki, curve_key

UNUSED = (
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
SHA256 = algos.DigestAlgorithm({"algorithm": "sha256"})


def appointed(pki: Pki, *more: x509.ObjectIdentifier, critical: bool = True, key: PrivateKey | None = None) -> Holder:
    """A time-stamping authority with a certificate of this authority; `more` are other purposes."""
    key = key or curve_key()
    parts = [
        x509.NameAttribute(x509.NameOID.COMMON_NAME, "TSA (TEST)"),
        x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "KZ"),
    ]
    builder = x509.CertificateBuilder().subject_name(x509.Name(parts)).issuer_name(pki.authority.certificate.subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + 30 * DAY)
    purposes = [ExtendedKeyUsageOID.TIME_STAMPING, *more]
    builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    flags = dict.fromkeys(UNUSED, False)
    builder = builder.add_extension(x509.KeyUsage(digital_signature=True, **flags), critical=True)
    made = builder.sign(pki.authority._key, hashes.SHA256())
    return Holder(key, read(made.public_bytes(Encoding.DER)))


@dataclass
class Tsa:
    """A time-stamping authority of a stand."""

    pki: Pki
    holder: Holder = field(init=False)
    at: datetime = NOW
    content_type: str = "tst_info"
    over: bytes | None = None
    signed_over: bytes | None = None
    nonce: int | None = None
    status: str = "granted"
    named: bool = True

    def __post_init__(self) -> None:
        self.holder = appointed(self.pki)

    def token(self, value: bytes, nonce: int | None = None) -> bytes:
        """A token over these bytes."""
        return self.over_digest(hashlib.sha256(self.over or value).digest(), nonce)

    def over_digest(self, digest: bytes, nonce: int | None) -> bytes:
        """A token over what has this digest."""
        info: dict[str, Any] = {
            "version": "v1",
            "policy": "1.2.398.3.3.2.6.2",
            "message_imprint": {"hash_algorithm": SHA256, "hashed_message": digest},
            "serial_number": 4711,
            "gen_time": self.at,
        }
        if nonce is not None:
            info["nonce"] = nonce
        content = tsp.TSTInfo(info).dump()
        certificate = asn1.Certificate.load(self.holder.certificate.der)
        named = {"certs": [{"cert_hash": self.holder.certificate.digest}]}
        attributes = [
            {"type": "content_type", "values": [self.content_type]},
            {"type": "message_digest", "values": [hashlib.sha256(self.signed_over or content).digest()]},
        ]
        if self.named:
            attributes.append({"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2(named)]})
        signed = cms.CMSAttributes([cms.CMSAttribute(one) for one in attributes])
        assert isinstance(self.holder.key, ec.EllipticCurvePrivateKey)
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
            ),
            "digest_algorithm": SHA256,
            "signed_attrs": signed,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": self.holder.key.sign(signed.dump(), ec.ECDSA(hashes.SHA256())),
        }
        data = {
            "version": "v3",
            "digest_algorithms": [SHA256],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "certificates": [certificate],
            "signer_infos": [signer],
        }
        whole: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump()
        return whole

    def reply(self, query: bytes) -> bytes:
        """The answer to a request, as an independent reader takes it."""
        asked = tsp.TimeStampReq.load(query, strict=True)
        if self.status != "granted":
            # The library's reply must have a token, which RFC 3161, 2.4.2 leaves out where none is given.
            return der.encode(der.SEQUENCE, tsp.PKIStatusInfo({"status": self.status}).dump())
        imprint = asked["message_imprint"]
        assert imprint["hash_algorithm"]["algorithm"].native == "sha256"
        assert asked["cert_req"].native is True
        token = self.over_digest(imprint["hashed_message"].native, self.nonce or asked["nonce"].native)
        info = {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
        return bytes(tsp.TimeStampResp(info).dump())
