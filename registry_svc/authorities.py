"""The certification authority with all that answers for it, put together from the keys of the home."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from aimaq.access.systems import keystore
from aimaq.service import Service
from aimaq.settings import Settings
from registry_svc.nca.authority import Authority
from registry_svc.nca.records import Records, issued_in
from registry_svc.nca.responder import Responder
from registry_svc.nca.status import CertificateStatuses
from registry_svc.nca.timestamps import TimeStampAuthority
from registry_svc.systems.certificates import Systems


@dataclass(frozen=True, slots=True)
class Authorities:
    """The authority, its records, its responders and its time stamps, and the systems' certificates."""

    authority: Authority
    records: Records
    systems: Systems
    responder: Responder
    responder_of_root: Responder
    statuses: CertificateStatuses
    time_stamps: TimeStampAuthority

    @classmethod
    def of(cls, service: Service) -> Authorities:
        """Those of a registry, which follows their roster from now on; Unconfigured if their keys cannot be used."""
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
        return cls(authority, records, systems, responder, of_root, statuses, time_stamps)


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
