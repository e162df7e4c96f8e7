"""Every parser that takes bytes from outside: what it reads, good examples of it, and how it may refuse.

A target is called with any bytes. Whatever it raises beside its documented errors is a fault, and so is work beyond
`LIMIT`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from aimaq.access.systems.roster import Roster, System, take
from aimaq.access.systems.roster import read as read_roster
from aimaq.bus import bundle as frames
from aimaq.bus.port import OutgoingMessage
from aimaq.bus.rabbit import frames as wire
from aimaq.bus.rabbit import properties as reading
from aimaq.eds import pades
from aimaq.eds.asn1 import der
from aimaq.eds.cms import cosign, reader
from aimaq.eds.revocation.crl import DeltaList, RevocationList
from aimaq.eds.revocation.ocsp import Question
from aimaq.eds.timestamp import token
from aimaq.eds.verdict import Asked, Verdict, judge, opened
from aimaq.eds.x509 import certificates
from aimaq.language import envelope
from aimaq.language.errors import BadSignature, InvalidInput, MalformedBody, Unavailable, UnknownSender, UnknownType
from aimaq.language.ids import Ids
from aimaq.language.signing.jws import Directory, KeySigner
from aimaq.regulation import Catalogue
from aimaq.regulation.files.document import Document
from aimaq.regulation.files.loading import FOLDER
from aimaq.regulation.validation.check import check_document
from gateway_svc.journal.entry import read_entry, read_header
from gateway_svc.journal.statement import read_statement
from registry_svc.nca.authority import Withdrawn
from registry_svc.nca.csr import key_in
from registry_svc.nca.ocsp_request import Inquiry, Refusal
from registry_svc.nca.responder import Responder
from registry_svc.nca.status import CertificateStatus
from registry_svc.nca.timestamps import Failure, Order, Refused
from registry_svc.ncanode import keys
from registry_svc.ncanode.problems import Refused as NotOpened
from stand.bundle import archive
from stand.bundle.inspection import inspect
from stand.flowfile import FLOWS
from stand.flowfile.rules import rules
from stand.flowfile.schema import schema_faults
from tests.eds.pki import DOCUMENT, IIN, NOW, RSA_KEY, Pki, curve_key
from tests.eds.tsa import Tsa

PACK = FLOWS / "signatures"
LIMIT = 24
"""Elements that may be looked at for each byte of input."""
CASE = "019cacb3-f200-72a4-b777-6ddd64133b9e"


class TooMuchWork(AssertionError):
    """A parser looked at more elements than its input can be worth."""


@dataclass(frozen=True)
class Target:
    """One parser. `refusals` are the errors that its documentation names."""

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    refusals: tuple[type[Exception], ...]

    def __call__(self, data: bytes) -> bool:
        """Have it read these bytes; whether it took them. Anything undocumented that it raises is let through."""
        with bounded(len(data)):
            try:
                self.read(data)
            except self.refusals:
                return False
        return True


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """Inside the block at most so many elements may be looked at as an input of this size can be worth.

    Each byte can begin an element at each of the depths to which readers go, which are few; several readers follow one
    another in a verdict.
    """
    inside, element, most, done = der.inside, der.element, 2000 + LIMIT * size, 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        if done > most:
            raise TooMuchWork(f"{done} elements of {size} bytes")

    def counting_inside(data: bytes, outer: der.Element) -> list[der.Element]:
        found = inside(data, outer)
        count(len(found) + 1)
        return found

    def counting_element(*arguments: Any) -> der.Element:
        count(1)
        return element(*arguments)

    der.inside, der.element = counting_inside, counting_element  # type: ignore[assignment]
    try:
        yield
    finally:
        der.inside, der.element = inside, element


@cache
def world() -> Pki:
    """The authority of all targets."""
    return Pki()


def _pack(pattern: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(PACK.glob(pattern)) if path.stat().st_size < 16_384)


def _judged(data: bytes) -> object:
    found = opened(data)
    if isinstance(found, Verdict):
        return found
    crl = _crl()
    return judge(DOCUMENT, found, Asked(iin=IIN), NOW, world().trust, lambda one: crl.status(one, NOW))


@cache
def _crl() -> RevocationList:
    return world().crl()


def _pem(data: bytes) -> str:
    name = "CERTIFICATE REQUEST"
    return f"-----BEGIN {name}-----\n{base64.encodebytes(data).decode()}-----END {name}-----\n"


@cache
def _question() -> Question:
    pki = world()
    return Question(pki.person().certificate, pki.authority.certificate, b"0123456789abcdef")


def _answers() -> tuple[bytes, ...]:
    responder = Responder(world().authority, curve_key(), world().clock)
    asked = responder.read(_question().der)
    return tuple(responder.answer(asked, [CertificateStatus(issued=issued)]) for issued in (True, False))


@cache
def _directory() -> tuple[Directory, tuple[bytes, ...]]:
    """Who signs messages, and their signatures over `DOCUMENT`: alone, and together with others."""
    key = curve_key()
    certificate = world().system("lea", key).certificate.x509
    signer = KeySigner(key, certificate)
    marks = signer.sign(DOCUMENT), signer.sign_all([b"1", DOCUMENT, b"3"], 8)[1]
    return Directory([("lea", certificate)]), tuple(mark.encode() for mark in marks)


def _signed(data: bytes) -> object:
    return _directory()[0].verify(DOCUMENT, data.decode("latin-1"), NOW)


@cache
def _envelope() -> tuple[bytes, ...]:
    ids = Ids(world().clock)
    made = []
    for name, body in (
        ("StatusChanged", b'{"status":"received"}'),
        ("CaseClosed", b'{"end":"issued"}'),
        ("RegistryAsked", b'{"questions":{"gbd_fl":{"iin":"900101300017"}}}'),
    ):
        head = envelope.Envelope(
            message_id=ids(),
            type=name,
            kind="NOTIFICATION",
            sender="lea",
            recipient="portal",
            case_id=ids(),
            caused_by=None,
            sequence=1,
            regulation="r",
            channel="portal",
            occurred_at=NOW,
            steps=(),
            body=msgspec.Raw(body),
        )
        made.append(envelope.to_bytes(head))
    return tuple(made)


def _read_envelope(data: bytes) -> object:
    return envelope.read(data).content()


def _frame() -> tuple[bytes, ...]:
    outgoing_messages = [OutgoingMessage("1", "status.changed", "portal", body, "mark") for body in _envelope()]
    return (frames.pack(outgoing_messages, range(len(outgoing_messages))),)


def _unframed(data: bytes) -> object:
    alone = {"signature": data.decode("latin-1"), "delivery": len(data)}
    return frames.unpack(frames.BUNDLE, None, data, "lea") + frames.unpack(frames.ALONE, alone, data, None)


def _header() -> tuple[bytes, ...]:
    labels = wire.Labels(wire.short("application/json"), wire.headers("mark", 7), wire.short("id"), wire.short("lea"))
    whole = b"".join(wire.content(1, 4096, 3, labels, b"{}"))
    return (whole[7 + FIXED : 7 + int.from_bytes(whole[3:7], "big")],)


FIXED = 14
"""Bytes of a header that are there whatever a message says of itself."""


def _headed(data: bytes) -> object:
    return reading.read_header((60).to_bytes(2, "big") + bytes(10) + (1 << 15 | 0x3CD0).to_bytes(2, "big") + data)


def _journal(data: bytes) -> object:
    return read_entry(data), read_header(data), read_statement(data)


def _bundle() -> tuple[bytes, ...]:
    files = {
        "authority/01.der": world().authority.certificate.public_bytes(Encoding.DER),
        "revocation/crl.der": world().crl_der(),
        "messages/000001.json": _envelope()[0],
        "documents/000001-request.p7s": world().person().sign(),
        "case/statement.json": _STATEMENT,
    }
    return (archive.pack(CASE, files),)


_STATEMENT = (
    b'{"case_id":"019cacb3-f200-72a4-b777-6ddd64133b9e","made_at":"2026-03-02T09:00:00Z","journal":3,"head":"ab",'
    b'"entries":[1,3],"senders":[{"party":"lea","messages":2,"last":2}]}'
)
_ENTRY = (
    b'{"number":1,"message_id":"x","case_id":null,"type":null,"sender":null,"recipient":null,"sequence":null,'
    b'"occurred_at":null,"journalled_at":"2026-03-02T09:00:00Z","verdict":"rejected","reason":null,"publisher":null,'
    b'"body":"00","signature":"00"}'
)
_BLOCK = b'{"block":1,"first":1,"last":2,"root":"00","head":"00","previous":"00","closed_at":"2026-03-02T09:00:00Z"}'


def _regulation(data: bytes) -> object:
    return check_document(Document(data), "x.yaml", "x")


@cache
def _catalogue() -> Catalogue:
    return Catalogue.bundled()


def _flow(data: bytes) -> object:
    document = Document(data)
    if document.faults and document.data is None:
        return document.faults
    return schema_faults(document), rules(document, _catalogue())


def _smallest(paths: Iterable[Path], count: int) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(paths, key=lambda path: path.stat().st_size)[:count])


def _delta() -> tuple[bytes, ...]:
    gone = [Withdrawn(n, NOW, reason) for n, reason in enumerate(x509.ReasonFlags, 5) if reason.value != "unspecified"]
    return (world().authority.delta_list(8, 5, gone).der, world().authority.delta_list(8, 5, ()).der)


def _csr() -> tuple[bytes, ...]:
    empty = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return tuple(empty.sign(key, hashes.SHA256()).public_bytes(Encoding.DER) for key in (RSA_KEY, curve_key()))


def _token() -> bytes:
    return Tsa(world()).token(DOCUMENT)


def _reply() -> tuple[bytes, ...]:
    granted = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.number(0)), _token())
    return (granted, Refused(Failure.BAD_DATA, "no").der)


def _certificates() -> tuple[bytes, ...]:
    return tuple(world().person(key=key).certificate.der for key in (curve_key(), RSA_KEY))


def _list(data: bytes) -> object:
    return RevocationList(data, world().trust)


def _changes(data: bytes) -> object:
    return DeltaList(data, world().trust).changes


def _answered(data: bytes) -> object:
    return _question().answered(data, NOW)


def _believed(data: bytes) -> object:
    return token.believed(data, DOCUMENT, world().trust)


def _key(data: bytes) -> object:
    return key_in(_pem(data))


def _taken(data: bytes) -> object:
    return take(Directory(()), read_roster(data), world().trust)


def _roster() -> tuple[bytes, ...]:
    lea, con = (world().system(party).certificate.x509.public_bytes(Encoding.PEM).decode() for party in ("lea", "con"))
    systems = System("lea", "1", lea, "good"), System("con", "2", con, "revoked", NOW, "superseded")
    return (msgspec.json.encode(Roster(2, systems)),)


def _p12() -> tuple[bytes, ...]:
    key = curve_key()
    certificate = world().person(key=key).certificate.x509
    return (pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, BestAvailableEncryption(b"x")),)


def _paper() -> tuple[bytes, ...]:
    """A paper as far as its signature is concerned."""
    signature = world().person().sign().hex().encode()
    head, tail = b"%%PDF-1.7 /ByteRange [0 %010d %010d %010d] /Contents ", b" /M (D:20260302090000Z)"
    length = len(head % (0, 0, 0))
    after = length + len(signature) + 2
    whole = head % (length, after, len(tail)) + b"<" + signature + b">" + tail
    return whole, whole.replace(b"0302090000Z", b"1302090000Z")


def _opened_paper(data: bytes) -> object:
    paper = pades.opened(data)
    return paper.covered, paper.cms, paper.at


@cache
def _signature() -> bytes:
    return world().person().sign()


def _with_another(data: bytes) -> object:
    return cosign.joined([data, _signature()])


@cache
def _stamp_for_any() -> bytes:
    return _token()


def _with_stamp(data: bytes) -> object:
    return token.stamped(data, _stamp_for_any())


_BAD, _AWAY = BadSignature, Unavailable
_ENVELOPE_ERRORS = (InvalidInput, MalformedBody, UnknownType)

MAKE: dict[str, Callable[[], Target]] = {
    "certificate": lambda: Target(certificates.read, _certificates(), (_BAD,)),
    "cms": lambda: Target(reader.signatures, (*_pack("*.p7s"), world().person().sign()), (_BAD,)),
    "verdict": lambda: Target(_judged, (*_pack("*.p7s"), world().person().sign()), ()),
    "document inside": lambda: Target(reader.document_in, _pack("*attached*.p7s"), (_BAD,)),
    "joined signatures": lambda: Target(_with_another, (*_pack("*.p7s"), world().person().sign()), (_BAD,)),
    "stamped signature": lambda: Target(_with_stamp, (_pack("good*.p7s")), (_BAD,)),
    "list": lambda: Target(_list, (world().crl_der(world().person().certificate),), (_BAD,)),
    "changes": lambda: Target(_changes, _delta(), (_BAD,)),
    "ocsp question": lambda: Target(Inquiry.read, (_question().der,), (Refusal,)),
    "ocsp answer": lambda: Target(_answered, _answers(), (_BAD, _AWAY)),
    "stamp request": lambda: Target(Order.read, (token.query(DOCUMENT, 1 << 60),), (Refused,)),
    "stamp reply": lambda: Target(token.token_in, _reply(), (_BAD, _AWAY)),
    "stamp": lambda: Target(_believed, (_token(),), (_BAD,)),
    "paper": lambda: Target(_opened_paper, _paper(), (_BAD,)),
    "pkcs12": lambda: Target(lambda data: keys.check(data, "key"), _p12(), (NotOpened,)),
    "roster": lambda: Target(_taken, _roster(), (ValueError,)),
    "certificate request": lambda: Target(_key, _csr(), (InvalidInput,)),
    "message signature": lambda: Target(_signed, _directory()[1], (_BAD, UnknownSender)),
    "envelope": lambda: Target(_read_envelope, _envelope(), _ENVELOPE_ERRORS),
    "broker bundle": lambda: Target(_unframed, _frame(), ()),
    "broker header": lambda: Target(_headed, _header(), ()),
    "journal": lambda: Target(_journal, (_ENTRY, _BLOCK, _STATEMENT), ()),
    "case bundle": lambda: Target(inspect, _bundle(), (archive.NotABundle,)),
    "regulation": lambda: Target(_regulation, _smallest(FOLDER.glob("*.yaml"), 1), ()),
    "flow": lambda: Target(_flow, _smallest(FLOWS.glob("*/*.yaml"), 3), ()),
}
"""The targets by name, each made when it is asked for."""


@cache
def target(name: str) -> Target:
    """The target of this name."""
    return MAKE[name]()
