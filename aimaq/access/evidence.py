"""Looks at people's signatures in messages from other systems, before the messages are handled.

Handling is done in a transaction, where nobody can be asked; so whether a certificate was withdrawn is looked up here,
as it is at a desk (`aimaq.access.signature_check`), and the verdict goes with the message. It is that of the moment
when the message came, and is remembered for a while, for a message that has to wait for one before it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.signature_check import SignatureCheck
from aimaq.casework.form import bin_in
from aimaq.casework.procedure.evidence import Evidence, evidence_of, signs_for_self
from aimaq.casework.unit_of_work import Received
from aimaq.eds import pades
from aimaq.eds.findings import Code, Finding
from aimaq.eds.texts import DOCUMENT_UNREADABLE, NOT_LOOKED_UP
from aimaq.eds.verdict import Asked, Verdict
from aimaq.eds.x509.certificates import read as certificate_in
from aimaq.language.envelope import party_of
from aimaq.language.errors import AimaqError, BadSignature
from aimaq.language.messages import RequestSubmitted, ResultIssued
from aimaq.language.signing.jws import Directory
from aimaq.regulation import Catalogue
from aimaq.settings import Settings

log = logging.getLogger(__name__)

REMEMBERED = 1024
"""Verdicts on messages that came last."""

PATIENCE = 5.0
"""Seconds, of real time, that the messages behind one wait for the authority. Then it is tried again by itself."""


class EvidenceCheck:
    """One service's look at what other systems send it as proved."""

    def __init__(
        self, signature_check: SignatureCheck, settings: Settings, directory: Directory, catalogue: Catalogue
    ) -> None:
        self._signature_check, self._settings, self._roles = signature_check, settings, settings.roles_of_staff
        self._directory, self._catalogue = directory, catalogue
        self._verdicts: dict[str, Verdict] = {}

    async def examine(self, messages: Sequence[Received], *, patient: bool = False) -> None:
        """Give each message that carries a signed document its verdict; one that says so if nobody can be asked now.

        Without `patient` that is so after `PATIENCE`.
        """
        carried = [
            (one, evidence) for one in messages if one.error is None and (evidence := evidence_of(one)) is not None
        ]
        if not carried:
            return
        try:
            async with asyncio.timeout(None if patient else PATIENCE):
                verdicts = await asyncio.gather(*(self._judged(one, evidence) for one, evidence in carried))
        except TimeoutError:
            verdicts = [_NOBODY_ANSWERED] * len(carried)
        for (one, _), verdict in zip(carried, verdicts, strict=True):
            one.verdict = verdict
            if not verdict.undecided:
                self._remember(one.digest, verdict)

    def recall(self, received: Received) -> None:
        """Give a message the verdict from when it came, if it is remembered."""
        received.verdict = self._verdicts.get(received.digest)

    async def _judged(self, received: Received, evidence: Evidence) -> Verdict:
        try:
            asked = self._asked(received, evidence)
        except AimaqError:  # of a regulation that is unknown here; the message is refused as it is handled
            return Verdict((), None)
        try:
            return await self._verdict(evidence, asked)
        except Exception:  # whatever a stranger's bytes do to a reader of theirs, the messages behind them go on
            log.exception("the evidence of message %s could not be read", received.key)
            return Verdict((Finding(Code.MALFORMED, DOCUMENT_UNREADABLE),), None)

    async def _verdict(self, evidence: Evidence, asked: Asked) -> Verdict:
        verdict = await self._signature_check.examine(evidence.document, evidence.signature, asked)
        if not evidence.pdf or verdict.findings:
            return verdict
        try:
            paper = pades.opened(evidence.pdf)
            return await self._signature_check.examine(paper.covered, paper.cms, asked)
        except BadSignature as error:
            return Verdict((Finding(Code.MALFORMED, error.texts),), None)

    def _asked(self, received: Received, evidence: Evidence) -> Asked:
        """What is asked of the signer: to be whom the document names, and, of an official, to work for the body."""
        envelope, content = received.envelope, received.content
        party = party_of(envelope.sender)
        staff = self._settings.bin_of(party)
        if isinstance(content, ResultIssued):
            return Asked(evidence.signed_by, staff or self._bin_of_sender(received), self._roles)
        assert isinstance(content, RequestSubmitted)
        regulation = self._catalogue.regulation(envelope.regulation)
        if signs_for_self(regulation.flow(envelope.channel)):
            return Asked(evidence.signed_by, bin_in(regulation, content.form))
        return Asked(evidence.signed_by, staff, self._roles)

    def _bin_of_sender(self, received: Received) -> str:
        """The BIN in the certificate of the system that signed the message; empty, as nobody's is, if there is none."""
        signer = self._directory.signer(received.incoming.signature)
        return organisation_of(signer.certificate) if signer is not None else ""

    def _remember(self, digest: str, verdict: Verdict) -> None:
        if len(self._verdicts) >= REMEMBERED:
            del self._verdicts[next(iter(self._verdicts))]
        self._verdicts[digest] = verdict


@lru_cache(64)
def organisation_of(certificate: x509.Certificate) -> str:
    """The BIN in a system's certificate, whose officials sign for the organisation; empty if it names none."""
    return certificate_in(certificate.public_bytes(Encoding.DER)).person.bin or ""


_NOBODY_ANSWERED = Verdict((Finding(Code.REVOCATION_UNKNOWN, NOT_LOOKED_UP),), None)
