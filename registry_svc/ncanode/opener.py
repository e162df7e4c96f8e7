"""Opens PKCS#12 files, as a program of its own that may use only so much time and memory.

Whoever sends a file also chooses how often its password is hashed, and some of that is inside what the password hides:
so nobody can know how long it will take. This program can be stopped, a thread cannot. It takes a JSON list of `[file,
password]` on its standard input, files in base64, and answers with a list of `{key, certificate, alias}`, or of null
for what does not open. It ends, and so does what it knew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import resource
import sys

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

SECONDS = 2
"""The CPU time that it may use."""
MEMORY = 1024 * 1024 * 1024
"""Bytes of address space that it may use."""


def opened(file: bytes, password: bytes) -> dict[str, str] | None:
    """The key (PKCS#8), the certificate and the name of the entry in a file; None if it does not open.

    What the file does not have is empty. An entry without a name is called by the SHA-1 of its certificate, which is
    what openssl writes as its local key id.
    """
    try:
        found = pkcs12.load_pkcs12(file, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    key = certificate = alias = b""
    if found.key is not None:
        key = found.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    if found.cert is not None:
        certificate = found.cert.certificate.public_bytes(Encoding.DER)
        name = hashlib.sha1(certificate, usedforsecurity=False).hexdigest().encode()
        alias = found.cert.friendly_name or name
    return {
        "key": base64.b64encode(key).decode(),
        "certificate": base64.b64encode(certificate).decode(),
        "alias": alias.decode("utf-8", "replace"),
    }


def main() -> None:
    """Answer one list of files."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin)
    json.dump([opened(base64.b64decode(file), password.encode()) for file, password in asked], sys.stdout)


if __name__ == "__main__":
    main()
