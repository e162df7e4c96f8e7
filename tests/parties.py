"""The parties of a stand in one test: services with a real database and real keys, a bus in memory, a clock that waits.

There is no HTTP between them; `http` gives a client that talks to one service's application directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from aimaq.access.systems import keystore
from aimaq.bus import MemoryBroker
from aimaq.casework.case import Case
from aimaq.casework.documents import request_document
from aimaq.casework.procedure.engine import Procedure
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.clock import StandClock
from aimaq.language.errors import NotFound, OutOfOrder, Unavailable
from aimaq.regulation import Catalogue
from aimaq.service import Service
from aimaq.settings import Settings
from aimaq.web import views
from registry_svc.nca.authority import Withdrawn
from stand.runtime.assembly import Application, prepare
from tests.databases import Databases
from tests.faults import Line, rows
from tests.outsider import REGULATION, Outsider
from tests.serving import serving
from tests.signatories import certified, telling
from tests.waiting import eventually

T = TypeVar("T")

BASE = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""When the clock of every test stands still: a Monday morning in Astana."""
IIN = "900101300017"
_ADMIN = {"Authorization": "Bearer administrator-of-the-service-that-is-called"}
FORM = {"address": "Мамлют, Абай көшесі 1", "purpose": "Банкке"}


class Applications(Mapping[str, FastAPI]):
    """The web applications of services by name, each made when it is first asked for."""

    def __init__(self) -> None:
        self._makers: dict[str, Application] = {}

    def put(self, name: str, maker: Application) -> None:
        """Have this make a service's application from now on."""
        self._makers[name] = cache(maker)

    def __getitem__(self, name: str) -> FastAPI:
        return self._makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Parties:
    """Use it as a context; `start` brings services up, the end of the context takes them down."""

    def __init__(self, home: Path, databases: Databases) -> None:
        self.home, self.databases = home, databases
        self.clock = StandClock(lambda: BASE)
        self.catalogue = Catalogue.bundled()
        self.broker = MemoryBroker()
        self.services: dict[str, Service] = {}
        self.apps = Applications()
        self.lines: dict[str, Line] = {}
        self.outsiders: dict[str, Outsider] = {}
        self.stack = AsyncExitStack()
        self.withdrawn: list[Withdrawn] = []
        """The certificates of people that were withdrawn."""
        self.authority = ""
        """Where it is told which certificates were withdrawn: to services that do not know the registry."""

    async def __aenter__(self) -> Parties:
        lists = {"/nca/crl": telling(self.home, lambda: self.clock.now(), self.withdrawn)}
        self.authority = (await self.stack.enter_async_context(serving(lists))).url
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for service in self.services.values():
            await service.close()
        await self.stack.aclose()

    async def start(self, *names: str, mode: str = "work", **settings: Any) -> None:
        """Bring these services up; `settings` are those of `Settings`, `mode` is what their lines do at first."""
        for name in names:
            await self.assembled(name, mode=mode, **settings).open()

    def assembled(self, name: str, mode: str = "work", **settings: Any) -> Service:
        """A service that is not opened yet."""
        own = Settings(
            **{
                "party": name,
                "home": self.home,
                "database_url": self.databases.url(name),
                "password_memory": 8,
                "password_rounds": 1,
                "nca_url": "" if "registry_url" in settings else self.authority,
                **settings,
            }
        )
        line = Line(self.broker.connect(name))
        line.mode = mode
        self.services[name], application = prepare(own, self.clock, self.catalogue, line)
        self.apps.put(name, application)
        self.lines[name] = line
        return self.services[name]

    async def stop(self, name: str) -> None:
        """Take a service down as a dying process goes down: what is under way stays undone."""
        await self.services.pop(name).close()

    async def outsider(self, party: str) -> Outsider:
        """Somebody else's system in the place of a party, until the test is over."""
        signer = keystore.load_signer(self.home, party)
        return await self.stack.enter_async_context(Outsider(party, self.broker, signer, self.clock))

    async def the_outsider(self, party: str) -> Outsider:
        """The same as `outsider`, but the one that is there already if there is one."""
        if party not in self.outsiders:
            self.outsiders[party] = await self.outsider(party)
        return self.outsiders[party]

    async def http(self, name: str, **headers: str) -> httpx.AsyncClient:
        """A client of one service, that puts the service's own token in the place of `admin()`."""
        transport = httpx.ASGITransport(app=self.apps[name], raise_app_exceptions=False)

        async def with_token(request: httpx.Request) -> None:
            if request.headers.get("authorization") == _ADMIN["Authorization"]:
                request.headers["authorization"] = self.admin(name)["Authorization"]

        hooks = {"request": [with_token]}
        client = httpx.AsyncClient(transport=transport, base_url=f"http://{name}", headers=headers, event_hooks=hooks)
        return await self.stack.enter_async_context(client)

    def admin(self, at: str = "") -> dict[str, str]:
        """The headers of the administrator at a service; without one, what the clients of `http` replace by them."""
        return {"Authorization": f"Bearer {self.services[at].administration.token}"} if at else dict(_ADMIN)

    async def ask(self, *, at: str = "portal", sign: bool = True, stubborn: bool = False) -> str:
        """Have a person make a request at a party's desk, as far as the signature or without it; the id of its case.

        Who is stubborn tries again and again when the service is not available.
        """
        service = self.services[at]
        procedure = Procedure(at, self.catalogue, service.tables.papers, service.tables.issued)
        channel = {"lea": "provider"}.get(at, at)
        case_id = service.party.ids()

        def enter(uow: UnitOfWork) -> None:
            procedure.open(uow, case_id, REGULATION, channel, IIN, known=True, first=False)

        def fill(uow: UnitOfWork) -> bytes:
            return procedure.fill(procedure.context(uow), IIN, "Айгүл Ахметова", dict(FORM))

        await self._do(service, enter, case_id, stubborn)
        await self._do(service, fill, case_id, stubborn)
        if sign:
            await self.sign(case_id, at=at, stubborn=stubborn)
        return case_id

    async def sign(self, case_id: str, *, at: str = "portal", stubborn: bool = False) -> None:
        """Sign the request of a case that `ask` has left unsigned."""
        service = self.services[at]
        procedure = Procedure(at, self.catalogue, service.tables.papers, service.tables.issued)

        def command(uow: UnitOfWork) -> None:
            document = request_document(uow.known_case())
            context = procedure.context(uow, evidence={"check-certificate": "ok"})
            context.paper = document, certified(self.home, IIN, BASE).sign(document)
            procedure.perform(context, "sign")

        await self._do(service, command, case_id, stubborn)

    async def _do(self, service: Service, command: Callable[[UnitOfWork], Any], case_id: str, stubborn: bool) -> None:
        again = False
        while True:
            try:
                await service.writer.run(command, case_id)
                return
            except OutOfOrder:
                if not again:
                    raise
                return  # it was done, and only nobody heard of it
            except Unavailable:
                if not stubborn:
                    raise
                again = True
                await asyncio.sleep(0)

    def sending(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do this beside the test, which may wait for it; what is not done at its end is given up."""
        task = asyncio.create_task(coroutine)
        self.stack.callback(task.cancel)
        return task

    async def case(self, name: str, case_id: str) -> Case | None:
        """A case as a party knows it; None if it does not."""
        try:
            return await views.case(self.services[name], case_id)
        except NotFound:
            return None

    async def status(self, name: str, case_id: str, status: str, *, within: float = 10) -> Case:
        """The case once the party shows this status."""

        async def shown() -> Case | None:
            try:
                case = await self.case(name, case_id)
            except Unavailable:
                return None
            return case if case is not None and case.status == status else None

        found = await eventually(shown, within=within, what=f"status {status} at {name}")
        assert found is not None
        return found

    async def sent(self) -> None:
        """Return when whatever the services had to send has come to its recipients."""
        for name, service in self.services.items():
            await eventually(partial(_has_sent, service), what=f"all sent by {name}")

    async def quiet(self) -> None:
        """The same, and until their outboxes are empty."""
        await self.sent()
        for name, service in self.services.items():
            await eventually(partial(_is_empty, service), what=f"the empty outbox of {name}")

    async def waiting(self, name: str) -> dict[str, str]:
        """The messages that a party keeps in a state other than done: id and state."""
        box = await rows(self.services[name], "inbox")
        return {str(row["message_id"]): str(row["state"]) for row in box if row["state"] != "done"}


def _has_sent(service: Service) -> bool:
    return not service.writer.relay.waiting


async def _is_empty(service: Service) -> bool:
    try:
        return _has_sent(service) and not await rows(service, "outbox")
    except Unavailable:
        return False
