"""The endpoint that a scraper asks."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from aimaq.service import Service
from aimaq.web.callers import Administrator
from aimaq.web.metrics.collector import Metrics
from aimaq.web.metrics.requests import Requests

PATH = "/metrics"


def metrics(service: Service, requests: Requests) -> APIRouter:
    """The figures of a service, for whoever administers it and for the scraper's own token."""
    router = APIRouter(tags=["metrics"])
    scraper = Depends(Administrator(service.administration, "metrics.read"))
    found = Metrics(service, requests)
    shown: dict[int | str, dict[str, Any]] = {200: {"content": {CONTENT_TYPE_PLAIN_0_0_4: {}}}}

    @router.get(PATH, response_class=Response, responses=shown, dependencies=[scraper])
    async def scrape(request: Request) -> Response:
        """What the service counted and measured since its start, and finds now, as Prometheus reads it.

        While the database does not answer, what waits is told as it was last known, and `aimaq_probe_up` is 0.
        """
        body, media_type = await found.text(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": media_type})

    return router
