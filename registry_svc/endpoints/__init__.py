"""The registries' REST door: the certification authority, and the state registers."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from fastapi import APIRouter

from aimaq.access.systems import keystore
from aimaq.service import Service
from aimaq.settings import Settings
from registry_svc.endpoints import (
    lists as endpoints_lists,
    nca as endpoints_nca,
    ncanode as endpoints_ncanode,
    ocsp as endpoints_ocsp,
    registers as endpoints_registers,
    systems as endpoints_systems,
    tsa as endpoints_tsa,
)
from registry_svc.nca.authority import Authority
from registry_svc.nca.records import Records, issued_in
from registry_svc.nca.responder import Responder
from registry_svc.nca.timestamps import Stamper
from registry_svc.nca.status import RootStandings, Standings
from registry_svc.systems.certificates import Systems


def routers(service: Service) -> list[APIRouter]:
    """The registries' endpoints; Unconfigured if the authority's keys cannot be used."""
    nca = service.settings.home / "nca"
    authority = Authority.load(nca, service.clock, service.party.ids, _url(service.settings))
    responder, of_root = (
        Responder.load(nca / "ocsp", authority, service.clock, of_root=above) for above in (False, True)
    )
    records = Records(service.database, authority, issued_in(nca / "issued"))
    systems = Systems(service.database, authority, records, _known(service.settings, authority))
    service.follow(lambda after, wait: systems.roster(after, wait, service.settings.party))
    service.leaving.append(systems.bulletin.close)
    standings = Standings(service.database, records)
    stamper = Stamper.load(nca / "tsa", authority, service.clock, service.party.ids, records.note)
    strict, token = service.settings.strict_iin, service.admin_token
    return [
        endpoints_nca.router(authority, records, systems, service.clock, token, strict_iin=strict),
        endpoints_systems.router(systems, token, strict_iin=strict),
        endpoints_lists.router(authority, records, service.clock),
        endpoints_ocsp.router([(responder, standings), (of_root, RootStandings(authority))]),
        endpoints_tsa.router(stamper, records),
        endpoints_registers.router(service),
        *(
            [endpoints_ncanode.router(service, authority, standings, stamper)]
            if service.settings.ncanode == "on"
            else []
        ),
    ]


def _known(settings: Settings, authority: Authority) -> list[tuple[str, x509.Certificate]]:
    """The systems' certificates that everyone trusts from the start, as far as this authority issued them."""
    found = []
    for _, party, certificate in keystore.trusted(settings.home):
        try:
            certificate.verify_directly_issued_by(authority.certificate)
        except (ValueError, TypeError, InvalidSignature):
            continue
        found.append((party, certificate))
    return found


def _url(settings: Settings) -> str:
    """Where everyone finds the registry; empty if that is not known before somebody asks for it."""
    return settings.registry_url or (f"http://{settings.host}:{settings.port}" if settings.port else "")
