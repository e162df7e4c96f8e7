"""Cases of a version that knew nothing of whose move they are: found once, at the start, from what the journal has.

The messages of a case are gone through as they were when they came. Nothing else of the case changes.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from aimaq.casework.case import Case, CaseDraft, stored_cases
from aimaq.language.envelope import party_of, read
from aimaq.language.errors import AimaqError
from aimaq.language.messages import MessageRejected
from aimaq.regulation import workflow
from aimaq.service import Service
from aimaq.store.write_set import WriteSet
from gateway_svc.cases.standing import Limits, identify, stand
from gateway_svc.models import journal, tables

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Cases that are filled in one transaction."""
_STEPS_OF_LOG = 50
"""After how many transactions the log says how far it is."""


async def fill(service: Service) -> None:
    """Give every case that has none its columns; Unavailable for every condition of the database."""
    table, limits, done = tables.cases, Limits(service.catalogue), 0
    unfilled = table.c.next_party.is_(None)
    async with service.database.read() as conn:
        left = (await conn.execute(sa.select(sa.func.count()).select_from(table).where(unfilled))).scalar_one()
    if not left:
        return
    log.warning("%d cases of an older version are made ready to be searched", left)
    query = sa.select(table.c.case_id).where(unfilled).order_by(table.c.case_id).limit(AT_ONCE)
    kind = service.database.kind

    def some(conn: sa.Connection) -> int:
        ids = list(conn.execute(query).scalars())
        _fill(conn, kind, ids, limits)
        return len(ids)

    while count := await service.database.transact(some):
        done += count
        if done % (AT_ONCE * _STEPS_OF_LOG) == 0:
            log.warning("%d of %d cases are ready to be searched", done, left)
    log.warning("%d cases are ready to be searched", done)


def _fill(conn: sa.Connection, kind: str, ids: Sequence[str], limits: Limits) -> None:
    messages: dict[str, list[Any]] = defaultdict(list)
    columns = journal.c.case_id, journal.c.journalled_at, journal.c.body
    query = sa.select(*columns).where(journal.c.case_id.in_(ids), journal.c.verdict == "accepted")
    for row in conn.execute(query.order_by(journal.c.number)):
        messages[row.case_id].append(row)
    cases = [_followed(case, messages[case.case_id], limits) for case in stored_cases(conn, tables.cases, ids, kind)]
    write_set, form = WriteSet(), tables.columns
    rows = [form.row(case) for case in cases]
    write_set.change(tables.cases, "case_id", [{name: row[name] for name in form.changing} for row in rows])
    write_set.write(conn)


def _followed(case: Case, messages: Sequence[Any], limits: Limits) -> Case:
    """The case with what its messages tell of it; as it is where they cannot be followed any more."""
    draft = case.draft()
    try:
        _follow(draft, messages, limits)
    except AimaqError as error:
        log.warning("the case %s cannot be searched by whose move it is: %s", case.case_id, error.reason)
        return case
    return draft.frozen()


def _follow(draft: CaseDraft, messages: Sequence[Any], limits: Limits) -> None:
    deadlines = limits.of(draft.regulation, draft.channel)
    before = workflow.begin(deadlines.flow)
    end, draft.at = draft.at, before
    for row in messages:
        envelope = read(row.body)
        if party_of(envelope.sender) == "gateway" or envelope.type == MessageRejected.__name__:
            continue
        draft.at = workflow.follow(deadlines.flow, before, envelope.steps)
        content = envelope.content()
        stand(draft, deadlines, before, envelope.steps, content, row.journalled_at)
        identify(draft, deadlines, envelope.steps, content)
        before = draft.at
    draft.at = end
