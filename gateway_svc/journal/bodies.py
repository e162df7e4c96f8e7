"""What of the journal somebody may see: an account that is bound to a body sees that body's cases and no others.

A body's are the cases of the regulations whose requests go to it.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from aimaq.access.administration import Principal
from aimaq.access.permissions import Permission
from aimaq.language import texts
from aimaq.language.errors import NotAllowed, NotFound
from aimaq.regulation import Catalogue
from aimaq.service import Service
from gateway_svc.journal import texts as words
from gateway_svc.journal.trail.action import VERDICT
from gateway_svc.models import journal

TRAIL: Final[Permission] = "audit.read"


def regulations_of(catalogue: Catalogue, body: str) -> frozenset[str]:
    """The ids of the regulations whose requests go to this body."""
    return frozenset(one.id for one in catalogue if one.body == body)


async def see_case(service: Service, principal: Principal, case_id: str) -> None:
    """NotFound, as for a case that is not there, if an account is bound to a body and the case is another's."""
    if principal.body and not await _is_its_own(service, principal.body, case_id):
        raise NotFound(texts.NO_CASE.format(case_id=case_id), field="case_id")


async def see_message(service: Service, principal: Principal, message_id: str) -> None:
    """NotFound, as for a message that is not there, if an account is bound to a body and its case is another's.

    NotAllowed for an entry that says what somebody did, without the right to read the trail.
    """
    query = sa.select(journal.c.case_id, journal.c.verdict).where(journal.c.message_id == message_id)
    async with service.database.read() as conn:
        row = (await conn.execute(query)).first()
    if not principal.body:
        if row is not None and row.verdict == VERDICT and TRAIL not in principal.permissions:
            raise NotAllowed(texts.NOT_PERMITTED.format(permission=TRAIL), rule=TRAIL)
        return
    if row is None or row.case_id is None or not await _is_its_own(service, principal.body, row.case_id):
        raise NotFound(words.NO_MESSAGE.format(message_id=message_id), field="message_id")


async def _is_its_own(service: Service, body: str, case_id: str) -> bool:
    cases = service.tables.cases
    query = sa.select(cases.c.regulation).where(cases.c.case_id == case_id)
    async with service.database.read() as conn:
        regulation = (await conn.execute(query)).scalar()
    return regulation in regulations_of(service.catalogue, body)
