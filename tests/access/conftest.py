"""What the tests of the systems' certificates share: a registry that listens, the systems that ask it, and a home.

Each test has a home of its own: what a service learned of the certificates stays in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.language.clock import StandClock
from aimaq.eds.x509.profile import PrivateKey
from aimaq.access.systems.keystore import load_signer
from aimaq.language.signing.jws import KeySigner
from stand.provision import keys
from stand.runtime.embedded import door, listening
from tests.databases import files
from tests.outsider import Outsider
from tests.parties import BASE, Parties
from tests.stand_fixtures import postgres

__all__ = ["postgres"]


class World:
    """A registry on a port, and whichever services a test starts beside it; they ask the registry for certificates."""

    def __init__(self, parties: Parties, session: aiohttp.ClientSession) -> None:
        self.parties, self._session = parties, session
        self.url = ""
        self._door = AsyncExitStack()

    async def open(self) -> None:
        """Let the registry listen, at the same address each time."""
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        self._door = AsyncExitStack()
        listener = self._door.enter_context(door("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if "registry" not in self.parties.services:
            await self.parties.start("registry", registry_url=self.url)
        await self._door.enter_async_context(listening(self.parties.apps["registry"], listener))

    async def shut(self) -> None:
        """Let the registry be out of reach."""
        await self._door.aclose()
        await self.parties.stop("registry")

    async def close(self) -> None:
        """Let go of the registry's door."""
        await self._door.aclose()

    async def start(self, *names: str, **settings: Any) -> None:
        """Bring these services up; they know where the registry is."""
        await self.parties.start(*names, registry_url=self.url, **settings)

    async def call(self, method: str, path: str, body: Any = None, status: int = 201) -> Any:
        """What the registry answers the administrator."""
        headers = self.parties.admin()
        async with self._session.request(method, self.url + path, json=body, headers=headers) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def health(self, name: str) -> dict[str, Any]:
        """What a service says of itself."""
        client = await self.parties.http(name)
        found: dict[str, Any] = (await client.get("/health/ready")).json()
        return found

    async def revoke(self, serial: str, reason: str = "keyCompromise") -> Any:
        """Revoke a certificate."""
        return await self.call("POST", "/nca/revocations", {"serial": serial, "reason": reason})

    async def suspend(self, serial: str) -> Any:
        """Suspend a certificate."""
        return await self.call("POST", "/nca/suspensions", {"serial": serial})

    async def resume(self, serial: str) -> Any:
        """End a suspension."""
        return await self.call("DELETE", f"/nca/suspensions/{serial}", status=200)

    async def certified(self, party: str) -> KeySigner:
        """A new key of a party's system with a certificate from the registry."""
        key = keys.new_key()
        issued = await self.call("POST", "/nca/systems", {"party": party, "csr": csr(key)})
        return KeySigner(key, x509.load_pem_x509_certificate(issued["certificate"].encode()))

    async def outsider(self, party: str) -> Outsider:
        """Somebody else's system in a party's place, with the key that was made for the party."""
        return await self.parties.the_outsider(party)

    def serial(self, party: str) -> str:
        """The serial number of the certificate in a party's home."""
        return serial_of(load_signer(self.parties.home, party))


def serial_of(signer: KeySigner) -> str:
    """The serial number of the certificate that a signer names, as the registry writes it."""
    return f"{signer.certificate.serial_number:x}"


def csr(key: PrivateKey | None = None) -> str:
    """A certificate request on this key, or on one of nobody."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(Encoding.PEM).decode()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of a stand, its keys made on the day of `BASE`."""
    keys.provision(tmp_path / "stand", StandClock(lambda: BASE), authority_keys="p-256")
    return tmp_path / "stand"


@pytest.fixture
async def world(home: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A registry that listens, and nothing else yet."""
    async with Parties(home, files(tmp_path)) as parties, aiohttp.ClientSession() as session:
        made = World(parties, session)
        await made.open()
        yield made
        await made.close()
