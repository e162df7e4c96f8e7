"""The responder: what it answers about certificates, checked by openssl and by an independent reader, and how fast."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from asn1crypto import ocsp as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.language.clock import StandClock
from aimaq.language.errors import Technical, Unavailable
from registry_svc.nca.authority import RESPONDER_LIFE
from registry_svc.nca.ocsp_request import LARGEST, Refusal
from registry_svc.nca.records import Records
from registry_svc.nca.responder import ANSWER_LIFE, Responder
from registry_svc.nca.status import CertificateStatus, CertificateStatuses
from tests.eds.pki import Pki, curve_key
from tests.parties import BASE
from tests.registry.witness import YEARS, Witness

pytestmark = pytest.mark.slow

PKI = Pki()
RESPONDER = Responder(PKI.authority, curve_key(), PKI.clock)
GOOD = CertificateStatus(issued=True)


def inquiry(
    serial: int = 7,
    authority: x509.Certificate | None = None,
    algorithm: hashes.HashAlgorithm | None = None,
    *more: tuple[x509.ExtensionType, bool],
) -> bytes:
    issuer = authority or PKI.authority.certificate
    holder = PKI.person().certificate.x509
    builder = ocsp.OCSPRequestBuilder().add_certificate(holder, issuer, algorithm or hashes.SHA1())
    if serial != holder.serial_number:
        request = builder.build()
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            request.issuer_name_hash, request.issuer_key_hash, serial, algorithm or hashes.SHA1()
        )
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    return builder.build().public_bytes(Encoding.DER)


@pytest.mark.parametrize("option", ["-nonce", "-no_nonce", "-sha256"])
async def test_openssl_is_told_of_a_good_certificate(witness: Witness, option: str) -> None:
    await witness.issue()
    answer = await witness.asked(option)
    assert answer.code == 0, answer.text
    assert "Response verify OK" in answer.text
    assert "holder.crt: good" in answer.text
    assert "WARNING" not in answer.text


async def test_openssl_may_ask_about_several_at_once(witness: Witness) -> None:
    revoked = await witness.issue("revoked")
    await witness.issue()
    await witness.call("POST", "/nca/revocations", {"serial": f"{revoked.serial_number:x}"})
    answer = await witness.asked("-cert", "revoked.crt", "-serial", "77")
    assert "Response verify OK" in answer.text
    assert "holder.crt: good" in answer.text
    assert "revoked.crt: revoked" in answer.text
    assert "77: unknown" in answer.text


async def test_openssl_is_told_of_a_revocation_at_once(witness: Witness) -> None:
    certificate = await witness.issue()
    body = {"serial": f"{certificate.serial_number:x}", "reason": "keyCompromise"}
    await witness.call("POST", "/nca/revocations", body)
    answer = await witness.asked()
    assert "Response verify OK" in answer.text
    assert "holder.crt: revoked" in answer.text
    assert "Reason: keyCompromise" in answer.text
    assert f"Revocation Time: {BASE:%b} {BASE.day:2} {BASE:%H:%M:%S %Y} GMT" in answer.text


async def test_openssl_is_told_that_a_serial_number_is_unknown(witness: Witness) -> None:
    output = await witness.openssl(
        "ocsp",
        "-issuer",
        "issuing.pem",
        "-serial",
        "0x1234",
        "-url",
        f"{witness.url}/nca/ocsp",
        "-CAfile",
        "ca.pem",
        "-validity_period",
        YEARS,
        *witness.attime,
    )
    assert "Response verify OK" in output.text
    assert "0x1234: unknown" in output.text


async def test_another_authoritys_certificate_is_none_of_its_business(witness: Witness) -> None:
    witness.file("other-root.pem", PKI.authority.root.public_bytes(Encoding.PEM))
    witness.file("other.pem", PKI.authority.certificate.public_bytes(Encoding.PEM))
    for issuer, certificate in (("other-root.pem", "other.pem"), ("other.pem", "other.pem")):
        output = await witness.openssl(
            "ocsp", "-issuer", issuer, "-cert", certificate, "-url", f"{witness.url}/nca/ocsp", "-CAfile", "ca.pem"
        )
        assert "unauthorized" in output.text


async def test_openssl_is_told_of_the_issuing_authority_itself(witness: Witness) -> None:
    output = await witness.openssl(
        "ocsp",
        "-issuer",
        "root.pem",
        "-cert",
        "issuing.pem",
        "-cert",
        "root.pem",
        "-serial",
        "77",
        "-url",
        f"{witness.url}/nca/ocsp",
        "-CAfile",
        "root.pem",
        "-validity_period",
        YEARS,
        *witness.attime,
    )
    assert "Response verify OK" in output.text
    assert "issuing.pem: good" in output.text
    assert "root.pem: good" in output.text
    assert "77: unknown" in output.text


async def test_one_answer_does_not_speak_for_two_authorities(witness: Witness) -> None:
    await witness.issue()
    output = await witness.openssl(
        "ocsp",
        "-issuer",
        "root.pem",
        "-cert",
        "issuing.pem",
        "-issuer",
        "issuing.pem",
        "-cert",
        "holder.crt",
        "-url",
        f"{witness.url}/nca/ocsp",
        "-CAfile",
        "ca.pem",
    )
    assert "unauthorized" in output.text


async def test_an_inquiry_in_the_address_is_answered_too(witness: Witness) -> None:
    certificate = await witness.issue()
    issuer = x509.load_pem_x509_certificate((witness.folder / "issuing.pem").read_bytes())
    data = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256()).build()
    text = quote(base64.b64encode(data.public_bytes(Encoding.DER)), safe="")
    answer = await witness.session.get(f"{witness.url}/nca/ocsp/{text}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/ocsp-response")
    assert answer.headers["Cache-Control"] == "no-store"
    response = ocsp.load_der_ocsp_response(answer.content)
    assert (response.certificate_status, response.serial_number) == (OCSPCertStatus.GOOD, certificate.serial_number)
    answer = await witness.session.get(f"{witness.url}/nca/ocsp/nonsense!")
    assert ocsp.load_der_ocsp_response(answer.content).response_status is OCSPResponseStatus.MALFORMED_REQUEST


async def test_without_a_database_one_is_to_try_later(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(self: CertificateStatuses, serial: int) -> CertificateStatus:
        raise Unavailable(Technical("gone"))

    await witness.issue()
    monkeypatch.setattr(CertificateStatuses, "of", gone)
    assert "trylater" in (await witness.asked()).text


async def test_the_stands_own_systems_and_officials_are_known_and_can_be_withdrawn(witness: Witness) -> None:
    for name in ("portal", "autopilot"):
        pem = (witness.parties.home / "keys" / name / "cert.pem").read_bytes()
        witness.file("holder.crt", pem)
        assert "holder.crt: good" in (await witness.asked()).text
        serial = f"{x509.load_pem_x509_certificate(pem).serial_number:x}"
        await witness.call("POST", "/nca/revocations", {"serial": serial, "reason": "superseded"})
        assert "holder.crt: revoked" in (await witness.asked()).text
        shown = await witness.call("GET", f"/nca/certificates/{serial}", None, 200)
        assert shown["role"] == {"portal": "information-system", "autopilot": "employee"}[name]


def test_an_answer_is_true_now_and_for_a_while_by_the_stands_clock() -> None:
    response = ocsp.load_der_ocsp_response(RESPONDER.answer(RESPONDER.read(inquiry()), [GOOD]))
    now = PKI.clock.now()
    assert (response.produced_at_utc, response.this_update_utc, response.next_update_utc) == (
        now,
        now,
        now + ANSWER_LIFE,
    )


def test_the_responder_has_a_certificate_for_nothing_else() -> None:
    (certificate,) = ocsp.load_der_ocsp_response(RESPONDER.answer(RESPONDER.read(inquiry()), [GOOD])).certificates
    certificate.verify_directly_issued_by(PKI.authority.certificate)
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [purpose.dotted_string for purpose in purposes] == ["1.3.6.1.5.5.7.3.9"]
    assert x509.OCSPNoCheck() in [extension.value for extension in certificate.extensions]
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, False, False)


def test_its_certificate_is_renewed_long_before_it_runs_out() -> None:
    clock = StandClock(lambda: BASE)
    made = Pki(clock)
    responder = Responder(made.authority, curve_key(), clock)
    data = inquiry(authority=made.authority.certificate)
    for days in (0, RESPONDER_LIFE.days // 2 + 1, 900):
        clock.advance(timedelta(days=days))
        response = ocsp.load_der_ocsp_response(responder.answer(responder.read(data), [GOOD]))
        (certificate,) = response.certificates
        assert certificate.not_valid_before_utc <= clock.now() < certificate.not_valid_after_utc - RESPONDER_LIFE / 3


@pytest.mark.parametrize("size", [1, 16, 32, 128])
def test_the_nonce_comes_back(size: int) -> None:
    nonce = x509.OCSPNonce(bytes(range(size)))
    response = ocsp.load_der_ocsp_response(
        RESPONDER.answer(RESPONDER.read(inquiry(7, None, None, (nonce, False))), [GOOD])
    )
    assert response.extensions.get_extension_for_class(x509.OCSPNonce).value == nonce


def test_an_independent_reader_reads_the_answer() -> None:
    response = asn1.OCSPResponse.load(RESPONDER.answer(RESPONDER.read(inquiry()), [GOOD]), strict=True)
    assert response["response_status"].native == "successful"
    (single,) = response.response_data["responses"]
    assert single["cert_status"].name == "good"


UNANSWERED: dict[str, tuple[bytes, OCSPResponseStatus]] = {
    "nothing": (b"", OCSPResponseStatus.MALFORMED_REQUEST),
    "text": (b"is it good?", OCSPResponseStatus.MALFORMED_REQUEST),
    "too much": (inquiry() + b"\0" * LARGEST, OCSPResponseStatus.MALFORMED_REQUEST),
    "something after it": (inquiry() + b"\0", OCSPResponseStatus.MALFORMED_REQUEST),
    "cut short": (inquiry()[:-1], OCSPResponseStatus.MALFORMED_REQUEST),
    "a nonce of nothing": (
        inquiry(7, None, None, (x509.OCSPNonce(b""), False)),
        OCSPResponseStatus.MALFORMED_REQUEST,
    ),
    "a nonce without end": (
        inquiry(7, None, None, (x509.OCSPNonce(bytes(129)), False)),
        OCSPResponseStatus.MALFORMED_REQUEST,
    ),
    "a demand that nobody knows": (
        inquiry(7, None, None, (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)),
        OCSPResponseStatus.MALFORMED_REQUEST,
    ),
    "another authority": (inquiry(7, PKI.authority.root), OCSPResponseStatus.UNAUTHORIZED),
}


@pytest.mark.parametrize("what", UNANSWERED)
def test_what_cannot_be_answered_is_refused(what: str) -> None:
    data, status = UNANSWERED[what]
    with pytest.raises(Refusal) as refused:
        RESPONDER.read(data)
    assert ocsp.load_der_ocsp_response(refused.value.der).response_status is status


@settings(max_examples=300, database=None, deadline=None)
@given(
    st.binary(max_size=200) | st.integers(0, 120).flatmap(lambda at: st.integers(0, 255).map(lambda b: _spoilt(at, b)))
)
def test_no_bytes_however_odd_bring_the_responder_down(data: bytes) -> None:
    try:
        response = RESPONDER.answer(RESPONDER.read(data), [GOOD])
    except Refusal as refusal:
        response = refusal.der
    assert ocsp.load_der_ocsp_response(response).response_status in OCSPResponseStatus


WHOLE = inquiry(7, None, None, (x509.OCSPNonce(bytes(16)), False))


def _spoilt(at: int, byte: int) -> bytes:
    data = bytearray(WHOLE)
    data[at % len(data)] = byte
    return bytes(data)


async def test_many_who_ask_at_once_share_a_few_questions_to_the_database(witness: Witness) -> None:
    serials = [(await witness.issue(str(n))).serial_number for n in range(3)]
    service = witness.parties.services["registry"]
    statuses = CertificateStatuses(service.database, Records(service.database, PKI.authority))
    known = await asyncio.gather(*(statuses.of(serials[n % 3]) for n in range(700)), statuses.of(5))
    assert [one.issued for one in known] == [True] * 700 + [False]
    gone = asyncio.ensure_future(statuses.of(serials[0]))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await statuses.of(serials[1])).issued


async def test_verifiers_who_ask_together_share_the_questions_to_the_database(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole door, without the network: sixteen verifiers at a time, forty questions each."""
    certificate = await witness.issue()
    issuer = x509.load_pem_x509_certificate((witness.folder / "issuing.pem").read_bytes())
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()
    data, app = request.public_bytes(Encoding.DER), witness.parties.apps["registry"]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/nca/ocsp",
        "raw_path": b"/nca/ocsp",
        "query_string": b"",
        "headers": [],
        "scheme": "http",
        "server": ("registry", 80),
        "client": ("verifier", 1),
        "http_version": "1.1",
        "root_path": "",
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    async def verifier(times: int) -> bytes:
        body = b""

        async def send(message: Any) -> None:
            nonlocal body
            body = message.get("body", b"")

        for _ in range(times):
            await app(dict(scope), receive, send)
        return body

    asked: list[int] = []
    read = CertificateStatuses._read

    async def counted(self: CertificateStatuses, serials: set[str]) -> dict[str, CertificateStatus]:
        asked.append(len(serials))
        return await read(self, serials)

    monkeypatch.setattr(CertificateStatuses, "_read", counted)
    answers = await asyncio.gather(*(verifier(40) for _ in range(16)))
    assert {ocsp.load_der_ocsp_response(body).certificate_status for body in answers} == {OCSPCertStatus.GOOD}
    assert 0 < len(asked) <= 640 / 4
