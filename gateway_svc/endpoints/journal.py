"""The REST door of the chained journal, for the stand's administrator: blocks, proofs, and the audit of all of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request

from aimaq.web import app as web
from aimaq.language.errors import NotFound
from aimaq.web.front_desk import case_id_of
from aimaq.service import Service
from aimaq.web.views import base64
from gateway_svc.journal import evidence
from gateway_svc.journal.audit import Audit
from gateway_svc.journal.block_closer import Keeper
from gateway_svc.journal.statement import stated

Number = Annotated[int, Path(ge=1, le=2**62)]


def router(service: Service, keeper: Keeper) -> APIRouter:
    """The endpoints of the chained journal."""

    async def only_admin(request: Request) -> None:
        web.only_admin(service.admin_token, request)

    api = APIRouter(prefix="/journal", tags=["journal"], dependencies=[Depends(only_admin)])

    @api.get("/blocks")
    async def blocks(
        after: Annotated[int, Query(ge=0, le=2**62)] = 0, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> list[dict[str, Any]]:
        """The blocks that the journal is closed in, oldest first; `after` is the last number of the page before."""
        return await evidence.listed(service, after, limit)

    @api.post("/blocks", status_code=201)
    async def close() -> dict[str, int]:
        """Close a block now with the entries that are in none; `last` is the number of the last block there is."""
        return {"last": await keeper.close()}

    @api.get("/blocks/{number}")
    async def block(number: Number) -> dict[str, Any]:
        """A block: its header as it was signed, the gateway's signature over it, its time stamp if it has one."""
        return await evidence.block(service, number)

    @api.get("/proof/{message_id}")
    async def proof(message_id: str) -> dict[str, Any]:
        """That a message is in the journal: its entry, the hash before it, and the path to the root of its block."""
        if "\0" in message_id:
            raise NotFound("no such message is in the journal", field="message_id")
        return await evidence.proof(service, message_id)

    @api.get("/cases/{case_id}/statement")
    async def statement(case_id: str) -> dict[str, Any]:
        """What the gateway says of a case as of now: which entries are the case's, signed, and stamped if it can be."""
        data = await stated(service, case_id_of(case_id))
        token, note = await keeper.stamped(data, "a statement")
        return {
            "statement": data.decode(), "signature": service.party.signer.sign(data),
            "stamp": base64(token) if token is not None else None, "stamp_note": note,
        }  # fmt: skip

    @api.get("/certificates")
    async def certificates() -> list[dict[str, str]]:
        """The certificates by which the gateway knows the systems' signatures, those replaced among them."""
        return evidence.certificates(service)

    @api.get("/check")
    async def check() -> dict[str, Any]:
        """Walk the whole chain, and say the first place that does not fit."""
        return await Audit(service).run()

    return api
