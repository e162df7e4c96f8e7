"""A service put into its surroundings: keys from the home, regulations from the catalogue, a bus, a clock."""

from __future__ import annotations

from importlib import import_module

from fastapi import FastAPI

from aimaq.access.systems import keystore
from aimaq.bus import Bus, RabbitBus
from aimaq.language.clock import Clock
from aimaq.language.errors import Unconfigured
from aimaq.regulation import Catalogue
from aimaq.service import Service, Surroundings
from aimaq.settings import Settings
from aimaq.access.systems import roster

APPS = {
    "portal": "portal_svc.app",
    "con": "con_svc.app",
    "lea": "lea_svc.app",
    "gateway": "gateway_svc.app",
    "registry": "registry_svc.app",
}
"""Where each party's `build` is. Imported when it is wanted: a process that is one service loads no other."""


def assemble(settings: Settings, clock: Clock, catalogue: Catalogue, bus: Bus | None = None) -> tuple[Service, FastAPI]:
    """One service, not yet opened. Without a `bus` it is the broker of the settings. Unconfigured if a key is unfit."""
    trust, directory = keystore.load_trust(settings.home), keystore.load_directory(settings.home)
    roster.recall(settings.home, settings.party, directory, trust)
    around = Surroundings(
        settings=settings,
        clock=clock,
        bus=bus or rabbit(settings),
        signer=keystore.load_signer(settings.home, settings.party, clock.now()),
        verifier=directory,
        trust=trust,
        catalogue=catalogue,
    )
    built: tuple[Service, FastAPI] = import_module(APPS[settings.party]).build(around)
    return built


def rabbit(settings: Settings) -> RabbitBus:
    """The party's connection to the RabbitMQ of the settings; Unconfigured if they name none."""
    if not settings.broker_url:
        raise Unconfigured("AIMAQ_BROKER_URL is not set", field="broker_url")
    return RabbitBus(
        settings.broker_url,
        settings.party,
        prefix=settings.broker_prefix,
        bundle=settings.bundle,
        bundled=frozenset(APPS) - settings.outsiders,
        prefetch=settings.prefetch,
        window=settings.window,
    )
