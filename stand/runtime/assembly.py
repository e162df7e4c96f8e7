"""A service put into its dependencies: keys from the home, regulations from the catalogue, a bus, a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from urllib.parse import urlsplit

from fastapi import FastAPI

from aimaq.access.systems import keystore, memory
from aimaq.bus import Bus
from aimaq.bus.rabbit.bus import RabbitBus
from aimaq.language.clock import Clock
from aimaq.language.errors import Unconfigured
from aimaq.language.undefined import undefined
from aimaq.pipeline.telemetry import otlp
from aimaq.regulation import Catalogue
from aimaq.regulation.validation.completeness import Lack, file_of, refuse
from aimaq.service import Dependencies, Service
from aimaq.settings import Settings
from stand.runtime import registrations

APPS = {
    "portal": "portal_svc.app",
    "con": "con_svc.app",
    "lea": "lea_svc.app",
    "gateway": "gateway_svc.app",
    "registry": "registry_svc.app",
}
"""Where each party's `build` is. Imported when it is wanted: a process that is one service loads no other."""

Application = Callable[[], FastAPI]
"""What makes the web application of a service, which takes most of the time of an assembly."""


def assemble(settings: Settings, clock: Clock, catalogue: Catalogue, bus: Bus | None = None) -> tuple[Service, FastAPI]:
    """One service, not yet opened, and its web application. Without a `bus` it is the broker of the settings.

    Unconfigured if a key is unfit, if something is declared that the service does not perform, compose or handle, or if
    its code takes a name that is not defined.
    """
    with _every_name_defined():
        service, application = prepare(settings, clock, catalogue, bus)
        app = application()
    refuse([*registrations.kernel(), *registrations.of_service(service, app)])
    return service, app


def prepare(
    settings: Settings, clock: Clock, catalogue: Catalogue, bus: Bus | None = None
) -> tuple[Service, Application]:
    """One service, not yet opened, and what makes its web application, for who may do without HTTP.

    Unconfigured if a key is unfit. What the service or its code lacks is not looked for: `assemble` does that.
    """
    trust, directory = keystore.load_trust(settings.home), keystore.load_directory(settings.home)
    version = memory.recall(settings.home, settings.party, directory, trust)
    dependencies = Dependencies(
        settings=settings,
        clock=clock,
        bus=bus or bus_of(settings),
        signer=keystore.load_signer(settings.home, settings.party, clock.now()),
        verifier=directory,
        trust=trust,
        catalogue=catalogue,
        roster=version,
        tracing=otlp.tracing(settings.party),
    )
    built: tuple[Service, Application] = import_module(APPS[settings.party]).build(dependencies)
    return built


@contextmanager
def _every_name_defined() -> Iterator[None]:
    """Have a name that one of Aimaq's modules does not define be Unconfigured."""
    try:
        yield
    except (ImportError, AttributeError) as error:
        if (lack := undefined(error)) is None:
            raise
        raise Unconfigured(lack) from None


def bus_of(settings: Settings) -> Bus:
    """The party's connection to the broker of the settings; Unconfigured if they name none, or one of no known kind."""
    if not settings.broker_url:
        raise Unconfigured("AIMAQ_BROKER_URL is not set", field="broker_url")
    scheme = urlsplit(settings.broker_url).scheme
    if scheme not in BUSES:
        lack = Lack(file_of(__name__), "bus", scheme, f"an adapter; AIMAQ_BROKER_URL may begin with {', '.join(BUSES)}")
        raise Unconfigured(str(lack), field="broker_url")
    return BUSES[scheme](settings)


def rabbit(settings: Settings) -> RabbitBus:
    """The party's connection to the RabbitMQ of the settings."""
    return RabbitBus(
        settings.broker_url,
        settings.party,
        prefix=settings.broker_prefix,
        bundle=settings.bundle,
        bundled=frozenset(APPS) - settings.outsiders,
        prefetch=settings.prefetch,
        window=settings.window,
    )


BUSES: dict[str, Callable[[Settings], Bus]] = {"amqp": rabbit, "amqps": rabbit}
"""What connects a party to a broker, by the scheme of the broker's URL."""
