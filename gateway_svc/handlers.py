"""What the gateway does with a message: admit or reject it, journal it, send it on, and tell those who are to know.

It holds no opinion on the law: it checks who may say what to whom. Whether the steps reported are the steps
prescribed is judged on the journal, not at the door.
"""

from __future__ import annotations

from datetime import timedelta

from aimaq.regulation import workflow
from aimaq.bus import Parcel
from aimaq.language.clock import Clock
from aimaq.language.envelope import Envelope, party_of, read
from aimaq.language.errors import AimaqError, InvalidInput, NotAllowed, StaleMessage, WithdrawnCertificate
from aimaq.item import Rules
from aimaq.language.messages import FINAL, PARTIES, MessageRejected, StatusChanged
from aimaq.regulation import Catalogue, Flow
from aimaq.settings import Settings
from aimaq.casework.unit_of_work import Received, Work
from gateway_svc.models import journal

GATEWAY = "gateway"


def rules(catalogue: Catalogue, settings: Settings, clock: Clock) -> Rules:
    """The gateway's reaction to every message."""

    def react(work: Work, received: Received) -> None:
        letter = received.letter
        in_time(received, settings, clock)
        flow = admit(letter, catalogue, work)
        enter(work, received, "accepted")
        if flow is not None:
            record(work, letter, flow, received)
        if letter.recipient != GATEWAY:
            if flow is None:
                work.parcels.append((unnumbered(received), False))
                return
            work.forward(received)
            for status, recipient in copies(flow, letter, received):
                notify(work, StatusChanged(status=status), recipient, letter.message_id)  # type: ignore[arg-type]

    return Rules(react, reject, lane)


def lane(received: Received) -> tuple[str, int]:
    """A sender's messages on one case have an order; what belongs to no case has none."""
    letter = received.letter
    return party_of(letter.sender), letter.sequence if letter.regulation != "none" else 0


def in_time(received: Received, settings: Settings, clock: Clock) -> None:
    """StaleMessage for a message that was sent too long ago, or will only be sent.

    Its age is the time that really passed until it came here: neither waiting here, to be tried again or for a message
    before it, makes it older, nor a move of the clock.
    """
    sent, came = received.letter.occurred_at, received.received_at
    age, ahead = clock.lasted(sent, came).total_seconds(), (sent - came).total_seconds()
    if age > settings.message_age:
        raise StaleMessage(f"sent {timedelta(seconds=int(age))} ago", field="occurred_at", rule="age")
    if ahead > settings.message_skew:
        raise StaleMessage(f"sent {timedelta(seconds=int(ahead))} in the future", field="occurred_at", rule="skew")


def admit(letter: Envelope, catalogue: Catalogue, work: Work) -> Flow | None:
    """The flow that the message belongs to, None for a rejection that belongs to none.

    NotAllowed for a type that this sender may not send to this recipient, UnknownRegulation for a regulation or
    channel that the stand does not have, InvalidInput for another than the case's own.
    """
    route = (party_of(letter.sender), party_of(letter.recipient))
    if route not in letter.spec.routes:
        raise NotAllowed(f"{route[0]} may not send {letter.type} to {route[1]}", field="recipient", rule="routes")
    if letter.kind != letter.spec.kind:
        raise NotAllowed(f"{letter.type} is a {letter.spec.kind}, not a {letter.kind}", field="kind", rule="kind")
    if letter.type == MessageRejected.__name__:
        return None
    case = work.case
    if case is not None and (case.regulation, case.channel) != (letter.regulation, letter.channel):
        field = "regulation" if case.regulation != letter.regulation else "channel"
        raise InvalidInput(f"the case is one of {case.regulation}/{case.channel}", field=field, rule="same case")
    return catalogue.flow(letter.regulation, letter.channel)


def record(work: Work, letter: Envelope, flow: Flow, received: Received) -> None:
    """Keep where the case stands, as the systems report it."""
    case = work.case or work.open_case(letter.case_id, letter.regulation, letter.channel)
    # a case of which only a message that was refused is known has not begun
    case.at = workflow.follow(flow, case.at or workflow.begin(flow), letter.steps)
    status = getattr(received.content, "status", None)
    if status is not None and case.status not in FINAL:
        case.status = status
    elif (ending := workflow.end_status(flow, case.at)) is not None:
        case.status = ending
    case.number = getattr(received.content, "number", "") or case.number
    case.decision = getattr(received.content, "decision", "") or case.decision


def copies(flow: Flow, letter: Envelope, received: Received) -> list[tuple[str, str]]:
    """The status notices that go out beside this message: status and recipient."""
    same = getattr(received.content, "status", None)
    return [
        (same if copy.status == "same" and same else copy.status, copy.to)
        for copy in flow.copies
        if copy.of == letter.type
    ]


def notify(work: Work, content: StatusChanged, recipient: str, caused_by: str) -> None:
    """Send a message of the gateway's own on this case, and journal it."""
    enter_own(work, work.send(content, recipient, caused_by=caused_by, to=party_of(recipient)))


def unnumbered(received: Received) -> Parcel:
    """A message that belongs to no case, on its way to its recipient in no order."""
    letter, arrival = received.letter, received.arrival
    to = party_of(letter.recipient)
    return Parcel(letter.message_id, letter.spec.routing_key, to, arrival.body, arrival.signature)


def reject(work: Work, received: Received, error: AimaqError) -> None:
    """Journal a message that may not pass, with the reason, and tell whoever sent it, if that is known.

    One whose sender's certificate is suspended is laid aside too: an operator can put it back when that is over.
    """
    enter(work, received, "rejected", error.reason)
    if isinstance(error, WithdrawnCertificate) and error.rule == "suspended":
        work.aside = error.reason
    letter = received.letter if received.trusted else None
    sender = letter.sender if letter else received.arrival.publisher
    if sender is None or party_of(sender) not in PARTIES or party_of(sender) == GATEWAY:
        return
    if letter is not None and letter.type == MessageRejected.__name__:
        return
    claimed = letter.message_id if letter else ""
    refusal = MessageRejected(claimed, received.digest, error.slug, error.told[:1000])
    enter_own(work, work.answer(refusal, sender, caused_by=claimed or None, to=party_of(sender)))


def enter(work: Work, received: Received, verdict: str, reason: str | None = None) -> None:
    """Journal a message that came, as it came. Nothing is taken from one whose sender is not certain.

    The chain gives it its number and its hash when the batch is done.
    """
    letter = received.letter if received.trusted else None
    arrival = received.arrival
    work.insert(
        journal,
        message_id=letter.message_id if letter and verdict == "accepted" else work.party.ids(),
        case_id=letter.case_id if letter else None,
        type=letter.type if letter else None,
        sender=letter.sender if letter else None,
        recipient=letter.recipient if letter else None,
        sequence=letter.sequence if letter else None,
        occurred_at=letter.occurred_at if letter else None,
        journalled_at=work.now,
        verdict=verdict,
        reason=reason,
        publisher=arrival.publisher,
        body=arrival.body,
        signature=arrival.signature,
        number=0,
        hash=b"",
    )


def enter_own(work: Work, parcel: Parcel) -> None:
    """Journal a message of the gateway's own; its bytes need not stand in the outbox too, and its signature follows."""
    letter = read(parcel.body)
    work.insert(
        journal, message_id=letter.message_id, case_id=letter.case_id, type=letter.type, sender=letter.sender,
        recipient=letter.recipient, sequence=letter.sequence, occurred_at=letter.occurred_at, journalled_at=work.now,
        verdict="accepted", reason=None, publisher=GATEWAY, body=parcel.body, signature=parcel.signature,
        number=0, hash=b"",
    )  # fmt: skip
    work.parcels[-1] = (parcel, False)
