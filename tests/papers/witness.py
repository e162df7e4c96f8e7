"""Programs that know nothing of Aimaq look at a paper: pyhanko, and those of poppler and qpdf."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend


@dataclass(frozen=True)
class Authorities:
    """Whom a verifier trusts: the root, what it certified, the lists of what was revoked; and when it looks."""

    root: x509.Certificate
    issuing: x509.Certificate
    lists: tuple[bytes, ...]
    at: datetime

    def context(self) -> ValidationContext:
        """The same for pyhanko, which demands the lists."""
        return ValidationContext(
            trust_roots=[_loaded(self.root)],
            other_certs=[_loaded(self.issuing)],
            moment=self.at,
            crls=list(self.lists),
            revocation_mode="require",
        )


async def judged(pdf: bytes, trusted: Authorities) -> PdfSignatureStatus:
    """What pyhanko says of the one signature in a paper."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    return await async_validate_pdf_signature(
        signature,
        signer_validation_context=trusted.context(),
        ts_validation_context=trusted.context(),
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )


async def judged_online(pdf: bytes, authorities: bytes, at: datetime) -> tuple[PdfSignatureStatus, int]:
    """The same, by a verifier who asks the authority at the addresses that the certificates name.

    With how many of its answers and lists there are in the end.
    """
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    found = x509.load_pem_x509_certificates(authorities)
    (root,) = (_loaded(one) for one in found if one.issuer == one.subject)
    others = [_loaded(one) for one in found if one.issuer != one.subject]

    backend = AIOHttpFetcherBackend()

    def context() -> ValidationContext:
        return ValidationContext(
            trust_roots=[root],
            other_certs=others,
            moment=at,
            revocation_mode="require",
            allow_fetching=True,
            fetcher_backend=backend,
        )

    signing, stamping = context(), context()
    try:
        status = await async_validate_pdf_signature(
            signature,
            signer_validation_context=signing,
            ts_validation_context=stamping,
            key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
        )
    finally:
        await backend.close()  # type: ignore[no-untyped-call]
    return status, len(signing.ocsps) + len(signing.crls)


def pdfsig(path: Path) -> str:
    """What poppler says of the signatures; it has no store of whom to trust."""
    return _output("pdfsig", "-nocert", path)


def text(path: Path) -> str:
    """The words on a paper in one line, as a reader copies them."""
    return " ".join(_output("pdftotext", "-layout", path, "-").split())


def raw_text(path: Path) -> str:
    """The same in the order of the file."""
    return " ".join(_output("pdftotext", path, "-").split())


def pages(path: Path) -> int:
    """How many pages a paper has."""
    found = re.search(r"^Pages:\s+(\d+)", _output("pdfinfo", path), re.MULTILINE)
    assert found is not None
    return int(found[1])


def fonts(path: Path) -> list[list[str]]:
    """The rows of the table of its fonts."""
    return [line.split() for line in _output("pdffonts", path).splitlines()[2:]]


def files(path: Path) -> dict[str, bytes]:
    """The files inside a paper, by name."""
    folder = path.with_suffix(".files")
    folder.mkdir()
    _output("pdfdetach", "-saveall", "-o", folder, path)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def sound(path: Path) -> None:
    """AssertionError unless qpdf finds nothing wrong with the file."""
    output = _output("qpdf", "--check", path)
    assert "No syntax or stream encoding errors found" in output


def claims(pdf: bytes) -> tuple[str, str]:
    """The part of PDF/A and the level of conformance that a paper claims in its description (XMP)."""
    reader = PdfFileReader(io.BytesIO(pdf))
    xmp = reader.root["/Metadata"].data.decode()
    part, level = re.search(r"pdfaid:part>(\d)<", xmp), re.search(r"pdfaid:conformance>(\w)<", xmp)
    assert part is not None
    assert level is not None
    return part[1], level[1]


def revocation_lists(found: Iterable[bytes]) -> tuple[bytes, ...]:
    """Lists in DER as they were fetched."""
    lists = tuple(found)
    for one in lists:
        x509.load_der_x509_crl(one)
    return lists


def _loaded(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def _output(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout
