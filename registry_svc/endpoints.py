"""The registries' REST door: the certification authority."""

from __future__ import annotations

from fastapi import APIRouter

from aimaq.service import Service
from registry_svc import endpoints_nca
from registry_svc.nca import Authority
from registry_svc.nca_records import Records


def routers(service: Service) -> list[APIRouter]:
    """The registries' endpoints; Unconfigured if the authority's keys cannot be used."""
    authority = Authority.load(service.settings.home / "nca", service.clock, service.party.ids)
    records = Records(service.database, authority)
    strict = service.settings.strict_iin
    return [endpoints_nca.router(authority, records, service.clock, service.admin_token, strict_iin=strict)]
