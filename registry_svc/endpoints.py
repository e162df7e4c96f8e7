"""The registries' REST door: the certification authority, and the state registers."""

from __future__ import annotations

from fastapi import APIRouter

from aimaq.service import Service
from aimaq.settings import Settings
from registry_svc import endpoints_lists, endpoints_nca, endpoints_ocsp, endpoints_registers, endpoints_tsa
from registry_svc.nca import Authority
from registry_svc.nca_records import Records, issued_in
from registry_svc.responder import Responder
from registry_svc.stamps import Stamper
from registry_svc.standings import Standings


def routers(service: Service) -> list[APIRouter]:
    """The registries' endpoints; Unconfigured if the authority's keys cannot be used."""
    nca = service.settings.home / "nca"
    authority = Authority.load(nca, service.clock, service.party.ids, _url(service.settings))
    responder = Responder.load(nca / "ocsp", authority, service.clock)
    records = Records(service.database, authority, issued_in(nca / "issued"))
    strict = service.settings.strict_iin
    return [
        endpoints_nca.router(authority, records, service.clock, service.admin_token, strict_iin=strict),
        endpoints_lists.router(authority, records, service.clock),
        endpoints_ocsp.router(responder, Standings(service.database, records)),
        endpoints_tsa.router(Stamper.load(nca / "tsa", authority, service.clock, service.party.ids)),
        endpoints_registers.router(service),
    ]


def _url(settings: Settings) -> str:
    """Where everyone finds the registry; empty if that is not known before somebody asks for it."""
    return settings.registry_url or (f"http://{settings.host}:{settings.port}" if settings.port else "")
