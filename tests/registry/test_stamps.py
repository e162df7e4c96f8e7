"""Time stamps: openssl asks for them and verifies them, an independent reader reads them, bad requests are told why."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from asn1crypto import core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.eds.asn1 import der
from aimaq.language.clock import StandClock
from aimaq.language.ids import Ids
from registry_svc.nca.authority import STAMPS_POLICY, SYSTEM_LIFE
from registry_svc.nca.timestamps import ACCURACY, LARGEST, Order, Refused, TimeStampAuthority
from tests.eds.pki import DOCUMENT, Pki, curve_key
from tests.parties import BASE
from tests.registry.witness import Output, Witness

pytestmark = pytest.mark.slow

PKI = Pki()
TSA = TimeStampAuthority(PKI.authority, curve_key(), PKI.clock, Ids(PKI.clock))


def request(data: bytes = DOCUMENT, digest: str = "sha256", **more: object) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": digest}, "hashed_message": hashlib.new(digest, data).digest()}
    made: bytes = tsp.TimeStampReq({"version": 1, "message_imprint": imprint} | more).dump()
    return made


def granted(answer: bytes) -> tsp.TSTInfo:
    response = tsp.TimeStampResp.load(answer, strict=True)
    assert response["status"]["status"].native == "granted"
    signed = response["time_stamp_token"]["content"]
    info = signed["encap_content_info"]["content"].parsed
    assert isinstance(info, tsp.TSTInfo)
    return info


def status(answer: bytes) -> tsp.PKIStatusInfo:
    """What an answer says first; the independent reader holds that a refusal must have a stamp, too."""
    (first, *_) = der.inside(answer, der.only(answer, der.SEQUENCE))
    return tsp.PKIStatusInfo.load(first.whole(answer), strict=True)


async def stamped(witness: Witness, *options: str, data: bytes = DOCUMENT) -> None:
    """A stamp that openssl asks for over a file, in `reply`."""
    witness.file("data", data)
    output = await witness.openssl("ts", "-query", "-data", "data", "-out", "query", *options)
    assert output.code == 0, output.text
    query = (witness.folder / "query").read_bytes()
    headers = {"Content-Type": "application/timestamp-query"}
    answer = await witness.session.post(f"{witness.url}/nca/tsa", content=query, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/timestamp-reply")
    witness.file("reply", answer.content)


async def verified(witness: Witness, *options: str, what: tuple[str, str] = ("-queryfile", "query")) -> Output:
    return await witness.openssl("ts", "-verify", *what, "-in", "reply", "-CAfile", "ca.pem", *witness.attime, *options)


@pytest.mark.parametrize("digest", ["-sha256", "-sha384", "-sha512"])
async def test_openssl_verifies_the_stamps_it_asks_for(witness: Witness, digest: str) -> None:
    await stamped(witness, digest, "-cert")
    assert "Verification: OK" in (await verified(witness)).text
    assert "Verification: OK" in (await verified(witness, what=("-data", "data"))).text
    shown = (await witness.openssl("ts", "-reply", "-in", "reply", "-text")).text
    assert "Status: Granted." in shown
    assert f"Policy OID: {STAMPS_POLICY}" in shown
    assert f"Time stamp: {BASE:%b} {BASE.day:2} {BASE:%H:%M:%S %Y} GMT" in shown
    assert f"Accuracy: 0x{ACCURACY:02X} seconds" in shown
    assert "AIMAQ TIME-STAMPING AUTHORITY (TEST)" in shown


async def test_openssl_refuses_a_stamp_on_other_bytes(witness: Witness) -> None:
    await stamped(witness, "-sha256", "-cert")
    witness.file("other", DOCUMENT + b".")
    answer = await verified(witness, what=("-data", "other"))
    assert "message imprint mismatch" in answer.text
    await stamped(witness, "-sha256", "-cert")
    reply = (witness.folder / "reply").read_bytes()
    witness.file("reply", reply[:-1] + bytes([reply[-1] ^ 1]))
    assert "Verification: FAILED" in (await verified(witness)).text


async def test_a_stamp_without_certificates_is_verified_with_them_given(witness: Witness) -> None:
    await stamped(witness, "-sha256", "-cert")
    token = tsp.TimeStampResp.load((witness.folder / "reply").read_bytes())["time_stamp_token"]["content"]
    for one in token["certificates"]:
        if one.chosen.subject.native["common_name"].startswith("AIMAQ TIME"):
            witness.file("tsa.pem", x509.load_der_x509_certificate(one.chosen.dump()).public_bytes(Encoding.PEM))
    await stamped(witness, "-sha256")
    assert "Verification: FAILED" in (await verified(witness)).text
    witness.file("chain.pem", (witness.folder / "tsa.pem").read_bytes() + (witness.folder / "issuing.pem").read_bytes())
    assert "Verification: OK" in (await verified(witness, "-untrusted", "chain.pem")).text


async def test_openssl_is_told_why_it_gets_no_stamp(witness: Witness) -> None:
    await stamped(witness, "-sha1")
    shown = (await witness.openssl("ts", "-reply", "-in", "reply", "-text")).text
    assert "Status: Rejected." in shown
    assert "Failure info: unrecognized or unsupported algorithm identifier" in shown
    await stamped(witness, "-sha256", "-tspolicy", "1.2.3.4")
    assert "policy is not supported" in (await witness.openssl("ts", "-reply", "-in", "reply", "-text")).text


async def test_the_stampers_certificate_verifies_with_all_lists_and_for_nothing_else(witness: Witness) -> None:
    await stamped(witness, "-sha256", "-cert")
    output = await witness.openssl("ts", "-reply", "-in", "reply", "-token_out", "-out", "token")
    assert output.code == 0, output.text
    token = tsp.TimeStampResp.load((witness.folder / "reply").read_bytes())["time_stamp_token"]["content"]
    (own,) = (one.chosen for one in token["certificates"] if one.chosen.extended_key_usage_value is not None)
    assert own.extended_key_usage_value.native == ["time_stamping"]
    assert own.key_usage_value.native == {"digital_signature"}
    assert own.ocsp_urls == [f"{witness.url}/nca/ocsp"]
    assert own.crl_distribution_points[0].url == f"{witness.url}/nca/crl"
    loaded = x509.load_der_x509_certificate(own.dump())
    assert loaded.extensions.get_extension_for_class(x509.ExtendedKeyUsage).critical
    loaded.verify_directly_issued_by(x509.load_pem_x509_certificate((witness.folder / "issuing.pem").read_bytes()))


async def test_the_stampers_certificate_is_on_record_before_it_stamps_and_can_be_revoked(witness: Witness) -> None:
    await stamped(witness, "-sha256", "-cert")
    token = tsp.TimeStampResp.load((witness.folder / "reply").read_bytes())["time_stamp_token"]["content"]
    (own,) = (one.chosen for one in token["certificates"] if one.chosen.extended_key_usage_value is not None)
    witness.file("holder.crt", x509.load_der_x509_certificate(own.dump()).public_bytes(Encoding.PEM))
    assert "holder.crt: good" in (await witness.asked("-nonce")).text
    await witness.call("POST", "/nca/revocations", {"serial": f"{own.serial_number:x}", "reason": "keyCompromise"})
    assert "holder.crt: revoked" in (await witness.asked("-nonce")).text


def test_an_independent_reader_finds_in_a_stamp_what_was_asked_for() -> None:
    nonce = 0xD1CE_0000_0000_0000_0001
    info = granted(TSA.stamp(Order.read(request(nonce=nonce, req_policy=f"{STAMPS_POLICY}.4", cert_req=True))))
    assert info["message_imprint"]["hashed_message"].native == hashlib.sha256(DOCUMENT).digest()
    assert (info["nonce"].native, info["policy"].native) == (nonce, f"{STAMPS_POLICY}.4")
    assert info["gen_time"].native == PKI.clock.now()
    assert info["accuracy"]["seconds"].native == ACCURACY
    name: asn1.Name = info["tsa"].chosen
    assert name.native["common_name"] == "AIMAQ TIME-STAMPING AUTHORITY (TEST)"


def test_who_sends_no_nonce_gets_none_and_no_serial_number_comes_twice() -> None:
    stamps = [granted(TSA.stamp(Order.read(request()))) for _ in range(50)]
    assert {info["nonce"].native for info in stamps} == {None}
    assert len({info["serial_number"].native for info in stamps}) == 50


def test_a_negative_nonce_comes_back_as_it_was() -> None:
    assert granted(TSA.stamp(Order.read(request(nonce=-129))))["nonce"].native == -129


def test_the_stampers_certificate_is_renewed_long_before_it_runs_out() -> None:
    clock = StandClock(lambda: BASE)
    time_stamper = TimeStampAuthority(Pki(clock).authority, curve_key(), clock, Ids(clock))
    for step in (timedelta(), SYSTEM_LIFE / 2 + timedelta(days=1), SYSTEM_LIFE):
        clock.advance(step)
        response = tsp.TimeStampResp.load(time_stamper.stamp(Order.read(request(cert_req=True))))
        certificates = [one.chosen for one in response["time_stamp_token"]["content"]["certificates"]]
        own = min(certificates, key=lambda one: one.not_valid_after)
        assert own.not_valid_before <= clock.now() < own.not_valid_after - SYSTEM_LIFE / 3


SHORT = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": b"short"}
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "bad_data_format"),
    "text": (b"please stamp this", "bad_data_format"),
    "too much": (b"\x30" * (LARGEST + 1), "bad_data_format"),
    "cut short": (request()[:-1], "bad_data_format"),
    "something after it": (request() + b"\0", "bad_data_format"),
    "a digest cut short": (
        tsp.TimeStampReq({"version": 1, "message_imprint": SHORT}).dump(),
        "bad_data_format",
    ),
    "another version": (request()[:4] + b"\x02" + request()[5:], "bad_request"),
    "MD5": (request(digest="md5"), "bad_alg"),
    "SHA-1": (request(digest="sha1"), "bad_alg"),
    "another policy": (request(req_policy="1.2.3.4"), "unaccepted_policy"),
    "an extension": (
        request(extensions=[{"extn_id": "1.2.3.4", "critical": True, "extn_value": core.OctetString(b"\x05\x00")}]),
        "unaccepted_extensions",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_gets_no_stamp_is_told_why(what: str) -> None:
    data, failure = REFUSED[what]
    with pytest.raises(Refused) as refused:
        TSA.stamp(Order.read(data))
    answer = status(refused.value.der)
    assert (answer["status"].native, answer["fail_info"].native) == ("rejection", {failure})


WHOLE = request(nonce=7, cert_req=True)
SPOILT = st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)).map(
    lambda spot: WHOLE[: spot[0]] + bytes([spot[1]]) + WHOLE[spot[0] + 1 :]
)


@settings(max_examples=300, database=None, deadline=None)
@given(st.binary(max_size=200) | SPOILT)
def test_no_bytes_however_odd_bring_the_stamper_down(data: bytes) -> None:
    try:
        response = TSA.stamp(Order.read(data))
    except Refused as refused:
        response = refused.der
    assert status(response)["status"].native in ("granted", "rejection")
