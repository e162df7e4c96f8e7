"""What a person is told whose signature, certificate or time stamp is odd, or whose authority answers oddly."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPResponseBuilder, OCSPResponseStatus

from aimaq.access.signature_check import SignatureCheck
from aimaq.eds import http
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.oids import CONTENT_TYPE, DATA, SHA256, SIGNED_DATA, TIME_STAMP_INFO
from aimaq.eds.cms import reader
from aimaq.eds.cms.signer import DocumentSigner
from aimaq.eds.pades import opened
from aimaq.eds.revocation import crl, crl_source
from aimaq.eds.revocation.crl_source import RevocationSource
from aimaq.eds.revocation.ocsp import LARGEST, Question
from aimaq.eds.revocation.status import Lookup
from aimaq.eds.timestamp import token
from aimaq.eds.x509 import certificates
from aimaq.eds.x509.trust import ChainStatus, TrustStore
from stand.signatures.craft import Hand, attributes, changed, message, signer
from tests.eds.pki import NOW, Holder, Pki
from tests.eds.tsa import Tsa
from tests.papers.test_check import issued
from tests.refusals.world import World, encoded

UNCHECKED = "unemployed-registration-2016"
"""An act that has no step for a wrong signature: the case stays where it is, and another signature may come."""
HOUR = timedelta(hours=1)

Sign = Callable[[bytes], Any]
"""Shows a signature at the counter."""


async def at_the_counter(w: World) -> tuple[Sign, bytes]:
    """A case that waits for its signature: how one is shown, and what is to be signed."""
    opened = (await w.counter.opens(UNCHECKED, form=w.form(UNCHECKED))).json()
    his = {"Authorization": f"Bearer {opened['token']}"}
    await w.staff.stands(opened["case_id"], "process-5/sign", "con")
    document = base64.b64decode(opened["document"])

    async def sign(signature: bytes) -> None:
        path = f"/cases/{opened['case_id']}/signature"
        answer = await w.people.con.post(path, json={"cms": encoded(signature)}, headers=his)
        assert answer.status_code >= 400, answer.text

    return sign, document


async def encodings(w: World) -> None:
    """Signatures that are too large, by nobody, with certificates that cannot be read."""
    sign, document = await at_the_counter(w)
    hand = Pki().person()
    mine = hand.certificate
    one = signer(_hand(hand), attributes(_hand(hand), document, NOW))
    spoilt = mine.der.replace(b"\x17\x0d26", b"\x17\x0dXX", 1)
    for odd in (
        bytes(reader.LARGEST + reader.LARGEST_CONTENT + 1),
        message([], [mine]),
        message([one], [_certificate(der.encode(der.SEQUENCE, bytes(certificates.LARGEST + 1)))]),
        message([one], [_certificate(spoilt)]),
    ):
        await sign(odd)


def _hand(holder: Holder) -> Hand:
    return Hand(holder.key, holder.certificate)


def _certificate(data: bytes) -> Any:
    return SimpleNamespace(der=data)


async def stamps(w: World) -> None:
    """Time stamps that cannot be read, are signed by nobody or by whoever may not, or are over something else."""
    sign, document = await at_the_counter(w)
    pki = Pki()
    hand, signature = pki.person(), w.people.citizen.signer.sign(document)
    value = reader.take_apart(signature).value
    for odd in (
        der.encode(der.OCTETS, bytes(token.LARGEST + 1)),
        _token(hand, b"0\0", by=(hand, pki.person())),
        _token(hand, b"0\0", carried=pki.person()),
        _token(hand, b"0\0", kind=DATA),
        _token(hand, None),
        _token(hand, b"0\0", over=b"another"),
        changed(_token(hand, b"0\0")),
        _token(hand, b"0\0"),
    ):
        await sign(token.stamped(signature, odd))
    tsa = Tsa(pki)
    early = ChainStatus(None, NOW + HOUR, NOW + 2 * HOUR)
    for holder in (hand, tsa.holder):
        tsa.holder = holder
        with w.patch.context() as trusting:
            trusting.setattr(TrustStore, "chain_status", lambda trust, certificate: early)
            await sign(token.stamped(signature, tsa.token(value)))


def _token(
    hand: Holder,
    info: bytes | None,
    *,
    by: tuple[Holder, ...] = (),
    carried: Holder | None = None,
    kind: bytes = TIME_STAMP_INFO,
    over: bytes = b"",
) -> bytes:
    """A token of a hand that says this, or nothing."""
    signers = []
    for one in by or (hand,):
        text = attributes(_hand(one), over or info or b"", NOW) | {CONTENT_TYPE: kind}
        signers.append(signer(_hand(one), text))
    content = () if info is None else (der.encode(der.CONTEXT_0, der.encode(der.OCTETS, info)),)
    signed = der.encode(
        der.SEQUENCE,
        der.number(3),
        der.encode(der.SET, der.encode(der.SEQUENCE, SHA256)),
        der.encode(der.SEQUENCE, TIME_STAMP_INFO, *content),
        der.encode(der.CONTEXT_0, *(one.certificate.der for one in (carried or hand, *by))),
        der.set_of(*signers),
    )
    return der.encode(der.SEQUENCE, SIGNED_DATA, der.encode(der.CONTEXT_0, signed))


async def lists(w: World) -> None:
    """A good signature, where the authority gives out no list, or one that cannot be relied upon."""
    sign, document = await at_the_counter(w)
    signature, pki = w.people.citizen.signer.sign(document), Pki()
    with _asking_anew(w) as odd:
        odd.setattr(crl_source, "LARGEST", 0)
        await sign(signature)
    with _asking_anew(w, "/nothing"):
        await sign(signature)
    good = pki.crl_der()
    for data in (bytes(crl.LARGEST + 1), b"x", good):
        with _asking_anew(w) as odd:
            odd.setattr(RevocationSource, "_get", _answering(data))
            await sign(signature)
    for data in (_without_end(good, pki), pki.authority.delta_list(2, 1, ()).der, good):
        with _asking_anew(w) as odd:
            odd.setattr(RevocationSource, "_get", _answering(data))
            odd.setattr(TrustStore, "authority", lambda trust, name: pki.authority.certificate)
            await sign(signature)


@contextmanager
def _asking_anew(w: World, more: str = "") -> Iterator[pytest.MonkeyPatch]:
    """A desk that has no list yet, and asks for it at `more` behind the address."""

    def listed(check: SignatureCheck) -> RevocationSource:
        url = f"{w.people.parties.services['con'].settings.registry_url}/nca/crl{more}"
        return RevocationSource(url, check._trust, check._clock, check._connected())

    with w.patch.context() as anew:
        anew.setattr(SignatureCheck, "_listed", listed)
        yield anew


def _answering(data: bytes) -> Any:
    async def answered(source: RevocationSource, *asked: object) -> tuple[bytes, str]:
        return data, ""

    return answered


def _without_end(data: bytes, pki: Pki) -> bytes:
    """A list that does not say how long it is good, signed anew."""
    whole, algorithm, _ = der.inside(data, der.only(data, der.SEQUENCE))
    parts = der.inside(data, whole)
    (_, until) = [part for part in parts if part.tag == 0x17]
    text = der.encode(der.SEQUENCE, *(part.whole(data) for part in parts if part is not until))
    key = pki.authority._key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    bits = der.encode(der.BITS, b"\0" + key.sign(text, ec.ECDSA(hashes.SHA256())))
    return der.encode(der.SEQUENCE, text, algorithm.whole(data), bits)


async def responders(w: World) -> None:
    """A good signature, where the responder refuses, answers another question, or cannot be understood."""
    sign, document = await at_the_counter(w)
    citizen = w.people.citizen.signer
    signature, ask = citizen.sign(document), http.Peer.ask
    busy = OCSPResponseBuilder.build_unsuccessful(OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)

    async def elsewhere(peer: http.Peer, client: Any, url: str, query: bytes, **how: Any) -> bytes:
        return await ask(peer, client, f"{url}/nothing", query, **how)

    async def smaller(peer: http.Peer, *asked: Any, **how: Any) -> bytes:
        return await ask(replace(peer, largest=0), *asked, **how)

    def about(other: DocumentSigner, nonce: bytes) -> Any:
        async def asked(peer: http.Peer, client: Any, url: str, query: bytes, **how: Any) -> bytes:
            old = ocsp.load_der_ocsp_request(query).extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
            trust = w.people.parties.services["con"].dependencies.trust
            issuer = trust.authority(other.certificate.issuer)
            assert issuer is not None
            return await ask(peer, client, url, Question(other.certificate, issuer, nonce or old).der, **how)

        return asked

    def answering(data: bytes) -> Any:
        async def answered(peer: http.Peer, *asked: Any, **how: Any) -> bytes:
            return data

        return answered

    async def foreign(peer: http.Peer, client: Any, url: str, query: bytes, **how: Any) -> bytes:
        return _by_another(await ask(peer, client, url, query, **how))

    async def looked_up(check: SignatureCheck) -> Lookup:
        status = await check._answered(citizen.certificate)
        return lambda certificate: status

    for asked in (
        elsewhere,
        smaller,
        about(citizen, b"another nonce"),
        about(w.people.neighbour.signer, b""),
        answering(bytes(LARGEST + 1)),
        answering(b"x"),
        answering(busy),
        foreign,
    ):
        with w.patch.context() as odd:
            odd.setattr(SignatureCheck, "_by_list", looked_up)
            odd.setattr(http.Peer, "ask", asked)
            await sign(signature)


def _by_another(answer: bytes) -> bytes:
    """An answer with a bit of its signature changed."""
    value = ocsp.load_der_ocsp_response(answer).signature
    return answer.replace(value, value[:-1] + bytes([value[-1] ^ 1]), 1)


async def changed_papers(w: World) -> None:
    """A paper that was changed where it is table: without a place for a signature, without one in it, with more."""
    portal, citizen = w.people.portal, w.people.citizen
    _, _, result = await issued(w.people)
    service = w.people.parties.services["portal"]
    table = service.tables.issued
    theirs = table.c.number == result["number"]
    async with service.database.read() as conn:
        pdf = bytes((await conn.execute(sa.select(table.c.pdf).where(theirs))).scalar_one())
    _, before, after, _ = opened(pdf).byte_range
    place = pdf[before + 1 : after - 1]
    for odd in (
        b"%PDF-1.7",
        pdf + b"\n",
        pdf.replace(place, b"0" * len(place)),
        pdf.replace(place, place[:-2] + b"01"),
    ):
        async with service.database.begin() as changing:
            await changing.execute(sa.update(table).where(theirs).values(pdf=odd))
        answer = await portal.get(f"/documents/{result['number']}", params={"iin": citizen.iin})
        assert answer.json()["findings"], answer.text


PROVOCATIONS = (encodings, stamps, lists, responders, changed_papers)
