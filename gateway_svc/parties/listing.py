"""Reads what the gateway knows of each party by itself, so that none that is down is waited for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from aimaq import __version__
from aimaq.bus.control import Summary
from aimaq.language.envelope import party_of
from aimaq.language.messages import PARTIES, TYPES
from aimaq.language.signing.jws import Directory, Identity
from aimaq.service import Service
from aimaq.store.database import Instant
from gateway_svc.attention.reports import Reports
from gateway_svc.models import journal, traffic_hours, traffic_minutes
from gateway_svc.parties.suspension import Suspensions
from gateway_svc.parties.views import PartyCertificate, PartyState, Right, Standing

NEWEST = 10_000
"""Entries of the journal, from its end, among which a party's last message is looked for."""


async def parties(service: Service, suspensions: Suspensions, reports: Reports | None = None) -> list[PartyState]:
    """Every party of the stand; with `reports` also how it is, as it told last, unless it is silent."""
    last = await _last(service)
    reasons, warnings = await service.ailments(), service.warnings()
    known = certificates(service)
    settings, here = service.settings, service.settings.party
    found = []
    for party in PARTIES:
        at, kind = last.get(party, (None, None))
        summary = _summary(reports, party) if party != here else None
        found.append(
            PartyState(
                party=party,
                url=settings.urls.get(party),
                outside=party in settings.outsiders,
                version=__version__ if party == here else summary.version if summary else None,
                ready=not reasons if party == here else not summary.ailments if summary else None,
                reasons=reasons if party == here else list(summary.ailments) if summary else [],
                warnings=warnings if party == here else list(summary.warnings) if summary else [],
                last_at=at,
                last_type=kind,
                suspended=suspensions.of(party),
                certificates=known.get(party, []),
                rights=_rights(party),
            )
        )
    return found


def _summary(reports: Reports | None, party: str) -> Summary | None:
    """What a party told last of itself; None if it has told nothing, or is silent."""
    if reports is None or reports.silence(party) is not None:
        return None
    report = reports.newest(party)
    return report.summary if report is not None else None


async def _last(service: Service) -> dict[str, tuple[datetime, str | None]]:
    """When each party's last message was journalled, and of which type it was if it is among the newest entries."""
    newest = sa.select(sa.func.max(journal.c.number)).scalar_subquery()
    numbers = (
        sa.select(sa.func.max(journal.c.number))
        .where(journal.c.number > newest - NEWEST, journal.c.verdict == "accepted")
        .group_by(journal.c.sender)
    )
    query = sa.select(journal.c.sender, journal.c.type, journal.c.journalled_at).where(journal.c.number.in_(numbers))
    async with service.database.read() as conn:
        # first what is told of without a type: a message that comes meanwhile is among the newest
        earlier: list[Any] = list(await conn.execute(_EARLIER))
        rows: list[Any] = list(await conn.execute(query))
    found: dict[str, tuple[datetime, str | None]] = {row.sender: (row.journalled_at, row.type) for row in rows}
    for row in earlier:
        party = party_of(row.sender)
        if party not in found:
            found[party] = (row.last_at, None)
    return found


def _latest(counts: sa.Table) -> sa.Select[Any]:
    return (
        sa.select(counts.c.sender, sa.func.max(counts.c.last_at, type_=Instant).label("last_at"))
        .where(counts.c.accepted > 0)
        .group_by(counts.c.sender)
    )


_EARLIER = sa.union_all(_latest(traffic_minutes), _latest(traffic_hours)).order_by(sa.desc("last_at"))
"""When each sender was heard of last, as far back as the traffic is counted."""


def certificates(service: Service) -> dict[str, list[PartyCertificate]]:
    """The certificates of each party that are not long over, the one that is good longest first."""
    directory = service.party.verifier
    if not isinstance(directory, Directory):
        return {}
    now, soon = service.clock.now(), timedelta(days=service.settings.key_days)
    found: dict[str, list[PartyCertificate]] = {}
    for one in sorted(directory.identities(), key=lambda identity: identity.not_after, reverse=True):
        shown = PartyCertificate(
            serial=f"{one.certificate.serial_number:x}",
            not_before=one.not_before,
            not_after=one.not_after,
            status=_standing(one, now, soon),
            since=one.withdrawal.since if one.withdrawal is not None else None,
        )
        found.setdefault(one.party, []).append(shown)
    return found


def _standing(one: Identity, now: datetime, soon: timedelta) -> Standing:
    if one.withdrawal is not None and one.withdrawal.since <= now:
        return one.withdrawal.status
    if not one.not_before <= now <= one.not_after:
        return "expired"
    return "near" if one.not_after - now < soon else "good"


def _rights(party: str) -> list[Right]:
    """What the gateway lets through of a party, in the order of the types."""
    rights = []
    for spec in TYPES.values():
        if recipients := sorted(recipient for sender, recipient in spec.routes if sender == party):
            rights.append(Right(spec.name, recipients))
    return rights
