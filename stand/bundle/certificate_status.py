"""What the authority tells of the certificates in a bundle, asked for when the bundle is made.

The responder's answers repeat, for a nonce, the SHA-256 of the gateway's statement on the case: so they were made after
it. What cannot be had is told by the name that its file would have, with the reason.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable

import httpx

from aimaq.eds.revocation import texts
from aimaq.eds.revocation.crl import LARGEST as LARGEST_LIST
from aimaq.eds.revocation.ocsp import LARGEST as LARGEST_ANSWER
from aimaq.eds.revocation.ocsp import Question
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.http.client import bounded, exchange
from aimaq.language.errors import AimaqError, Technical, Unavailable
from gateway_svc.journal.statement import Statement
from stand.bundle.signers import Signer

CRL, CHANGES, OF_ROOT = "revocation/crl.der", "revocation/delta-crl.der", "revocation/root-crl.der"
LISTS = {CRL: "/nca/crl", CHANGES: "/nca/crl/delta", OF_ROOT: "/nca/crl/root"}
"""The authorities' revocation lists, by their files, and where the registry gives them out."""
AT_ONCE = 8
REGISTRY = "the registry"


def answer_of(certificate: Certificate) -> str:
    """The file with the responder's answer about a certificate."""
    return f"revocation/ocsp-{certificate.number}.der"


def question_about(certificate: Certificate, trust: TrustStore, statement: bytes) -> Question | None:
    """The question that is asked about a certificate; None about one that strangers issued."""
    issuer = trust.authority(certificate.issuer)
    if issuer is None or trust.chain_status(certificate).fault:
        return None
    return Question(certificate, issuer, hashlib.sha256(statement).digest())


class Statuses:
    """Asks the registry at `url`: `files` is what it gave, `missing` what it did not, each with the reason."""

    def __init__(self, session: httpx.AsyncClient, url: str, trust: TrustStore) -> None:
        self._session, self._url, self._trust = session, url, trust
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.files: dict[str, bytes] = {}
        self.missing: dict[str, str] = {}

    async def ask(self, signers: Iterable[Signer], data: bytes, statement: Statement) -> None:
        """Fetch the lists, and an answer about each certificate that the responder tells of."""
        await self._list(CHANGES)  # first: so they can be older than the complete list, and never of a later one
        await asyncio.gather(
            *(self._answer(one.certificate, data, statement) for one in signers), self._list(CRL), self._list(OF_ROOT)
        )

    async def _list(self, name: str) -> None:
        try:
            async with exchange(self._session, "GET", f"{self._url}{LISTS[name]}", peer=REGISTRY) as reply:
                self.files[name] = await _content(reply, LARGEST_LIST)
        except AimaqError as error:
            self.missing[name] = error.detail

    async def _answer(self, certificate: Certificate, data: bytes, statement: Statement) -> None:
        question = question_about(certificate, self._trust, data)
        if question is None:
            return
        headers = {"Content-Type": "application/ocsp-request"}
        name = answer_of(certificate)
        try:
            async with (
                self._gate,
                exchange(
                    self._session, "POST", f"{self._url}/nca/ocsp", peer=REGISTRY, content=question.der, headers=headers
                ) as reply,
            ):
                answer = await _content(reply, LARGEST_ANSWER)
            question.answered(answer, statement.made_at)
        except AimaqError as error:
            self.missing[name] = error.detail
        else:
            self.files[name] = answer


async def _content(reply: httpx.Response, most: int) -> bytes:
    if reply.status_code != 200:
        raise Unavailable(Technical(f"{REGISTRY} answered {reply.status_code}"))
    return await bounded(reply, most, texts.THE_ANSWER)
