"""A deployed stand for tests: five processes under the supervisor, on RabbitMQ and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.deployment import Deployed, deployed
from tests.fixtures_broker import BROKER, MANAGEMENT, own_rabbit

__all__ = ["own_rabbit"]

Deploy = Callable[..., AbstractAsyncContextManager[Deployed]]


@pytest.fixture
def deploy(tmp_path: Path) -> Deploy:
    """Brings up a stand of its own on a broker, with settings if any are given, and takes it down with all its data."""

    def up(broker_url: str, management: str | None = None, **settings: str) -> AbstractAsyncContextManager[Deployed]:
        management = management or (MANAGEMENT if broker_url == BROKER else None)
        name = f"aimaqtest{os.getpid()}x{len(list(tmp_path.iterdir()))}"
        return deployed(name, tmp_path / "stand", broker_url, management, settings)

    return up
