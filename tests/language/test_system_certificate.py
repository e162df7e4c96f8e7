"""The profile of a system's certificate: whoever has any other is no system, and none is another party's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from aimaq.eds.x509.profile import Role
from aimaq.language.errors import Unconfigured
from aimaq.language.messages import PARTIES
from aimaq.language.signing.jws import Directory, Withdrawal
from aimaq.language.signing.system_certificate import common_name, demand, party_in
from registry_svc.nca.owner import Owner, system_of
from tests.eds.pki import BIN, IIN, NOW, RSA_KEY, Pki, curve_key

PKI = Pki()


def issued(owner: Owner, role: Role = Role.INFORMATION_SYSTEM, usage: str = "SIGN") -> x509.Certificate:
    return PKI.authority.issue(curve_key().public_key(), owner, role=role, usage=usage)


def changed(*extensions: x509.ExtensionType, subject: x509.Name | None = None) -> x509.Certificate:
    """A portal's certificate that somebody signed with these extensions in the place of its own, or another subject."""
    key, good = curve_key(), PKI.system("portal").certificate.x509
    builder = (
        x509.CertificateBuilder(subject_name=subject or good.subject, issuer_name=good.issuer)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    kinds = {type(one) for one in extensions}
    for one in good.extensions:
        if type(one.value) not in kinds:
            builder = builder.add_extension(one.value, critical=one.critical)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def usage(**changes: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in names[:2] for name in names} | changes)


def purposes(*oids: str) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in oids])


def policies(*oids: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids])


def _named(**more: str) -> Owner:
    return Owner(**{"common_name": common_name("portal"), "bin": BIN, "organisation": "Сынақ", **more})


def _bare() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name("portal"))])
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, NOW, NOW + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


def _two_names() -> x509.Name:
    good = list(PKI.system("portal").certificate.x509.subject)
    return x509.Name([*good, x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name("gateway"))])


SYSTEM = ("1.2.398.3.3.4.1.2", "1.2.398.3.3.4.1.2.6")
STRANGERS: dict[str, tuple[Callable[[], x509.Certificate], str]] = {
    "a citizen's SIGN": (lambda: PKI.person().certificate.x509, "extended key usage"),
    "a citizen's AUTH": (lambda: PKI.person(usage="AUTH").certificate.x509, "key usage"),
    "an employee's": (lambda: PKI.person(organisation="Б", role=Role.EMPLOYEE).certificate.x509, "extended key usage"),
    "a citizen of the portal's name": (
        lambda: issued(Owner(common_name=common_name("portal"), iin=IIN), Role.INDIVIDUAL),
        "extended key usage",
    ),
    "a person with a system's role": (lambda: issued(_named(iin=IIN)), "no BIN of an organisation"),
    "a person by name": (lambda: issued(_named(surname="Ахметова")), "its subject is a person"),
    "a person by patronymic": (lambda: issued(_named(patronymic="Серікқызы")), "its subject is a person"),
    "a system of nobody here": (lambda: issued(_named(common_name="AIMAQ TREASURY (TEST)")), "none of the parties"),
    "a system's AUTH": (lambda: issued(system_of("portal"), usage="AUTH"), "key usage"),
    "an RSA key": (
        lambda: PKI.authority.issue(
            RSA_KEY.public_key(), system_of("portal"), role=Role.INFORMATION_SYSTEM, usage="SIGN"
        ),
        "not a P-256 key",
    ),
    "the authority's": (lambda: PKI.authority.certificate, "it is an authority's"),
    "the root's": (lambda: PKI.authority.root, "it is an authority's"),
    "the responder's": (lambda: PKI.authority.appoint_responder(curve_key().public_key()), "key usage"),
    "the time-stamping authority's": (
        lambda: PKI.authority.appoint_time_stamp_authority(curve_key().public_key()),
        "key usage",
    ),
    "no extensions": (_bare, "missing or cannot be read"),
    "one that may certify": (lambda: changed(usage(key_cert_sign=True)), "key usage"),
    "one that may sign lists": (lambda: changed(usage(crl_sign=True)), "key usage"),
    "one that may encipher": (lambda: changed(usage(key_encipherment=True)), "key usage"),
    "one without non-repudiation": (lambda: changed(usage(content_commitment=False)), "key usage"),
    "an organisation's head too": (lambda: changed(purposes(*SYSTEM, "1.2.398.3.3.4.1.2.1")), "extended key usage"),
    "an individual too": (lambda: changed(purposes(*SYSTEM, "1.2.398.3.3.4.1.1")), "extended key usage"),
    "an organisation only": (lambda: changed(purposes(SYSTEM[0])), "extended key usage"),
    "another policy": (lambda: changed(policies("1.2.398.3.3.2.3")), "policy"),
    "two policies": (lambda: changed(policies("1.2.398.3.3.2.1", "1.2.398.3.3.2.3")), "policy"),
    "two names": (lambda: changed(subject=_two_names()), "none of the parties"),
}


@pytest.mark.parametrize("what", STRANGERS)
def test_whoever_lacks_a_part_of_the_profile_is_no_system(what: str) -> None:
    made, why = STRANGERS[what]
    certificate = made()
    with pytest.raises(Unconfigured, match=f"{certificate.serial_number:x} is no system's") as caught:
        party_in(certificate)
    assert why in caught.value.detail
    for party in PARTIES:
        with pytest.raises(Unconfigured):
            Directory([(party, certificate)])


@pytest.mark.parametrize("party", PARTIES)
def test_the_authority_issues_systems_in_the_profile_and_each_is_its_own_party_alone(party: str) -> None:
    for owner in (system_of(party), system_of(party, BIN, "Жұмыспен қамту бөлімі")):
        certificate = issued(owner)
        assert party_in(certificate) == party
        for other in PARTIES:
            if other == party:
                demand(other, certificate)
                continue
            with pytest.raises(Unconfigured, match=f"{party}'s system, not {other}'s"):
                demand(other, certificate)


GOOD = PKI.system("portal").certificate.der


@given(where=st.integers(0, 10_000), how=st.integers(1, 255))
def test_no_bytes_crash_the_profile(where: int, how: int) -> None:
    at = where % len(GOOD)
    try:
        certificate = x509.load_der_x509_certificate(GOOD[:at] + bytes((GOOD[at] ^ how,)) + GOOD[at + 1 :])
        assert party_in(certificate) in PARTIES
    except (ValueError, Warning, Unconfigured, x509.InvalidVersion):
        return


def test_one_that_was_revoked_stays_revoked() -> None:
    certificate = PKI.system("portal").certificate.x509
    early, late = NOW, NOW + timedelta(hours=1)
    directory = Directory([("portal", certificate)])
    cases: list[tuple[Withdrawal | None, Withdrawal | None]] = [
        (Withdrawal(late, "suspended"), Withdrawal(late, "suspended")),
        (None, None),
        (Withdrawal(late, "revoked"), Withdrawal(late, "revoked")),
        (None, Withdrawal(late, "revoked")),
        (Withdrawal(early, "suspended"), Withdrawal(late, "revoked")),
        (Withdrawal(early, "revoked"), Withdrawal(early, "revoked")),
        (Withdrawal(late, "revoked"), Withdrawal(early, "revoked")),
    ]
    for news, counts in cases:
        directory.add("portal", certificate, news)
        (known,) = directory.identities()
        assert known.withdrawal == counts
