"""What the tests of the systems' certificates share: a registry that listens, the systems that ask it, and a home.

Each test has a home of its own: what a service learned of the certificates stays in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.systems.keystore import load_signer
from aimaq.access.systems.roster import Roster
from aimaq.access.systems.roster_signature import SignedRoster
from aimaq.eds.x509.profile import PrivateKey
from aimaq.http.client import http_client
from aimaq.language.clock import StandClock
from aimaq.language.ids import Ids
from aimaq.language.signing.jws import KeySigner
from registry_svc.nca.authority import Authority
from stand.provision import keys
from stand.runtime.embedded import listening, listening_socket
from tests.databases import files
from tests.outsider import Outsider
from tests.parties import BASE, Parties
from tests.stand_fixtures import postgres
from tests.waiting import eventually

__all__ = ["postgres"]


class World:
    """A registry on a port, and whichever services a test starts beside it; they ask the registry for certificates."""

    def __init__(self, parties: Parties, session: httpx.AsyncClient) -> None:
        self.parties, self._session = parties, session
        self.url = ""
        self._listening = AsyncExitStack()

    async def open(self) -> None:
        """Let the registry listen, at the same address each time."""
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        self._listening = AsyncExitStack()
        listener = self._listening.enter_context(listening_socket("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if "registry" not in self.parties.services:
            await self.parties.start("registry", registry_url=self.url)
        await self._listening.enter_async_context(listening(self.parties.apps["registry"], listener))

    async def shut(self) -> None:
        """Let the registry be out of reach."""
        await self._listening.aclose()
        await self.parties.stop("registry")

    async def close(self) -> None:
        """Let go of the registry's door."""
        await self._listening.aclose()

    async def start(self, *names: str, **settings: Any) -> None:
        """Bring these services up; they know where the registry is, and follow it if it listens."""
        await self.parties.start(*names, registry_url=self.url, **settings)
        if "registry" in self.parties.services:
            await self._known(self.serial("gateway"))

    async def call(self, method: str, path: str, body: Any = None, status: int = 201) -> Any:
        """What the registry answers the administrator."""
        headers = self.parties.admin("registry")
        answer = await self._session.request(method, self.url + path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def health(self, name: str) -> dict[str, Any]:
        """What a service says of itself."""
        client = await self.parties.http(name)
        found: dict[str, Any] = (await client.get("/health/ready")).json()
        return found

    async def revoke(self, serial: str, reason: str = "keyCompromise") -> Any:
        """Revoke a certificate; all that run know of it then, however slow the machine is."""
        answer = await self.call("POST", "/nca/revocations", {"serial": serial, "reason": reason})
        await self._known(serial)
        return answer

    async def suspend(self, serial: str) -> Any:
        """Suspend a certificate; see `revoke`."""
        answer = await self.call("POST", "/nca/suspensions", {"serial": serial})
        await self._known(serial)
        return answer

    async def resume(self, serial: str) -> Any:
        """End a suspension; see `revoke`."""
        answer = await self.call("DELETE", f"/nca/suspensions/{serial}", status=200)
        await self._known(serial)
        return answer

    async def _known(self, serial: str) -> None:
        async def everywhere() -> bool:
            answer = await self._session.get(
                f"{self.url}/nca/systems/{serial}/readers", headers=self.parties.admin("registry")
            )
            return set(self.parties.services) <= set(answer.json()["confirmed"])

        await eventually(everywhere, what=f"every service's knowing how {serial} stands")

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


def signed(home: Path, roster: Roster) -> SignedRoster:
    """A roster as the authority of this home signs it."""
    clock = StandClock(lambda: BASE)
    data = msgspec.json.encode(roster)
    return SignedRoster(data.decode(), Authority.load(home / "nca", clock, Ids(clock)).sign_roster(data))


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
    async with Parties(home, files(tmp_path)) as parties, http_client() as session:
        made = World(parties, session)
        await made.open()
        yield made
        await made.close()
