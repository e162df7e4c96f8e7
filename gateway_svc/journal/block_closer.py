"""The block closer of the journal: closes a block that has waited long enough, and has blocks stamped with the time.

It works beside the writer and never holds it up: a block stands without a time stamp when none is to be had. Since each
block names the one before it, the stamp of one dates all that came earlier.
"""

from __future__ import annotations

import asyncio
import logging

import httpx
import sqlalchemy as sa

from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.eds.timestamp.client import TsaClient
from aimaq.http.client import http_client
from aimaq.language.errors import AimaqError, BadSignature, Unavailable
from aimaq.pipeline.items import nothing
from aimaq.service import Service
from gateway_svc.journal.chain import Chain, ChainHead
from gateway_svc.journal.verification import Verification
from gateway_svc.journal.views import ChainState
from gateway_svc.models import blocks

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds until the next try after something went wrong."""
PATIENCE = 5.0
"""Seconds that the time-stamping authority has for an answer."""


class BlockCloser:
    """Keeps the blocks of one gateway."""

    def __init__(self, service: Service, chain: Chain) -> None:
        self._service, self._chain = service, chain
        self._stamping = asyncio.Lock()
        self._tsa: TsaClient | None = None
        self.verification = Verification(service, lambda: self.head)
        """The check of the whole chain, for whoever asks for it."""

    async def run(self) -> None:
        """Keep the blocks until cancelled."""
        async with http_client() as session:
            self._tsa = self._tsa_of(session)
            try:
                while True:
                    try:
                        await self._keep()
                    except AimaqError as error:
                        log.debug("the journal's blocks have to wait: %s", error.detail)
                        await asyncio.sleep(PAUSE)
                    except Exception:
                        log.exception("the journal's blocks have to wait")
                        await asyncio.sleep(PAUSE)
            finally:
                self._tsa = None

    def _tsa_of(self, session: httpx.AsyncClient) -> TsaClient | None:
        """Who has blocks stamped: the registry's authority, if it is known where that is."""
        dependencies, ids = self._service.dependencies, self._service.party.ids
        if not dependencies.settings.registry_url:
            return None
        url = f"{dependencies.settings.registry_url}/nca/tsa"
        return TsaClient(
            url, dependencies.trust, session, lambda size: bytes.fromhex(ids.token(size)), timeout=PATIENCE
        )

    async def close(self) -> int:
        """Close a block with whatever is in none yet, and have it stamped; the number of the last block."""
        self._chain.asked = True
        try:
            await self._service.writer.run(nothing)
        finally:
            self._chain.asked = False
        await self._stamp()
        return self.head.block

    @property
    def head(self) -> ChainHead:
        """What the journal ends with, as far as that is known: an empty tail where it is not."""
        return self._chain.head or ChainHead()

    @property
    def state(self) -> ChainState:
        """The same, as it is shown."""
        head = self.head
        return ChainState(head.number, head.block, len(head.leaves), head.since, head.hash.hex())

    async def _keep(self) -> None:
        self._chain.waiting.clear()
        if self._chain.head is None:
            await self._service.writer.run(nothing)
        since = self.head.since
        if since is None:
            await self._chain.waiting.wait()
            return
        await self._service.clock.wait_until(since + self._chain.patience)
        await self._service.writer.run(nothing)
        await self._stamp()

    async def _stamp(self) -> None:
        """Have the last block stamped, if it is not and there is somebody to do so."""
        async with self._stamping:
            newest = sa.select(blocks).order_by(blocks.c.number.desc()).limit(1)
            async with self._service.database.read() as conn:
                block = (await conn.execute(newest)).first()
            if block is None or block.stamp is not None:
                return
            token, note = await self.stamped(block.header, f"block {block.number}")

            def keep(uow: UnitOfWork) -> None:
                uow.update(blocks, "number", {"number": block.number, "stamp": token, "stamp_note": note})

            if token is not None or note != block.stamp_note:
                await self._service.writer.run(keep)

    async def stamped(self, data: bytes, what: str) -> tuple[bytes | None, str | None]:
        """A time stamp token over these bytes from the registry, or why there is none; `what` is their name."""
        if self._tsa is None:
            return None, "there is no time-stamping authority"
        try:
            return await self._tsa.token(data), None
        except (Unavailable, BadSignature) as error:
            return None, error.detail
        except Exception:
            log.exception("%s could not be stamped", what)
            return None, "there was a fault where the time stamp was asked for"
