"""The registries, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fastapi import FastAPI

from aimaq.service import Dependencies, Service, rules_of
from aimaq.web import app
from registry_svc import endpoints, handlers, models
from registry_svc.authorities import Authorities


def build(dependencies: Dependencies) -> tuple[Service, Callable[[], FastAPI]]:
    """The registries in these dependencies, not yet opened, and what makes their web application.

    Unconfigured if the authority's keys cannot be used.
    """
    lookup = handlers.Lookup()
    rules = replace(rules_of(handlers.handlers(lookup, strict=dependencies.settings.strict_iin)), extension=lookup)
    service = Service(dependencies, models.tables, rules, models.metadata)
    authorities = Authorities.of(service)
    return service, lambda: app.application(service, *endpoints.routers(service, authorities))
