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
from aimaq.access.systems.registry_client import Readers, RegistryClient
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.clock import Clock
from aimaq.language.errors import AlreadyThere, BadSignature, NotFound, Unavailable, Unconfigured
from aimaq.language.ids import new_key
from aimaq.language.signing.jws import Directory, KeySigner
from aimaq.language.signing.system_certificate import demand
from aimaq.language.texts import Texts

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


UNDER_WAY = Texts(
    kk="кілт қазір ауыстырылып жатыр: ол біткен соң қайталаңыз",
    ru="смена ключа уже идёт: повторите, когда она закончится",
    en="a rotation is under way",
)
NOT_WRITTEN = Texts(
    kk="жаңа кілтті жазу мүмкін болмады; ескісі қалады",
    ru="новый ключ не удалось записать; остаётся старый",
    en="the new key cannot be written: {why}; the old one stays",
)
NOT_KNOWN = Texts(
    kk="тіркелім өзі берген сертификатты білмейді",
    ru="регистр не знает сертификата, который сам выдал",
    en="the registry does not know the certificate that it has issued",
)
LATE = Texts(
    kk="жаңа {serial} сертификатын әлі білмеуі мүмкін: {parties}; олар онымен қол қойылғанды қабылдамас еді. "
    "Ескі кілт қалады; олар іске қосылған соң қайталаңыз",
    ru="новый сертификат {serial} могут ещё не знать: {parties}; они отвергли бы подписанное им. "
    "Старый ключ остаётся; повторите, когда они заработают",
    en="{parties} may not know the new certificate {serial} yet, and would reject what is signed"
    " with it: the old key stays; ask again when they are up",
)
ON_ANOTHER_KEY = Texts(
    kk="сертификат басқа кілтке берілген", ru="сертификат выдан на другой ключ", en="it is on another key"
)
UNUSABLE = Texts(
    kk="тіркелім берген сертификат жарамайды",
    ru="сертификат, выданный регистром, не годится",
    en="what the registry issued cannot be used: {why}",
)


class Rotation:
    """Gives one service a new key whenever it is asked. `outsiders` are parties that are not waited for."""

    def __init__(
        self,
        party: str,
        folder: Path,
        signer: KeySigner,
        directory: Directory,
        trust: TrustStore,
        clock: Clock,
        registry_client: RegistryClient,
        outsiders: frozenset[str] = frozenset(),
    ) -> None:
        self._party, self._folder, self._signer, self._directory = party, folder, signer, directory
        self._trust, self._clock, self._registry_client, self._outsiders = trust, clock, registry_client, outsiders
        self._under_way = asyncio.Lock()

    async def run(self, *, force: bool = False, permit: str = "") -> Rotated:
        """Sign with a new key from now on. With a registry's `permit` the old key need not count any more.

        AlreadyThere if a rotation is under way. Unavailable if the registry is out of reach, if a party is not known to
        know the new certificate (`force` goes on all the same) or if the keys cannot be written: nothing has changed.
        """
        if self._under_way.locked():
            raise AlreadyThere(UNDER_WAY, rule="one at a time")
        async with self._under_way:
            try:
                return await self._rotate(permit, force=force)
            except OSError as error:
                raise Unavailable(NOT_WRITTEN.format(why=error)) from None

    async def _rotate(self, permit: str, *, force: bool) -> Rotated:
        described = await self._with_readers(self._prepared()) or await self._with_readers(await self._issued(permit))
        if described is None:
            raise Unavailable(NOT_KNOWN)
        (key, certificate), readers = described
        serial, previous = f"{certificate.serial_number:x}", f"{self._signer.certificate.serial_number:x}"
        late = tuple(party for party in readers.unconfirmed if party not in self._outsiders)
        if late and not force:
            raise Unavailable(LATE.format(parties=", ".join(late), serial=serial))
        keystore.replace(self._folder)
        self._signer.renew(key, certificate)
        log.info("%s signs with the certificate %s, and no more with %s", self._party, serial, previous)
        return Rotated(self._party, serial, previous, certificate.not_valid_after_utc.isoformat(), late)

    async def _with_readers(self, pair: Pair | None) -> tuple[Pair, Readers] | None:
        """The pair and who knows its certificate; None if the registry does not."""
        if pair is None:
            return None
        try:
            return pair, await self._registry_client.readers(f"{pair[1].serial_number:x}", WAIT)
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

    async def _issued(self, permit: str) -> Pair:
        key = new_key()
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
        issued = await self._registry_client.issue(request.public_bytes(Encoding.PEM).decode(), permit)
        try:
            certificate = x509.load_pem_x509_certificate(issued.certificate.encode())
            if fault := self._trust.chain_status(read(certificate.public_bytes(Encoding.DER))).fault:
                raise BadSignature(fault)
            if certificate.public_key() != key.public_key():
                raise BadSignature(ON_ANOTHER_KEY)
            demand(self._party, certificate)
        except (ValueError, BadSignature, Unconfigured) as error:
            raise Unavailable(UNUSABLE.format(why=error)) from None
        keystore.prepare(self._folder, key, certificate)
        return key, certificate
