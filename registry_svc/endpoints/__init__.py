"""The registries' REST API: the certification authority, and the state registers."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from fastapi import APIRouter

from aimaq.access.systems import keystore
from aimaq.service import Service
from aimaq.settings import Settings
from registry_svc.endpoints import administrators, lists, ncanode, ocsp, registers, tsa
from registry_svc.endpoints import nca as endpoints_nca
from registry_svc.endpoints import systems as endpoints_systems
from registry_svc.nca.authority import Authority
from registry_svc.nca.records import Records, issued_in
from registry_svc.nca.responder import Responder
from registry_svc.nca.status import CertificateStatuses, RootStatuses
from registry_svc.nca.timestamps import TimeStampAuthority
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
    service.follow(lambda after, wait, nonce: systems.roster(after, wait, nonce, service.settings.party))
    service.leaving.append(systems.roster_feed.close)
    statuses = CertificateStatuses(service.database, records)
    time_stamps = TimeStampAuthority.load(nca / "tsa", authority, service.clock, service.party.ids, records.note)
    strict, administration = service.settings.strict_iin, service.administration
    return [
        endpoints_nca.router(authority, records, systems, service.clock, administration, strict_iin=strict),
        endpoints_systems.router(systems, service, strict_iin=strict),
        lists.router(authority, records, service.clock),
        ocsp.router([(responder, statuses), (of_root, RootStatuses(authority))]),
        tsa.router(time_stamps, records),
        registers.router(service),
        administrators.router(service),
        *([ncanode.router(service, authority, statuses, time_stamps)] if service.settings.ncanode == "on" else []),
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
