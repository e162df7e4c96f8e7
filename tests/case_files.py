"""Cases in a gateway's journal as tests need them: any trace as signed messages, without the systems that sent it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from aimaq.access.systems import keystore
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.envelope import Envelope, encode, to_bytes
from aimaq.language.messages import (
    TYPES,
    Answer,
    Body,
    CaseClosed,
    RegistryAnswered,
    RegistryAsked,
    RegistryUpdated,
    RequestRegistered,
    RequestSubmitted,
    ResultDelivered,
    ResultIssued,
    StatusChanged,
)
from aimaq.language.signing.jws import Signer
from aimaq.regulation import Regulation
from conformance.trace import Message, Trace
from gateway_svc.models import journal
from tests.parties import IIN, Parties

NAME = "Айгүл Ахметова"


@dataclass
class Stored:
    """A case that lies in the journal, and the ids of its messages in their order."""

    case_id: str
    messages: list[str] = field(default_factory=list)


async def stored(
    parties: Parties, trace: Trace, law: Regulation, *, number: str = "A-1", contents: Sequence[Body] = ()
) -> Stored:
    """Put a case into the gateway's journal, each message signed by its sender; `contents` are those of the first ones.

    A message that the trace has as rejected is journalled as such.
    """
    gateway = parties.services["gateway"]
    found = Stored(gateway.party.ids())
    signers: dict[str, Signer] = {
        party: keystore.load_signer(parties.home, party) for party in ("portal", "con", "lea", "registry")
    }
    signers["gateway"] = gateway.party.signer
    ids: dict[str, str] = {}
    entries = []
    for place, message in enumerate(trace.messages):
        message_id = ids[message.message_id] = gateway.party.ids()
        content = contents[place] if place < len(contents) else body_of(message, trace)
        body = to_bytes(
            Envelope(
                message_id=message_id,
                type=message.type,
                kind=TYPES[message.type].kind,
                sender=message.sender,
                recipient=law.body if message.to == "lea" else message.recipient,
                case_id=found.case_id,
                caused_by=ids.get(message.caused_by or ""),
                sequence=message.sequence or place + 1,
                regulation=law.id,
                channel=trace.channel,
                occurred_at=message.occurred_at,
                steps=message.steps,
                body=encode(content),
            )
        )
        entries.append((message, message_id, body, signers[message.by].sign(body)))
        found.messages.append(message_id)

    def enter(uow: UnitOfWork) -> None:
        case = uow.open_case(found.case_id, law.id, trace.channel)
        case.at, case.status, case.number = f"end:{trace.end}" if trace.end else "", trace.status or "", number
        case.iin, case.name = IIN, NAME
        case.opened_at = trace.opened_at or uow.now
        for message, message_id, body, signature in entries:
            uow.insert(
                journal,
                {
                    "message_id": message_id,
                    "case_id": found.case_id,
                    "type": message.type,
                    "sender": message.sender,
                    "recipient": law.body if message.to == "lea" else message.recipient,
                    "sequence": message.sequence,
                    "occurred_at": message.occurred_at,
                    "journalled_at": message.journalled_at,
                    "verdict": message.verdict,
                    "reason": message.reason,
                    "publisher": message.by,
                    "body": body,
                    "signature": signature,
                    "number": 0,
                    "hash": b"",
                },
            )

    await gateway.writer.run(enter, found.case_id)
    return found


def body_of(message: Message, trace: Trace) -> Body:
    """A body as the type asks for, with what the trace knows of it."""
    result = trace.result.kind if trace.result else ""
    denied = any(step.outcome == "denied" for step in message.steps)
    decision: Literal["granted", "denied"] = "denied" if denied else "granted"
    status = message.status or "in_progress"
    made: dict[str, Body] = {
        "RequestSubmitted": RequestSubmitted(IIN, NAME, {"address": "Мамлют, Абай көшесі 1"}, b"document", b"cms"),
        "RequestRegistered": RequestRegistered("A-1", "received"),
        "StatusChanged": msgspec.convert({"status": status}, StatusChanged),
        "ResultIssued": ResultIssued(decision, "completed", "A-1", b"document", b"cms", result),
        "ResultDelivered": ResultDelivered(decision, "in-person", "A-1", result),
        "CaseClosed": CaseClosed("refused", "identity", "the password is wrong"),
        "RegistryAsked": RegistryAsked({"gbd_fl": {"iin": IIN}}),
        "RegistryAnswered": RegistryAnswered({"gbd_fl": Answer(True, {"name": NAME, "born": "1990-01-01"})}),
        "RegistryUpdated": RegistryUpdated("oralman", {"name": NAME}),
    }
    return made[message.type]
