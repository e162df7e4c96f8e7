"""A service: the machinery that all five have, put together once and handed to each one's own rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from aimaq.access.administration import Administration
from aimaq.access.systems import memory
from aimaq.access.systems.follower import Ask, Follower
from aimaq.access.systems.keystore import keys_of
from aimaq.access.systems.registry_client import RegistryClient
from aimaq.access.systems.rotation import Rotation
from aimaq.bus import GATEWAY, Bus
from aimaq.casework.unit_of_work import Handler, Party, Received, UnitOfWork
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.bounds import plain
from aimaq.language.clock import Clock
from aimaq.language.errors import AimaqError, UnknownType
from aimaq.language.ids import Ids
from aimaq.language.messages import MessageRejected
from aimaq.language.signing.jws import Directory, KeySigner
from aimaq.pipeline.attention.actions import Actions
from aimaq.pipeline.attention.commands import Commands
from aimaq.pipeline.attention.dead_letters import DeadLetters
from aimaq.pipeline.attention.reporter import Condition, Reporter
from aimaq.pipeline.attention.waiting_list import WaitingList
from aimaq.pipeline.background.purge import Purge, Step
from aimaq.pipeline.background.tasks import Tasks
from aimaq.pipeline.items import Rules
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.telemetry.families import Measure
from aimaq.pipeline.telemetry.tracing import Tracing
from aimaq.pipeline.writer import Writer
from aimaq.regulation import Catalogue
from aimaq.settings import Settings
from aimaq.store.database import Database

NONCE = 16
"""Bytes of chance in a question for the systems' certificates."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What differs between a service embedded, deployed and under test."""

    settings: Settings
    clock: Clock
    bus: Bus
    signer: KeySigner
    verifier: Directory
    trust: TrustStore
    catalogue: Catalogue
    roster: int = 0
    """The version of the systems' certificates that the verifier has from the last run."""
    tracing: Tracing | None = None
    """Where the service's spans go; None if nobody wants them."""


@dataclass(slots=True)
class Service:
    """One service, able to run: open it, and it receives, handles and sends until it is closed."""

    dependencies: Dependencies
    tables: Tables
    rules: Rules
    metadata: sa.MetaData
    database: Database = field(init=False)
    party: Party = field(init=False)
    writer: Writer = field(init=False)
    dead_letters: DeadLetters = field(init=False)
    actions: Actions = field(init=False)
    """What operators do about messages that wait here."""
    waiting_list: WaitingList = field(init=False)
    reporter: Reporter = field(init=False)
    """Who tells the gateway how this service is, and what waits here."""
    commands: Commands = field(init=False)
    """What the gateway has this service do about that."""
    administration: Administration = field(init=False)
    follower: Follower | None = field(init=False, default=None)
    """Who keeps the systems' certificates current, if it is known where the registry is."""
    rotation: Rotation | None = field(init=False, default=None)
    """Who gives the service a new key, if it is known where the registry is."""
    preparations: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What is to be done once the database is this service's, before it takes anything."""
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What else is to be let go of when the service closes."""
    alongside: dict[str, Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=dict)
    """What else runs while the service is open, by its name in a log."""
    leaving: list[Callable[[], None]] = field(default_factory=list)
    """Called before the server closes, so that no request is left waiting."""
    purges: list[Step] = field(default_factory=list)
    """The steps of what else it purges, with its inbox (`aimaq.pipeline.background.purge`)."""
    worries: list[Callable[[], str | None]] = field(default_factory=list)
    """What else tells, in a line, what does not keep the service from its work, and is to be seen to; None if nothing.
    """
    probes: dict[str, Callable[[], Awaitable[Iterable[Measure] | None]]] = field(default_factory=dict)
    """What else the service tells a scraper, read when it asks, by name; None, or Unavailable, if it cannot be now."""
    tasks: Tasks = field(init=False)
    """What runs while the service is open, none of which may end."""

    def __post_init__(self) -> None:
        dependencies = self.dependencies
        self.tasks = Tasks(dependencies.settings.party)
        self.database = Database(dependencies.settings.database, self.metadata)
        self.party = Party(
            dependencies.settings.party,
            dependencies.signer,
            dependencies.verifier,
            Ids(dependencies.clock),
            dependencies.settings.outsiders,
        )
        self.writer = Writer(
            self.database,
            self.tables,
            self.rules,
            self.party,
            dependencies.bus,
            dependencies.clock,
            dependencies.settings,
            dependencies.tracing,
        )
        self._attend(dependencies)
        self.administration = Administration(
            dependencies.settings.home,
            self.party.name,
            dependencies.verifier,
            dependencies.clock,
            dependencies.settings.metrics_token,
        )
        if dependencies.tracing is not None:
            self.closers.append(dependencies.tracing.close)
        if dependencies.settings.registry_url:
            registry_client = RegistryClient(
                dependencies.settings.registry_url, self.party.name, dependencies.signer, dependencies.clock
            )
            self.closers.append(registry_client.close)
            self.follow(registry_client.roster)
            self.rotation = Rotation(
                self.party.name,
                keys_of(dependencies.settings.home, self.party.name),
                dependencies.signer,
                dependencies.verifier,
                dependencies.trust,
                dependencies.clock,
                registry_client,
                dependencies.settings.outsiders,
            )

    def _attend(self, dependencies: Dependencies) -> None:
        """Put together what has to do with messages that wait for an operator."""
        clock, bus, writer = dependencies.clock, dependencies.bus, self.writer
        self.actions = Actions(self.database, self.tables, writer, clock)
        self.dead_letters = DeadLetters(self.database, self.tables, writer, self.actions, self.party.ids)
        self.waiting_list = WaitingList(self.party.name, self.database, self.tables, writer.relay, clock)
        condition = Condition(self.ailments, self.warnings, self._trouble)
        self.reporter = Reporter(self.party, bus, clock, self.waiting_list, writer.attention, condition)
        skew = dependencies.settings.message_skew
        self.commands = Commands(
            self.party, bus, clock, skew, self.waiting_list, self.actions, self.database, self.tables
        )

    def _trouble(self) -> object:
        """As much of how the service is as can be said without asking anybody."""
        writer, bus = self.writer, self.dependencies.bus
        return self.tasks.reason, writer.trouble, bus.ailment(), writer.relay.trouble

    def follow(self, ask: Ask) -> None:
        """Keep the systems' certificates current by what `ask` tells, while the service is open."""
        dependencies, draw = self.dependencies, partial(self.party.ids.token, NONCE)
        keep = partial(memory.remember, self.settings.home, self.party.name)
        self.follower = Follower(ask, dependencies.verifier, dependencies.trust, keep, draw, dependencies.roster)

    def leave(self) -> None:
        """Answer the requests that wait, since the server is about to close."""
        for tell in self.leaving:
            tell()

    @property
    def settings(self) -> Settings:
        """The settings that the service was started with."""
        return self.dependencies.settings

    @property
    def clock(self) -> Clock:
        """The stand's clock."""
        return self.dependencies.clock

    @property
    def catalogue(self) -> Catalogue:
        """The regulations that this stand knows."""
        return self.dependencies.catalogue

    async def open(self) -> None:
        """Connect to database and bus and begin to work; Unavailable, in one line, if either is out of reach."""
        await self.database.open()
        await self.database.lock()
        for prepare in self.preparations:
            await prepare()
        await self.dependencies.bus.open()
        if self.follower is not None:
            self.tasks.start("the follower of the registry", self.follower.run())
            await self.follower.first()
        self.tasks.start("the writer", self.writer.work())
        purge = Purge(self.database, self.tables.inbox, self.settings, self.clock, self.purges)
        self.tasks.start("the purge", purge.run())
        self.tasks.start("the reporter", self.reporter.run())
        if self.party.name != GATEWAY:
            self.tasks.start("the control queue", self.commands.run())
        for name, run in self.alongside.items():
            self.tasks.start(name, run())

    async def close(self) -> None:
        """Stop working; what is under way is committed or comes again."""
        await self.tasks.cancel()
        await self.writer.stop()
        for close in self.closers:
            await close()
        await self.dependencies.bus.close()
        await self.database.close()

    async def ailments(self) -> list[str]:
        """Everything that keeps the service from its work, each in a line; empty if it is ready.

        It is what the writer and the relay have met, and not only whether database and bus answer.
        """
        certificate = self.dependencies.signer.certificate
        now = self.clock.now()
        found = [self.tasks.reason, self.writer.trouble, await self.database.ailment()]
        found += [self.dependencies.bus.ailment(), self.writer.relay.trouble]
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            found.append(f"the signing certificate of {self.settings.party} is not in date")
        known = self.dependencies.verifier.identity(certificate)
        if known is not None and known.withdrawal is not None:
            found.append(f"the signing certificate of {self.settings.party} is {known.withdrawal.status}")
        if not len(self.tasks) and not self.tasks.reason:
            found.append("the service is not open")
        return list(dict.fromkeys(ailment for ailment in found if ailment))

    def warnings(self) -> list[str]:
        """What does not keep the service from its work, and will one day, each in a line."""
        until = self.dependencies.signer.certificate.not_valid_after_utc
        found = [self.follower.note()] if self.follower is not None else []
        found += [worry() for worry in self.worries]
        if timedelta(0) <= until - self.clock.now() < timedelta(days=self.settings.key_days):
            found.append(f"the signing certificate of {self.settings.party} runs out on {until:%F %T} UTC")
        return [warning for warning in found if warning]

    async def backlog(self) -> dict[str, Any]:
        """How much waits here: `queued` to be handled, `held` for an earlier one, to `retry`, `dead`, and `unsent`.

        `oldest` has the age of the first of each, in seconds of real time; None where nothing waits.
        """
        now, found = self.clock.now(), await self.database.transact(self.dead_letters.count)
        ages = {
            name: round(max(0.0, self.clock.lasted(since, now).total_seconds()), 3) if since is not None else None
            for name, (_, since) in found.items()
        }
        queued, oldest = self.writer.queued, self.writer.oldest
        ages["queued"] = round(oldest, 3) if oldest is not None else None
        return {"queued": queued, **{name: count for name, (count, _) in found.items()}, "oldest": ages}


def rules_of(handlers: Mapping[str, Handler]) -> Rules:
    """The rules of a party other than the gateway: its table of reactions, and how it refuses a message.

    What the gateway delivers on a case has an order; a message that may not be accepted is laid aside for an
    operator, and its sender told.
    """

    def react(uow: UnitOfWork, received: Received) -> None:
        name = received.envelope.spec.name
        handler = handlers.get(name)
        if handler is None:
            raise UnknownType(f"{uow.party.name} has no reaction to {name}", field="type")
        handler(uow, received)

    def reject(uow: UnitOfWork, received: Received, error: AimaqError) -> None:
        uow.aside = error.reason
        envelope = received.parsed
        if received.trusted and envelope is not None and envelope.type != MessageRejected.__name__:
            refusal = MessageRejected(envelope.message_id, received.digest, error.slug, plain(error.text))
            uow.answer(refusal, envelope.sender, caused_by=envelope.message_id)

    def ordering_key(received: Received) -> tuple[str, int]:
        return "gateway", received.incoming.delivery_number

    return Rules(react, reject, ordering_key, types=frozenset(handlers))
