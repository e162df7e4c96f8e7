"""Certificates in the profile of the national authority: issued by ours, read by ours and by openssl."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from aimaq.eds.x509.certificates import LARGEST, read
from aimaq.eds.x509.profile import PrivateKey, Role, Usage
from aimaq.language.errors import BadSignature
from registry_svc.nca.authority import NAME, PERSON_LIFE, ROOT_NAME
from registry_svc.nca.owner import Owner
from tests.eds.pki import BIN, DAY, IIN, NOW, RSA_KEY, Pki, curve_key

LONG = "ЖҰМЫСПЕН ҚАМТУ ЖӘНЕ ӘЛЕУМЕТТІК БАҒДАРЛАМАЛАР БӨЛІМІ МЕМЛЕКЕТТІК МЕКЕМЕСІ"


def _foreign(key: PrivateKey | ed25519.Ed25519PrivateKey, **subject: str) -> bytes:
    """A certificate of somebody else's making, signed by itself."""
    names = [x509.NameAttribute(getattr(NameOID, oid), value) for oid, value in subject.items()]
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    builder = x509.CertificateBuilder().subject_name(x509.Name(names)).issuer_name(x509.Name(names))
    builder = builder.public_key(key.public_key()).serial_number(1).not_valid_before(NOW).not_valid_after(NOW + DAY)
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


def test_a_person_is_read_as_he_was_named(pki: Pki) -> None:
    person = pki.person().certificate.person
    assert (person.common_name, person.surname, person.given_name) == ("АХМЕТОВА АЙГҮЛ", "АХМЕТОВА", "АЙГҮЛ")
    assert (person.patronymic, person.iin, person.bin, person.organisation) == ("СЕРІКҚЫЗЫ", IIN, None, "")


def test_who_acts_for_an_organisation_has_its_number_and_role(pki: Pki) -> None:
    certificate = pki.person(organisation=LONG, role=Role.CEO).certificate
    assert (certificate.person.bin, certificate.person.organisation) == (BIN, LONG)
    assert certificate.roles == {Role.CEO}


def test_the_number_of_a_system_is_read_from_either_place(pki: Pki) -> None:
    owner = Owner(common_name="portal", bin=BIN, organisation="Сынақ")
    issued = pki.authority.issue(curve_key().public_key(), owner, role=Role.INFORMATION_SYSTEM, usage="SIGN")
    person = read(issued.public_bytes(Encoding.DER)).person
    assert (person.iin, person.bin) == (None, BIN)


@pytest.mark.parametrize("key", [curve_key(), RSA_KEY], ids=["P-256", "RSA-2048"])
@pytest.mark.parametrize(
    ("usage", "organisation", "policy", "purpose"),
    [
        ("SIGN", "", "1.2.398.3.3.2.3", "1.3.6.1.5.5.7.3.4"),
        ("AUTH", "", "1.2.398.3.3.2.4", "1.3.6.1.5.5.7.3.2"),
        ("SIGN", "Сынақ", "1.2.398.3.3.2.1", "1.3.6.1.5.5.7.3.4"),
        ("AUTH", "Сынақ", "1.2.398.3.3.2.2", "1.3.6.1.5.5.7.3.2"),
    ],
)
def test_the_profile_is_kept(
    pki: Pki, key: PrivateKey, usage: str, organisation: str, policy: str, purpose: str
) -> None:
    role = Role.EMPLOYEE if organisation else Role.INDIVIDUAL
    certificate = pki.person(key=key, usage=usage, organisation=organisation, role=role).certificate
    extensions = certificate.x509.extensions
    assert certificate.usage == Usage(usage)
    assert certificate.purposes == {purpose, *role.oids}
    policies = extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [one.policy_identifier.dotted_string for one in policies] == [policy]
    assert extensions.get_extension_for_class(x509.KeyUsage).critical
    labels = {
        NameOID.COMMON_NAME: "CN",
        NameOID.SURNAME: "SURNAME",
        NameOID.SERIAL_NUMBER: "SERIALNUMBER",
        NameOID.COUNTRY_NAME: "C",
        NameOID.ORGANIZATION_NAME: "O",
        NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
        NameOID.GIVEN_NAME: "G",
    }
    order = "CN SURNAME SERIALNUMBER C O OU G" if organisation else "CN SURNAME SERIALNUMBER C G"
    assert [labels[part.oid] for part in certificate.x509.subject] == order.split()
    assert (certificate.not_before, certificate.not_after) == (NOW, NOW + PERSON_LIFE)
    assert certificate.serial.bit_length() > 100


def test_no_certificate_outlives_its_authority(pki: Pki) -> None:
    certificate = pki.person(life=timedelta(days=100 * 365)).certificate
    assert certificate.not_after == pki.authority.certificate.not_valid_after_utc


def test_the_authoritys_names_say_that_it_is_a_test(pki: Pki) -> None:
    for name in (NAME, ROOT_NAME):
        assert name.startswith("AIMAQ")
        assert "СЫНАҚ" in name
        assert name.endswith("(TEST)")
    assert NAME in pki.authority.certificate.subject.rfc4514_string()


def test_openssl_reads_the_same_and_finds_the_chain_whole(pki: Pki, tmp_path: Path) -> None:
    holder = pki.person(organisation=LONG, role=Role.EMPLOYEE)
    _, certificate = holder.write(tmp_path, "employee")
    (tmp_path / "ca.pem").write_bytes(pki.authority.pem)
    at = str(int(NOW.timestamp()) + 1)
    ca = tmp_path / "ca.pem"
    run(["openssl", "verify", "-x509_strict", "-attime", at, "-CAfile", ca, certificate])
    shown = run(["openssl", "x509", "-in", certificate, "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus"])
    assert f"CN=АХМЕТОВА АЙГҮЛ,SN=АХМЕТОВА,serialNumber=IIN{IIN},C=KZ,O={LONG},OU=BIN{BIN},GN=СЕРІКҚЫЗЫ" in shown


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 3072),
        rsa.generate_private_key(3, 2048),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["P-384", "RSA-3072", "RSA with exponent 3", "Ed25519"],
)
def test_a_key_outside_the_profile_is_read_but_not_used(key: PrivateKey | ed25519.Ed25519PrivateKey) -> None:
    certificate = read(_foreign(key, COMMON_NAME="Кілт"))
    assert certificate.key is None
    assert certificate.usage is Usage.UNKNOWN


def test_two_numbers_in_one_subject_are_none() -> None:
    names = [x509.NameAttribute(NameOID.SERIAL_NUMBER, f"IIN{number}") for number in (IIN, "100140000003")]
    key = curve_key()
    builder = x509.CertificateBuilder().subject_name(x509.Name(names)).issuer_name(x509.Name(names)).serial_number(9)
    builder = builder.public_key(key.public_key()).not_valid_before(NOW).not_valid_after(NOW + DAY)
    assert read(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)).person.iin is None


def test_what_is_no_certificate_is_refused() -> None:
    good = _foreign(curve_key(), COMMON_NAME="Кілт")
    for data in (b"", b"nonsense", good[:-1], good + b"\x00", bytes(LARGEST + 1)):
        with pytest.raises(BadSignature):
            read(data)


def test_reading_again_gives_the_very_same_object(pki: Pki) -> None:
    certificate = pki.person().certificate
    assert read(bytes(bytearray(certificate.der))) is certificate


def run(command: list[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_a_certificate_that_is_forgotten_and_read_again_is_the_same_one() -> None:
    first, other = (_foreign(curve_key(), COMMON_NAME="Асан", SURNAME=surname) for surname in ("Бір", "Екі"))
    before = read(first)
    read.cache_clear()
    again = read(first)
    assert again is not before
    assert (again, hash(again)) == (before, hash(before))
    assert before not in {read(other), first}
