"""What the gateway does with a message: admit or reject it, journal it, send it on, and tell those who are to know.

It holds no opinion on the law: it checks who may say what to whom. Whether the steps reported are the steps
prescribed is judged on the journal, not on arrival.
"""

from __future__ import annotations

from datetime import timedelta

from aimaq.bus import OutgoingMessage
from aimaq.casework.unit_of_work import NO_SUCH_CASE, Received, UnitOfWork
from aimaq.language.bounds import plain
from aimaq.language.clock import Clock
from aimaq.language.envelope import Envelope, party_of, read
from aimaq.language.errors import (
    AimaqError,
    InvalidInput,
    NotAllowed,
    NotFound,
    StaleMessage,
    Technical,
    WithdrawnCertificate,
)
from aimaq.language.messages import FINAL, PARTIES, MessageRejected, StatusChanged
from aimaq.pipeline.items import Rules
from aimaq.regulation import Catalogue, Flow, workflow
from aimaq.regulation.deadlines import Deadlines
from aimaq.settings import Settings
from gateway_svc.cases.medians import Medians
from gateway_svc.cases.standing import Limits, identify, stand
from gateway_svc.models import journal, rejections

GATEWAY = "gateway"


def rules(catalogue: Catalogue, settings: Settings, clock: Clock, medians: Medians) -> Rules:
    """The gateway's reaction to every message. How long steps take goes into `medians`."""
    deadlines = Limits(catalogue)

    def react(uow: UnitOfWork, received: Received) -> None:
        envelope = received.envelope
        in_time(received, settings, clock)
        flow = admit(envelope, catalogue, uow)
        enter(uow, received, "accepted")
        if flow is not None:
            record(uow, envelope, deadlines.of(envelope.regulation, envelope.channel), received)
            medians.add(envelope.regulation, envelope.channel, envelope.steps)
        if envelope.recipient != GATEWAY:
            if flow is None:
                uow.forward(received, numbered=False)
                return
            uow.forward(received)
            for status, recipient in copies(flow, envelope, received):
                notify(uow, StatusChanged(status=status), recipient, envelope.message_id)  # type: ignore[arg-type]

    return Rules(react, reject, ordering_key)


def ordering_key(received: Received) -> tuple[str, int]:
    """A sender's messages on one case have an order; what belongs to no case has none."""
    envelope = received.envelope
    return party_of(envelope.sender), envelope.sequence if envelope.regulation != "none" else 0


def in_time(received: Received, settings: Settings, clock: Clock) -> None:
    """StaleMessage for a message that was sent too long ago, or will only be sent.

    Its age is the time that really passed until it came here: neither waiting here, to be tried again or for a message
    before it, makes it older, nor a move of the clock.
    """
    sent, came = received.envelope.occurred_at, received.received_at
    age, ahead = clock.lasted(sent, came).total_seconds(), (sent - came).total_seconds()
    if age > settings.message_age:
        raise StaleMessage(f"sent {timedelta(seconds=int(age))} ago", field="occurred_at", rule="age")
    if ahead > settings.message_skew:
        raise StaleMessage(f"sent {timedelta(seconds=int(ahead))} in the future", field="occurred_at", rule="skew")


def admit(envelope: Envelope, catalogue: Catalogue, uow: UnitOfWork) -> Flow | None:
    """The flow that the message belongs to, None for a rejection that belongs to none.

    NotAllowed for a type that this sender may not send to this recipient, UnknownRegulation for a regulation or
    channel that the stand does not have, InvalidInput for another than the case's own, NotFound for a case that nobody
    has opened, unless it is the desk where it begins that sends it.
    """
    route = (party_of(envelope.sender), party_of(envelope.recipient))
    if route not in envelope.spec.routes:
        raise NotAllowed(
            Technical(f"{route[0]} may not send {envelope.type} to {route[1]}"), field="recipient", rule="routes"
        )
    if envelope.kind != envelope.spec.kind:
        raise NotAllowed(
            Technical(f"{envelope.type} is a {envelope.spec.kind}, not a {envelope.kind}"), field="kind", rule="kind"
        )
    if envelope.type == MessageRejected.__name__:
        return None
    case = uow.case
    if case is not None and (case.regulation, case.channel) != (envelope.regulation, envelope.channel):
        field = "regulation" if case.regulation != envelope.regulation else "channel"
        raise InvalidInput(
            Technical(f"the case is one of {case.regulation}/{case.channel}"), field=field, rule="same case"
        )
    flow = catalogue.flow(envelope.regulation, envelope.channel)
    if (case is None or not case.at) and route[0] != flow.front_desk:
        raise NotFound(NO_SUCH_CASE, field="case_id")
    return flow


def record(uow: UnitOfWork, envelope: Envelope, deadlines: Deadlines, received: Received) -> None:
    """Keep where the case stands, as the systems report it: whose move it is, until when, and whose case it is."""
    case, flow = uow.case or uow.open_case(envelope.case_id, envelope.regulation, envelope.channel), deadlines.flow
    # a case of which only a message that was refused is known has not begun
    before = case.at or workflow.begin(flow)
    case.at = workflow.follow(flow, before, envelope.steps)
    status = getattr(received.content, "status", None)
    if status is not None and case.status not in FINAL:
        case.status = status
    elif (ending := workflow.end_status(flow, case.at)) is not None:
        case.status = ending
    case.number = getattr(received.content, "number", "") or case.number
    case.decision = getattr(received.content, "decision", "") or case.decision
    stand(case, deadlines, before, envelope.steps, received.content, uow.now)
    identify(case, deadlines, envelope.steps, received.content)


def copies(flow: Flow, envelope: Envelope, received: Received) -> list[tuple[str, str]]:
    """The status notices that go out beside this message: status and recipient."""
    same = getattr(received.content, "status", None)
    return [
        (same if copy.status == "same" and same else copy.status, copy.to)
        for copy in flow.copies
        if copy.of == envelope.type
    ]


def notify(uow: UnitOfWork, content: StatusChanged, recipient: str, caused_by: str) -> None:
    """Send a message of the gateway's own on this case, and journal it."""
    enter_own(uow, uow.send(content, recipient, caused_by=caused_by, to=party_of(recipient), with_bytes=False))


def reject(uow: UnitOfWork, received: Received, error: AimaqError) -> None:
    """Journal a message that may not pass, with the reason, and tell whoever sent it, if that is known.

    One whose sender's certificate is suspended is laid aside too: an operator can put it back when that is over.
    """
    claimed = received.envelope.message_id if received.trusted else ""
    journalled = enter(uow, received, "rejected", error.reason)
    uow.insert(rejections, {"message_id": journalled, "claimed_id": claimed or None, "digest": received.digest})
    if isinstance(error, WithdrawnCertificate) and error.rule == "suspended":
        uow.aside = error.reason
    envelope = received.envelope if received.trusted else None
    sender = envelope.sender if envelope else received.incoming.publisher
    if sender is None or party_of(sender) not in PARTIES or party_of(sender) == GATEWAY:
        return
    if envelope is not None and envelope.type == MessageRejected.__name__:
        return
    refusal = MessageRejected(claimed, received.digest, error.slug, plain(error.text))
    enter_own(uow, uow.answer(refusal, sender, caused_by=claimed or None, to=party_of(sender), with_bytes=False))


def enter(uow: UnitOfWork, received: Received, verdict: str, reason: str | None = None) -> str:
    """Journal a message that came, as it came; its id there. Nothing is taken from one whose sender is not certain.

    The chain gives it its number and its hash when the batch is done.
    """
    envelope = received.envelope if received.trusted else None
    incoming = received.incoming
    message_id = envelope.message_id if envelope and verdict == "accepted" else uow.party.ids()
    uow.insert(
        journal,
        {
            "message_id": message_id,
            "case_id": envelope.case_id if envelope else None,
            "type": envelope.type if envelope else None,
            "sender": envelope.sender if envelope else None,
            "recipient": envelope.recipient if envelope else None,
            "sequence": envelope.sequence if envelope else None,
            "occurred_at": envelope.occurred_at if envelope else None,
            "journalled_at": uow.now,
            "verdict": verdict,
            "reason": reason,
            "publisher": incoming.publisher,
            "body": incoming.body,
            "signature": incoming.signature,
            "number": 0,
            "hash": b"",
        },
    )
    return message_id


def enter_own(uow: UnitOfWork, outgoing: OutgoingMessage) -> None:
    """Journal a message of the gateway's own; its bytes need not stand in the outbox too, and its signature follows."""
    envelope = read(outgoing.body)
    uow.insert(
        journal,
        {
            "message_id": envelope.message_id,
            "case_id": envelope.case_id,
            "type": envelope.type,
            "sender": envelope.sender,
            "recipient": envelope.recipient,
            "sequence": envelope.sequence,
            "occurred_at": envelope.occurred_at,
            "journalled_at": uow.now,
            "verdict": "accepted",
            "reason": None,
            "publisher": GATEWAY,
            "body": outgoing.body,
            "signature": outgoing.signature,
            "number": 0,
            "hash": b"",
        },
    )
