"""The gateway, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from fastapi import FastAPI

from aimaq.pipeline.items import BatchExtensions
from aimaq.service import Dependencies, Service
from aimaq.web import app
from gateway_svc import endpoints, handlers, models
from gateway_svc.attention.attended import attend
from gateway_svc.cases.backfill import fill
from gateway_svc.cases.medians import Medians
from gateway_svc.cases.pressing import DeadlineMeasures
from gateway_svc.cases.reader import CaseReader
from gateway_svc.console import pages
from gateway_svc.console.console import Console
from gateway_svc.console.route import Unreached
from gateway_svc.endpoints import attention, audit, case_file, journal, parties, reveal, traffic
from gateway_svc.feed.feed import Feed, News
from gateway_svc.journal.block_closer import BlockCloser
from gateway_svc.journal.chain import Chain
from gateway_svc.journal.measures import JournalMeasures
from gateway_svc.journal.trail.recorder import Recorder
from gateway_svc.parties.suspension import Suspensions
from gateway_svc.traffic.purge import TrafficPurge
from gateway_svc.traffic.tally import Tally


def build(dependencies: Dependencies) -> tuple[Service, Callable[[], FastAPI]]:
    """The gateway in these dependencies, not yet opened, and what makes its web application."""
    chain = Chain(dependencies.signer, dependencies.clock, dependencies.settings)
    medians, news = Medians(), News()
    extension = BatchExtensions(chain, Tally(dependencies.clock), news)
    react = handlers.rules(dependencies.catalogue, dependencies.settings, dependencies.clock, medians)
    suspensions = Suspensions(dependencies.clock)
    rules = replace(react, react=suspensions.guarded(react.react), extension=extension)
    service = Service(dependencies, models.tables, rules, models.metadata)
    service.preparations += [partial(fill, service), partial(medians.learn, service)]
    recorder = service.administration.trail = Recorder(service)
    service.alongside["the recorder of actions"] = recorder.run
    service.leaving.append(recorder.flush)
    service.preparations.append(partial(suspensions.learn, service))
    block_closer = BlockCloser(service, chain)
    service.probes["deadlines"] = DeadlineMeasures(service).read
    service.probes["journal"] = JournalMeasures(chain, dependencies.clock).read
    service.alongside["the block closer"] = block_closer.run
    service.purges.append(TrafficPurge(service.database, service.clock).step)
    feed = Feed(service, news)
    service.leaving.append(feed.close)
    attended = attend(service)

    def application() -> FastAPI:
        reader = CaseReader(service, medians)
        console = Console(service, block_closer, reader, suspensions, attended)
        rest = [
            *endpoints.routers(service, reader),
            case_file.router(service),
            journal.router(service, block_closer),
            parties.router(service, suspensions, attended.reports),
            traffic.router(service, console.board, feed),
            attention.router(service, attended),
            audit.router(service),
            reveal.router(service),
        ]
        made = app.application(service, *rest, *pages.routers(console))
        made.add_middleware(Unreached, show=console.problem)
        return made

    return service, application
