"""The status of one certificate from a responder: which answers are believed, how long, and what if there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseBuilder, OCSPResponseStatus
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.access.signature_check import SignatureCheck
from aimaq.eds.revocation import ocsp_source
from aimaq.eds.revocation.ocsp import LARGEST, Answer, Question
from aimaq.eds.revocation.ocsp_source import Answers, AnswerSource
from aimaq.eds.revocation.status import Status
from aimaq.eds.verdict import Asked
from aimaq.eds.x509.certificates import read
from aimaq.http.client import http_client
from aimaq.language.errors import BadSignature, Unavailable, Unconfigured
from aimaq.language.texts import Texts
from aimaq.settings import Settings
from tests.eds.pki import DAY, DOCUMENT, IIN, NOW, Holder, Pki, curve_key
from tests.serving import Listener, Reply, Request, serving

LIFE = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
NONCE = b"0123456789abcdef"


def appointed(pki: Pki, *, purpose: x509.ObjectIdentifier | None = None, since: datetime = NOW) -> Holder:
    """A responder with a certificate of this authority."""
    key = curve_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "OCSP")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(pki.authority.certificate.subject)
    builder = builder.public_key(key.public_key()).serial_number(99)
    builder = builder.not_valid_before(since).not_valid_after(since + DAY)
    purposes = x509.ExtendedKeyUsage([purpose or ExtendedKeyUsageOID.OCSP_SIGNING])
    made = builder.add_extension(purposes, critical=False).sign(pki.authority._key, hashes.SHA256())
    return Holder(key, read(made.public_bytes(Encoding.DER)))


@dataclass
class Responder:
    """A responder that can be made to answer wrongly in every way."""

    pki: Pki
    holder: Holder
    by: Holder = field(init=False)
    status: OCSPCertStatus = OCSPCertStatus.GOOD
    since: datetime | None = None
    reason: x509.ReasonFlags | None = None
    nonce: bytes | None = None
    echoes: bool = True
    about: x509.Certificate | None = None
    at: datetime = NOW
    life: timedelta | None = LIFE
    carried: bool = True
    asked: int = 0

    def __post_init__(self) -> None:
        self.by = appointed(self.pki)

    def revoke(self, reason: x509.ReasonFlags | None = x509.ReasonFlags.key_compromise) -> None:
        self.status, self.since, self.reason = OCSPCertStatus.REVOKED, NOW, reason

    def answer(self, question: bytes) -> bytes:
        self.asked += 1
        request = ocsp.load_der_ocsp_request(question)
        nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        builder = OCSPResponseBuilder().add_response(
            self.about or self.holder.certificate.x509,
            self.pki.authority.certificate,
            hashes.SHA256(),
            self.status,
            self.at,
            self.at + self.life if self.life is not None else None,
            self.since,
            self.reason,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.by.certificate.x509)
        if self.carried:
            builder = builder.certificates([self.by.certificate.x509])
        if self.echoes:
            builder = builder.add_extension(x509.OCSPNonce(self.nonce or nonce), critical=False)
        assert isinstance(self.by.key, ec.EllipticCurvePrivateKey)
        return builder.sign(self.by.key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture
def responder(pki: Pki) -> Responder:
    return Responder(pki, pki.person())


def question(responder: Responder) -> Question:
    return Question(responder.holder.certificate, responder.pki.authority.certificate, NONCE)


def answered(responder: Responder, at: datetime = NOW) -> Answer:
    asked = question(responder)
    return asked.answered(responder.answer(asked.der), at)


def english(text: Texts | None) -> str:
    assert text is not None
    return text.en


def test_an_answer_tells_the_status_and_how_long_it_is_good(responder: Responder) -> None:
    answer = answered(responder)
    assert answer == Answer(Status("ocsp"), NOW, NOW + LIFE)
    assert answer.good_at(NOW + LIFE)
    assert not answer.good_at(NOW + LIFE + SECOND)
    responder.revoke()
    assert answered(responder).status == Status("ocsp", NOW, x509.ReasonFlags.key_compromise)
    responder.revoke(None)
    assert answered(responder).status.reason is x509.ReasonFlags.unspecified
    responder.revoke(x509.ReasonFlags.certificate_hold)
    assert answered(responder).status.suspended
    responder.status, responder.since, responder.reason = OCSPCertStatus.UNKNOWN, None, None
    assert "no such certificate" in english(answered(responder).status.unknown)


def test_the_issuer_may_answer_itself(responder: Responder) -> None:
    authority = responder.pki.authority
    own = read(authority.certificate.public_bytes(Encoding.DER))
    responder.by, responder.carried = Holder(authority._key, own), False
    assert answered(responder).status == Status("ocsp")


SPOILT: dict[str, tuple[Callable[[Responder], object], str]] = {
    "another nonce": (lambda r: setattr(r, "nonce", b"another"), "nonce is another"),
    "no nonce": (lambda r: setattr(r, "echoes", False), "nonce is another"),
    "another certificate": (lambda r: setattr(r, "about", r.pki.person().certificate.x509), "another certificate"),
    "a responder of another authority": (lambda r: setattr(r, "by", appointed(Pki())), "not signed"),
    "a person": (lambda r: setattr(r, "by", r.pki.person()), "not signed"),
    "a server": (lambda r: setattr(r, "by", appointed(r.pki, purpose=ExtendedKeyUsageOID.SERVER_AUTH)), "not signed"),
    "a responder of yesterday": (lambda r: setattr(r, "by", appointed(r.pki, since=NOW - 2 * DAY)), "not signed"),
    "a responder that shows no certificate": (lambda r: setattr(r, "carried", False), "not signed"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_an_answer_that_cannot_be_trusted_is_not_believed(what: str, responder: Responder) -> None:
    spoil, why = SPOILT[what]
    spoil(responder)
    with pytest.raises(BadSignature, match=why):
        answered(responder)


def test_a_changed_answer_is_not_believed(responder: Responder) -> None:
    asked = question(responder)
    good = responder.answer(asked.der)
    cut = good.rindex(responder.by.certificate.der)
    for data in (good[:40], b"", bytes(LARGEST + 1), good[: cut - 60] + bytes([good[cut - 60] ^ 1]) + good[cut - 59 :]):
        with pytest.raises(BadSignature):
            asked.answered(data, NOW)


def test_a_responder_that_says_so_does_not_answer_now(responder: Responder) -> None:
    refusal = OCSPResponseBuilder.build_unsuccessful(OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)
    with pytest.raises(Unavailable, match="TRY_LATER"):
        question(responder).answered(refusal, NOW)


def test_an_answer_that_is_out_of_date_or_from_the_future_is_stale(responder: Responder) -> None:
    responder.by = appointed(responder.pki, since=NOW - DAY / 2)
    assert "was good until" in english(answered(responder, NOW + LIFE + SECOND).status.stale)
    assert "from the future" in english(answered(responder, NOW - LIFE).status.stale)
    responder.life = None
    assert answered(responder, NOW + SECOND).status == Status("ocsp")
    assert not answered(responder).good_at(NOW + SECOND)


PKI = Pki()
FUZZED = Responder(PKI, PKI.person())
QUESTION = question(FUZZED)
ANSWER = FUZZED.answer(QUESTION.der)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(ANSWER) - 1), st.binary(min_size=1, max_size=6), st.integers(0, 6))
def test_a_mutilated_answer_is_refused_or_says_the_same(at: int, new: bytes, instead_of: int) -> None:
    try:
        answer = QUESTION.answered(ANSWER[:at] + new + ANSWER[at + instead_of :], NOW)
    except (BadSignature, Unavailable):
        return
    assert answer.status == Status("ocsp")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_no_answer(data: bytes) -> None:
    with pytest.raises((BadSignature, Unavailable)):
        QUESTION.answered(data, NOW)


@pytest.fixture
async def server(responder: Responder) -> AsyncIterator[Listener]:
    async def ask(request: Request) -> Reply:
        assert request.headers["content-type"] == "application/ocsp-request"
        return Reply(responder.answer(request.body))

    async def crl(request: Request) -> Reply:
        return Reply(responder.pki.crl_der(at=NOW), headers={"ETag": '"1"'})

    async with serving({"/nca/ocsp": ask, "/nca/crl": crl}) as running:
        yield running


Make = Callable[..., AnswerSource]


@pytest.fixture
async def source(pki: Pki, server: Listener) -> AsyncIterator[Make]:
    numbers = count()
    async with http_client() as session:

        def make(**how: float) -> AnswerSource:
            def draw(size: int) -> bytes:
                return next(numbers).to_bytes(size, "big")

            return AnswerSource(f"{server.url}/nca/ocsp", pki.trust, pki.clock, session, draw, **how)

        yield make


async def test_the_responder_is_asked_at_each_check(responder: Responder, source: Make) -> None:
    asking = source()
    assert await asking.status(responder.holder.certificate) == Status("ocsp")
    responder.revoke()
    assert (await asking.status(responder.holder.certificate)).since == NOW
    assert responder.asked == 2
    assert len(asking.answers) == 0


async def test_with_an_age_an_answer_is_used_again_but_not_beyond_its_next_update(
    pki: Pki, responder: Responder, source: Make
) -> None:
    asking, certificate = source(max_age=3600), responder.holder.certificate
    await asking.status(certificate)
    pki.clock.advance(LIFE)
    await asking.status(certificate)
    assert responder.asked == 1
    pki.clock.advance(SECOND)
    responder.at = pki.clock.now()
    await asking.status(certificate)
    assert responder.asked == 2
    brief = source(max_age=5)
    for passed in (0, 4, 1):
        pki.clock.advance(passed * SECOND)
        await brief.status(certificate)
    assert responder.asked == 4


async def test_a_revocation_in_this_process_counts_in_the_very_next_check(responder: Responder, source: Make) -> None:
    asking, certificate = source(max_age=3600), responder.holder.certificate
    assert await asking.status(certificate) == Status("ocsp")
    responder.revoke()
    assert await asking.status(certificate) == Status("ocsp")
    ocsp_source.withdrawn()
    assert (await asking.status(certificate)).since == NOW


async def test_an_answer_under_way_while_another_is_revoked_is_not_remembered(
    responder: Responder, source: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = source(max_age=3600)
    response = responder.answer

    def answer(question: bytes) -> bytes:
        ocsp_source.withdrawn()
        return response(question)

    monkeypatch.setattr(responder, "answer", answer)
    await asking.status(responder.holder.certificate)
    assert len(asking.answers) == 0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocsp_source, "REMEMBERED", 3)
    cached, people = Answers(), [PKI.person().certificate for _ in range(5)]
    good = Answer(Status("ocsp"), NOW, NOW + LIFE)
    for person in people[:3]:
        cached.put(person, NOW, good)
    assert cached.get(people[0], NOW, DAY) is good
    for person in people[3:]:
        cached.put(person, NOW, good)
    assert len(cached) == 3
    assert [cached.get(person, NOW, DAY) is good for person in people] == [True, False, False, True, True]


@pytest.mark.parametrize("what", ["gone", "a page", "an error", "a giant"])
async def test_a_responder_that_is_out_of_reach_says_nothing(
    what: str, responder: Responder, source: Make, server: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = {"a page": b"<html>", "a giant": bytes(LARGEST + 1)}
    asking = source()
    if what == "gone":
        await server.close()
    elif what == "an error":
        monkeypatch.setattr(responder, "answer", lambda question: 1 / 0)
    else:
        monkeypatch.setattr(responder, "answer", lambda question: bodies[what])
    with pytest.raises(Unavailable):
        await asking.status(responder.holder.certificate)


@pytest.fixture
async def signature_check(pki: Pki, server: Listener, tmp_path: Path) -> AsyncIterator[Callable[..., SignatureCheck]]:
    made: list[SignatureCheck] = []

    def make(**how: Any) -> SignatureCheck:
        url = server.url
        set_so = Settings(party="portal", home=tmp_path, registry_url=url, revocation="ocsp", **how)
        made.append(SignatureCheck(set_so, pki.clock, pki.trust))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_an_examiner_goes_by_the_responder(
    responder: Responder, signature_check: Callable[..., SignatureCheck]
) -> None:
    one, signed = signature_check(), responder.holder.sign()
    assert (await one.examine(DOCUMENT, signed, Asked(iin=IIN))).ok
    responder.revoke(x509.ReasonFlags.certificate_hold)
    assert (await one.examine(DOCUMENT, signed, Asked(iin=IIN))).codes == ("suspended",)
    assert (await one.examine(DOCUMENT, Pki().person().sign(), Asked(iin=IIN))).codes == ("chain",)
    assert (await one.examine(DOCUMENT, b"", Asked(iin=IIN))).codes == ("malformed",)


async def test_without_its_responder_an_examiner_refuses_or_goes_by_the_last_good_list(
    pki: Pki, responder: Responder, signature_check: Callable[..., SignatureCheck], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responder, "answer", lambda question: b"out of order")
    strict, mild, signed = signature_check(), signature_check(ocsp_down="list"), responder.holder.sign()
    verdict = await strict.examine(DOCUMENT, signed, Asked(iin=IIN))
    assert verdict.codes == ("revocation-unknown",)
    assert verdict.undecided
    assert (await mild.examine(DOCUMENT, signed, Asked(iin=IIN))).ok
    pki.clock.advance(2 * DAY)
    assert (await mild.examine(DOCUMENT, signed, Asked(iin=IIN))).ok, "a fresh list is given out"


@pytest.mark.parametrize("what", SPOILT)
async def test_an_answer_that_is_not_believed_is_a_finding_or_the_list_is_gone_by(
    what: str, responder: Responder, signature_check: Callable[..., SignatureCheck]
) -> None:
    SPOILT[what][0](responder)
    signed = responder.holder.sign()
    verdict = await signature_check().examine(DOCUMENT, signed, Asked(iin=IIN))
    assert verdict.codes == ("revocation-unknown",)
    assert verdict.undecided
    assert SPOILT[what][1] in verdict.findings[0].detail
    assert (await signature_check(ocsp_down="list").examine(DOCUMENT, signed, Asked(iin=IIN))).ok


@pytest.mark.parametrize("policy", ["refuse", "list"])
@pytest.mark.parametrize(("hours", "why"), [(-1, "was good until"), (1, "from the future")])
async def test_an_answer_that_is_not_in_date_is_a_finding_whatever_the_policy(
    hours: int, why: str, policy: str, responder: Responder, signature_check: Callable[..., SignatureCheck]
) -> None:
    responder.by = appointed(responder.pki, since=NOW - DAY / 2)
    responder.at = NOW + timedelta(hours=hours)
    verdict = await signature_check(ocsp_down=policy).examine(DOCUMENT, responder.holder.sign(), Asked(iin=IIN))
    assert verdict.codes == ("revocation-stale",)
    assert why in verdict.findings[0].detail


async def test_a_list_that_has_run_out_decides_nothing_for_an_examiner(
    pki: Pki, server: Listener, responder: Responder, signature_check: Callable[..., SignatureCheck]
) -> None:
    mild, signed = signature_check(ocsp_down="list"), responder.holder.sign()
    await mild._listed().current()
    await server.close()
    assert (await mild.examine(DOCUMENT, signed, Asked(iin=IIN))).ok
    pki.clock.advance(2 * DAY)
    assert (await mild.examine(DOCUMENT, signed, Asked(iin=IIN))).codes == ("revocation-unknown",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"revocation": "none"},
        {"ocsp_down": "accept"},
        {"staff_roles": "king"},
        {"staff_bins": "con"},
        {"staff_bins": "mayor=100140000003"},
        {"staff_bins": "con=10014000000x"},
        {"authority_keys": "gost"},
        {"password_tries": 0},
    ],
)
def test_a_policy_that_there_is_not_is_told_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unconfigured, match=f"AIMAQ_{next(iter(wrong)).upper()}"):
        Settings(party="portal", **wrong)
