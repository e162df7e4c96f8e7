"""The rotation: gives a running service a new key, without a message lost. The key never leaves the service.

    1   a new key, and a certificate on it from the registry; both are written beside the pair in use
    2   every party says that it knows the certificate
    3   the new pair takes the place of the old one on disk, and signs from then on

The old certificate stays good for what is under way, until it is revoked. Whoever stops between these steps leaves a
service that works with one of the two; what was prepared is used the next time.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.systems import keystore
from aimaq.language.clock import Clock
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import AlreadyThere, BadSignature, NotFound, Unavailable
from aimaq.language.ids import new_key
from aimaq.language.signing.jws import Directory, KeySigner
from aimaq.access.systems.registry_client import Readers, Registrar

log = logging.getLogger(__name__)

WAIT = 5.0
"""Seconds that the parties have to say that they know the new certificate."""

Pair = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


class Rotated(msgspec.Struct, frozen=True):
    """What came of a rotation: the serial numbers of the certificates, and who is not known to know the new one."""

    party: str
    serial: str
    previous: str
    not_after: str
    unconfirmed: tuple[str, ...]


class Rotation:
    """Gives one service a new key whenever it is asked. `outsiders` are parties that are not waited for."""

    def __init__(
        self, party: str, folder: Path, signer: KeySigner, directory: Directory, trust: TrustStore, clock: Clock,
        registrar: Registrar, outsiders: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._party, self._folder, self._signer, self._directory = party, folder, signer, directory
        self._trust, self._clock, self._registrar, self._outsiders = trust, clock, registrar, outsiders
        self._under_way = asyncio.Lock()

    async def run(self, *, force: bool = False) -> Rotated:
        """Sign with a new key from now on.

        AlreadyThere if a rotation is under way. Unavailable if the registry is out of reach, if a party is not known to
        know the new certificate (`force` goes on all the same) or if the keys cannot be written: nothing has changed.
        """
        if self._under_way.locked():
            raise AlreadyThere("a rotation is under way", rule="one at a time")
        async with self._under_way:
            try:
                return await self._rotate(force)
            except OSError as error:
                raise Unavailable(f"the new key cannot be written: {error}; the old one stays") from None

    async def _rotate(self, force: bool) -> Rotated:
        told = await self._told(self._prepared()) or await self._told(await self._issued())
        if told is None:
            raise Unavailable("the registry does not know the certificate that it has issued")
        (key, certificate), readers = told
        serial, previous = f"{certificate.serial_number:x}", f"{self._signer.certificate.serial_number:x}"
        late = tuple(party for party in readers.unconfirmed if party not in self._outsiders)
        if late and not force:
            raise Unavailable(
                f"{', '.join(late)} may not know the new certificate {serial} yet, and would reject what is signed"
                " with it: the old key stays; ask again when they are up"
            )
        keystore.replace(self._folder)
        self._signer.renew(key, certificate)
        log.info("%s signs with the certificate %s, and no more with %s", self._party, serial, previous)
        return Rotated(self._party, serial, previous, certificate.not_valid_after_utc.isoformat(), late)

    async def _told(self, pair: Pair | None) -> tuple[Pair, Readers] | None:
        """The pair and who knows its certificate; None if the registry does not."""
        if pair is None:
            return None
        try:
            return pair, await self._registrar.readers(f"{pair[1].serial_number:x}", WAIT)
        except NotFound:
            return None

    def _prepared(self) -> Pair | None:
        """The pair that an earlier rotation has left, if it is still good."""
        found = keystore.pending(self._folder)
        if found is None or found[0] is None or found[1] == self._signer.certificate:
            return None
        known = self._directory.identity(found[1])
        if known is None or known.party != self._party or known.withdrawal is not None:
            return None
        return (found[0], found[1]) if known.not_before <= self._clock.now() <= known.not_after else None

    async def _issued(self) -> Pair:
        key = new_key()
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
        issued = await self._registrar.issue(request.public_bytes(Encoding.PEM).decode())
        try:
            certificate = x509.load_pem_x509_certificate(issued.certificate.encode())
            if fault := self._trust.standing(read(certificate.public_bytes(Encoding.DER))).fault:
                raise BadSignature(fault)
            if certificate.public_key() != key.public_key():
                raise BadSignature("it is on another key")
        except (ValueError, BadSignature) as error:
            raise Unavailable(f"what the registry issued cannot be used: {error}") from None
        keystore.prepare(self._folder, key, certificate)
        return key, certificate
