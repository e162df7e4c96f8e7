"""A client of NCANode, written from its interface alone, and the keys and witnesses that tests need beside it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import databases as kinds
from tests.databases import Databases
from tests.eds.pki import DOCUMENT
from tests.registry.witness import Witness

PASSWORD = "Qwerty12"


@pytest.fixture
def databases(tmp_path: Path) -> Databases:
    """Files: NCANode's door asks the same of either kind of database as the responder, which is tested over both."""
    return kinds.files(tmp_path)


class Failed(Exception):
    """NCANode says that something went wrong."""

    def __init__(self, status: int, message: str, details: str | None) -> None:
        super().__init__(message)
        self.status, self.message, self.details = status, message, details


@dataclass
class Client:
    """What an application does with NCANode."""

    session: httpx.AsyncClient
    base: str

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        """The answer to a call; Failed if it is not 200."""
        response = await self.session.post(f"{self.base}{path}", json=body)
        answer: dict[str, Any] = response.json()
        assert answer["status"] == response.status_code
        assert isinstance(answer["message"], str)
        if response.status_code != 200:
            assert set(answer) <= {"status", "message", "details"}
            raise Failed(response.status_code, answer["message"], answer.get("details"))
        return answer

    async def sign(self, data: bytes, *keys: bytes, password: str = PASSWORD, **more: Any) -> bytes:
        """A CMS over data, by these keys."""
        signers = [{"key": b64(key), "password": password, "keyAlias": None} for key in keys]
        answer = await self.post("/cms/sign", {"data": b64(data), "signers": signers, **more})
        assert answer["message"] == "OK"
        return base64.b64decode(answer["cms"], validate=True)

    async def add(self, cms: bytes, *keys: bytes, **more: Any) -> bytes:
        """The same CMS with further signers."""
        signers = [{"key": b64(key), "password": PASSWORD} for key in keys]
        answer = await self.post("/cms/sign/add", {"cms": b64(cms), "signers": signers, **more})
        return base64.b64decode(answer["cms"], validate=True)

    async def verify(self, cms: bytes, data: bytes | None = None, checks: Sequence[str] = ()) -> dict[str, Any]:
        """Whether a CMS is good, and who signed."""
        body: dict[str, Any] = {"cms": b64(cms), "revocationCheck": list(checks)}
        return await self.post("/cms/verify", body | ({} if data is None else {"data": b64(data)}))

    async def extract(self, cms: bytes) -> bytes:
        """What is inside a CMS."""
        return base64.b64decode((await self.post("/cms/extract", {"cms": b64(cms)}))["data"], validate=True)

    async def info(self, *keys: bytes, password: str = PASSWORD, checks: Sequence[str] = ()) -> dict[str, Any]:
        """What is known of the certificates that go with keys."""
        asked = [{"key": b64(key), "password": password} for key in keys]
        return await self.post("/pkcs12/info", {"keys": asked, "revocationCheck": list(checks)})

    async def certificates(self, *certificates: bytes, checks: Sequence[str] = ()) -> dict[str, Any]:
        """What is known of certificates."""
        body = {"certs": [b64(one) for one in certificates], "revocationCheck": list(checks)}
        return await self.post("/x509/info", body)


def client(witness: Witness) -> Client:
    """A client whose NCANode is the registry."""
    return Client(witness.session, witness.url)


def b64(data: bytes) -> str:
    """Base64 in one line."""
    return base64.b64encode(data).decode()


async def exported(witness: Witness, name: str = "holder", *options: str | Path, password: str = PASSWORD) -> bytes:
    """The PKCS#12 file that openssl makes of `NAME.key` and `NAME.crt`."""
    output = await witness.openssl(
        "pkcs12",
        "-export",
        "-inkey",
        f"{name}.key",
        "-in",
        f"{name}.crt",
        "-out",
        f"{name}.p12",
        "-passout",
        f"pass:{password}",
        *options,
    )
    assert output.code == 0, output.text
    return (witness.folder / f"{name}.p12").read_bytes()


async def holder(witness: Witness, name: str = "holder", **more: Any) -> bytes:
    """Somebody with a new certificate, as a PKCS#12 file."""
    await witness.issue(name, **more)
    return await exported(witness, name)


async def accepted(witness: Witness, signature: bytes, document: bytes | None = None) -> bool:
    """Whether openssl verifies a CAdES signature, and takes out of it what was signed."""
    witness.file("signature", signature)
    content: list[str | Path] = []
    if document is not None:
        content = ["-content", witness.file("document", document)]
    output = await witness.openssl(
        "cms",
        "-verify",
        "-cades",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "signature",
        *content,
        "-CAfile",
        "ca.pem",
        "-purpose",
        "any",
        "-out",
        "verified",
        *witness.attime,
    )
    if output.code == 0:
        assert (witness.folder / "verified").read_bytes() == DOCUMENT
    return output.code == 0


async def by_openssl(witness: Witness, *options: str) -> bytes:
    """A signature that openssl makes with `holder.key`."""
    witness.file("document", DOCUMENT)
    output = await witness.openssl(
        "cms",
        "-sign",
        "-binary",
        "-in",
        "document",
        "-signer",
        "holder.crt",
        "-inkey",
        "holder.key",
        "-outform",
        "DER",
        "-out",
        "made",
        *options,
    )
    assert output.code == 0, output.text
    return (witness.folder / "made").read_bytes()
