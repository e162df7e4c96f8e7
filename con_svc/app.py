"""The service centre, put together."""

from __future__ import annotations

from fastapi import FastAPI

from aimaq.web import app as web
from aimaq.access.challenges import Challenges
from aimaq.casework.procedure.engine import Desk
from aimaq.access.signature_check import Examiner
from aimaq.web.front_desk import Entry, Front
from aimaq.service import Service, Surroundings, rules_of
from aimaq.access.users import Users
from con_svc import endpoints, handlers, models
from con_svc.queue.tickets import Queue


def build(around: Surroundings) -> tuple[Service, FastAPI]:
    """The service centre in these surroundings, not yet opened."""
    desk = Desk(around.settings.party, around.catalogue, models.tables.papers, models.tables.issued)
    service = Service(around, models.tables, rules_of(handlers.handlers(desk)), models.metadata)
    users = Users(service.database, models.users, around.settings, around.clock)
    examiner = Examiner(around.settings, around.clock, around.trust)
    service.closers.append(examiner.close)
    challenges = Challenges(service.database, models.challenges, around.settings, around.clock)
    entry = Entry.of(service, users, examiner, challenges, staffed=True)
    queue = Queue(service)
    front = Front(service, desk, users, examiner, entry, open_to_all=False, queue=queue)
    return service, web.application(service, *endpoints.routers(front, queue))
