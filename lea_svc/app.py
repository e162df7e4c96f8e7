"""The executive body, put together."""

from __future__ import annotations

from fastapi import FastAPI

from aimaq.web import app as web
from aimaq.access.challenges import Challenges
from aimaq.casework.procedure.engine import Desk
from aimaq.access.signature_check import Examiner
from aimaq.web.front_desk import Entry, Front
from aimaq.service import Service, Surroundings, rules_of
from aimaq.access.users import Users
from lea_svc import endpoints, handlers, models
from lea_svc.autopilot.officials import Autopilot
from lea_svc.office.drafts import Drafts


def build(around: Surroundings) -> tuple[Service, FastAPI]:
    """The executive body in these surroundings, not yet opened."""
    desk = Desk(around.settings.party, around.catalogue, models.tables.papers, models.tables.issued)
    pilot = Autopilot.of(around) if around.settings.autopilot else None
    service = Service(around, models.tables, rules_of(handlers.handlers(desk, pilot)), models.metadata)
    users = Users(service.database, models.users, around.settings, around.clock)
    examiner = Examiner(around.settings, around.clock, around.trust)
    service.closers.append(examiner.close)
    challenges = Challenges(service.database, models.challenges, around.settings, around.clock)
    entry = Entry.of(service, users, examiner, challenges, staffed=True)
    drafts = Drafts(service)
    service.closers.append(drafts.close)
    if pilot is not None:
        pilot.beside(service, desk, drafts)
    front = Front(service, desk, users, examiner, entry, open_to_all=False)
    return service, web.application(service, *endpoints.routers(front, drafts))
