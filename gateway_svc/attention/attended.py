"""The gateway's attention put together: what the services tell, the list made of it, and the actions on it."""

from __future__ import annotations

from dataclasses import dataclass

from aimaq.service import Service
from gateway_svc.attention import rejected
from gateway_svc.attention.jobs import Jobs
from gateway_svc.attention.listing import Listing
from gateway_svc.attention.reports import Reports


@dataclass(frozen=True, slots=True)
class Attended:
    """What an operator looks at, and acts by."""

    reports: Reports
    listing: Listing
    jobs: Jobs


def attend(service: Service) -> Attended:
    """Have the gateway take in what the services tell, and count what it rejected among what waits for an operator."""
    reports = Reports(service)
    service.waiting_list.more = rejected.waiting
    service.actions.recorded_elsewhere = rejected.known
    service.alongside["the control queue"] = reports.run
    return Attended(reports, Listing(service, reports), Jobs(service, reports))
