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

from aimaq.casework.case import AnyCase, Case
from aimaq.casework.procedure.engine import Procedure
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.language.errors import AimaqError, NotFound, Unavailable
from aimaq.regulation import workflow
from aimaq.service import Service
from lea_svc.office import decisions
from lea_svc.office.drafts import Drafts

log = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds until the next try, after the first failure and those that follow."""


@dataclass(slots=True)
class Signatory:
    """Signs the results of one body in the name of somebody who is not there."""

    iin: str
    name: str
    signer: DocumentSigner
    _due: deque[str] = field(default_factory=deque)
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _failures: dict[str, int] = field(default_factory=dict)
    """How often it has failed to sign the result of a case that is still to be signed."""
    _why: str = ""

    def expect(self, case_id: str) -> None:
        """Sign the result of this case, once what is being done with it is committed."""
        self._due.append(case_id)
        self._some.set()

    async def run(
        self, service: Service, procedure: Procedure, drafts: Drafts, go_on: Callable[[UnitOfWork], None]
    ) -> None:
        """Sign until cancelled, first what an earlier run has left; `go_on` does what comes after in a case."""
        await self._left_behind(service, procedure)
        while True:
            while not self._due:
                self._some.clear()
                await self._some.wait()
            case_id = self._due.popleft()
            try:
                await self._sign(service, procedure, drafts, go_on, case_id)
            except NotFound as error:
                log.warning("the result of %s was not signed: %s", case_id, error.detail)
            except Exception as error:
                self._later(case_id, error)
            else:
                self._failures.pop(case_id, None)

    def worry(self) -> str | None:
        """How many results wait after a failure, and why, in a line; None if none does."""
        waiting = len(self._failures)
        return f"the autopilot could not sign {waiting} results yet, and tries again: {self._why}" if waiting else None

    def _later(self, case_id: str, error: Exception) -> None:
        """Try again after a while, whatever it was: a case of which nobody thinks any more stands for ever."""
        failures = self._failures.get(case_id, 0)
        self._failures[case_id] = failures + 1
        self._why = error.detail if isinstance(error, AimaqError) else f"{type(error).__name__}: {error}"
        log.warning(
            "the result of %s waits: %s",
            case_id,
            self._why,
            exc_info=None if isinstance(error, AimaqError) else error,
        )
        pause = PAUSES[min(failures, len(PAUSES) - 1)]
        asyncio.get_running_loop().call_later(pause, self.expect, case_id)

    async def _sign(
        self, service: Service, procedure: Procedure, drafts: Drafts, go_on: Callable[[UnitOfWork], None], case_id: str
    ) -> None:
        case = await service.writer.case(case_id)
        if not is_due(procedure, case):
            return
        document, at = decisions.to_sign(procedure, case, self.iin), drafts.now()
        try:
            sheet = await drafts.draft(case, self.iin, self.name, at)
            pdf = await drafts.signed_pdf(sheet, self.signer.sign(sheet.covered))
        except AimaqError as error:
            log.warning("the result of %s is no paper: %s", case_id, error.detail)
            pdf = b""

        def command(uow: UnitOfWork) -> None:
            now = uow.known_case()
            if is_due(procedure, now) and decisions.to_sign(procedure, now, self.iin) == document:
                decisions.sign(procedure, uow, (document, self.signer.sign(document, uow.now)), pdf=pdf)
                go_on(uow)

        await service.writer.run(command, case_id)

    async def _left_behind(self, service: Service, procedure: Procedure) -> None:
        """Take up again what was due when the process ended."""
        table = service.tables.cases
        query = sa.select(table.c.whole).where(table.c.status == "in_progress").order_by(table.c.case_id)
        found: list[Case] | None = None
        while found is None:
            try:
                async with service.database.read() as conn:
                    found = [Case.read(row.whole) for row in await conn.execute(query)]
            except Unavailable:
                await asyncio.sleep(PAUSES[0])
        for case in found:
            if is_due(procedure, case):
                self.expect(case.case_id)


def is_due(procedure: Procedure, case: AnyCase) -> bool:
    """Whether the next thing in the case is that its result is signed here."""
    if workflow.ended(case.at) or not case.decision:
        return False
    part = workflow.current(procedure.flow(case), case.at)[1]
    return part.party == procedure.party and part.does == "decide"
