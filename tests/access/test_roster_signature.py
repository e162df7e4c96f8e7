"""The authority's signature over a roster, with either kind of key: another library verifies it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from aimaq.access.systems.keystore import load_trust
from aimaq.access.systems.roster_signature import SignedRoster, verify
from aimaq.language.clock import StandClock
from aimaq.language.errors import BadSignature
from aimaq.language.ids import Ids
from registry_svc.nca.authority import Authority
from stand.provision import keys
from tests.parties import BASE

CLOCK = StandClock(lambda: BASE)
DATA = '{"version":1,"systems":[],"after":0,"nonce":"ж"}'.encode()


@pytest.fixture(scope="module", params=["rsa", "p-256"])
def authority_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose authority has keys of this kind."""
    home = tmp_path_factory.mktemp("stand")
    keys.provision(home, CLOCK, authority_keys=request.param)
    return home


def _authority(home: Path) -> Authority:
    return Authority.load(home / "nca", CLOCK, Ids(CLOCK))


def test_another_library_verifies_the_authoritys_signature(authority_home: Path) -> None:
    authority = _authority(authority_home)
    signature, pem = authority.sign_roster(DATA), authority.public_key
    described = pem.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = RSAKey.import_key(described) if "RSA" in type(pem).__name__ else ECKey.import_key(described)
    registry = jws.JWSRegistry(algorithms=["RS256", "ES256"], strict_check_header=False)
    found = jws.deserialize_compact(signature, key, payload=DATA, registry=registry)
    assert found.payload == DATA
    assert verify(SignedRoster(DATA.decode(), signature), load_trust(authority_home)) == DATA


def test_one_authoritys_signature_is_not_anothers(authority_home: Path, tmp_path: Path) -> None:
    keys.provision(tmp_path, CLOCK, authority_keys="p-256")
    signed = SignedRoster(DATA.decode(), _authority(authority_home).sign_roster(DATA))
    with pytest.raises(BadSignature, match="not signed by an authority trusted here"):
        verify(signed, load_trust(tmp_path))
    header = _authority(tmp_path).sign_roster(DATA).partition("..")[0]
    mark = signed.signature.partition("..")[2]
    with pytest.raises(BadSignature, match="not what the authority signed"):
        verify(SignedRoster(signed.roster, f"{header}..{mark}"), load_trust(tmp_path))


@given(signature=st.text(max_size=60), cut=st.integers(0, 300))
def test_no_text_for_a_signature_is_taken(authority_home: Path, signature: str, cut: int) -> None:
    good = _authority(authority_home).sign_roster(DATA)
    for text in (signature, good[: -1 - cut], f"{good.partition('..')[0]}..{signature}", good + signature[:1] + "A"):
        with pytest.raises(BadSignature):
            verify(SignedRoster(DATA.decode(), text), load_trust(authority_home))
