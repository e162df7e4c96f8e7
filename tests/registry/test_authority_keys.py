"""An authority of either kind of key, as it runs: openssl and pyhanko follow everything that it signs to its root."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asn1crypto import ocsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathValidationError
from typer.testing import CliRunner

from aimaq.http.client import http_client
from aimaq.language.clock import StandClock
from aimaq.language.errors import Unconfigured
from aimaq.settings import Settings
from stand.commands import cli
from stand.people.person import people
from stand.provision import keys
from stand.provision.key_kinds import Kind
from stand.runtime.embedded import embedded
from tests import databases as kinds
from tests.eds.pki import DOCUMENT, RSA_KEY, curve_key
from tests.parties import BASE, Parties
from tests.registry.witness import YEARS, Witness, witnessing

pytestmark = pytest.mark.slow

ALGORITHMS = {"rsa": "1.2.840.113549.1.1.11", "p-256": "1.2.840.10045.4.3.2"}
"""sha256WithRSAEncryption, ecdsa-with-SHA256."""
ELSEWHERE = "http://registry.invalid"
"""Where the authority's certificates say that the registry is: its port is not known before it listens."""


@pytest.fixture(params=ALGORITHMS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def witness(kind: str, tmp_path: Path) -> AsyncIterator[Witness]:
    """A registry whose keys are of this kind, and openssl beside it."""
    home, folder = tmp_path / "home", tmp_path / "witness"
    folder.mkdir()
    keys.provision(home, StandClock(lambda: BASE), registry_url=ELSEWHERE, authority_keys=kind)
    async with Parties(home, kinds.files(tmp_path)) as parties, witnessing(parties, folder) as made:
        yield made


async def lists_into(witness: Witness) -> None:
    """All three lists, as PEM in `lists.pem`."""
    found = [await witness.get(f"/nca/crl{path}") for path in ("", "/delta", "/root")]
    pem = b"".join(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in found)
    witness.file("lists.pem", pem)


async def test_everything_is_signed_with_that_kind_of_key(witness: Witness, kind: str) -> None:
    issued = await witness.issue()
    authorities = x509.load_pem_x509_certificates((witness.folder / "ca.pem").read_bytes())
    for one in (issued, *authorities):
        assert one.signature_algorithm_oid.dotted_string == ALGORITHMS[kind]
    for path in ("", "/delta", "/root"):
        crl = x509.load_der_x509_crl(await witness.get(f"/nca/crl{path}"))
        assert crl.signature_algorithm_oid.dotted_string == ALGORITHMS[kind]
    issuing, root = (one.public_key() for one in authorities)
    if kind == "rsa":
        assert isinstance(issuing, rsa.RSAPublicKey)
        assert isinstance(root, rsa.RSAPublicKey)
        assert (issuing.key_size, root.key_size) == (2048, 3072)
    else:
        assert isinstance(issuing, ec.EllipticCurvePublicKey)
        assert isinstance(root, ec.EllipticCurvePublicKey)


@pytest.mark.parametrize("key", ["RSA-2048", "P-256"])
async def test_openssl_follows_a_certificate_to_the_root_with_all_lists(witness: Witness, key: str) -> None:
    certificate = await witness.issue(key=RSA_KEY if key == "RSA-2048" else curve_key())
    await lists_into(witness)
    how = (
        "verify",
        "-crl_check_all",
        "-use_deltas",
        "-extended_crl",
        "-CRLfile",
        "lists.pem",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "issuing.pem",
        *witness.attime,
        "holder.crt",
    )
    output = await witness.openssl(*how)
    assert output.text.strip() == "holder.crt: OK"
    await witness.call("POST", "/nca/revocations", {"serial": f"{certificate.serial_number:x}"})
    await lists_into(witness)
    assert "certificate revoked" in (await witness.openssl(*how)).text


async def test_openssl_believes_the_responder_about_the_whole_chain(witness: Witness, kind: str) -> None:
    await witness.issue()
    answer = await witness.asked("-resp_text")
    assert "Response verify OK" in answer.text
    assert "holder.crt: good" in answer.text
    assert {"rsa": "sha256WithRSAEncryption", "p-256": "ecdsa-with-SHA256"}[kind] in answer.text
    above = await witness.openssl(
        "ocsp",
        "-issuer",
        "root.pem",
        "-cert",
        "issuing.pem",
        "-url",
        f"{witness.url}/nca/ocsp",
        "-CAfile",
        "root.pem",
        "-validity_period",
        YEARS,
        *witness.attime,
    )
    assert "Response verify OK" in above.text
    assert "issuing.pem: good" in above.text


def test_the_issuing_certificate_says_where_that_answer_is(kind: str, tmp_path: Path) -> None:
    keys.provision(tmp_path, StandClock(lambda: BASE), registry_url=ELSEWHERE, authority_keys=kind)
    issuing = x509.load_pem_x509_certificate((tmp_path / "nca" / "issuing" / "cert.pem").read_bytes())
    access = issuing.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert {one.access_method: one.access_location.value for one in access} == {
        Access.OCSP: f"{ELSEWHERE}/nca/ocsp",
        Access.CA_ISSUERS: f"{ELSEWHERE}/nca/ca/root",
    }


async def test_openssl_verifies_a_time_stamp(witness: Witness) -> None:
    witness.file("data", DOCUMENT)
    await witness.openssl("ts", "-query", "-data", "data", "-out", "query", "-sha256", "-cert")
    headers = {"Content-Type": "application/timestamp-query"}
    query = (witness.folder / "query").read_bytes()
    answer = await witness.session.post(f"{witness.url}/nca/tsa", content=query, headers=headers)
    witness.file("reply", answer.content)
    checked = ("ts", "-verify", "-queryfile", "query", "-in", "reply", "-CAfile", "ca.pem", *witness.attime)
    assert "Verification: OK" in (await witness.openssl(*checked)).text


async def test_pyhanko_is_content_with_nothing_but_answers_for_the_whole_chain(witness: Witness) -> None:
    certificate = await witness.issue()

    async def answer(issuer: str, subject: str) -> ocsp.OCSPResponse:
        out = f"{subject}.ocsp"
        output = await witness.openssl(
            "ocsp",
            "-issuer",
            issuer,
            "-cert",
            subject,
            "-url",
            f"{witness.url}/nca/ocsp",
            "-respout",
            out,
            "-no_nonce",
            "-noverify",
        )
        assert output.code == 0, output.text
        return ocsp.OCSPResponse.load((witness.folder / out).read_bytes())

    holder = await answer("issuing.pem", "holder.crt")
    issuing = await answer("root.pem", "issuing.pem")
    await validated(witness, certificate, [holder, issuing])
    with pytest.raises(PathValidationError, match="revocation"):
        await validated(witness, certificate, [holder])
    await witness.call("POST", "/nca/revocations", {"serial": f"{certificate.serial_number:x}"})
    revoked = await answer("issuing.pem", "holder.crt")
    with pytest.raises(PathValidationError, match="revoked"):
        await validated(witness, certificate, [revoked, issuing])


async def validated(witness: Witness, certificate: x509.Certificate, answers: list[ocsp.OCSPResponse]) -> None:
    """pyhanko's validation with hard revocation checks, by these answers alone."""

    def loaded(name: str) -> asn1.Certificate:
        one = x509.load_pem_x509_certificate((witness.folder / name).read_bytes())
        return asn1.Certificate.load(one.public_bytes(Encoding.DER))

    context = ValidationContext(
        trust_roots=[loaded("root.pem")],
        other_certs=[loaded("issuing.pem")],
        moment=witness.parties.clock.now(),
        ocsps=answers,
        revocation_mode="require",
        allow_fetching=False,
    )
    parsed = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    validator = CertificateValidator(parsed, validation_context=context)
    await validator.async_validate_usage({"digital_signature"})  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("keys_of_people", list(Kind))
async def test_openssl_believes_a_person_with_a_key_of_either_kind(witness: Witness, keys_of_people: Kind) -> None:
    person = next(people("keys", keys_of_people))
    token = witness.parties.services["registry"].administration.token
    certificate = await person.request_certificate(witness.session, witness.url, token)
    assert isinstance(certificate.key, rsa.RSAPublicKey if keys_of_people is Kind.RSA else ec.EllipticCurvePublicKey)
    witness.file("request", DOCUMENT)
    witness.file("request.cms", person.sign(DOCUMENT, BASE))
    output = await witness.openssl(
        "cms",
        "-verify",
        "-cades",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "request.cms",
        "-content",
        "request",
        "-CAfile",
        "ca.pem",
        "-out",
        "out",
        *witness.attime,
    )
    assert "Verification successful" in output.text


def test_a_home_keeps_the_authority_that_it_has(tmp_path: Path) -> None:
    clock = StandClock(lambda: BASE)
    keys.provision(tmp_path, clock, authority_keys="p-256")
    before = {path: path.read_bytes() for path in (tmp_path / "nca").rglob("*.pem")}
    assert len(before) > 6
    keys.provision(tmp_path, clock)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("chosen", [[], ["--authority-keys", "p-256"]])
def test_a_command_makes_either(chosen: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.app, ["provision", "--home", str(tmp_path), *chosen])
    assert done.exit_code == 0, done.output
    issuing = x509.load_pem_x509_certificate((tmp_path / "nca" / "issuing" / "cert.pem").read_bytes())
    assert issuing.signature_algorithm_oid.dotted_string == ALGORITHMS["p-256" if chosen else "rsa"]


def test_a_command_that_is_asked_for_another_says_what_there_is(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.app, ["provision", "--home", str(tmp_path)], env={"AIMAQ_AUTHORITY_KEYS": "gost"})
    assert done.exit_code == 2
    assert done.output.strip() == "aimaq: an authority has keys of rsa or p-256, not 'gost'"


@pytest.mark.parametrize("chosen", ALGORITHMS)
async def test_a_stand_in_one_process_has_the_keys_that_its_settings_say(chosen: str, tmp_path: Path) -> None:
    settings = Settings.tuning({"AIMAQ_AUTHORITY_KEYS": chosen})
    async with (
        embedded(tmp_path, clock=StandClock(lambda: BASE), **settings) as stand,
        http_client() as http,
    ):
        pem = (await http.get(f"{stand.urls['registry']}/nca/ca")).content
    found = {one.signature_algorithm_oid.dotted_string for one in x509.load_pem_x509_certificates(pem)}
    assert found == {ALGORITHMS[chosen]}


def test_an_authority_has_keys_of_a_kind_that_there_is(tmp_path: Path) -> None:
    with pytest.raises(Unconfigured, match="rsa or p-256, not 'gost'"):
        keys.provision(tmp_path / "stand", StandClock(lambda: BASE), authority_keys="gost")
    assert not (tmp_path / "stand" / "nca").exists()
