"""Whose a case is: what operators see masked, told to those who may know it and say why."""

from __future__ import annotations

import sqlalchemy as sa

from aimaq.casework.case import Case
from aimaq.language.envelope import read
from aimaq.language.errors import AimaqError, NotFound
from aimaq.language.messages import RequestSubmitted
from aimaq.service import Service
from gateway_svc.journal import texts
from gateway_svc.journal.trail.views import Applicant
from gateway_svc.models import journal

ORGANISATION = "bin"
"""The field of a form that has the number of the organisation in whose name somebody asks."""


async def applicant(service: Service, case_id: str) -> Applicant:
    """The applicant of a case, by its request, else as registers were told; NotFound if no message has said it."""
    query = sa.select(journal.c.body).where(
        journal.c.case_id == case_id, journal.c.type == RequestSubmitted.__name__, journal.c.verdict == "accepted"
    )
    cases = service.tables.cases
    async with service.database.read() as conn:
        body = (await conn.execute(query.order_by(journal.c.number).limit(1))).scalar()
        whole = (await conn.execute(sa.select(cases.c.whole).where(cases.c.case_id == case_id))).scalar()
    content = _request(body) if body is not None else None
    if content is None:
        case = Case.read(whole) if whole is not None else None
        if case is None or not (case.iin or case.form.get(ORGANISATION)):
            raise NotFound(texts.NOBODY_KNOWN.format(case_id=case_id), field="case_id")
        return Applicant(case_id, case.iin, case.name, case.form.get(ORGANISATION))
    organisation = content.form.get(ORGANISATION)
    return Applicant(case_id, content.iin, content.name, str(organisation) if organisation else None)


def _request(body: bytes) -> RequestSubmitted | None:
    try:
        content = read(body).content()
    except AimaqError:
        return None
    return content if isinstance(content, RequestSubmitted) else None
