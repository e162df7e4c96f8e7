"""The signature in a paper (PAdES, ETSI EN 319 142-1): the place that is kept for it, putting it there, reading it.

The signature is a detached CAdES over everything in the file but its own place. It says no signing time: that stands
in the file (`/M`), as PAdES wants it. With the time stamp in it, it is of level B-T.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import Malformed
from aimaq.eds.asn1.oids import SIGNING_TIME
from aimaq.eds.cms import attributes
from aimaq.eds.cms.reader import Signature
from aimaq.language.errors import BadSignature, InvalidInput
from aimaq.language.texts import Texts

ROOM = 12 * 1024
"""Bytes kept for the signature with its certificates and its time stamp."""

NO_SIGNATURE = Texts(
    kk="PDF құжатында қолтаңба жоқ", ru="в PDF нет подписи", en="there is no signature in the paper: {why}"
)
SOMETHING_AFTER = Texts(
    kk="PDF құжатындағы қолтаңбадан кейін артық дерек бар",
    ru="в PDF после подписи есть лишние данные",
    en="there is something after the signature in its place",
)
NO_ROOM = Texts(
    kk="уақыт белгісімен бірге қолтаңба {size} байт, ал оған бөлінген орын – {room}",
    ru="с меткой времени подпись занимает {size} байт, а места для неё – {room}",
    en="with its time stamp the signature has {size} bytes, and there is room for {room}",
)
NO_PLACE = Texts(
    kk="PDF құжатында қолтаңбаға арналған орын жоқ",
    ru="в PDF нет места для подписи",
    en="the paper has no place for a signature",
)
NOT_OVER_ALL = Texts(
    kk="PDF құжатындағы қолтаңба бүкіл құжатқа қойылмаған",
    ru="подпись в PDF стоит не под всем документом",
    en="the signature in the paper is not over all of it",
)
FIELD = "Signature"

_one_at_a_time = threading.Lock()
"""The library's modules import each other, and cannot be loaded by two threads at once."""

ByteRange = tuple[int, int, int, int]
"""What of a file is signed (ISO 32000-2, 12.8.1): the offset and the length of what is before the place, and after."""


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """A paper with a place for a signature: what is signed, and where, between `<` and `>`, the place is."""

    pdf: bytes
    byte_range: ByteRange

    @property
    def covered(self) -> bytes:
        """What is signed: all of the paper but the place."""
        start, length, after, rest = self.byte_range
        return self.pdf[start : start + length] + self.pdf[after : after + rest]

    @property
    def cms(self) -> bytes:
        """The signature in the place, without what fills it up; BadSignature if there is none."""
        written = self.pdf[self.byte_range[1] + 1 : self.byte_range[2] - 1]
        try:
            filled = bytes.fromhex(written.decode("ascii"))
            found = der.element(filled, 0, len(filled))
            if found.tag != der.SEQUENCE:
                raise Malformed("it is no CMS")
        except (ValueError, Malformed) as error:
            raise BadSignature(NO_SIGNATURE.format(why=error)) from None
        if filled[found.end :].strip(b"\0"):
            raise BadSignature(SOMETHING_AFTER)
        return found.whole(filled)

    @property
    def at(self) -> datetime | None:
        """The instant that the paper gives as that of the signature (`/M`), in UTC; None if it gives none."""
        found = _SIGNED_AT.search(self.pdf, self.byte_range[2])
        try:
            return datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC) if found else None
        except ValueError:  # fourteen digits that are no time
            return None

    def holds(self, data: bytes) -> bool:
        """Whether one of the files in the paper is `data`. Whoever signed the paper signed its files too."""
        return any(_inflated(found[1], len(data)) == data for found in _STREAM.finditer(self.pdf))

    def closed(self, cms: bytes) -> bytes:
        """The paper with this signature in its place; InvalidInput if it does not fit."""
        start, end = self.byte_range[1] + 1, self.byte_range[2] - 1
        written = cms.hex().encode()
        if len(written) > end - start:
            raise InvalidInput(NO_ROOM.format(size=len(cms), room=ROOM), field="pdf_cms", rule=f"at most {ROOM} bytes")
        return self.pdf[:start] + written + self.pdf[start + len(written) :]


def prepared(pdf: bytes, at: datetime) -> SignedPdf:
    """The paper with a place for a signature that is made at `at`; the same paper and time give the same bytes."""
    with _one_at_a_time:
        return opened(_prepared(pdf, at.astimezone(UTC).replace(microsecond=0)))


def _prepared(pdf: bytes, at: datetime) -> bytes:
    from pyhanko.sign.fields import SigSeedSubFilter  # it takes a second to load, and only who prepares papers needs it
    from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
    from pyhanko.sign.signers.pdf_byterange import SignatureObject

    place = SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=2 * ROOM)
    steps = PdfCMSEmbedder().write_cms(FIELD, _writer()(io.BytesIO(pdf)))
    next(steps)
    steps.send(SigObjSetup(sig_placeholder=place))
    _, written = steps.send(SigIOSetup(md_algorithm="sha256"))
    data: bytes = written.getvalue()
    return data


def opened(pdf: bytes) -> SignedPdf:
    """A paper with the place for its signature, the last one if there are several; BadSignature if there is none.

    Everything but the place must be signed: nothing can have been added to the file afterwards.
    """
    places = _RANGE.findall(pdf)
    if not places:
        raise BadSignature(NO_PLACE)
    start, length, after, rest = (int(number) for number in places[-1])
    whole = start == 0 and length < after and after + rest == len(pdf)
    if not whole or pdf[length - 10 : length + 1] != b"/Contents <" or pdf[after - 1 : after] != b">":
        raise BadSignature(NOT_OVER_ALL)
    return SignedPdf(pdf, (start, length, after, rest))


def says_its_time(signature: Signature) -> bool:
    """Whether there is a signing time among what is signed, which there must not be (EN 319 142-1, 6.3)."""
    if not signature.attributes:
        return False
    try:
        return SIGNING_TIME in attributes.read(signature.attributes, der.only(signature.attributes, der.SET))
    except (Malformed, BadSignature):
        return False


_SIGNED_AT = re.compile(rb"/M \(D(?::|\\072)(\d{14})Z\)")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_RANGE = re.compile(rb"/ByteRange \[(\d{1,10}) (\d{1,10}) (\d{1,10}) (\d{1,10})\]")


def _inflated(stream: bytes, size: int) -> bytes:
    """What a stream of a PDF holds, as far as one byte beyond `size`; the stream itself if it is not compressed."""
    try:
        return zlib.decompressobj().decompress(stream, size + 1)
    except zlib.error:
        return stream


@cache
def _writer() -> Any:
    """The library's writer of what is appended to a PDF, without what would differ from one time to the next.

    It would write its own name and the time into the paper's description, and draw half of its id at random.
    """
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.reader import PdfFileReader

    class Writer(IncrementalPdfFileWriter):
        @classmethod
        def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
            stream = prev.stream
            stream.seek(0)
            second = hashlib.sha256(stream.read()).digest()[:16]
            return generic.ArrayObject([prev.trailer["/ID"][0], generic.ByteStringObject(second)])

        def _update_meta(self) -> None:
            """Leave the description as it was printed."""

    return Writer
