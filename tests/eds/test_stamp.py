"""Time stamps: which are believed, what they prove of a signature, and how a signature comes by one."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.eds.cms import reader
from aimaq.eds.revocation.status import Status
from aimaq.eds.timestamp import token as stamp
from aimaq.eds.timestamp.client import TsaClient
from aimaq.eds.verdict import Asked, Verdict, concerned, judge
from aimaq.eds.x509.certificates import Certificate
from aimaq.http.client import http_client
from aimaq.language.errors import BadSignature, Unavailable
from tests.eds.pki import DAY, DOCUMENT, IIN, NOW, RSA_KEY, Pki
from tests.eds.tsa import Tsa, appointed
from tests.serving import Listener, Reply, Request, serving

HOUR = timedelta(hours=1)
PKI = Pki()
GOOD = PKI.person()
SIGNED = GOOD.sign()
VALUE = reader.take_apart(SIGNED).value
TOKEN = Tsa(PKI).token(VALUE, 5)


def stamped(signed: bytes, tsa: Tsa | None = None) -> bytes:
    return stamp.stamped(signed, (tsa or Tsa(PKI)).token(reader.take_apart(signed).value))


def judged(signature: bytes, *revoked: Certificate, since: timedelta = HOUR, after: timedelta = HOUR) -> Verdict:
    crl, at = PKI.crl(*revoked, at=NOW + since), NOW + after
    found = reader.signatures(signature)
    return judge(DOCUMENT, found, Asked(iin=IIN), at, PKI.trust, lambda one: crl.status(one, at))


def test_a_token_tells_what_was_seen_when_and_by_whom() -> None:
    tsa = Tsa(PKI)
    stamped = stamp.believed(tsa.token(VALUE, 5), VALUE, PKI.trust)
    assert (stamped.at, stamped.serial, stamped.policy, stamped.nonce) == (NOW, 4711, "1.2.398.3.3.2.6.2", 5)
    assert stamped.certificate == tsa.holder.certificate
    assert stamp.read(tsa.token(VALUE)).nonce is None
    tsa.at = NOW.replace(microsecond=250_000)
    assert stamp.read(tsa.token(VALUE)).at == tsa.at


SPOILT: dict[str, tuple[Callable[[Tsa], object], str]] = {
    "over something else": (lambda t: setattr(t, "over", b"another"), "over another signature"),
    "signed over something else": (lambda t: setattr(t, "signed_over", b"x"), "signed over something else"),
    "of another content": (lambda t: setattr(t, "content_type", "data"), "something else than data"),
    "naming no certificate": (lambda t: setattr(t, "named", False), "signing-certificate-v2"),
    "of another authority": (lambda t: setattr(t, "holder", appointed(Pki())), "nobody trusted here"),
    "by a person": (lambda t: setattr(t, "holder", PKI.person()), "not for time stamps"),
    "for more": (lambda t: setattr(t, "holder", appointed(PKI, ExtendedKeyUsageOID.CODE_SIGNING)), "not for time"),
    "not critically": (lambda t: setattr(t, "holder", appointed(PKI, critical=False)), "not for time stamps"),
    "before its certificate": (lambda t: setattr(t, "at", NOW - HOUR), "not in date"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_time_stamp_that_cannot_be_trusted_is_a_finding(how: str) -> None:
    tsa = Tsa(PKI)
    spoil, why = SPOILT[how]
    spoil(tsa)
    verdict = judged(stamped(SIGNED, tsa))
    assert verdict.codes == ("time-stamp",)
    assert why in verdict.findings[0].detail
    assert verdict.signed_at is None


def test_a_time_stamp_from_the_future_is_a_finding() -> None:
    tsa = Tsa(PKI, at=NOW + 2 * HOUR)
    assert "from the future" in judged(stamped(SIGNED, tsa)).findings[0].detail
    assert judged(stamped(SIGNED, tsa), after=2 * HOUR).ok


def test_a_time_stamp_by_an_authority_that_was_withdrawn_is_a_finding() -> None:
    tsa = Tsa(PKI)
    assert judged(stamped(SIGNED, tsa), tsa.holder.certificate).codes == ("time-stamp",)


def test_a_signature_with_a_time_stamp_is_good_and_its_time_is_known() -> None:
    for holder in (GOOD, PKI.person(key=RSA_KEY)):
        verdict = judged(stamped(holder.sign()))
        assert verdict.ok
        assert verdict.signed_at == NOW
    assert judged(SIGNED).signed_at is None


def test_what_expired_after_the_time_stamp_was_in_date_when_it_signed() -> None:
    holder = PKI.person(life=HOUR / 2)
    assert judged(holder.sign()).codes == ("expired",)
    assert judged(stamped(holder.sign())).ok
    late = Tsa(PKI, at=NOW + HOUR)
    assert judged(stamped(holder.sign(), late)).codes == ("expired",)


@pytest.mark.parametrize(
    ("age", "code"), [(None, "revoked"), (HOUR / 2, "revoked-after-signing"), (HOUR, "revoked"), (2 * HOUR, "revoked")]
)
def test_a_revocation_before_the_signing_is_told_from_one_after(age: timedelta | None, code: str) -> None:
    signed = GOOD.sign(at=NOW)
    if age is not None:
        signed = stamped(signed, Tsa(PKI, at=NOW + age))
    assert judged(signed, GOOD.certificate, since=HOUR, after=3 * HOUR).codes == (code,)


def test_those_that_are_looked_up_are_signers_and_stampers_of_this_authority() -> None:
    tsa = Tsa(PKI)
    assert concerned(reader.signatures(stamped(SIGNED, tsa)), PKI.trust) == [GOOD.certificate, tsa.holder.certificate]
    of_another = stamp.stamped(SIGNED, tsa.token(b"of another signature"))
    assert concerned(reader.signatures(of_another), PKI.trust) == [GOOD.certificate]
    assert concerned(reader.signatures(Pki().person().sign()), PKI.trust) == []


def test_only_one_signature_without_a_stamp_is_stamped() -> None:
    once = stamped(SIGNED)
    for bad in (once, b"", SIGNED[:-1], TOKEN[:20]):
        with pytest.raises(BadSignature, match="cannot be stamped"):
            stamp.stamped(bad, TOKEN)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(TOKEN) - 1), st.binary(min_size=1, max_size=6), st.integers(0, 6))
def test_a_mutilated_token_is_refused_or_says_the_same(at: int, new: bytes, instead_of: int) -> None:
    try:
        stamped = stamp.believed(TOKEN[:at] + new + TOKEN[at + instead_of :], VALUE, PKI.trust)
    except BadSignature:
        return
    assert (stamped.at, stamped.nonce) == (NOW, 5)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_no_token_and_no_reply(data: bytes) -> None:
    with pytest.raises(BadSignature):
        stamp.read(data)
    with pytest.raises((BadSignature, Unavailable)):
        stamp.token_in(data)
    with pytest.raises(BadSignature):
        stamp.stamped(data, TOKEN)


def test_a_token_larger_than_any_is_not_read() -> None:
    with pytest.raises(BadSignature, match="larger"):
        stamp.read(bytes(stamp.LARGEST + 1))


@pytest.fixture
def tsa(pki: Pki) -> Tsa:
    return Tsa(pki)


@pytest.fixture
async def server(tsa: Tsa) -> AsyncIterator[Listener]:
    async def answer(request: Request) -> Reply:
        assert request.headers["content-type"] == "application/timestamp-query"
        return Reply(tsa.reply(request.body))

    async with serving({"/nca/tsa": answer}) as running:
        yield running


@pytest.fixture
async def time_stamper(pki: Pki, server: Listener) -> AsyncIterator[TsaClient]:
    async with http_client() as session:
        yield TsaClient(f"{server.url}/nca/tsa", pki.trust, session, lambda size: b"\xff" * size)


async def test_a_signature_gets_its_time_stamp_over_http(pki: Pki, time_stamper: TsaClient) -> None:
    holder = pki.person()
    done = await time_stamper.stamp(holder.sign())
    found = reader.signatures(done)
    verdict = judge(DOCUMENT, found, Asked(iin=IIN), NOW, pki.trust, lambda _: Status("crl"))
    assert verdict.ok
    assert verdict.signed_at == NOW


@pytest.mark.parametrize(
    ("change", "error", "why"),
    [
        ({"status": "rejection"}, Unavailable, "status 2"),
        ({"nonce": 6}, BadSignature, "nonce is another"),
        ({"at": NOW - DAY}, BadSignature, "not in date"),
    ],
)
async def test_a_reply_that_is_no_good_stamp_of_this_signature_is_not_put_to_it(
    change: dict[str, Any], error: type[Exception], why: str, pki: Pki, tsa: Tsa, time_stamper: TsaClient
) -> None:
    for name, value in change.items():
        setattr(tsa, name, value)
    with pytest.raises(error, match=why):
        await time_stamper.stamp(pki.person().sign())


async def test_an_authority_that_is_gone_gives_no_time_stamp(server: Listener, time_stamper: TsaClient) -> None:
    await server.close()
    with pytest.raises(Unavailable, match="out of reach"):
        await time_stamper.stamp(SIGNED)


class Witness:
    """openssl, at work in a folder with the authority's certificates."""

    def __init__(self, folder: Path, pki: Pki) -> None:
        self.folder, self.pki = folder, pki
        self.file("ca.pem", pki.authority.pem)

    def file(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=False)


@pytest.fixture
def witness(tmp_path: Path, pki: Pki) -> Witness:
    return Witness(tmp_path, pki)


def test_openssl_takes_the_time_stamp_out_of_ours_and_verifies_it(witness: Witness) -> None:
    at = ["-attime", str(int(NOW.timestamp()) + 1)]
    holder = witness.pki.person()
    whole = stamped(holder.sign(), Tsa(witness.pki))
    witness.file("document", DOCUMENT)
    witness.file("signature", whole)
    done = witness.run(
        "cms",
        "-verify",
        "-cades",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "signature",
        "-content",
        "document",
        "-CAfile",
        "ca.pem",
        "-out",
        "verified",
        *at,
    )
    assert done.returncode == 0, done.stderr
    (signer,) = asn1.ContentInfo.load(whole, strict=True)["content"]["signer_infos"]
    (attribute,) = signer["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    witness.file("token", attribute["values"][0].dump())
    for value, good in ((signer["signature"].native, True), (b"another", False)):
        witness.file("value", value)
        done = witness.run("ts", "-verify", "-in", "token", "-token_in", "-data", "value", "-CAfile", "ca.pem", *at)
        assert (done.returncode == 0) is good, done.stderr


CONFIGURATION = """
[tsa]
default_tsa = here
[here]
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.crt
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.398.3.3.2.6.2
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_we_believe_what_openssl_stamps(witness: Witness, digest: str) -> None:
    pki = witness.pki
    signed = pki.person().sign()
    value = reader.take_apart(signed).value
    tsa = appointed(pki)
    tsa.write(witness.folder, "tsa")
    witness.file("tsa.cnf", CONFIGURATION.encode())
    witness.file("serial", b"01")
    witness.file("value", value)
    done = witness.run("ts", "-query", "-data", "value", f"-{digest}", "-cert", "-out", "query")
    assert done.returncode == 0, done.stderr
    done = witness.run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
    assert done.returncode == 0, done.stderr
    token = stamp.token_in((witness.folder / "reply").read_bytes())
    stamped = stamp.read(token)
    assert stamped.covers(value)
    assert stamped.certificate.digest == tsa.certificate.digest
    # openssl stamps with the time of the machine, for which this certificate was not made.
    assert reader.take_apart(stamp.stamped(signed, token)).stamp == token


def test_openssl_reads_our_request(witness: Witness) -> None:
    witness.file("query", stamp.query(VALUE, 77))
    shown = witness.run("ts", "-query", "-in", "query", "-text").stdout
    assert b"Hash Algorithm: sha256" in shown
    assert b"Nonce: 0x4D" in shown
    assert b"Certificate required: yes" in shown
