"""What every service says of itself to whoever looks after it: that it lives, whether it can work, how much waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from aimaq import __version__
from aimaq.web.callers import ANYONE
from aimaq.web.schemas import Backlog, Live, Oldest, Readiness

if TYPE_CHECKING:
    from aimaq.service import Service


def health(service: Service) -> APIRouter:
    """Whether the process lives, and whether the service can do its work."""
    router = APIRouter(prefix="/health", tags=["health"], dependencies=[ANYONE])

    @router.get("/live")
    async def live() -> Live:
        """The process answers."""
        return Live("live", service.settings.party)

    @router.get("/ready")
    async def ready(response: Response) -> Readiness:
        """200 if the service can do its work: write, send, sign; 503 with the reasons if it cannot.

        `warnings` are what does not keep the service from its work, and will one day.
        """
        ailments = await service.ailments()
        response.status_code = 503 if ailments else 200
        status = "not ready" if ailments else "ready"
        return Readiness(status, service.settings.party, ailments, service.warnings())

    @router.get("/backlog")
    async def backlog() -> Backlog:
        """How much waits at this service, which version it is, and what its clock shows.

        `queued`: came in and is to be handled; `held`: for an earlier message of its case; `retry`: to be tried again;
        `dead`: laid aside; `unsent`: not known to be with the bus. `oldest`: seconds since the first of each.
        """
        now, counts = service.clock.now(), await service.backlog()
        ages = counts["oldest"]
        return Backlog(
            party=service.settings.party,
            version=__version__,
            now=now,
            queued=counts["queued"],
            parked=counts["held"],
            retry=counts["retry"],
            dead=counts["dead"],
            unsent=counts["unsent"],
            oldest=Oldest(
                queued=ages["queued"],
                parked=ages["held"],
                retry=ages["retry"],
                dead=ages["dead"],
                unsent=ages["unsent"],
            ),
        )

    return router
