"""The registries, put together."""

from __future__ import annotations

from dataclasses import replace

from fastapi import FastAPI

from aimaq.service import Dependencies, Service, rules_of
from aimaq.web import app
from registry_svc import endpoints, handlers, models


def build(dependencies: Dependencies) -> tuple[Service, FastAPI]:
    """The registries in these dependencies, not yet opened."""
    lookup = handlers.Lookup()
    rules = replace(rules_of(handlers.handlers(lookup, strict=dependencies.settings.strict_iin)), extension=lookup)
    service = Service(dependencies, models.tables, rules, models.metadata)
    return service, app.application(service, *endpoints.routers(service))
