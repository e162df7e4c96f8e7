"""Keys as clients send them: every kind of PKCS#12 file that there is about, and none that could do harm."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, core, keys, pkcs12
from asn1crypto import cms as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.eds.asn1.der import Malformed
from registry_svc.ncanode.keys import LARGEST, MOST_ROUNDS, rounds
from stand.provision.demo_keys import DemoKeys, name_of
from tests.eds.pki import DOCUMENT, RSA_KEY
from tests.eds.test_hostile import mutated
from tests.registry.ncanode import PASSWORD, Failed, b64, client, databases, exported, holder
from tests.registry.witness import Witness

pytestmark = pytest.mark.slow

__all__ = ["databases"]

FORMS = {
    "as openssl writes it": (),
    "legacy: RC2 and 3DES": ("-legacy",),
    "3DES alone": ("-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"),
    "certificates in the open": ("-certpbe", "NONE"),
    "without a check of the whole": ("-nomac",),
    "hashed often": ("-iter", "200000"),
    "with the authorities": ("-certfile", "ca.pem"),
}


@pytest.mark.parametrize("form", FORMS)
async def test_a_key_in_every_form_is_read_and_signs(witness: Witness, form: str) -> None:
    node = client(witness)
    certificate = await witness.issue(key=RSA_KEY)
    file = await exported(witness, "holder", "-name", "менің кілтім", *FORMS[form])
    answer = await node.info(file, checks=["OCSP"])
    assert answer["valid"]
    assert answer["signers"][0]["serialNumber"] == f"{certificate.serial_number:x}"
    body = {"keys": [{"key": b64(file), "password": PASSWORD}]}
    assert (await node.post("/pkcs12/aliases", body))["aliases"] == [["менің кілтім"]]
    assert (await node.verify(await node.sign(DOCUMENT, file)))["valid"]
    with pytest.raises(Failed) as failed:
        await node.info(file, password="wrong")
    assert (failed.value.status, failed.value.message) == (400, "Key reading error: Password incorrect.")
    assert failed.value.details == "keys[0]"


async def test_the_stands_own_files_are_read(witness: Witness) -> None:
    node, certificate = client(witness), await witness.issue(key=RSA_KEY)
    demo = DemoKeys(witness.folder)
    demo.keep(RSA_KEY, certificate)
    authorities = x509.load_pem_x509_certificates((witness.folder / "ca.pem").read_bytes())
    path = demo.export(f"{certificate.serial_number:x}", "Пароль №1", authorities, witness.folder / "out")
    body = {"keys": [{"key": b64(path.read_bytes()), "password": "Пароль №1"}], "revocationCheck": ["CRL"]}
    assert (await node.post("/pkcs12/info", body))["valid"]
    assert (await node.post("/pkcs12/aliases", body))["aliases"] == [[name_of(certificate)[1].decode()]]


async def test_an_entry_without_a_name_is_called_by_the_digest_of_its_certificate(witness: Witness) -> None:
    node, certificate = client(witness), await witness.issue()
    signer = {"key": b64(await exported(witness)), "password": PASSWORD}
    aliases = (await node.post("/pkcs12/aliases", {"keys": [signer, signer]}))["aliases"]
    digest = hashlib.sha1(certificate.public_bytes(Encoding.DER)).hexdigest()
    assert aliases == [[digest], [digest]]
    chosen = {"data": b64(DOCUMENT), "signers": [signer | {"keyAlias": digest}]}
    assert (await node.post("/cms/sign", chosen))["message"] == "OK"
    with pytest.raises(Failed, match="Key does not have 'another' alias"):
        await node.post("/cms/sign", {"data": b64(DOCUMENT), "signers": [signer | {"keyAlias": "another"}]})


def packed(key: Any, certificate: x509.Certificate | None = None) -> bytes:
    """A PKCS#12 file with a key or without."""
    return serialize_key_and_certificates(b"it", key, certificate, None, BestAvailableEncryption(PASSWORD.encode()))


async def test_keys_that_nobody_can_sign_with_here_are_refused(witness: Witness) -> None:
    node, certificate = client(witness), await witness.issue()
    strangers = {
        "another's key": packed(RSA_KEY),
        "no key": packed(None, certificate),
    }
    for what, file in strangers.items():
        with pytest.raises(Failed, match="Key does not have aliases") as failed:
            await node.sign(DOCUMENT, file)
        assert failed.value.status == 400, what
    for made in (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1()), new_rsa(3072)):
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "AIMAQ TEST")])
        since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        builder = x509.CertificateBuilder(name, name, made.public_key(), 7, since, until)
        digest = None if isinstance(made, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        file = packed(made, builder.sign(made, digest))
        answer = await node.info(file)
        assert not answer["valid"]
        with pytest.raises(Failed, match="neither RSA-2048 nor P-256"):
            await node.sign(DOCUMENT, file)


def new_rsa(size: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, size)


async def test_what_is_no_key_is_refused_and_says_why(witness: Witness) -> None:
    node, file = client(witness), await holder(witness)
    wrong = {
        "***": "Key reading error: Invalid Base64 format. Key must be in valid Base64 format.",
        b64(b""): "Key reading error: Invalid format.",
        b64(DOCUMENT): "Key reading error: Invalid format.",
        b64(file[: len(file) // 2]): "Key reading error: Invalid format.",
        b64(file[:-1]): "Key reading error: Invalid format.",
        b64(file + bytes(LARGEST)): "Key reading error: Invalid format.",
        b64(b"\x30\x80" * 20_000): "Key reading error: Invalid format.",
        b64(b"\x30\x80" * 20_000 + b"\0\0" * 20_000): "Key reading error: Invalid format.",
    }
    for key, message in wrong.items():
        body = {"signers": [{"key": b64(file), "password": PASSWORD}, {"key": key or "=", "password": PASSWORD}]}
        with pytest.raises(Failed) as failed:
            await node.post("/cms/sign", body | {"data": b64(DOCUMENT)})
        assert (failed.value.status, failed.value.message, failed.value.details) == (400, message, "signers[1]")


@settings(max_examples=500, deadline=None)
@given(st.one_of(mutated([packed(RSA_KEY)]), st.binary(max_size=300)))
def test_any_bytes_are_gone_through_or_refused(file: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert all(isinstance(count, int) for count in rounds(file))


def deep(file: bytes, change: Callable[[pkcs12.Pfx], None]) -> bytes:
    """A PKCS#12 file, changed."""
    pfx = pkcs12.Pfx.load(file)
    change(pfx)
    made: bytes = pfx.dump(force=True)
    return made


def hashed_often(pfx: pkcs12.Pfx) -> None:
    pfx["mac_data"]["iterations"] = 2**31 - 1


def encrypted_often(pfx: pkcs12.Pfx) -> None:
    safes = pfx.authenticated_safe
    for info in safes:
        if info["content_type"].native == "encrypted_data":
            scheme = info["content"]["encrypted_content_info"]["content_encryption_algorithm"]
            scheme["parameters"]["key_derivation_func"]["parameters"]["iteration_count"] = MOST_ROUNDS + 1
    pfx["auth_safe"]["content"] = core.OctetString(safes.dump(force=True))


def negative(pfx: pkcs12.Pfx) -> None:
    pfx["mac_data"]["iterations"] = -5


@pytest.mark.parametrize("change", [hashed_often, encrypted_often, negative])
async def test_a_file_that_says_it_takes_long_is_not_even_tried(witness: Witness, change: Any) -> None:
    node, file = client(witness), await holder(witness)
    assert rounds(file) == [2048, 2048, 2048]
    why = "Invalid format" if change is negative else "Passwords are hashed more than 2000000 times"
    with pytest.raises(Failed, match=why):
        await node.info(deep(file, change))


async def test_many_files_that_each_take_long_are_not_even_tried(witness: Witness) -> None:
    node, file = client(witness), await holder(witness)

    def often(pfx: pkcs12.Pfx) -> None:
        pfx["mac_data"]["iterations"] = MOST_ROUNDS // 2

    slow = deep(file, often)
    with pytest.raises(Failed, match="Passwords are hashed more than 2000000 times") as failed:
        await node.info(slow, slow)
    assert (failed.value.status, failed.value.details) == (400, "keys[1]")


def scheme(count: int, salt: bytes = b"saltsalt", vector: bytes = bytes(16)) -> algos.EncryptionAlgorithm:
    """PBES2 with so many rounds of PBKDF2, and AES-256."""
    function = {
        "algorithm": "pbkdf2",
        "parameters": {"salt": core.OctetString(salt), "iteration_count": count, "prf": {"algorithm": "sha256"}},
    }
    encryption = {"algorithm": "aes256_cbc", "parameters": vector}
    return algos.EncryptionAlgorithm(
        {"algorithm": "pbes2", "parameters": {"key_derivation_func": function, "encryption_scheme": encryption}}
    )


def hiding(password: str) -> bytes:
    """A file that says of one round in the open, and hides behind it a key of 2147483647."""
    bag = {
        "bag_id": "pkcs8_shrouded_key_bag",
        "bag_value": keys.EncryptedPrivateKeyInfo(
            {"encryption_algorithm": scheme(2**31 - 1), "encrypted_data": bytes(64)}
        ),
    }
    plain = pkcs12.SafeContents([bag]).dump()
    plain += bytes([16 - len(plain) % 16]) * (16 - len(plain) % 16)
    secret = Cipher(AES(hashlib.pbkdf2_hmac("sha256", password.encode(), b"saltsalt", 1)), CBC(bytes(16))).encryptor()
    content = {
        "content_type": "data",
        "content_encryption_algorithm": scheme(1),
        "encrypted_content": secret.update(plain) + secret.finalize(),
    }
    hidden = asn1.EncryptedData({"version": "v0", "encrypted_content_info": content})
    safes = pkcs12.AuthenticatedSafe([asn1.ContentInfo({"content_type": "encrypted_data", "content": hidden})])
    pfx = {"version": 3, "auth_safe": {"content_type": "data", "content": core.OctetString(safes.dump())}}
    made: bytes = pkcs12.Pfx(pfx).dump()
    return made


async def test_a_file_that_hides_how_long_it_takes_is_given_up_and_holds_nobody_up(witness: Witness) -> None:
    node, file = client(witness), hiding(PASSWORD)
    assert rounds(file) == [1]
    opening = asyncio.create_task(node.info(file))
    response = await witness.session.get(f"{witness.url}/actuator/health")
    assert response.json()["status"] == "UP"
    assert not opening.done()
    with pytest.raises(Failed, match="It takes too long to open"):
        await opening


async def test_neither_key_nor_password_is_in_a_log_or_a_file(
    witness: Witness, caplog: pytest.LogCaptureFixture, stand_home: Path
) -> None:
    node, file = client(witness), await holder(witness)
    caplog.set_level(logging.DEBUG)
    secret = "Қ5-өте құпия сөз"
    signed_list = await exported(witness, "holder", password=secret)
    await node.sign(DOCUMENT, signed_list, password=secret)
    for files in ((signed_list, file), (file, signed_list), (signed_list[:-9],)):
        with pytest.raises(Failed) as failed:
            await node.sign(DOCUMENT, *files, password=secret)
        assert secret not in f"{failed.value.message}{failed.value.details}"
    known = (secret, secret.encode().decode("latin-1"), b64(signed_list)[:60], b64(secret.encode()))
    assert not [one for one in known if one in caplog.text]
    data = witness.parties.databases.url("registry")
    if data.startswith("sqlite"):
        database = Path(data.partition("///")[2])
        for path in database.parent.glob(f"{database.name}*"):
            assert secret.encode() not in path.read_bytes()
