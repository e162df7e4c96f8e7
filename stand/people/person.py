"""The people of a flow, none of whom exist: citizens, operators, officials, each with a name, an IIN and a key.

Who they are follows from the seed. Their keys do not: each is drawn when it is first needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from random import Random
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.x509.certificates import Certificate, read
from aimaq.eds.x509.profile import PrivateKey
from aimaq.http.client import exchange
from aimaq.language.errors import InvalidInput, NotAllowed, Technical, Unavailable, Unconfigured
from aimaq.language.iin import synthetic_iin
from stand.people import names
from stand.provision.key_kinds import Kind


@dataclass
class Person:
    """Somebody synthetic. `bin` and `organisation` say for whom they act, if not for themselves."""

    iin: str = field(repr=False)
    surname: str
    given_name: str
    patronymic: str
    password: str = field(repr=False)
    bin: str | None = None
    organisation: str | None = None
    kind: Kind = Kind.CURVE
    """Of what kind their key is."""
    certificate: Certificate | None = None
    _signer: DocumentSigner | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The full name as forms have it: surname, given name, patronymic."""
        return " ".join(part for part in (self.surname, self.given_name, self.patronymic) if part)

    @property
    def power(self) -> str:
        """The number of a power of attorney that makes this person somebody's representative."""
        return f"{self.iin[:6]}-{self.iin[6:]}"

    @cached_property
    def key(self) -> PrivateKey:
        """The person's private key, which stays here."""
        return self.kind.make()

    @property
    def pem(self) -> str:
        """The person's certificate as PEM; Unconfigured if there is none yet."""
        if self.certificate is None:
            raise Unconfigured("this person has no certificate yet")
        return self.certificate.x509.public_bytes(Encoding.PEM).decode()

    async def request_certificate(
        self, session: httpx.AsyncClient, registry_url: str, registry_token: str, usage: str = "SIGN"
    ) -> Certificate:
        """Have the authority issue a certificate on the person's key; from then on `sign` uses it.

        Unavailable if the registry is out of reach, NotAllowed for a wrong token, InvalidInput if it refuses.
        """
        application: dict[str, Any] = {
            "csr": self._csr(),
            "iin": self.iin,
            "surname": self.surname,
            "given": self.given_name,
            "usage": usage,
        }
        optional = {"patronymic": self.patronymic or None, "bin": self.bin, "organisation": self.organisation}
        application |= {name: value for name, value in optional.items() if value is not None}
        headers = {"Authorization": f"Bearer {registry_token}"}
        peer = f"the registry at {registry_url}"
        async with exchange(
            session, "POST", f"{registry_url}/nca/certificates", peer=peer, headers=headers, json=application
        ) as response:
            await response.aread()
        status = response.status_code
        try:
            answer = response.json()
        except ValueError as error:
            raise Unavailable(Technical(f"{peer} is out of reach: {error}")) from None
        if status != 201:
            detail = f"the registry refuses a certificate: {answer.get('detail', status)}"
            if status >= 500:
                raise Unavailable(Technical(detail))
            raise (
                NotAllowed(Technical(detail))
                if status in (401, 403)
                else InvalidInput(Technical(detail), field=answer.get("field"))
            )
        loaded = x509.load_pem_x509_certificate(answer["certificate"].encode())
        self.certificate = read(loaded.public_bytes(Encoding.DER))
        self._signer = DocumentSigner(self.key, self.certificate)
        return self.certificate

    def sign(self, document: bytes, at: datetime | None = None) -> bytes:
        """A detached CMS over the document, with the signing time `at` if one is given.

        Unconfigured if the person has no certificate yet.
        """
        if self._signer is None:
            raise Unconfigured("this person has no certificate yet")
        return self._signer.sign(document, at)

    def _csr(self) -> str:
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def people(seed: int | str, kind: Kind = Kind.CURVE) -> Iterator[Person]:
    """Synthetic people without end, Kazakh and Russian by name, with keys of one kind; the same for the same seed."""
    chance = Random(seed)  # noqa: S311 - people are to be the same again, not hard to guess
    while True:
        name = names.draw(chance)
        yield Person(
            iin=synthetic_iin(chance, female=name.female),
            surname=name.surname[0],
            given_name=name.given_name[0],
            patronymic=name.patronymic[0],
            password=f"{chance.getrandbits(64):016x}",
            kind=kind,
        )
