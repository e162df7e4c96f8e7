"""The keeper of the journal: closes a block that has waited long enough, and has blocks stamped with the time.

It works beside the writer and never holds it up: a block stands without a time stamp when none is to be had. Since each
block names the one before it, the stamp of one dates all that came earlier.
"""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import sqlalchemy as sa

from aimaq.eds.timestamp.client import Stamper
from aimaq.language.errors import AimaqError, BadSignature, Unavailable
from aimaq.item import nothing
from aimaq.service import Service
from aimaq.casework.unit_of_work import Work
from gateway_svc.journal.chain import Chain, Tail
from gateway_svc.models import blocks

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds until the next try after something went wrong."""
PATIENCE = 5.0
"""Seconds that the time-stamping authority has for an answer."""


class Keeper:
    """Keeps the blocks of one gateway."""

    def __init__(self, service: Service, chain: Chain) -> None:
        self._service, self._chain = service, chain
        self._stamping = asyncio.Lock()
        self._stamper: Stamper | None = None

    async def run(self) -> None:
        """Keep the blocks until cancelled."""
        async with aiohttp.ClientSession() as session:
            self._stamper = self._stamper_of(session)
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
                self._stamper = None

    def _stamper_of(self, session: aiohttp.ClientSession) -> Stamper | None:
        """Who has blocks stamped: the registry's authority, if it is known where that is."""
        around, ids = self._service.around, self._service.party.ids
        if not around.settings.registry_url:
            return None
        url = f"{around.settings.registry_url}/nca/tsa"
        return Stamper(url, around.trust, session, lambda size: bytes.fromhex(ids.token(size)), timeout=PATIENCE)

    async def close(self) -> int:
        """Close a block with whatever is in none yet, and have it stamped; the number of the last block."""
        self._chain.asked = True
        try:
            await self._service.writer.run(nothing)
        finally:
            self._chain.asked = False
        await self._stamp()
        return self._tail().block

    def _tail(self) -> Tail:
        known = self._service.writer.memory.tail
        return known if isinstance(known, Tail) else Tail()

    async def _keep(self) -> None:
        self._chain.waiting.clear()
        if self._service.writer.memory.tail is None:
            await self._service.writer.run(nothing)
        since = self._tail().since
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

            def keep(work: Work) -> None:
                work.update(blocks, "number", number=block.number, stamp=token, stamp_note=note)

            if token is not None or note != block.stamp_note:
                await self._service.writer.run(keep)

    async def stamped(self, data: bytes, what: str) -> tuple[bytes | None, str | None]:
        """A time stamp token over these bytes from the registry, or why there is none; `what` is their name."""
        if self._stamper is None:
            return None, "there is no time-stamping authority"
        try:
            return await self._stamper.token(data), None
        except (Unavailable, BadSignature) as error:
            return None, error.detail
        except Exception:
            log.exception("%s could not be stamped", what)
            return None, "there was a fault where the time stamp was asked for"
