"""The gateway, put together."""

from __future__ import annotations

from fastapi import FastAPI

from aimaq import web
from aimaq.service import Service, Surroundings
from gateway_svc import endpoints, handlers, models


def build(around: Surroundings) -> tuple[Service, FastAPI]:
    """The gateway in these surroundings, not yet opened."""
    service = Service(around, models.tables, handlers.rules(around.catalogue, around.settings), models.metadata)
    return service, web.application(service, *endpoints.routers(service))
