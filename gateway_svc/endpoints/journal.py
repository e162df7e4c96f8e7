"""The REST API of the chained journal, for whoever administers the gateway: blocks, proofs, the audit of it all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from aimaq.access.administration import Principal
from aimaq.service import Service
from aimaq.web.callers import Administrator
from aimaq.web.front_desk import case_id_of
from aimaq.web.views import base64
from gateway_svc.journal import evidence, views
from gateway_svc.journal.audit import Audit
from gateway_svc.journal.block_closer import BlockCloser
from gateway_svc.journal.bodies import see_case
from gateway_svc.journal.statement import stated

Number = Annotated[int, Path(ge=1, le=2**62)]


def router(service: Service, block_closer: BlockCloser) -> APIRouter:
    """The endpoints of the chained journal."""
    reading = Depends(Administrator(service.administration, "journal.read"))
    of_case = Depends(Administrator(service.administration, "journal.read", bodies=True))
    writing = Depends(Administrator(service.administration, "journal.write"))
    api = APIRouter(prefix="/journal", tags=["journal"])

    @api.get("/blocks", dependencies=[reading])
    async def blocks(
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[views.Block]:
        """The blocks that the journal is closed in, oldest first; `after` is the last number of the page before.

        With `before` they are the newest first of those before that number.
        """
        return await evidence.listed(service, after, limit, before=before)

    @api.post("/blocks", status_code=201, dependencies=[writing])
    async def close() -> views.LastBlock:
        """Close a block now with the entries that are in none; `last` is the number of the last block there is."""
        return views.LastBlock(await block_closer.close())

    @api.get("/blocks/{number}", dependencies=[reading])
    async def block(number: Number) -> views.Block:
        """A block: its header as it was signed, the gateway's signature over it, its time stamp if it has one."""
        return await evidence.block(service, number)

    @api.get("/proof/{message_id}", dependencies=[reading])
    async def proof(message_id: str) -> views.Proof:
        """That a message is in the journal: its entry, the hash before it, and the path to the root of its block."""
        return await evidence.proof(service, message_id)

    @api.get("/cases/{case_id}/statement")
    async def statement(case_id: str, principal: Principal = of_case) -> views.SignedStatement:
        """What the gateway says of a case as of now: which entries are the case's, signed, and stamped if it can be."""
        await see_case(service, principal, case_id_of(case_id))
        data = await stated(service, case_id_of(case_id))
        token, note = await block_closer.stamped(data, "a statement")
        return views.SignedStatement(
            statement=data.decode(),
            signature=service.party.signer.sign(data),
            stamp=base64(token) if token is not None else None,
            stamp_note=note,
        )

    @api.get("/certificates", dependencies=[reading])
    async def certificates() -> list[views.SystemCertificate]:
        """The certificates by which the gateway knows the systems' signatures, those replaced among them."""
        return evidence.certificates(service)

    @api.get("/check", dependencies=[reading])
    async def check() -> views.AuditReport:
        """Walk the whole chain, and say the first place that does not fit."""
        return await Audit(service).run(block_closer.head)

    @api.get("/state", dependencies=[reading])
    async def state() -> views.ChainState:
        """What the journal ends with, as it was written last."""
        return block_closer.state

    @api.get("/verification", dependencies=[reading])
    async def verified() -> views.VerificationState:
        """The check of the whole chain that was asked for last: how far it is, or what it came to."""
        return block_closer.verification.state

    @api.post("/verification", status_code=202)
    async def verify(principal: Principal = reading) -> views.VerificationState:
        """Begin to check the whole chain, unless that is under way; it goes on when the caller has gone."""
        return block_closer.verification.start(principal.name)

    return api
