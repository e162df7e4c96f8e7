"""The autopilot's signature under papers: a result that is due is signed as a document and as a PDF, beside the writer.

Printing and stamping take longer than a transaction may, so the autopilot leaves the result to be signed here. Where no
time stamp can be had, or the paper has no letters for what it should say, the document alone is signed: nobody waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from aimaq.regulation import workflow
from aimaq.casework.case import Case
from aimaq.casework.procedure.engine import Desk
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.language.errors import AimaqError, Unavailable
from aimaq.service import Service
from aimaq.casework.unit_of_work import Work
from lea_svc.office import decisions as office
from lea_svc.office.drafts import Drafts

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds until the next try after the database was out of reach."""


@dataclass(slots=True)
class Signatory:
    """Signs the results of one body in the name of somebody who is not there."""

    iin: str
    name: str
    signer: DocumentSigner
    _due: deque[str] = field(default_factory=deque)
    _some: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, case_id: str) -> None:
        """Sign the result of this case, once what is being done with it is committed."""
        self._due.append(case_id)
        self._some.set()

    async def run(self, service: Service, desk: Desk, drafts: Drafts, go_on: Callable[[Work], None]) -> None:
        """Sign until cancelled, first what an earlier run has left; `go_on` does what comes after in a case."""
        await self._left_behind(service, desk)
        while True:
            while not self._due:
                self._some.clear()
                await self._some.wait()
            case_id = self._due.popleft()
            try:
                await self._sign(service, desk, drafts, go_on, case_id)
            except Unavailable as error:
                log.warning("the result of %s waits: %s", case_id, error.detail)
                self._due.append(case_id)
                await asyncio.sleep(PAUSE)
            except AimaqError as error:
                log.warning("the result of %s was not signed: %s", case_id, error.detail)
            except Exception:
                log.exception("the result of %s was not signed", case_id)

    async def _sign(
        self, service: Service, desk: Desk, drafts: Drafts, go_on: Callable[[Work], None], case_id: str
    ) -> None:
        case = await service.writer.run(lambda work: work.known_case().copy(), case_id)
        if not is_due(desk, case):
            return
        document, at = office.to_sign(desk, case, self.iin), drafts.now()
        try:
            sheet = await drafts.draft(case, self.iin, self.name, at)
            pdf = await drafts.sealed(sheet, self.signer.sign(sheet.covered))
        except AimaqError as error:
            log.warning("the result of %s is no paper: %s", case_id, error.detail)
            pdf = b""

        def command(work: Work) -> None:
            now = work.known_case()
            if is_due(desk, now) and office.to_sign(desk, now, self.iin) == document:
                office.sign(desk, work, (document, self.signer.sign(document, work.now)), pdf=pdf)
                go_on(work)

        await service.writer.run(command, case_id)

    async def _left_behind(self, service: Service, desk: Desk) -> None:
        """Take up again what was due when the process ended."""
        table = service.tables.cases
        query = sa.select(table.c.whole).where(table.c.status == "in_progress").order_by(table.c.case_id)
        found: list[Case] | None = None
        while found is None:
            try:
                async with service.database.read() as conn:
                    found = [Case.read(row.whole) for row in await conn.execute(query)]
            except Unavailable:
                await asyncio.sleep(PAUSE)
        for case in found:
            if is_due(desk, case):
                self.expect(case.case_id)


def is_due(desk: Desk, case: Case) -> bool:
    """Whether the next thing in the case is that its result is signed here."""
    if workflow.ended(case.at) or not case.decision:
        return False
    part = workflow.standing(desk.flow(case), case.at)[1]
    return part.party == desk.party and part.does == "decide"
