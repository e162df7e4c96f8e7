"""An independent witness: openssl verifies our signatures and lists, and ours verifies openssl's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from asn1crypto import cms as asn1
from asn1crypto import tsp

from aimaq.eds.asn1 import der
from aimaq.eds.cms import reader
from aimaq.language.errors import BadSignature
from tests.eds.judging import check
from tests.eds.pki import DOCUMENT, IIN, NOW, RSA_KEY, Holder, Pki, curve_key

ATTIME = ["-attime", str(int(NOW.timestamp()) + 1)]
KINDS = ["P-256", "RSA-2048"]


class Bench:
    """A folder with an authority and a holder in it, and openssl at work there."""

    def __init__(self, folder: Path, pki: Pki, kind: str) -> None:
        self.folder, self.pki = folder, pki
        self.holder: Holder = pki.person(key=RSA_KEY if kind == "RSA-2048" else curve_key())
        self.key, self.certificate = self.holder.write(folder, "holder")
        self.file("ca.pem", pki.authority.pem)
        self.file("document", DOCUMENT)

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def openssl(self, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=False)

    def sign(self, *more: str) -> bytes:
        done = self.openssl(
            "cms",
            "-sign",
            "-binary",
            "-in",
            "document",
            "-signer",
            self.certificate,
            "-inkey",
            self.key,
            "-outform",
            "DER",
            "-out",
            "made",
            *more,
        )
        assert done.returncode == 0, done.stderr
        return (self.folder / "made").read_bytes()

    def accepts(self, signature: bytes, document: bytes = DOCUMENT) -> bool:
        self.file("signature", signature)
        self.file("content", document)
        done = self.openssl(
            "cms",
            "-verify",
            "-cades",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "signature",
            "-content",
            "content",
            "-CAfile",
            "ca.pem",
            "-out",
            "verified",
            *ATTIME,
        )
        assert done.returncode == 0 or b"rror" in done.stderr, done.stderr
        return done.returncode == 0 and (self.folder / "verified").read_bytes() == document

    def judged(self, signature: bytes) -> tuple[str, ...]:
        return check(DOCUMENT, signature, IIN, NOW, self.pki.trust, self.pki.crl()).codes


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest, tmp_path: Path, pki: Pki) -> Bench:
    return Bench(tmp_path, pki, request.param)


def test_openssl_accepts_our_signature_as_cades(bench: Bench) -> None:
    for at in (NOW, None):
        assert bench.accepts(bench.holder.sign(at=at))


def test_openssl_refuses_ours_over_another_document_or_with_a_changed_byte(bench: Bench) -> None:
    signed = bench.holder.sign()
    assert not bench.accepts(signed, DOCUMENT + b".")
    assert not bench.accepts(signed[:-1] + bytes([signed[-1] ^ 1]))


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_we_accept_what_openssl_signs(bench: Bench, digest: str) -> None:
    assert bench.judged(bench.sign("-cades", "-md", digest)) == ()


@pytest.mark.parametrize("option", ["-keyid", "-nosmimecap"])
def test_we_accept_the_forms_that_openssl_can_give_it(bench: Bench, option: str) -> None:
    assert bench.judged(bench.sign("-cades", option)) == ()


@pytest.mark.parametrize(
    "options",
    [("-nodetach",), ("-nodetach", "-stream"), ("-nodetach", "-keyid", "-md", "sha384"), ("-nodetach", "-indef")],
)
def test_we_accept_what_openssl_signs_with_the_document_inside(bench: Bench, options: tuple[str, ...]) -> None:
    signed = bench.sign("-cades", *options)
    assert reader.document_in(signed) == DOCUMENT
    assert bench.judged(signed) == ()


def test_we_put_together_what_openssl_streams_in_pieces(bench: Bench) -> None:
    large = DOCUMENT * 1000
    bench.file("document", large)
    signed = bench.sign("-cades", "-nodetach", "-stream")
    assert signed.startswith(b"\x30\x80")
    assert b"\x24\x80\x04" in signed[:64]
    assert len(signed) > reader.LARGEST
    assert reader.document_in(signed) == large
    assert check(large, signed, IIN, NOW, bench.pki.trust, bench.pki.crl()).codes == ()
    assert bench.judged(signed) == ("other-content",)


def test_openssl_accepts_ours_with_the_document_inside_and_takes_it_out(bench: Bench) -> None:
    for document in (DOCUMENT, b"", DOCUMENT * 1000):
        signed = bench.holder.sign(document, attached=True)
        assert reader.document_in(signed) == document
        bench.file("attached", signed)
        done = bench.openssl(
            "cms",
            "-verify",
            "-cades",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "attached",
            "-CAfile",
            "ca.pem",
            "-out",
            "inside",
            *ATTIME,
        )
        assert done.returncode == 0, done.stderr
        assert (bench.folder / "inside").read_bytes() == document


def test_we_accept_a_signature_that_carries_the_authoritys_certificates(bench: Bench) -> None:
    assert bench.judged(bench.sign("-cades", "-certfile", "ca.pem")) == ()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((), "signing-certificate-v2"),
        (("-noattr",), "no signed attributes"),
        (("-cades", "-nocerts"), "0xa0"),
        (("-cades", "-md", "sha1"), "SHA-256"),
    ],
)
def test_other_forms_are_refused_and_the_reason_told(bench: Bench, options: tuple[str, ...], why: str) -> None:
    signed = bench.sign(*options)
    with pytest.raises(BadSignature, match=why):
        reader.take_apart(signed)


def test_a_padding_outside_the_profile_is_refused(tmp_path: Path, pki: Pki) -> None:
    signed = Bench(tmp_path, pki, "RSA-2048").sign("-cades", "-keyopt", "rsa_padding_mode:pss")
    with pytest.raises(BadSignature, match="neither RSA nor ECDSA"):
        reader.take_apart(signed)


def test_two_signers_are_one_too_many(bench: Bench) -> None:
    key, certificate = bench.pki.person().write(bench.folder, "second")
    signed = bench.sign("-cades", "-signer", str(certificate), "-inkey", str(key))
    with pytest.raises(BadSignature, match="one signer"):
        reader.take_apart(signed)


def test_both_read_a_signature_with_indefinite_lengths(bench: Bench) -> None:
    signed = _indefinite(bench.holder.sign())
    assert signed.startswith(b"\x30\x80")
    assert bench.accepts(signed)
    assert bench.judged(signed) == ()


def test_an_independent_reader_finds_in_ours_what_cades_asks_for(bench: Bench) -> None:
    signed = asn1.ContentInfo.load(bench.holder.sign(), strict=True)["content"]
    assert signed["version"].native == "v1"
    assert isinstance(attributes_of(signed)["signing_certificate_v2"][0], tsp.SigningCertificateV2)
    assert signed["encap_content_info"]["content"].native is None
    attributes = attributes_of(signed)
    assert set(attributes) == {"content_type", "message_digest", "signing_time", "signing_certificate_v2"}
    assert attributes["signing_time"][0].native == NOW
    named = attributes["signing_certificate_v2"][0]["certs"][0]
    assert named["cert_hash"].native == bench.holder.certificate.digest


def attributes_of(signed: asn1.SignedData) -> dict[str, asn1.SetOf]:
    (signer,) = signed["signer_infos"]
    return {attribute["type"].native: attribute["values"] for attribute in signer["signed_attrs"]}


def test_openssl_reads_our_revocation_list(bench: Bench) -> None:
    bench.file("empty.crl", bench.pki.crl_der())
    bench.file("full.crl", bench.pki.crl_der(bench.holder.certificate, number=2))
    for name, found in (("empty", b""), ("full", b"certificate revoked")):
        done = bench.openssl("crl", "-inform", "DER", "-in", f"{name}.crl", "-CAfile", "ca.pem", "-out", f"{name}.pem")
        assert b"verify OK" in done.stderr
        done = bench.openssl(
            "verify", "-crl_check", "-CRLfile", f"{name}.pem", "-CAfile", "ca.pem", *ATTIME, bench.certificate
        )
        assert found in done.stderr
        assert (done.returncode == 0) is not bool(found)
    shown = bench.openssl("crl", "-in", "full.pem", "-noout", "-text").stdout
    assert b"Key Compromise" in shown
    assert b"X509v3 CRL Number: \n                2" in shown


OPEN = {(), (1,), (1, 0), (1, 0, 2), (1, 0, 3)}
"""Content info, signed data, content and certificates: what the providers of the field leave open-ended."""


def _indefinite(signed: bytes) -> bytes:
    def opened(element: der.Element, path: tuple[int, ...]) -> bytes:
        if path not in OPEN:
            return element.whole(signed)
        parts = enumerate(der.inside(signed, element))
        return bytes([element.tag, 0x80]) + b"".join(opened(part, (*path, n)) for n, part in parts) + b"\0\0"

    return opened(der.only(signed, der.SEQUENCE), ())
