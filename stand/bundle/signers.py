"""The certificates that signed something in a bundle: those of systems, of people, of the authority and its stamps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from aimaq.eds import pades
from aimaq.eds.cms import reader
from aimaq.eds.timestamp import token
from aimaq.eds.x509.certificates import Certificate, read
from aimaq.language.errors import AimaqError


class Signer(NamedTuple):
    """A certificate, and the first file of the bundle that it is, or that it signed."""

    place: str
    certificate: Certificate


def signers(files: Mapping[str, bytes]) -> list[Signer]:
    """Each certificate once, in the order of the files; a root's is not among them, nor what cannot be read.

    What cannot be read is a fault of the file, which whoever checks that file names.
    """
    found: dict[bytes, Signer] = {}
    for name in sorted(files):
        for certificate in _in(name, files[name]):
            found.setdefault(certificate.digest, Signer(name, certificate))
    return list(found.values())


def _in(name: str, data: bytes) -> Iterator[Certificate]:
    with suppress(AimaqError, ValueError):
        if name.startswith(("authority/", "systems/")):
            certificate = read(data)
            if certificate.x509.issuer != certificate.x509.subject:
                yield certificate
        elif name.endswith(".tst"):
            yield token.read(data).certificate
        elif name.endswith(".p7s"):
            for signed in reader.signatures(data):
                if isinstance(signed, reader.Signature):
                    yield signed.certificate
                    if signed.stamp is not None:
                        yield from _in(".tst", signed.stamp)
        elif name.endswith(".pdf"):
            yield from _in(".p7s", pades.opened(data).cms)
