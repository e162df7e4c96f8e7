"""What every service says of itself to whoever looks after it: that it lives, whether it can work, how much waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response

from aimaq import __version__

if TYPE_CHECKING:
    from aimaq.service import Service


def health(service: Service) -> APIRouter:
    """Whether the process lives, and whether the service can do its work."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "live", "party": service.settings.party}

    @router.get("/ready")
    async def ready(response: Response) -> dict[str, Any]:
        """200 if database, bus and signing key are all usable; 503 with the reasons if one is not.

        `warnings` are what does not keep the service from its work, and will one day.
        """
        ailments = await service.ailments()
        response.status_code = 503 if ailments else 200
        return {
            "status": "not ready" if ailments else "ready", "party": service.settings.party, "reasons": ailments,
            "warnings": service.warnings(),
        }  # fmt: skip

    @router.get("/backlog")
    async def backlog() -> dict[str, Any]:
        """How much waits at this service, which version it is, and what its clock shows.

        `queued`: came in and is to be handled; `held`: for an earlier message of its case; `retry`: to be tried again;
        `dead`: laid aside; `unsent`: not known to be with the bus.
        """
        who = {"party": service.settings.party, "version": __version__, "now": service.clock.now()}
        return who | await service.backlog()

    return router
