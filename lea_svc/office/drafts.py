"""Results as papers: drawn up for an official to sign, and closed with the signature once it is stamped.

A draft is not kept: the same case and instant give the same bytes again. The instant comes back with the signature; it
lies between the preparing of the answer and the signing, and the time stamp tells how late it may have been.
"""

from __future__ import annotations

from datetime import datetime

import httpx

from aimaq.access.worker_pool import Asker, WorkerPool
from aimaq.casework.case import Case
from aimaq.casework.documents import request_document
from aimaq.casework.pdf.content import Signing, attachments, content
from aimaq.casework.pdf.render import printed
from aimaq.eds.cms import reader
from aimaq.eds.pades import SignedPdf, prepared, says_its_time
from aimaq.eds.timestamp.client import TsaClient
from aimaq.http.client import http_client
from aimaq.language.errors import BadSignature, InvalidInput, OutOfOrder, Unavailable
from aimaq.service import Service
from aimaq.web import views
from lea_svc.office import decisions, texts


class Drafts:
    """Draws up the papers of one body's results."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._pool = WorkerPool.of(service.settings)
        self._session: httpx.AsyncClient | None = None

    async def draft(self, case: Case, iin: str, name: str, at: datetime) -> SignedPdf:
        """The paper of a prepared result, with a place for the signature that this official makes at `at`.

        OutOfOrder if no result is prepared, InvalidInput if there are letters in it that a paper cannot show,
        Unavailable if too many papers are to be drawn up now.
        """
        regulation = self._service.catalogue.regulation(case.regulation)
        flow = regulation.flow(case.channel)
        step = flow.doing("decide")
        if step is None or not case.decision or not case.number:
            raise OutOfOrder(texts.NOTHING_PREPARED)
        paper = await views.paper(self._service, case.case_id, "request")
        request, signature = paper if paper is not None else (request_document(case), None)
        signing = Signing(iin, name, step.part("decide").by, at)
        attached = attachments(regulation, case, signing, request, signature)
        text = content(regulation, case, signing, self._check(flow.front_desk), attached)
        return await self._pool.run(lambda: prepared(printed(text, at), at), Asker(iin, known=True))

    def now(self) -> datetime:
        """The instant of a signature that is made now: papers and time stamps count whole seconds."""
        return self._service.clock.now().replace(microsecond=0)

    def current(self, case: Case, at: datetime | None) -> datetime:
        """The instant that a signature comes with; InvalidInput if the draft cannot have been drawn up then."""
        if at is None:
            raise InvalidInput(texts.INSTANT_REQUIRED, field="signed_at", rule="required")
        since = (case.since or case.opened_at).replace(microsecond=0)
        if not since <= at <= self._service.clock.now():
            raise InvalidInput(
                texts.DRAWN_UP_ANEW,
                field="signed_at",
                rule="current draft",
            )
        return at

    async def signed_pdf(self, draft: SignedPdf, signature: bytes) -> bytes:
        """The paper with this signature and a time stamp on it in its place: PAdES B-T. The signature was examined.

        Unavailable if there is no time stamp to be had, BadSignature or InvalidInput if it is not one for a PDF.
        """
        signed = reader.take_apart(signature)
        if says_its_time(signed):
            raise InvalidInput(
                texts.NO_SIGNING_TIME,
                field="pdf_cms",
                rule="no signing time",
            )
        if reader.document_in(signature) is not None:
            raise InvalidInput(texts.DETACHED, field="pdf_cms", rule="detached")
        if signed.stamp is not None:
            raise InvalidInput(texts.STAMPED_HERE, field="pdf_cms", rule="no time stamp")
        try:
            stamped = await self._tsa().stamp(signature)
        except BadSignature as error:
            raise Unavailable(texts.no_stamp(error.texts), field="pdf_cms") from None
        return draft.closed(stamped)

    async def close(self) -> None:
        """Let go of the connection to the registry."""
        if self._session is not None:
            await self._session.aclose()

    def _check(self, front_desk: str) -> str:
        """Where the public can check a result: at the desk that the request was made at."""
        return self._service.settings.url(front_desk)

    def _tsa(self) -> TsaClient:
        if self._session is None:
            self._session = http_client()
        service = self._service
        url = f"{service.settings.registry_url}/nca/tsa"
        ids = service.party.ids
        return TsaClient(url, service.dependencies.trust, self._session, lambda size: bytes.fromhex(ids.token(size)))


def only_results(kind: str) -> None:
    """OutOfOrder where something else is due to be signed than a result: that has no PDF."""
    if kind != decisions.KINDS["decide"]:
        raise OutOfOrder(texts.no_paper(kind), field="pdf_cms")
