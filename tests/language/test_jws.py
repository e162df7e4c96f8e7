"""Signatures of systems: whatever an independent JWS library signs or verifies, ours verifies or signs the same way."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any, Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from aimaq.eds.x509.profile import Role
from aimaq.language.errors import AimaqError, BadSignature, Unconfigured, UnknownSender, WithdrawnCertificate
from aimaq.language.signing import jws as signing
from aimaq.language.signing.jws import Directory, KeySigner, Withdrawal, thumbprint
from registry_svc.nca.owner import system_of
from tests.eds.pki import BIN, NOW, RSA_KEY, Pki, curve_key

PKI = Pki()
LIFE = timedelta(days=30)


def _system(party: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = curve_key()
    owner = system_of(party, BIN, "Сынақ")
    issued = PKI.authority.issue(key.public_key(), owner, role=Role.INFORMATION_SYSTEM, usage="SIGN", life=LIFE)
    return key, issued


KEY, CERTIFICATE = _system("portal")
OTHER_KEY, OTHER_CERTIFICATE = _system("con")
SIGNER = KeySigner(KEY, CERTIFICATE)
DIRECTORY = Directory([("portal", CERTIFICATE), ("con", OTHER_CERTIFICATE)])
DATA = '{"type":"RequestSubmitted","body":"Өтініш"}'.encode()
SIGNATURE = SIGNER.sign(DATA)
HEADER = {"alg": "ES256", "b64": False, "crit": ["b64"], "x5t#S256": thumbprint(CERTIFICATE)}


def _elsewhere(data: bytes, header: dict[str, Any] = HEADER, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    """The same signature, made by the independent library."""
    made = jws.serialize_compact(header, data, ECKey.import_key(_pem(key)), algorithms=["ES256"])
    return f"{made.split('.', 1)[0]}..{made.rsplit('.', 1)[1]}"


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@given(st.binary(max_size=2000))
def test_another_library_verifies_what_we_sign(data: bytes) -> None:
    signature = SIGNER.sign(data)
    verified = jws.deserialize_compact(signature, ECKey.import_key(_pem(KEY)), algorithms=["ES256"], payload=data)
    assert verified.protected["x5t#S256"] == thumbprint(CERTIFICATE)


def test_another_library_refuses_ours_over_other_bytes() -> None:
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(
            SIGNER.sign(DATA), ECKey.import_key(_pem(KEY)), algorithms=["ES256"], payload=DATA + b" "
        )


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters=".")).map(str.encode))
def test_we_verify_what_another_library_signs(data: bytes) -> None:
    assert DIRECTORY.verify(data, _elsewhere(data), NOW) == "portal"


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_changed_byte_of_the_data_fails(data: bytes, draw: st.DataObject) -> None:
    signature = SIGNER.sign(data)
    at = draw.draw(st.integers(0, len(data) - 1))
    changed = data[:at] + bytes([data[at] ^ draw.draw(st.integers(1, 255))]) + data[at + 1 :]
    with pytest.raises(BadSignature):
        DIRECTORY.verify(changed, signature, NOW)


@settings(max_examples=400)
@given(st.integers(0, len(SIGNATURE) - 1), st.characters(max_codepoint=0x500))
def test_a_changed_character_of_the_signature_fails(at: int, character: str) -> None:
    assume(character != SIGNATURE[at])
    with pytest.raises((BadSignature, UnknownSender)):
        DIRECTORY.verify(DATA, SIGNATURE[:at] + character + SIGNATURE[at + 1 :], NOW)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda raw: _b64(raw) + ".." + _b64(raw))))
def test_no_text_crashes_the_verifier(signature: str) -> None:
    with pytest.raises(AimaqError):
        DIRECTORY.verify(DATA, signature, NOW)


@pytest.mark.parametrize(
    "header",
    [
        HEADER | {"alg": "none"},
        HEADER | {"alg": "HS256"},
        HEADER | {"b64": True},
        HEADER | {"crit": []},
        HEADER | {"crit": ["b64", "exp"]},
        HEADER | {"kid": "another"},
        {name: value for name, value in HEADER.items() if name != "x5t#S256"},
        HEADER | {"x5t#S256": 7},
        HEADER | {"x5t#S256": [thumbprint(CERTIFICATE)]},
        [HEADER],
        "header",
        None,
    ],
)
def test_a_header_of_another_kind_is_refused(header: Any) -> None:
    mark = SIGNATURE.partition("..")[2]
    with pytest.raises(BadSignature):
        DIRECTORY.verify(DATA, f"{_b64(json.dumps(header).encode())}..{mark}", NOW)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_header_nested_without_end_is_refused(opening: bytes) -> None:
    with pytest.raises(BadSignature):
        DIRECTORY.verify(DATA, f"{_b64(opening * 200_000)}..AAAA", NOW)


def test_another_partys_key_cannot_sign_in_our_name() -> None:
    with pytest.raises(BadSignature, match="not portal's"):
        DIRECTORY.verify(DATA, _elsewhere(DATA, key=OTHER_KEY), NOW)


def test_a_certificate_that_nobody_here_owns_is_an_unknown_sender() -> None:
    with pytest.raises(UnknownSender):
        DIRECTORY.verify(DATA, KeySigner(*_system("stranger")).sign(DATA), NOW)


def test_a_signature_counts_only_while_the_certificate_is_in_date() -> None:
    assert DIRECTORY.verify(DATA, SIGNATURE, NOW + LIFE) == "portal"
    for at in (NOW + LIFE + timedelta(seconds=1), NOW - timedelta(seconds=1)):
        with pytest.raises(BadSignature, match="not in date"):
            DIRECTORY.verify(DATA, SIGNATURE, at)


def test_old_and_new_certificate_of_a_party_count_side_by_side() -> None:
    key, certificate = _system("portal")
    directory = Directory([("portal", CERTIFICATE)])
    directory.add("portal", certificate)
    for signer in (SIGNER, KeySigner(key, certificate)):
        assert directory.verify(DATA, signer.sign(DATA), NOW) == "portal"


def test_a_key_that_does_not_belong_to_its_certificate_is_a_fault_of_the_setup() -> None:
    with pytest.raises(Unconfigured):
        KeySigner(OTHER_KEY, CERTIFICATE)


def test_a_certificate_of_another_kind_of_key_is_a_fault_of_the_setup() -> None:
    certificate = PKI.person(key=RSA_KEY).certificate.x509
    with pytest.raises(Unconfigured):
        KeySigner(KEY, certificate)
    with pytest.raises(Unconfigured):
        Directory([("portal", certificate)])


def test_a_directory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "MOST", 2)
    directory = Directory([("portal", CERTIFICATE), ("con", OTHER_CERTIFICATE)])
    directory.add("portal", CERTIFICATE, Withdrawal(NOW, "suspended"))
    with pytest.raises(Unconfigured, match="2 certificates of systems already"):
        directory.add("portal", _system("portal")[1])
    assert directory.certificates() == [("portal", CERTIFICATE), ("con", OTHER_CERTIFICATE)]


@pytest.mark.parametrize("status", ["revoked", "suspended"])
def test_a_signature_counts_until_the_certificate_is_withdrawn(status: Literal["revoked", "suspended"]) -> None:
    directory = Directory([("portal", CERTIFICATE)])
    since = NOW + timedelta(days=1)
    directory.add("portal", CERTIFICATE, Withdrawal(since, status))
    assert directory.verify(DATA, SIGNATURE, since - timedelta(microseconds=1)) == "portal"
    for at in (since, NOW + LIFE):
        with pytest.raises(WithdrawnCertificate, match=f"{CERTIFICATE.serial_number:x} of portal is {status}") as found:
            directory.verify(DATA, SIGNATURE, at)
        assert (found.value.party, found.value.rule) == ("portal", status)
    with pytest.raises(BadSignature, match="not portal's") as other:
        directory.verify(b"other bytes", SIGNATURE, since)
    assert not isinstance(other.value, WithdrawnCertificate)
    directory.add("portal", CERTIFICATE)
    if status == "suspended":
        assert directory.verify(DATA, SIGNATURE, since) == "portal"
        return
    with pytest.raises(WithdrawnCertificate, match="revoked"):
        directory.verify(DATA, SIGNATURE, since)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
