"""The gateway, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fastapi import FastAPI

from aimaq.service import Dependencies, Service
from aimaq.web import app
from gateway_svc import endpoints, handlers, models
from gateway_svc.console import pages
from gateway_svc.console.console import Console
from gateway_svc.endpoints import audit, journal, parties, reveal
from gateway_svc.journal.block_closer import BlockCloser
from gateway_svc.journal.chain import Chain
from gateway_svc.trail.recorder import Recorder


def build(dependencies: Dependencies) -> tuple[Service, Callable[[], FastAPI]]:
    """The gateway in these dependencies, not yet opened, and what makes its web application."""
    chain = Chain(dependencies.signer, dependencies.clock, dependencies.settings)
    rules = replace(handlers.rules(dependencies.catalogue, dependencies.settings, dependencies.clock), extension=chain)
    service = Service(dependencies, models.tables, rules, models.metadata)
    recorder = service.administration.trail = Recorder(service)
    service.alongside["the recorder of actions"] = recorder.run
    service.leaving.append(recorder.flush)
    block_closer = BlockCloser(service, chain)
    service.alongside["the block closer"] = block_closer.run

    def application() -> FastAPI:
        console = pages.routers(Console(service, block_closer))
        rest = [*endpoints.routers(service), journal.router(service, block_closer), parties.router(service)]
        rest += [audit.router(service), reveal.router(service)]
        return app.application(service, *rest, *console)

    return service, application
