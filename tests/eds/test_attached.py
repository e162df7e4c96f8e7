"""Signatures with the document inside: what it is must be what was expected, byte for byte, and then all else holds."""

from __future__ import annotations

import base64
import contextlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import CONTEXT_0, OCTETS, SEQUENCE, encode
from aimaq.eds.asn1.oids import DATA, SIGNED_DATA
from aimaq.eds.cms import content, reader
from aimaq.eds.timestamp import token
from aimaq.language.errors import BadSignature
from stand.signatures.craft import Hand, attributes, holding, message, signer, streamed
from tests.eds.judging import check
from tests.eds.pki import DOCUMENT, IIN, NOW, RSA_KEY, Holder, Pki
from tests.eds.tsa import Tsa

PKI = Pki()
CRL = PKI.crl()
HOLDERS = [PKI.person(), PKI.person(key=RSA_KEY)]
OTHER = DOCUMENT + b" "


def codes(signature: bytes, document: bytes = DOCUMENT) -> tuple[str, ...]:
    return check(document, signature, IIN, NOW, PKI.trust, CRL).codes


@given(st.binary(max_size=2000), st.sampled_from(HOLDERS), st.sampled_from([None, NOW]))
def test_what_is_put_in_comes_out_and_is_as_good_as_detached(
    document: bytes, holder: Holder, at: datetime | None
) -> None:
    signed = holder.sign(document, at, attached=True)
    assert reader.document_in(signed) == document
    assert reader.take_apart(signed).content == document
    assert codes(signed, document) == ()


def test_a_detached_one_has_nothing_inside() -> None:
    assert reader.document_in(HOLDERS[0].sign()) is None
    assert reader.take_apart(HOLDERS[0].sign()).content is None


def test_another_document_inside_is_found_and_the_signature_itself_is_not_blamed() -> None:
    assert codes(HOLDERS[0].sign(OTHER, attached=True)) == ("other-content",)
    assert codes(HOLDERS[0].sign(b"", attached=True)) == ("other-content",)


def test_the_expected_document_laid_into_a_signature_over_another_does_not_help() -> None:
    assert codes(holding(HOLDERS[0].sign(OTHER), DOCUMENT)) == ("digest",)
    assert codes(streamed(HOLDERS[0].sign(OTHER), DOCUMENT, 7)) == ("digest",)


def test_another_document_laid_into_a_signature_over_the_expected_one_is_found_twice() -> None:
    assert codes(holding(HOLDERS[0].sign(), OTHER)) == ("other-content", "digest")


def test_without_attributes_it_is_held_against_the_document_inside() -> None:
    hand = Hand(HOLDERS[0].key, HOLDERS[0].certificate)
    bare = message([signer(hand, {}, OTHER)], [hand.certificate])
    assert codes(holding(bare, OTHER)) == ("missing-attribute", "other-content")
    assert codes(holding(bare, DOCUMENT)) == ("missing-attribute", "signature")


def test_each_of_two_signers_is_held_against_the_document_inside() -> None:
    hands = [Hand(one.key, one.certificate) for one in HOLDERS]
    infos = [signer(one, attributes(one, OTHER, NOW)) for one in hands]
    both = holding(message(infos, [one.certificate for one in hands]), OTHER)
    found = check(DOCUMENT, both, IIN, NOW, PKI.trust, CRL).findings
    codes = sorted((one.signer or 0, one.code.value) for one in found)
    assert codes == [(0, "several-signers"), (1, "other-content"), (2, "other-content")]


def test_one_with_the_document_inside_can_be_stamped() -> None:
    signed = HOLDERS[0].sign(attached=True)
    stamped = token.stamped(signed, Tsa(PKI).token(reader.take_apart(signed).value))
    verdict = check(DOCUMENT, stamped, IIN, NOW, PKI.trust, CRL)
    assert (verdict.codes, verdict.signed_at) == ((), NOW)
    assert reader.document_in(stamped) == DOCUMENT


@given(st.integers(1, 200))
def test_in_pieces_of_any_size_it_reads_the_same(size: int) -> None:
    signed = streamed(HOLDERS[0].sign(), DOCUMENT, size)
    assert reader.document_in(signed) == DOCUMENT
    assert codes(signed) == ()


def test_a_document_may_be_larger_than_a_signature_but_not_beyond_all_bounds() -> None:
    large = bytes(reader.LARGEST_CONTENT - 4096)
    signed = HOLDERS[0].sign(large, attached=True)
    assert codes(signed, large) == ()
    assert codes(streamed(HOLDERS[0].sign(large), large, 1000), large) == ()
    for size in (reader.LARGEST_CONTENT + reader.LARGEST, 4 * reader.LARGEST_CONTENT):
        assert codes(HOLDERS[0].sign(bytes(size), attached=True), bytes(size)) == ("too-large",)


def of(element: bytes, *more: bytes) -> bytes:
    """A CMS whose content is this element, though it should be one octet string."""
    outer = HOLDERS[0].sign()
    signed_data = der.inside(outer, der.inside(outer, der.only(outer, SEQUENCE))[1])[0]
    parts = [part.whole(outer) for part in der.inside(outer, signed_data)]
    parts[2] = encode(SEQUENCE, DATA, encode(CONTEXT_0, element, *more))
    return encode(SEQUENCE, SIGNED_DATA, encode(CONTEXT_0, encode(SEQUENCE, *parts)))


PIECE = encode(OCTETS, b"a")
NO_CONTENT = {
    "another type": of(encode(SEQUENCE, PIECE)),
    "two of them": of(PIECE, PIECE),
    "nothing": of(b""),
    "pieces of pieces": of(encode(0x24, encode(0x24, PIECE))),
    "pieces of another type": of(encode(0x24, encode(SEQUENCE, PIECE))),
    "too many pieces": of(encode(0x24, PIECE * (content.MOST_PIECES + 1))),
    "too many pieces in a stream": of(bytes((0x24, 0x80)) + PIECE * (der.MOST + 1) + b"\0\0"),
    "a stream without an end": of(bytes((0x24, 0x80)) + PIECE),
}


@pytest.mark.parametrize("what", NO_CONTENT)
def test_a_content_that_is_none_is_malformed(what: str) -> None:
    with pytest.raises(BadSignature, match="cannot be read"):
        reader.document_in(NO_CONTENT[what])
    assert codes(NO_CONTENT[what]) in (("malformed",), ("too-large",))


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from([HOLDERS[0].sign(attached=True), streamed(HOLDERS[1].sign(), DOCUMENT, 9)]),
    st.integers(0, 3000),
    st.one_of(st.binary(max_size=4), st.sampled_from([b"\x24\x80", b"\x00\x00", b"\x04\x84\xff\xff\xff\xff"])),
    st.integers(0, 4),
)
def test_a_mutilated_one_is_read_or_refused_and_never_passes_as_another_document(
    whole: bytes, at: int, put: bytes, out: int
) -> None:
    at %= len(whole)
    data = whole[:at] + put + whole[at + out :]
    with contextlib.suppress(BadSignature):
        reader.document_in(data)
    assert "malformed" in codes(data, OTHER) or {"other-content", "digest"} & set(codes(data, OTHER))


SMALL = b"\x04\x00"
GIANTS = {
    "pieces of nothing": of(bytes((0x24, 0x80)) + SMALL * 500_000 + b"\0\0"),
    "pieces of known length": of(encode(0x24, SMALL * 500_000)),
    "streams in streams": of((bytes((0x24, 0x80)) + (bytes((0x24, 0x80)) + SMALL * 2000 + b"\0\0") * 250) + b"\0\0"),
    "all of it open": b"\x30\x80" + SIGNED_DATA + b"\xa0\x80\x30\x80" + SMALL * 500_000 + b"\0\0" * 3,
}


@pytest.mark.parametrize("what", GIANTS)
def test_a_giant_is_given_up_before_all_its_parts_are_gone_through(what: str) -> None:
    assert codes(GIANTS[what]) == ("too-large",)
    with pytest.raises(BadSignature, match="too many"):
        reader.document_in(GIANTS[what])


@pytest.mark.parametrize("label", [b"CMS", b"PKCS7"])
def test_pem_is_taken_apart(label: bytes) -> None:
    signed = HOLDERS[0].sign()
    pem = b"-----BEGIN %s-----\n%s-----END %s-----\n" % (label, base64.encodebytes(signed), label)
    for one in (pem, pem.replace(b"\n", b"\r\n"), b"\n " + pem + b"\n", signed):
        assert content.unarmoured(one) == signed


@pytest.mark.parametrize(
    "pem",
    [
        b"-----BEGIN CMS-----",
        b"-----BEGIN CMS-----\nAAAA\n-----END PKCS7-----",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        b"-----BEGIN CMS-----\nA*AA\n-----END CMS-----",
        b"-----BEGIN CMS-----\nAAA\n-----END CMS-----",
        b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\nmore",
        b"-----BEGIN " * 10_000,
        b"-----BEGIN CMS-----\n" * 10_000,
    ],
)
def test_pem_that_is_none_is_refused(pem: bytes) -> None:
    with pytest.raises(BadSignature, match="PEM"):
        content.unarmoured(pem)
