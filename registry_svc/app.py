"""The registries, put together."""

from __future__ import annotations

from dataclasses import replace

from fastapi import FastAPI

from aimaq.web import app as web
from aimaq.service import Service, Surroundings, rules_of
from registry_svc import endpoints, handlers, models


def build(around: Surroundings) -> tuple[Service, FastAPI]:
    """The registries in these surroundings, not yet opened."""
    table = handlers.handlers(strict=around.settings.strict_iin)
    rules = replace(rules_of(table), lookup=handlers.lookup)
    service = Service(around, models.tables, rules, models.metadata)
    return service, web.application(service, *endpoints.routers(service))
