"""The pack on disk: a manifest, a document, the signatures over it, and the authority to trust for them.

It holds certificates and signatures only: the keys are gone when it is made.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
import orjson
from cryptography import x509

from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.verdict import Asked, Verdict, judge, opened
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import InvalidInput, Technical
from aimaq.language.texts import Texts
from stand.signatures.entries import ENTRIES
from stand.signatures.world import World

MANIFEST, DOCUMENT, AUTHORITIES, LIST = "manifest.json", "document.json", "authorities.pem", "revoked.crl"

ABOUT = Texts(
    kk="Тексерушілерге арналған қолтаңбалар жинағы. Адамдар мен орталық ойдан шығарылған, кілттер сақталмаған.",
    ru="Подписи для проверяющих. Люди и центр вымышлены, ключи не сохранены.",
    en="Signatures for testers. The people and the authority are made up, and the keys were not kept.",
)


class Listed(msgspec.Struct, frozen=True):
    """An entry as the manifest tells of it."""

    name: str
    title: Texts
    signature: str
    findings: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True):
    """What is in a pack: how it is to be judged, and what is to be found. `at` is when, `iin` whose signatures."""

    about: Texts
    at: datetime
    iin: str
    document: str
    authorities: str
    revoked: str
    entries: tuple[Listed, ...]


def make(folder: Path, at: datetime) -> Manifest:
    """Make a pack in a folder, to be judged as of this time; what lies there under the same names is replaced."""
    world = World(at)
    document = orjson.dumps({"document": "request", "iin": world.citizen.iin, "name": world.citizen.name})
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for entry in ENTRIES:
        file = f"{entry.name}.p7s"
        (folder / file).write_bytes(entry.make(world, document))
        listed.append(Listed(entry.name, entry.title, file, tuple(code.value for code in entry.findings)))
    manifest = Manifest(ABOUT, world.at, world.citizen.iin, DOCUMENT, AUTHORITIES, LIST, tuple(listed))
    (folder / DOCUMENT).write_bytes(document)
    (folder / AUTHORITIES).write_bytes(world.trusted)
    (folder / LIST).write_bytes(world.revocation_list())
    text = orjson.dumps(msgspec.to_builtins(manifest), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    (folder / MANIFEST).write_bytes(text)
    return manifest


def load(folder: Path) -> Manifest:
    """The manifest of the pack in a folder; InvalidInput if there is none that can be read."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidInput(Technical(f"{folder / MANIFEST}: {error}")) from None


def judged(folder: Path) -> list[tuple[Listed, Verdict]]:
    """Every entry of the pack in a folder, with what is found in it here; InvalidInput if something is missing."""
    manifest = load(folder)

    def content(name: str) -> bytes:
        try:
            return (folder / name).read_bytes()
        except OSError as error:
            raise InvalidInput(Technical(f"{folder / name}: {error.strerror}")) from None

    trust = TrustStore(x509.load_pem_x509_certificates(content(manifest.authorities)))
    crl, document = RevocationList(content(manifest.revoked), trust), content(manifest.document)
    found = []
    for entry in manifest.entries:
        signed = opened(content(entry.signature))
        if not isinstance(signed, Verdict):
            signed = judge(
                document, signed, Asked(iin=manifest.iin), manifest.at, trust, lambda one: crl.status(one, manifest.at)
            )
        found.append((entry, signed))
    return found
