"""`aimaq ca` on a stand that runs: a certificate's life from the command line, and PKCS#12 files that openssl opens."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from typer.testing import CliRunner, Result

from aimaq.access.administration import token_file
from aimaq.language.messages import PARTIES
from stand.commands.administrator import ca
from tests.eds.pki import BIN, IIN, curve_key
from tests.registry.witness import Witness

pytestmark = pytest.mark.slow

Command = Callable[..., Awaitable[Result]]
WHO = ("--iin", IIN, "--surname", "Ахметова", "--given", "Айгүл", "--patronymic", "Серікқызы")


@pytest.fixture
def command(witness: Witness, tmp_path: Path) -> Command:
    """`aimaq ca`, told where this stand is; its home, for the demo keys, is one of the test's own."""
    home = tmp_path / "home"
    (home / "keys").mkdir(parents=True)
    for party in PARTIES:
        token_file(home, party).parent.mkdir(exist_ok=True)
        token_file(home, party).write_text(witness.parties.services["registry"].administration.token, "ascii")
    stand = tmp_path / "stand.json"
    stand.write_text(json.dumps({"urls": dict.fromkeys(PARTIES, witness.url)}), "utf-8")

    async def run(*words: str, json_: bool = False) -> Result:
        more = ["--stand", str(stand), "--home", str(home), *(["-o", "json"] if json_ else [])]
        return await asyncio.to_thread(CliRunner().invoke, ca.app, [*words, *more])

    return run


async def report(command: Command, *words: str) -> dict[str, Any]:
    result = await command(*words, json_=True)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


async def test_a_certificates_life(command: Command) -> None:
    serial = (await report(command, "issue", *WHO, "--key", "p-256"))["serial"]
    assert (await report(command, "show", serial))["status"] == "good"
    assert (await report(command, "suspend", serial))["status"] == "suspended"
    assert [one["reason"] for one in (await report(command, "crl"))["entries"]] == ["certificateHold"]
    assert (await report(command, "resume", serial))["status"] == "good"
    changes = await report(command, "crl", "delta")
    assert changes["entries"] == [{"serial": serial, "at": changes["this_update"], "reason": "removeFromCRL"}]
    assert changes["base"] < changes["number"]
    revoked = await report(command, "revoke", serial.upper(), "--reason", "keyCompromise")
    assert (revoked["status"], revoked["reason"]) == ("revoked", "keyCompromise")
    assert (await report(command, "crl", "root"))["entries"] == []
    result = await command("show", serial)
    assert f"{serial}  revoked since" in result.stdout
    assert f"SERIALNUMBER=IIN{IIN}" in result.stdout
    again = await command("suspend", serial)
    assert (again.exit_code, "keyCompromise" in again.stderr) == (2, True)


async def test_who_has_a_key_of_his_own_sends_a_request(command: Command, tmp_path: Path) -> None:
    key = curve_key()
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = tmp_path / "request.pem"
    request.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    office = ("--bin", BIN, "--organisation", "Жұмыспен қамту бөлімі", "--role", "hr", "--usage", "AUTH")
    found = await report(command, "issue", *WHO, *office, "--csr", str(request))
    certificate = x509.load_pem_x509_certificate(found["certificate"].encode())
    assert certificate.public_key() == key.public_key()
    assert "demo_key" not in found
    assert not (tmp_path / "home" / "demo-keys").exists()
    refused = await command("p12", found["serial"], "--password", "Qwerty12")
    assert (refused.exit_code, "has no key" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("usage", "kind", "prefix"),
    [("SIGN", "rsa-2048", "RSA256_"), ("AUTH", "rsa-2048", "AUTH_RSA256_"), ("SIGN", "p-256", "EC256_")],
)
async def test_a_demo_key_becomes_a_file_that_openssl_opens(
    command: Command, witness: Witness, tmp_path: Path, usage: str, kind: str, prefix: str
) -> None:
    found = await report(command, "issue", *WHO, "--usage", usage, *(["--key", kind] if kind != "rsa-2048" else []))
    store = tmp_path / "home" / "demo-keys"
    assert "do not exist" in (store / "README").read_text("utf-8")
    secret = Path(found["demo_key"]) / "key.pem"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    path = Path(
        (await report(command, "p12", found["serial"], "--password", "Qwerty12", "--folder", str(tmp_path)))["file"]
    )
    certificate = x509.load_pem_x509_certificate(found["certificate"].encode())
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
    assert path.name == f"{prefix}{identifier}.p12"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    output = await witness.openssl("pkcs12", "-in", path, "-passin", "pass:Qwerty12", "-nodes", "-info")
    assert output.code == 0, output.text
    assert f"friendlyName: {identifier}" in output.text
    assert output.text.count("BEGIN CERTIFICATE") == 3
    assert "PBES2, PBKDF2, AES-256-CBC" in output.text
    refused = await witness.openssl("pkcs12", "-in", path, "-passin", "pass:Aa123456", "-nodes")
    assert "invalid password" in refused.text
    key, own, chain = pkcs12.load_key_and_certificates(path.read_bytes(), b"Qwerty12")
    assert isinstance(key, rsa.RSAPrivateKey if kind == "rsa-2048" else ec.EllipticCurvePrivateKey)
    assert own == certificate
    assert len(chain) == 2


async def test_a_list_is_written_as_openssl_reads_it(command: Command, witness: Witness, tmp_path: Path) -> None:
    result = await command("crl", "--file", str(tmp_path / "list.crl"))
    assert (result.exit_code, result.stdout.startswith("number 1, ")) == (0, True)
    shown = await witness.openssl("crl", "-inform", "DER", "-in", tmp_path / "list.crl", "-CAfile", "ca.pem", "-noout")
    assert "verify OK" in shown.text


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("issue", "--iin", "900101300018", "--surname", "Ахметова", "--given", "Айгүл", "--key", "p-256"), 2, "iin"),
        (("issue", *WHO, "--csr", "/nowhere.pem"), 2, "cannot be read"),
        (("issue", *WHO, "--role", "information-system", "--key", "p-256"), 2, "role"),
        (("show", "abc"), 2, "no certificate"),
        (("revoke", "abc", "--reason", "whatever"), 2, "whatever"),
        (("resume", "xyz"), 2, "serial"),
        (("p12", "../keys", "--password", "x"), 2, "has no key"),
        (("crl", "--file", "/nowhere/list.crl"), 2, "cannot be written"),
    ],
)
async def test_what_cannot_be_done_is_one_line_and_a_code(
    command: Command, words: tuple[str, ...], code: int, why: str
) -> None:
    result = await command(*words)
    assert (result.exit_code, why in result.stderr) == (code, True), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


async def test_an_empty_password_is_none(command: Command) -> None:
    serial = (await report(command, "issue", *WHO, "--key", "p-256"))["serial"]
    result = await command("p12", serial, "--password", "")
    assert (result.exit_code, "needs a password" in result.stderr) == (2, True)


async def test_a_stand_that_is_not_there_is_another_code(command: Command, witness: Witness, tmp_path: Path) -> None:
    nobody = tmp_path / "stand.json"
    nobody.write_text(json.dumps({"urls": dict.fromkeys(PARTIES, "http://127.0.0.1:1")}), "utf-8")
    for words in (("show", "abc"), ("crl",)):
        assert (await command(*words)).exit_code == 3
    token_file(tmp_path / "home", "registry").write_text("wrong-token-of-somebody", "ascii")
    nobody.write_text(json.dumps({"urls": dict.fromkeys(PARTIES, witness.url)}), "utf-8")
    refused = await command("suspend", "abc")
    assert (refused.exit_code, "token" in refused.stderr) == (2, True)
