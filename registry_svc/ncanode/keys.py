"""Keys as clients send them: PKCS#12 files (RFC 7292), opened within bounds, used once and forgotten."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from aimaq.access.worker_pool import Asker, WorkerPool
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import INTEGER, OCTETS, OID, SEQUENCE, SET, Element, Malformed
from aimaq.eds.asn1.oids import DATA
from aimaq.eds.cms import content
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.x509 import certificates
from aimaq.eds.x509.certificates import Certificate
from aimaq.language.errors import BadSignature, Technical, Unavailable, Unconfigured
from registry_svc.ncanode import opener
from registry_svc.ncanode.encoding import decoded
from registry_svc.ncanode.problems import Refused
from registry_svc.ncanode.schemas import SignerKey

LARGEST = 64 * 1024
"""Bytes that a PKCS#12 file may have."""
MOST_ROUNDS = 2_000_000
"""How often the files of a call may have their passwords hashed, as far as can be seen before they are opened."""
PATIENCE = 30
"""Seconds of real time that one of them gets, on a machine that is busy with other things."""

_FAULT = "Key reading error: "
_VERSION = 3
_PROGRAM = (sys.executable, "-I", str(Path(opener.__file__)))


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry of a PKCS#12 file: its name, its certificate, and the key, which never shows."""

    alias: str
    certificate: Certificate
    _key: bytes = field(repr=False)

    def signer(self) -> DocumentSigner:
        """Who signs with this key; Refused if it is of no kind that the profile has, or another certificate's."""
        try:
            # The opener has validated it already, which takes longer than all the rest.
            key = load_der_private_key(self._key, None, unsafe_skip_rsa_key_validation=True)
            if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
                raise Unconfigured("it is of another kind")
            return DocumentSigner(key, self.certificate)
        except (ValueError, TypeError, UnsupportedAlgorithm, Unconfigured):
            why = "it is neither RSA-2048 nor P-256, or not the certificate's"
            raise Refused(f"{_FAULT}Cannot extract private key: {why}.") from None


class Keys:
    """Opens keys, a few at a time."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    async def open(self, asked: Sequence[SignerKey], field: str, client: str) -> list[Opened]:
        """The keys that a client asks for, in their order.

        Refused says which one does not open, and why; Unavailable if too many keys are to be opened now, or the machine
        has no room for the program.
        """
        supplied: list[tuple[bytes, str]] = []
        hashed = 0
        for number, one in enumerate(asked):
            place = f"{field}[{number}]"
            try:
                file = decoded(one.key, place)
            except Refused:
                raise Refused(
                    f"{_FAULT}Invalid Base64 format. Key must be in valid Base64 format.", details=place
                ) from None
            hashed += check(file, place)
            if hashed > MOST_ROUNDS:
                raise Refused(f"{_FAULT}Passwords are hashed more than {MOST_ROUNDS} times.", details=place)
            supplied.append((file, one.password.get_secret_value()))
        found = await self._pool.run(partial(_opened, supplied), Asker(client))
        return [_read(one, entry, f"{field}[{n}]") for n, (one, entry) in enumerate(zip(asked, found, strict=True))]


def check(file: bytes, place: str) -> int:
    """How often a file has its password hashed; Refused if it is no PKCS#12 file, or says that it takes no rounds."""
    try:
        if len(file) > LARGEST:
            raise Malformed("it is too large")
        counts = rounds(file)
        if min(counts, default=1) < 1:
            raise Malformed("a count of rounds is below one")
    except Malformed:
        raise Refused(f"{_FAULT}Invalid format.", details=place) from None
    return sum(counts)


def rounds(file: bytes) -> list[int]:
    """How often a file has its password hashed, wherever it says so in the open; Malformed if it is no PKCS#12 file.

    These counts stand behind their salts: in MacData (RFC 7292, 4), and in the parameters of PKCS #12's own schemes and
    of PBKDF2 (RFC 8018, A.2). Nothing else there is an INTEGER behind an OCTET STRING.
    """
    outer = der.inside(file, der.only(file, SEQUENCE))
    if der.integer(file, der.part(outer, 0, INTEGER)) != _VERSION:
        raise Malformed("it is of another version")
    found: list[int] = []
    _gather(file, outer[1:], found, 0)
    if len(outer) < 2 or not _is_data(file, der.inside(file, der.part(outer, 1, SEQUENCE))):
        raise Malformed("it is not protected by a password")
    return found


def _gather(data: bytes, elements: list[Element], found: list[int], depth: int) -> None:
    if depth > der.DEPTH:
        raise Malformed("it is nested too deep")
    for before, one in zip([None, *elements], elements, strict=False):
        if one.tag == INTEGER and before is not None and before.tag == OCTETS:
            found.append(der.integer(data, one))
        elif one.tag in (SEQUENCE, SET, der.CONTEXT_0):
            inner = der.inside(data, one)
            if one.tag == SEQUENCE and _is_data(data, inner):
                hidden = content.attached(data, inner) or b""
                _gather(hidden, der.inside(hidden, der.only(hidden, SEQUENCE)), found, depth + 1)
            else:
                _gather(data, inner, found, depth + 1)


def _is_data(data: bytes, elements: list[Element]) -> bool:
    return len(elements) == 2 and elements[0].tag == OID and elements[0].whole(data) == DATA


def _opened(supplied: list[tuple[bytes, str]]) -> list[dict[str, str] | None]:
    asked = json.dumps([(base64.b64encode(file).decode(), password) for file, password in supplied])
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours, and what was sent is not in its arguments
            _PROGRAM,
            env={},
            input=asked.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise Refused(f"{_FAULT}It takes too long to open.") from None
    except OSError as error:
        raise Unavailable(Technical(f"no key can be opened now: {error.strerror}")) from None
    found: list[dict[str, Any] | None] = json.loads(done.stdout)
    return found


def _read(asked: SignerKey, entry: dict[str, str] | None, place: str) -> Opened:
    if entry is None:
        raise Refused(f"{_FAULT}Password incorrect.", details=place)
    if not entry["key"] or not entry["certificate"]:
        raise Refused(f"{_FAULT}Key does not have aliases.", details=place)
    if asked.key_alias and asked.key_alias != entry["alias"]:
        raise Refused(f"{_FAULT}Key does not have '{asked.key_alias[:100]}' alias", details=place)
    try:
        certificate = certificates.read(base64.b64decode(entry["certificate"]))
    except BadSignature as error:
        raise Refused(f"{_FAULT}Invalid format: {error.detail}.", details=place) from None
    return Opened(entry["alias"], certificate, base64.b64decode(entry["key"]))
