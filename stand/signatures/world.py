"""The little world that the pack of bad signatures comes from: an authority of its own, and people certified by it.

It has nothing to do with any stand's authority. Its people are synthetic, the same each time; keys and times are not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from random import Random
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.cms import reader
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.timestamp import token
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import Role
from aimaq.language.clock import StandClock
from aimaq.language.ids import Ids
from registry_svc.nca.authority import Authority, Withdrawn, found_authority, found_root
from registry_svc.nca.owner import Owner
from registry_svc.nca.timestamps import Order, TimeStampAuthority
from stand.people.person import Person, people
from stand.provision.keys import new_key
from stand.signatures.craft import Hand

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FOUNDED = 400 * DAY
"""How long before the judging the authority was founded."""
SEED = "signatures"

T = TypeVar("T")


class World:
    """An authority, the people it certified, and those it did not; signatures are judged at `at`.

    Everybody's certificate is drawn up when it is first asked for. `citizen` is who is expected to have signed.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at.replace(microsecond=0)
        self.signed_at = self.at - HOUR
        self._now = self.at - FOUNDED
        self._clock = StandClock(lambda: self._now)
        self._ids = Ids(self._clock, Random(SEED).randbytes)  # noqa: S311 - serial numbers of a test authority
        self._authority = self._found()
        self.citizen, self.other = islice(people(SEED), 2)
        self._withdrawn: list[Withdrawn] = []

    @property
    def trusted(self) -> bytes:
        """The certificates to trust, in PEM: the issuing authority's and the root's."""
        return self._authority.pem

    @cached_property
    def good(self) -> Hand:
        """The citizen with a certificate in which nothing is wrong."""
        return self._certified(self.citizen)

    @cached_property
    def someone_else(self) -> Hand:
        """Another person, in whose certificate nothing is wrong either."""
        return self._certified(self.other)

    @cached_property
    def authentication(self) -> Hand:
        """The citizen with a certificate for signing in."""
        return self._certified(self.citizen, usage="AUTH")

    @cached_property
    def expired(self) -> Hand:
        """The citizen with a certificate that ran out half an hour before the judging, after the signing."""
        return self._certified(self.citizen, since=self.at - 100 * DAY, until=self.at - HOUR / 2)

    @cached_property
    def early(self) -> Hand:
        """The citizen with a certificate that is not valid yet."""
        return self._certified(self.citizen, since=self.at + 10 * DAY)

    @cached_property
    def revoked_before(self) -> Hand:
        """The citizen with a certificate that was revoked before the signing."""
        return self._withdraw(self.signed_at - DAY, x509.ReasonFlags.key_compromise)

    @cached_property
    def revoked_after(self) -> Hand:
        """The citizen with a certificate that was revoked after the signing."""
        return self._withdraw(self.signed_at + HOUR / 2, x509.ReasonFlags.cessation_of_operation)

    @cached_property
    def suspended(self) -> Hand:
        """The citizen with a certificate that is suspended."""
        return self._withdraw(self.signed_at - DAY, x509.ReasonFlags.certificate_hold)

    @cached_property
    def stranger(self) -> Hand:
        """The citizen with a certificate of another authority, which bears the same name."""
        return self._at(self.at - FOUNDED, lambda: self._certified(self.citizen, by=self._found()))

    @cached_property
    def self_made(self) -> Hand:
        """The citizen with a certificate like the good one, which the citizen signed."""
        like, key = self.good.certificate.x509, new_key()
        builder = x509.CertificateBuilder().subject_name(like.subject).issuer_name(like.subject)
        builder = builder.public_key(key.public_key()).serial_number(like.serial_number)
        builder = builder.not_valid_before(like.not_valid_before_utc).not_valid_after(like.not_valid_after_utc)
        for extension in like.extensions:
            if not isinstance(extension.value, x509.AuthorityKeyIdentifier | x509.SubjectKeyIdentifier):
                builder = builder.add_extension(extension.value, extension.critical)
        made = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return Hand(key, read(made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)))

    def sign(self, hand: Hand, document: bytes, *, attached: bool = False) -> bytes:
        """An honest signature of this hand, made at `signed_at`; with the document inside if it is to be `attached`."""
        return DocumentSigner(hand.key, hand.certificate).sign(document, self.signed_at, attached=attached)

    def stamp(self, signature: bytes, over: bytes | None = None) -> bytes:
        """The signature with a time stamp of `signed_at`; over other bytes than its own value, if they are given."""
        query = token.query(over or reader.take_apart(signature).value, 1)
        reply = self._at(self.signed_at, lambda: self._tsa.stamp(Order.read(query)))
        return token.stamped(signature, token.token_in(reply))

    def revocation_list(self) -> bytes:
        """The authority's list at the time of the judging, in DER."""
        for drawn_up in (self.revoked_before, self.revoked_after, self.suspended):
            assert drawn_up.certificate.serial in {one.serial for one in self._withdrawn}
        return self._at(self.at, lambda: self._authority.revocation_list(1, self._withdrawn).der)

    @cached_property
    def _tsa(self) -> TimeStampAuthority:
        return TimeStampAuthority(self._authority, new_key(), self._clock, self._ids)

    def _found(self) -> Authority:
        root_key, key = new_key(), new_key()
        root = found_root(root_key, self._ids, self._now)
        certificate = found_authority(key.public_key(), root, root_key, self._ids, self._now)
        return Authority(root, certificate, key, self._clock, self._ids)

    def _certified(
        self,
        person: Person,
        *,
        usage: str = "SIGN",
        since: datetime | None = None,
        until: datetime | None = None,
        by: Authority | None = None,
    ) -> Hand:
        begins = since or self.at - 30 * DAY
        names = {"surname": person.surname, "given_name": person.given_name, "patronymic": person.patronymic}
        owner = Owner.person(**names, iin=person.iin, bin=None, organisation="")
        life = (until or begins + 365 * DAY) - begins
        key = new_key()
        issued = self._at(
            begins,
            lambda: (by or self._authority).issue(
                key.public_key(), owner, role=Role.INDIVIDUAL, usage=usage, life=life
            ),
        )
        return Hand(key, read(issued.public_bytes(Encoding.DER)))

    def _withdraw(self, at: datetime, reason: x509.ReasonFlags) -> Hand:
        hand = self._certified(self.citizen)
        self._withdrawn.append(Withdrawn(hand.certificate.serial, at, reason))
        return hand

    def _at(self, at: datetime, act: Callable[[], T]) -> T:
        """Do something as of another time, which is over when it is done."""
        before, self._now = self._now, at
        try:
            return act()
        finally:
            self._now = before
