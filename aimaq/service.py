"""A service: the machinery that all five have, put together once and handed to each one's own rooms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from aimaq.pipeline import inbox, outbox
from aimaq.bus import Bus
from aimaq.language.clock import Clock
from aimaq.store.database import Database
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.envelope import party_of
from aimaq.language.errors import AimaqError, NotFound, Unconfigured, UnknownType
from aimaq.language.ids import Ids
from aimaq.item import Rules
from aimaq.access.systems.keystore import keys_of
from aimaq.language.messages import MessageRejected
from aimaq.pipeline.background.purge import Purge
from aimaq.regulation import Catalogue
from aimaq.settings import Settings
from aimaq.language.signing.jws import Directory, KeySigner
from aimaq.access.systems import roster
from aimaq.access.systems.follower import Ask, Follower
from aimaq.access.systems.registry_client import Registrar
from aimaq.access.systems.rotation import Rotation
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.writer import Writer
from aimaq.casework.unit_of_work import Handler, Party, Received, Work

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What differs between a service embedded, deployed and under test."""

    settings: Settings
    clock: Clock
    bus: Bus
    signer: KeySigner
    verifier: Directory
    trust: TrustStore
    catalogue: Catalogue


@dataclass(slots=True)
class Service:
    """One service, able to run: open it, and it receives, handles and sends until it is closed."""

    around: Surroundings
    tables: Tables
    rules: Rules
    metadata: sa.MetaData
    database: Database = field(init=False)
    party: Party = field(init=False)
    writer: Writer = field(init=False)
    admin_token: str = field(init=False)
    follower: Follower | None = field(init=False, default=None)
    """Who keeps the systems' certificates current, if it is known where the registry is."""
    rotation: Rotation | None = field(init=False, default=None)
    """Who gives the service a new key, if it is known where the registry is."""
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What else is to be let go of when the service closes."""
    alongside: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)
    """What else runs while the service is open."""
    leaving: list[Callable[[], None]] = field(default_factory=list)
    """What is to be told that the door is about to close, so that nobody is kept waiting at it."""
    _task: asyncio.Task[None] | None = field(init=False, default=None)
    _others: list[asyncio.Task[None]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        around = self.around
        self.database = Database(around.settings.database, self.metadata)
        self.party = Party(
            around.settings.party, around.signer, around.verifier, Ids(around.clock), around.settings.outsiders
        )
        self.writer = Writer(
            self.database, self.tables, self.rules, self.party, around.bus, around.clock, around.settings
        )
        self.admin_token = _admin_token(around.settings)
        if around.settings.registry_url:
            registrar = Registrar(around.settings.registry_url, self.party.name, self.admin_token)
            self.closers.append(registrar.close)
            self.follow(registrar.roster)
            self.rotation = Rotation(
                self.party.name, keys_of(around.settings.home, self.party.name), around.signer, around.verifier,
                around.trust, around.clock, registrar, around.settings.outsiders,
            )  # fmt: skip

    def follow(self, ask: Ask) -> None:
        """Keep the systems' certificates current by what `ask` tells, while the service is open."""
        home, directory = self.settings.home, self.around.verifier
        keep = partial(roster.remember, home, self.party.name, directory)
        self.follower = Follower(ask, directory, self.around.trust, keep)

    def leave(self) -> None:
        """Let those go who wait at the door, which is about to close."""
        for tell in self.leaving:
            tell()

    @property
    def settings(self) -> Settings:
        """The settings that the service was started with."""
        return self.around.settings

    @property
    def clock(self) -> Clock:
        """The stand's clock."""
        return self.around.clock

    @property
    def catalogue(self) -> Catalogue:
        """The regulations that this stand knows."""
        return self.around.catalogue

    async def open(self) -> None:
        """Connect to database and bus and begin to work; Unavailable, in one line, if either is out of reach."""
        await self.database.open()
        await self.database.claim()
        await self.around.bus.open()
        if self.follower is not None:
            self._others = [asyncio.get_running_loop().create_task(self.follower.run())]
            await self.follower.first()
        self._task = asyncio.get_running_loop().create_task(self.writer.work())
        self._task.add_done_callback(self._on_stop)
        purge = Purge(self.database, self.tables.inbox, self.settings, self.clock)
        self._others += [asyncio.get_running_loop().create_task(run()) for run in (*self.alongside, purge.run)]

    async def close(self) -> None:
        """Stop working; what is under way is committed or comes again."""
        tasks = [*self._others, *([self._task] if self._task is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.writer.stop()
        for close in self.closers:
            await close()
        await self.around.bus.close()
        await self.database.close()

    async def ailments(self) -> list[str]:
        """Everything that keeps the service from its work, each in a line; empty if it is ready."""
        certificate = self.around.signer.certificate
        now = self.clock.now()
        found = [await self.database.ailment(), self.around.bus.ailment()]
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            found.append(f"the signing certificate of {self.settings.party} is not in date")
        known = self.around.verifier.identity(certificate)
        if known is not None and known.withdrawal is not None:
            found.append(f"the signing certificate of {self.settings.party} is {known.withdrawal.status}")
        if self._task is None or self._task.done():
            found.append("the service has stopped handling messages")
        return [ailment for ailment in found if ailment]

    def warnings(self) -> list[str]:
        """What does not keep the service from its work, and will one day, each in a line."""
        until = self.around.signer.certificate.not_valid_after_utc
        found = [self.follower.note()] if self.follower is not None else []
        if timedelta(0) <= until - self.clock.now() < timedelta(days=self.settings.key_days):
            found.append(f"the signing certificate of {self.settings.party} runs out on {until:%F %T} UTC")
        return [warning for warning in found if warning]

    async def dead(self) -> list[dict[str, Any]]:
        """The dead letters, oldest first."""
        return await self.database.transact(lambda conn: list(inbox.dead(conn, self.tables.inbox)))

    async def letter(self, message_id: str) -> dict[str, Any]:
        """One dead letter with its bytes; NotFound if there is none of that id."""
        row = await self.database.transact(lambda conn: inbox.letter(conn, self.tables.inbox, message_id))
        if row.state != "dead":
            raise NotFound(f"no dead letter {message_id} here", field="message_id")
        return dict(row._mapping)

    async def backlog(self) -> dict[str, int]:
        """How much waits here: `queued` to be handled, `held` for an earlier one, to `retry`, `dead`, and `unsent`."""
        tables = self.tables

        def counted(conn: sa.Connection) -> dict[str, int]:
            return inbox.count(conn, tables.inbox) | {"unsent": outbox.count(conn, tables.outbox)}

        return {"queued": self.writer.queued} | await self.database.transact(counted)

    def _on_stop(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("%s has stopped handling messages", self.settings.party, exc_info=error)


def rules_of(handlers: Mapping[str, Handler]) -> Rules:
    """The rules of a party other than the gateway: its table of reactions, and how it refuses a message.

    What the gateway delivers on a case has an order; a message that may not be accepted is laid aside for an
    operator, and its sender told.
    """

    def react(work: Work, received: Received) -> None:
        name = received.letter.spec.name
        handler = handlers.get(name)
        if handler is None:
            raise UnknownType(f"{work.party.name} has no reaction to {name}", field="type")
        handler(work, received)

    def reject(work: Work, received: Received, error: AimaqError) -> None:
        work.aside = error.reason
        letter = received.envelope
        if received.trusted and letter is not None and letter.type != MessageRejected.__name__:
            refusal = MessageRejected(letter.message_id, received.digest, error.slug, error.told[:1000])
            work.answer(refusal, letter.sender, caused_by=letter.message_id)

    def lane(received: Received) -> tuple[str, int]:
        return "gateway", received.arrival.delivery

    return Rules(react, reject, lane)


def on_message_rejected(work: Work, received: Received) -> None:
    """A message of ours was not accepted: an operator must see it, with the reason, so it is laid aside."""
    content = received.content
    assert isinstance(content, MessageRejected)
    work.aside = f"rejected by {party_of(received.letter.sender)}: {content.reason}: {content.detail}"


def _admin_token(settings: Settings) -> str:
    path = settings.home / "keys" / "admin.token"
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise Unconfigured(f"the administration token {path} cannot be read: {error}") from None
    if len(token) < 16:
        raise Unconfigured(f"the administration token in {path} is shorter than 16 characters")
    return token
