"""Strangers' bytes: whatever they are, the readers refuse them or read them, and never fail in another way."""

from __future__ import annotations

import base64
import contextlib
import time
import tracemalloc
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.eds.cms import reader as cms
from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.timestamp import token
from aimaq.eds.verdict import Asked, Verdict, judge, opened
from aimaq.eds.x509 import certificates
from aimaq.language.errors import AimaqError, BadSignature, InvalidInput
from registry_svc.nca.csr import key_in
from stand.signatures.craft import Hand, attributes, message, signer
from tests.eds.judging import check
from tests.eds.pki import DOCUMENT, IIN, NOW, RSA_KEY, Pki, curve_key
from tests.eds.tsa import Tsa

pytestmark = pytest.mark.slow

PKI = Pki()
CRL = PKI.crl()
HOLDER = PKI.person(organisation="Сынақ")
REQUEST = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(RSA_KEY, hashes.SHA256())

OTHER = PKI.person()
HANDS = [Hand(one.key, one.certificate) for one in (HOLDER, OTHER)]
BY_TWO = message([signer(one, attributes(one, DOCUMENT, NOW)) for one in HANDS], [one.certificate for one in HANDS])
STAMPED = token.stamped(HOLDER.sign(), Tsa(PKI).token(cms.take_apart(HOLDER.sign()).value))


def judged(data: bytes) -> Verdict:
    """Every finding, whatever the bytes: this never raises anything."""
    found = opened(data)
    if isinstance(found, Verdict):
        return found
    return judge(DOCUMENT, found, Asked(iin=IIN), NOW, PKI.trust, lambda one: CRL.status(one, NOW))


WHOLE: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
    "certificate": (certificates.read, [HOLDER.certificate.der, PKI.person(key=RSA_KEY).certificate.der]),
    "signature": (cms.take_apart, [HOLDER.sign(), PKI.person(key=RSA_KEY).sign()]),
    "verdict": (lambda data: check(DOCUMENT, data, IIN, NOW, PKI.trust, CRL), [HOLDER.sign()]),
    "findings": (judged, [STAMPED, BY_TWO]),
    "revocation list": (lambda data: RevocationList(data, PKI.trust), [PKI.crl_der(HOLDER.certificate)]),
    "request": (lambda data: key_in(_pem(data)), [REQUEST.public_bytes(Encoding.DER)]),
}

REFUSED = {kind: () if kind == "findings" else (BadSignature, InvalidInput) for kind in WHOLE}
"""How each may refuse: the verdict on every finding never does."""


def _pem(data: bytes) -> str:
    return (
        "-----BEGIN CERTIFICATE REQUEST-----\n"
        + base64.encodebytes(data).decode()
        + "-----END CERTIFICATE REQUEST-----\n"
    )


@st.composite
def mutated(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """One of these with a few bytes changed, cut out, doubled, or put in."""
    data = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        upto = min(at + draw(st.integers(0, 8)), len(data))
        data[at:upto] = draw(
            st.one_of(
                st.binary(max_size=8),
                st.just(bytes(data[at:upto]) * 2),
                st.sampled_from([b"\x30\x80", b"\x00\x00", b"\x84\xff\xff\xff\xff", b"\x02\x01\xff", b"\x1f"]),
            )
        )
    return bytes(data)


@pytest.mark.parametrize("kind", WHOLE)
def test_the_whole_one_is_read(kind: str) -> None:
    reader, whole = WHOLE[kind]
    for data in whole:
        reader(data)


@pytest.mark.parametrize("kind", WHOLE)
@settings(max_examples=600, deadline=None)
@given(draw=st.data())
def test_a_mutilated_one_is_read_or_refused(kind: str, draw: st.DataObject) -> None:
    reader, whole = WHOLE[kind]
    data = draw.draw(mutated(whole))
    with contextlib.suppress(*REFUSED[kind]):
        reader(data)


@pytest.mark.parametrize("kind", WHOLE)
@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(kind: str, data: bytes) -> None:
    with contextlib.suppress(*REFUSED[kind]):
        WHOLE[kind][0](data)


@pytest.mark.parametrize("kind", WHOLE)
def test_one_cut_short_anywhere_is_refused(kind: str) -> None:
    reader, whole = WHOLE[kind]
    for length in range(len(whole[0])):
        if kind in ("verdict", "findings"):
            result = reader(whole[0][:length])
            assert isinstance(result, Verdict)
            assert result.codes == ("malformed",)
        else:
            with pytest.raises(AimaqError):
                reader(whole[0][:length])


GIANTS = {
    "nested": b"\x30\x80" * 30_000,
    "boastful": b"\x30\x84\x7f\xff\xff\xff" + b"\x30\x80" * 1000,
    "full of nothing": b"\x30\x83\x00\xff\xfc" + b"\x05\x00" * 32_000,
    "giant": bytes(cms.LARGEST + 1),
    "full of signers": message([signer(HANDS[0], {}, DOCUMENT)] * 200, [HANDS[0].certificate]),
    "full of certificates": message([signer(HANDS[0], {}, DOCUMENT)], [HANDS[0].certificate] * 70),
}


@pytest.mark.parametrize("what", GIANTS)
def test_a_giant_is_refused_at_once(what: str) -> None:
    with pytest.raises(BadSignature):
        cms.take_apart(GIANTS[what])


@pytest.mark.parametrize("what", GIANTS)
def test_a_giant_takes_neither_memory_nor_time(what: str) -> None:
    data = GIANTS[what]
    judged(data)
    tracemalloc.start()
    begun = time.process_time()
    try:
        for reader in (judged, certificates.read, token.read, lambda data: RevocationList(data, PKI.trust)):
            with contextlib.suppress(BadSignature):
                reader(data)
        assert tracemalloc.get_traced_memory()[1] < 24 * 1024 * 1024
        assert time.process_time() - begun < 2
    finally:
        tracemalloc.stop()


@settings(max_examples=100)
@given(st.text(max_size=300))
def test_a_request_that_is_no_pem_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        key_in(text)
    assert (refused.value.field, refused.value.rule) == ("csr", "encoding")


def test_a_signature_by_a_key_that_was_never_certified_is_malformed_without_a_certificate() -> None:
    signed = HOLDER.sign()
    other = PKI.person(key=curve_key()).certificate
    assert check(DOCUMENT, signed.replace(HOLDER.certificate.der, other.der), IIN, NOW, PKI.trust, CRL).codes == (
        "malformed",
    )
