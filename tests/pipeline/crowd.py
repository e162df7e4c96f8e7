"""A bus that delivers in any order and more than once, and people who do whatever the regulation leaves open to them.

Everything that happens is drawn from one source of chance, one thing after another, so that a walk can be repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.bus import Bus, Delivery, IncomingMessage, OutgoingMessage
from aimaq.casework.case import AnyCase, Case, RegisterAnswer
from aimaq.casework.documents import request_document
from aimaq.casework.form import bin_in
from aimaq.casework.procedure.engine import Procedure
from aimaq.casework.procedure.papers import keep
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.envelope import read
from aimaq.language.errors import AimaqError, InvalidInput, NotFound, OutOfOrder
from aimaq.language.iin import synthetic_iin
from aimaq.language.messages import PARTIES
from aimaq.language.texts import Texts
from aimaq.regulation import Flow, Part, Regulation, workflow
from aimaq.regulation.model.vocabulary import ROLES, SYSTEMS
from aimaq.web.front_desk.actions import ACTIONS
from lea_svc.office import decisions
from tests.parties import BASE, Parties
from tests.signatories import certified, official
from tests.waiting import eventually

NO_IDENTITY_CARD = Texts("Жеке куәлік жоқ", "нет удостоверения личности", "no identity card")

PAUSES = (timedelta(), timedelta(seconds=1), timedelta(minutes=1))
"""How long it may be until the next thing happens."""

TWICE = 2
"""How often more a message may come than it was sent."""

ELSEWHERE = "06"
"""An oblast that is no body's own."""

NAME = "Айгүл Ахметова"

CARDS = ("unemployed", "job-seeker")
"""What a card of the labour market system may say."""

CERTIFICATES = ("good", "nobody's", "other", "revoked", "authentication", "expired")
"""What there may be to say of a certificate that an applicant chooses to sign with."""


# --- the bus ---------------------------------------------------------------------------------------------------


@dataclass(eq=False, repr=False)
class Parked:
    """A parcel under way; `told` is where its sender hears of it, None for one that comes once more."""

    bus: Bus
    outgoing: OutgoingMessage
    confirmation: asyncio.Future[AimaqError | None] | None
    copies: int = 0


@dataclass(repr=False)
class Post:
    """All messages under way between the systems. Nothing moves until somebody says which."""

    bag: list[Parked] = field(default_factory=list)
    posted: dict[str, str] = field(default_factory=dict)
    """The ids of all messages that were handed over, with those of their cases."""
    unheard: int = 0
    """How many were handed over by senders who have not heard yet of all that they sent together."""

    async def deliver(self, chosen: Sequence[tuple[Parked, str]]) -> None:
        """Deliver these at once, each `once`, `again` (a copy of it is kept back) or `unheard` (and not confirmed)."""
        for parked, how in chosen:
            self.bag.remove(parked)
            if how != "once":
                confirmation = parked.confirmation if how == "unheard" else None
                self.bag.append(Parked(parked.bus, parked.outgoing, confirmation, parked.copies + 1))
        sent = await asyncio.gather(*(parked.bus.send([parked.outgoing]) for parked, _ in chosen))
        for (parked, how), (outcome,) in zip(chosen, sent, strict=True):
            if parked.confirmation is not None and how != "unheard":
                parked.confirmation.set_result(outcome)

    def forget(self) -> None:
        """Let go of what a walk that broke off has left behind."""
        for parked in self.bag:
            if parked.confirmation is not None:
                parked.confirmation.set_result(None)
        self.bag.clear()
        self.posted.clear()


class Pillar:
    """A party's bus that puts what it is to send into the bag."""

    def __init__(self, bus: Bus, post: Post) -> None:
        self.party, self._bus, self._post = bus.party, bus, post

    async def open(self) -> None:
        """See `Bus.open`."""
        await self._bus.open()

    async def close(self) -> None:
        """See `Bus.close`."""
        await self._bus.close()

    async def send(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """See `Bus.send`."""
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[AimaqError | None]] = [loop.create_future() for _ in outgoing_messages]
        self._post.bag += [
            Parked(self._bus, outgoing, confirmation)
            for outgoing, confirmation in zip(outgoing_messages, futures, strict=True)
        ]
        self._post.posted |= {outgoing.message_id: read(outgoing.body).case_id for outgoing in outgoing_messages}
        self._post.unheard += len(outgoing_messages)
        try:
            return await asyncio.gather(*futures)
        finally:
            self._post.unheard -= len(outgoing_messages)

    async def receive(self, limit: int) -> list[Delivery]:
        """See `Bus.receive`."""
        return await self._bus.receive(limit)

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """See `Bus.settle`."""
        await self._bus.settle(deliveries)

    async def send_control(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """See `Bus.send_control`."""
        return await self._bus.send_control(outgoing_messages)

    async def receive_control(self, limit: int) -> list[IncomingMessage]:
        """See `Bus.receive_control`."""
        return await self._bus.receive_control(limit)

    def ailment(self) -> str | None:
        """See `Bus.ailment`."""
        return self._bus.ailment()


@dataclass(repr=False)
class Town:
    """Five services and the post between them."""

    parties: Parties
    post: Post = field(default_factory=Post)
    walks: int = 0

    async def open(self) -> None:
        """Bring all five up."""
        for name in PARTIES:
            await self._start(name)

    async def restart(self, name: str) -> None:
        """Take a service down and up again: it forgets all but what is written, and does not hear what became of it."""
        await self.parties.stop(name)
        bus = await self._start(name)
        for parked in self.post.bag:
            if parked.bus.party == name:
                parked.bus, parked.confirmation = bus, None
        await self.parties.services[name].writer.run(lambda uow: None)
        await self.gathered()

    async def _start(self, name: str) -> Bus:
        service = self.parties.assembled(name, pace=0.0)
        line = self.parties.lines[name]
        bus, line._bus = line._bus, Pillar(line._bus, self.post)
        await service.open()
        return bus

    async def gathered(self) -> None:
        """Return when all that the services have to send is in the bag."""
        relays = [service.writer.relay for service in self.parties.services.values()]

        def all_there() -> bool:
            return sum(relay.waiting for relay in relays) == self.post.unheard

        for _ in range(100):
            if all_there():
                return
            await asyncio.sleep(0)
        await eventually(all_there, what="all that is sent in the bag")


# --- the people ------------------------------------------------------------------------------------------------


@dataclass(repr=False)
class Walk:
    """One case, walked to an end by people who choose by `chance`. `log` has what happened.

    What chance gives first, where a search looks first, is the usual way: no fault, no repetition.
    """

    town: Town
    regulation: Regulation
    flow: Flow
    chance: Random
    restless: bool = False
    """Whether services are stopped and started again in between."""
    case_id: str = ""
    iin: str = ""
    friend: str = ""
    form: dict[str, str] = field(default_factory=dict)
    certificate: str = ""
    """The one that the applicant chooses where that is a step, as PEM."""
    decision: str = ""
    """What was meant when the answer was prepared last."""
    hopeless: bool = False
    """Whether a register has not what is needed, so that nothing can be granted."""
    log: list[str] = field(default_factory=list)

    async def through(self) -> None:
        """Walk until nobody has anything more to do and nothing is under way."""
        town = self.town
        town.post.forget()
        town.walks += 1
        people = Random(town.walks)
        self.iin, self.friend = synthetic_iin(people), synthetic_iin(people)
        self.case_id = town.parties.services[self.flow.front_desk].party.ids()
        self.form = self._form()
        await self._seed()
        await self._open()
        await self._settle()
        while True:
            due = await self._due()
            if not due and not town.post.bag:
                return
            if town.post.bag and (not due or not self.rarely(2)):
                await self._deliver()
            else:
                await self._act(*self.chance.choice(due))
            if self.rarely():
                await self.refused(self.chance.choice(SYSTEMS), self.chance.choice(sorted(DEEDS)))

    def rarely(self, one_in: int = 4) -> bool:
        """True once in so many times."""
        return self.chance.randrange(one_in) == one_in - 1

    async def case(self, party: str) -> Case | None:
        """The case as a system knows it."""
        return await self.town.parties.case(party, self.case_id)

    async def _due(self) -> list[tuple[str, Case, Part]]:
        """The parts that a person is to do, where they are to be done."""
        found = []
        for party in SYSTEMS:
            case = await self.case(party)
            if case is None or case.end is not None:
                continue
            part = workflow.current(self.flow, case.at)[1]
            if part.party == party and part.by_person:
                found.append((party, case, part))
        return found

    async def _deliver(self) -> None:
        """Some of what is under way, in any order."""
        bag = self.town.post.bag
        chosen = [(parked, self._how(parked)) for parked in self.chance.sample(bag, self.chance.randint(1, len(bag)))]
        self.log += [f"deliver {parked.outgoing.routing_key} to {parked.outgoing.to} {how}" for parked, how in chosen]
        await self.town.post.deliver(chosen)
        await self._settle()

    def _how(self, parked: Parked) -> str:
        return self.chance.choice(("again", "unheard")) if parked.copies < TWICE and self.rarely(5) else "once"

    async def _settle(self) -> None:
        await self.town.gathered()
        self.town.parties.clock.advance(self.chance.choice(PAUSES))
        if self.restless and self.rarely(12):
            name = self.chance.choice(PARTIES)
            self.log.append(f"restart {name}")
            await self.town.restart(name)

    # --- what they do

    async def _act(self, party: str, case: Case, part: Part) -> None:
        """One person's part, or the one after it where it may be skipped; sometimes once more, which is refused."""
        following = workflow.after(workflow.current(self.flow, case.at)[0], part)
        if part.optional and following is not None and not self.rarely(2):
            part = following
        deed = DEEDS[part.does](self, case)
        role = part.by.partition(".")[2]
        lacking = [name for name, fields in part.requires.items() if not _backs(case.registers.get(name), fields)]
        roles = None if party == "portal" else frozenset({role}) & ROLES
        if lacking and self.decision == "granted":
            waited_for = any(name not in case.registers for name in lacking)
            with pytest.raises(OutOfOrder if waited_for else InvalidInput):
                await self._do(party, part.does, deed, roles)
            self.hopeless = not waited_for
            if waited_for:
                await self._deliver()
            return
        await self._do(party, part.does, deed, roles)
        await self._settle()
        if self.rarely():
            await self.refused(party, part.does)

    async def _do(self, party: str, operation: str, deed: Deed, roles: frozenset[str] | None) -> None:
        self.log.append(f"{operation} at {party}")
        writer = self.town.parties.services[party].writer
        await writer.run(lambda uow: deed(uow, self.procedure(party), roles), self.case_id)

    async def refused(self, party: str, operation: str) -> None:
        """Somebody who may do anything does what is not due: they are told so, and nothing has changed."""
        case = await self.case(party)
        if case is not None and self._may(party, case, operation):
            return
        before, bag = await self._written(), list(self.town.post.bag)
        with pytest.raises(OutOfOrder if case is not None else NotFound):
            await self._do(party, operation, DEEDS[operation](self, case), None if party == "portal" else ROLES)
        await self.town.gathered()
        assert await self._written() == before
        assert self.town.post.bag == bag

    def _may(self, party: str, case: AnyCase, operation: str) -> bool:
        """Whether an operation is due in a case, or may be done though it is not."""
        if case.end is not None:
            return False
        step, part = workflow.current(self.flow, case.at)
        if part.party != party:
            return False
        if operation == "fill-form" and (part.does == "sign" or (part.does == "register" and not case.iin)):
            return True
        if operation in decisions.KINDS and part.does in decisions.KINDS:
            return True
        wanted: Part | None = part
        while wanted is not None and wanted.optional and wanted.does != operation:
            wanted = workflow.after(step, wanted)
        return wanted is not None and wanted.does == operation

    async def _written(self) -> list[bytes | None]:
        """The case in every system, as it is written down."""
        found = []
        for service in self.town.parties.services.values():
            table = service.tables.cases
            async with service.database.read() as conn:
                query = sa.select(table.c.whole).where(table.c.case_id == self.case_id)
                found.append((await conn.execute(query)).scalar())
        return found

    def procedure(self, party: str) -> Procedure:
        """The desk of a system."""
        parties = self.town.parties
        tables = parties.services[party].tables
        return Procedure(party, parties.catalogue, tables.papers, tables.issued)

    # --- how it begins

    @property
    def operations(self) -> set[str]:
        """What is done in the flow."""
        return {part.does for step in self.flow.steps.values() for part in step.parts}

    def _may_lack(self) -> bool:
        """Whether the act says what comes of papers that are incomplete."""
        return any("incomplete" in (*step.next, *part.exit) for step in self.flow.steps.values() for part in step.parts)

    def _form(self) -> dict[str, str]:
        """The form's fields: those required, and sometimes those of a representative or of an organisation."""
        fields = {entry.name: entry for entry in self.regulation.form if entry.through(self.flow.channel)}
        wanted = {name for name, entry in fields.items() if entry.required}
        for group in (("representative_iin", "representative_name", "power_of_attorney"), ("bin", "organisation")):
            if fields.keys() >= set(group) and self.rarely(2):
                wanted |= set(group)
        own = {"representative_iin": self.friend, "representative_name": NAME, "power_of_attorney": self.iin}
        return {name: own.get(name, fields[name].example) for name in sorted(wanted)}

    async def _seed(self) -> None:
        """What the registers know of the applicant, each something or nothing."""
        registry = self.town.parties.services["registry"]
        power = {"number": self.iin, "principal": self.iin, "representative": self.friend, "notarised": True}
        oblast = self.chance.choice((self.regulation.oblast, ELSEWHERE))
        rows: dict[str, dict[str, Any]] = {
            "gbd_fl": {"iin": self.iin, "surname": "Ахметова", "given": "Айгүл", "patronymic": ""},
            "gbd_ul": {"bin": self.form.get("bin", ""), "name": "Береке"},
            "enis": power | {"from": date(2020, 1, 1), "until": date(2199, 12, 31), "revoked": False},
            "labour_market": {"iin": self.iin, "status": self.chance.choice(CARDS), "entered_at": BASE},
            "oralman": {"iin": self.iin, "oblast": oblast, "entered_at": BASE},
            **{name: {"iin": self.iin, "facts": {}} for name in ("is_1", "is_2", "is_3")},
        }
        asked = {name for step in self.flow.steps.values() for part in step.parts for name in part.asks}
        known = {name: rows[name] for name in sorted(asked & rows.keys()) if not self.rarely()}
        if "choose-certificate" in self.operations:
            known |= self._certified()
        self.log.append(f"the applicant is known to {', '.join(known) or 'no register'}")

        def write(conn: sa.Connection) -> None:
            for name in asked:
                table = registry.metadata.tables.get(name)
                if name == "gbd_ul" and table is not None:  # the one number of the examples, for every walk
                    conn.execute(sa.delete(table))
            for name, row in known.items():
                conn.execute(sa.insert(registry.metadata.tables[name]), row)

        await registry.database.transact(write)

    def _certified(self) -> dict[str, dict[str, Any]]:
        """The applicant's certificate, and what the authority has on record of it, if anything."""
        kind = "good" if not self.rarely(2) else self.chance.choice(CERTIFICATES)
        self.log.append(f"the certificate: {kind}")
        serial = 0x10000 + self.town.walks
        self.certificate = certificate(serial)
        if kind == "nobody's":
            return {}
        row = {
            "serial": f"{serial:x}",
            "subject": "-",
            "iin": self.friend if kind == "other" else self.iin,
            "bin": self.form.get("bin"),
            "usage": "AUTH" if kind == "authentication" else "SIGN",
            "role": "-",
            "pem": self.certificate,
            "issued_at": BASE - timedelta(days=9),
            "not_after": BASE + timedelta(days=-1 if kind == "expired" else 99),
            "revoked_at": BASE if kind == "revoked" else None,
            "reason": None,
        }
        return {"certificates": row}

    async def _open(self) -> None:
        """Somebody signs in for the service, with whatever goes along with that."""
        flow, party, operations = self.flow, self.flow.front_desk, self.operations
        known = not ("check-identity" in operations and self.rarely())
        first = "register-user" in operations and self.rarely(2)
        faults = [NO_IDENTITY_CARD] if self._may_lack() and self.rarely() else []
        at_once = self.rarely(2)
        parties, ticket = self.town.parties, self.town.parties.clock.now()
        parties.clock.advance(self.chance.choice(PAUSES))
        roles = None if party == "portal" else ROLES
        self.log.append(f"open at {party}: {known=} {first=} {faults=} {at_once=}")

        def command(uow: UnitOfWork) -> None:
            procedure = self.procedure(party)
            case = procedure.open(
                uow,
                self.case_id,
                self.regulation.id,
                flow.channel,
                self.iin,
                known=known,
                first=first,
                faults=faults,
                roles=roles,
                ticket=ticket if party == "con" else None,
            )
            if at_once and self._may(party, case, "fill-form"):
                procedure.fill(procedure.context(uow, roles=roles), self.iin, NAME, dict(self.form))

        await parties.services[party].writer.run(command, self.case_id, fresh=True)


@cache
def certificate(serial: int) -> str:
    """A certificate of this serial number as PEM; nobody looks at anything else in it."""
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, _key().public_key(), serial, BASE, BASE + timedelta(days=1))
    return builder.sign(_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


Deed = Callable[[UnitOfWork, Procedure, "frozenset[str] | None"], object]
"""What a person does, in one command: with these roles, or None where none are asked of them."""

Making = Callable[[Walk, "Case | None"], Deed]
"""How a person makes up their mind, as the case stands."""


def filled(walk: Walk, case: Case | None) -> Deed:
    """The form is filled in."""
    return lambda uow, procedure, roles: procedure.fill(
        procedure.context(uow, roles=roles), walk.iin, NAME, dict(walk.form)
    )


def registered(walk: Walk, case: Case | None) -> Deed:
    """A request is entered in the journal, with its form if it has none yet."""
    fresh = case is not None and not case.iin and case.at.endswith("/register")
    return filled(walk, case) if fresh else action_of("register")(walk, case)


def signed(walk: Walk, case: Case | None) -> Deed:
    """The request is signed; the signature may be one that is not confirmed."""
    wrong = walk.rarely()

    def deed(uow: UnitOfWork, procedure: Procedure, roles: frozenset[str] | None) -> None:
        context = procedure.context(uow)
        context.evidence = {"check-certificate": "wrong" if wrong else "ok"}
        bad = workflow.leads_to(context.flow, context.case.at, "sign", "check-certificate") and wrong
        document = request_document(context.case)
        person, organisation = context.case.person, bin_in(context.regulation, context.case.form)
        signer = certified(walk.town.parties.home, person, BASE, bin_=organisation)
        context.paper = (document, signer.sign(document))
        procedure.perform(context, "sign")
        if not bad:
            keep(procedure.papers, uow, "request", context.paper)

    return deed


def prepared(walk: Walk, case: Case | None) -> Deed:
    """The answer: granted or denied, as it was approved if it was, and one of the results that this can mean."""
    decision = "denied" if walk.rarely(3) or walk.hopeless else "granted"
    walk.decision = decision = case.inputs.get("approved", decision) if case is not None else decision
    result = walk.chance.choice(walk.regulation.results_of(decision, walk.flow.channel))
    return lambda uow, procedure, roles: decisions.prepare(
        procedure.context(uow, roles=roles), procedure, decision, "Негіз", result
    )


def sealed(walk: Walk, case: Case | None) -> Deed:
    """An official signs what is due."""

    def deed(uow: UnitOfWork, procedure: Procedure, roles: frozenset[str] | None) -> None:
        iin, signer = official(walk.town.parties.home)
        document = decisions.to_sign(procedure, uow.known_case(), iin)
        decisions.sign(procedure, uow, (document, signer.sign(document)), roles)

    return deed


def issued(walk: Walk, case: Case | None) -> Deed:
    """The result is handed over."""

    def deed(uow: UnitOfWork, procedure: Procedure, roles: frozenset[str] | None) -> None:
        context = procedure.context(uow, how=how, roles=roles)
        procedure.perform(context, "issue", context.case.decision)

    how = walk.chance.choice(("in-person", "courier"))
    return deed


def action_of(operation: str) -> Making:
    """Something that needs no more than being said, with what is given for it."""

    def making(walk: Walk, case: Case | None) -> Deed:
        action = ACTIONS[operation]
        body = action.takes(**(INPUTS[operation](walk) if operation in INPUTS else {}))

        def deed(uow: UnitOfWork, procedure: Procedure, roles: frozenset[str] | None) -> None:
            context = procedure.context(uow, roles=roles)
            procedure.perform(context, operation, action.apply(context, body))

        return deed

    return making


INPUTS: dict[str, Callable[[Walk], dict[str, Any]]] = {
    "check-documents": lambda walk: {"faults": ["Мерзімі өткен"] if walk.rarely() else []},
    "extend": lambda walk: {"reason": "Мұрағатқа сұрау салу"},
    "prepare-letter": lambda walk: {"text": "Құжаттар жолданады"},
    "pay": lambda walk: {"account": "KZ00TEST0000000001AB"},
    "supply": lambda walk: {"supplied": walk.chance.choice(("information", "payment", "nothing")), "text": "1"},
    "choose-certificate": lambda walk: {"certificate": walk.certificate or certificate(1)},
}
"""What is given for an operation."""

DEEDS: dict[str, Making] = {
    **{operation: action_of(operation) for operation in ACTIONS},
    "register": registered,
    "fill-form": filled,
    "sign": signed,
    "prepare": prepared,
    "decide": sealed,
    "approve": sealed,
    "forward": sealed,
    "issue": issued,
}
"""What people do in a case that is open, by operation."""


def _backs(answer: RegisterAnswer | None, fields: dict[str, tuple[str, ...]]) -> bool:
    """Whether a register has answered with a record that says what is required."""
    if answer is None or not answer.found:
        return False
    return all(answer.record.get(field) in words for field, words in fields.items())
