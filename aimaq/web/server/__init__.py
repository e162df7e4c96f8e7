"""How a service listens: uvicorn, with limits on how slow clients may be, how many, and how much they may send."""

from __future__ import annotations

from fastapi import FastAPI

from aimaq.service import Service
from aimaq.web.app import Dated
from aimaq.web.metrics.requests import Measured
from aimaq.web.server.connections import Connections, room
from aimaq.web.server.protocol import ServerProtocol
from aimaq.web.server.request_limit import RequestLimit
from aimaq.web.server.request_reader import ServerConfig

SHARE = 16
"""How many connections there may be for each request that is worked on."""


def configuration(app: FastAPI, services: int = 1) -> ServerConfig:
    """uvicorn's configuration for the application of a service, where so many services listen in this process."""
    service: Service = app.state.service
    connections = Connections(room(service.settings.connections, services))
    limit = RequestLimit(app, -(-connections.most // SHARE))
    return ServerConfig(
        Dated(Measured(limit, app.state.requests), service.clock), ServerProtocol, service.settings, connections
    )
