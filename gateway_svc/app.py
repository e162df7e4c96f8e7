"""The gateway, put together."""

from __future__ import annotations

from dataclasses import replace

from fastapi import FastAPI

from aimaq.web import app as web
from aimaq.service import Service, Surroundings
from gateway_svc import endpoints, handlers, models
from gateway_svc.endpoints import journal as endpoints_journal
from gateway_svc.journal.chain import Chain
from gateway_svc.journal.block_closer import Keeper


def build(around: Surroundings) -> tuple[Service, FastAPI]:
    """The gateway in these surroundings, not yet opened."""
    chain = Chain(around.signer, around.clock, around.settings)
    rules = replace(handlers.rules(around.catalogue, around.settings, around.clock), finish=chain.seal)
    service = Service(around, models.tables, rules, models.metadata)
    keeper = Keeper(service, chain)
    service.alongside.append(keeper.run)
    return service, web.application(service, *endpoints.routers(service), endpoints_journal.router(service, keeper))
