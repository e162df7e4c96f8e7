"""The registry as it runs, on a port of its own, and openssl beside it: a tool that has never heard of the stand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aimaq.eds.x509.profile import PrivateKey
from aimaq.http.client import http_client
from stand.runtime.embedded import listening, listening_socket
from tests.eds.pki import IIN, curve_key
from tests.parties import Parties

YEARS = str(int(timedelta(days=20 * 365).total_seconds()))


@dataclass(frozen=True)
class Output:
    """What openssl said: its exit code, and both its outputs in one text."""

    code: int
    text: str


@dataclass
class Witness:
    """A folder with the authority's certificates in it, a client of the registry, and openssl at work there."""

    parties: Parties
    url: str
    folder: Path
    session: httpx.AsyncClient

    async def openssl(self, *arguments: str | Path) -> Output:
        """Run openssl in the folder, its text in UTF-8."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            "openssl", *map(str, arguments), cwd=self.folder, stdout=pipe, stderr=asyncio.subprocess.STDOUT
        )
        printed, _ = await process.communicate()
        assert process.returncode is not None
        return Output(process.returncode, printed.decode("utf-8", "replace"))

    async def asked(self, *more: str, url: str = "") -> Output:
        """What openssl makes of the responder's answer about `holder.crt`, and about others if `more` names them."""
        first = [option for option in more if option.startswith("-sha") or "nonce" in option]
        rest = [option for option in more if option not in first]
        return await self.openssl(
            "ocsp",
            *first,
            "-issuer",
            "issuing.pem",
            "-cert",
            "holder.crt",
            *rest,
            "-url",
            url or f"{self.url}/nca/ocsp",
            "-CAfile",
            "ca.pem",
            "-validity_period",
            YEARS,
            *self.attime,
        )

    @property
    def attime(self) -> tuple[str, str]:
        """That openssl is to go by the stand's clock."""
        return "-attime", str(int(self.parties.clock.now().timestamp()) + 1)

    async def get(self, path: str) -> bytes:
        """The body of what the registry has there."""
        answer = await self.session.get(path if "://" in path else self.url + path)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def call(self, method: str, path: str, body: Any = None, status: int = 201) -> Any:
        """What the registry answers the administrator."""
        answer = await self.session.request(method, self.url + path, json=body, headers=self.parties.admin("registry"))
        assert answer.status_code == status, answer.text
        return answer.json()

    async def issue(self, name: str = "holder", key: PrivateKey | None = None, **more: Any) -> x509.Certificate:
        """A certificate on a new key; both also as files `NAME.crt` and `NAME.key`."""
        key = key or curve_key()
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        csr = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
        application = {"csr": csr, "iin": IIN, "surname": "Ахметова", "given": "Айгүл"} | more
        body = await self.call("POST", "/nca/certificates", application)
        self.file(f"{name}.crt", body["certificate"].encode())
        self.file(f"{name}.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return x509.load_pem_x509_certificate(body["certificate"].encode())

    def file(self, name: str, content: bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(content)
        return path


@asynccontextmanager
async def witnessing(parties: Parties, folder: Path) -> AsyncIterator[Witness]:
    """The registry of these parties, listening, with a witness beside it."""
    with listening_socket("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        await parties.start("registry", registry_url=url)
        async with listening(parties.apps["registry"], listener), http_client() as session:
            made = Witness(parties, url, folder, session)
            made.file("ca.pem", await made.get("/nca/ca"))
            issuing, root = x509.load_pem_x509_certificates((folder / "ca.pem").read_bytes())
            made.file("issuing.pem", issuing.public_bytes(Encoding.PEM))
            made.file("root.pem", root.public_bytes(Encoding.PEM))
            yield made
