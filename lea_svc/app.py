"""The executive body, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fastapi import FastAPI

from aimaq.access.challenges import Challenges
from aimaq.access.evidence import EvidenceCheck
from aimaq.access.sessions import Sessions
from aimaq.access.signature_check import SignatureCheck
from aimaq.access.users import Users
from aimaq.casework.procedure.engine import Procedure
from aimaq.service import Dependencies, Service, rules_of
from aimaq.web import app
from aimaq.web.front_desk import Entry, FrontDesk
from lea_svc import endpoints, handlers, models
from lea_svc.autopilot.officials import Autopilot
from lea_svc.office.drafts import Drafts


def build(dependencies: Dependencies) -> tuple[Service, Callable[[], FastAPI]]:
    """The executive body in these dependencies, not yet opened, and what makes its web application."""
    settings, tables = dependencies.settings, models.tables
    procedure = Procedure(
        settings.party, dependencies.catalogue, tables.papers, tables.issued, strict_iin=settings.strict_iin
    )
    pilot = Autopilot.of(dependencies) if dependencies.settings.autopilot else None
    signature_check = SignatureCheck(dependencies.settings, dependencies.clock, dependencies.trust)
    evidence = EvidenceCheck(signature_check, dependencies.settings, dependencies.verifier, dependencies.catalogue)
    rules = replace(rules_of(handlers.handlers(procedure, pilot)), examination=evidence)
    service = Service(dependencies, models.tables, rules, models.metadata)
    users = Users(service.database, models.users, dependencies.settings, dependencies.clock)
    sessions = Sessions(service.database, models.ended, users, dependencies.settings, dependencies.clock)
    service.closers.append(signature_check.close)
    challenges = Challenges(service.database, models.challenges, dependencies.settings, dependencies.clock)
    entry = Entry.of(service, users, signature_check, challenges, staffed=True)
    drafts = Drafts(service)
    service.closers.append(drafts.close)
    if pilot is not None:
        pilot.beside(service, procedure, drafts)
    front_desk = FrontDesk(service, procedure, users, sessions, signature_check, entry, open_to_all=False)
    return service, lambda: app.application(service, *endpoints.routers(front_desk, drafts))
