"""The registries' REST API: the certification authority, and the state registers."""

from __future__ import annotations

from fastapi import APIRouter

from aimaq.service import Service
from registry_svc.authorities import Authorities
from registry_svc.endpoints import administrators, lists, nca, ncanode, ocsp, registers, systems, tsa
from registry_svc.nca.status import RootStatuses


def routers(service: Service, authorities: Authorities) -> list[APIRouter]:
    """The registries' endpoints."""
    authority, records, statuses = authorities.authority, authorities.records, authorities.statuses
    strict, administration = service.settings.strict_iin, service.administration
    found = [
        nca.router(authority, records, authorities.systems, service.clock, administration, strict_iin=strict),
        systems.router(authorities.systems, service, strict_iin=strict),
        lists.router(authority, records, service.clock),
        ocsp.router([(authorities.responder, statuses), (authorities.responder_of_root, RootStatuses(authority))]),
        tsa.router(authorities.time_stamps, records),
        registers.router(service),
        administrators.router(service),
    ]
    if service.settings.ncanode == "on":
        found.append(ncanode.router(service, authority, statuses, authorities.time_stamps))
    return found
