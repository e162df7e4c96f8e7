"""The five services put into their surroundings: keys from the home, regulations from the catalogue, a bus, a clock."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI

import con_svc.app
import gateway_svc.app
import lea_svc.app
import portal_svc.app
import registry_svc.app
from aimaq import keystore
from aimaq.bus import Bus, RabbitBus
from aimaq.clock import Clock
from aimaq.errors import Unconfigured
from aimaq.regulation import Catalogue
from aimaq.service import Service, Surroundings
from aimaq.settings import Settings

BUILD: dict[str, Callable[[Surroundings], tuple[Service, FastAPI]]] = {
    "portal": portal_svc.app.build,
    "con": con_svc.app.build,
    "lea": lea_svc.app.build,
    "gateway": gateway_svc.app.build,
    "registry": registry_svc.app.build,
}


def assemble(settings: Settings, clock: Clock, catalogue: Catalogue, bus: Bus | None = None) -> tuple[Service, FastAPI]:
    """One service, not yet opened. Without a `bus` it is the broker of the settings. Unconfigured if a key is unfit."""
    around = Surroundings(
        settings=settings,
        clock=clock,
        bus=bus or rabbit(settings),
        signer=keystore.load_signer(settings.home, settings.party, clock.now()),
        verifier=keystore.load_directory(settings.home),
        trust=keystore.load_trust(settings.home),
        catalogue=catalogue,
    )
    return BUILD[settings.party](around)


def rabbit(settings: Settings) -> RabbitBus:
    """The party's connection to the RabbitMQ of the settings; Unconfigured if they name none."""
    if not settings.broker_url:
        raise Unconfigured("AIMAQ_BROKER_URL is not set", field="broker_url")
    return RabbitBus(
        settings.broker_url,
        settings.party,
        prefix=settings.broker_prefix,
        bundle=settings.bundle,
        prefetch=settings.prefetch,
        window=settings.window,
    )
