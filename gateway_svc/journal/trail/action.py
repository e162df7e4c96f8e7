"""An act of somebody who administers, as an entry of the chained journal.

The entry belongs to no case, also where the act is about one: a case's trace, statement, bundle and verdict are made of
what systems said, and the body of the entry names the case. Its verdict in the journal is `action`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from aimaq.access.trail import Deed, Outcome
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.bounds import plain
from gateway_svc.models import actions, journal

TYPE = "OperatorAction"
VERDICT = "action"

LONGEST_OBJECT, LONGEST_REASON = 128, 500
"""Characters."""


class OperatorAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the gateway signs of an act: JSON without a space, the fields in this order, times in UTC with a `Z`.

    `roles` is empty for the gateway's own token. `party` and `body` are what the account is bound to, if anything.
    A try that was repeated is told once more with the `times` that it came since, until `until`.
    """

    id: str
    at: datetime
    principal: str
    roles: tuple[str, ...]
    party: str
    body: str
    address: str
    action: str
    call: str
    object: str
    case_id: str | None
    reason: str
    outcome: Outcome
    status: int
    times: int = 1
    until: datetime | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(OperatorAction)


def read_action(data: bytes) -> OperatorAction | None:
    """The act in these bytes; None if they are not exactly those of one."""
    try:
        found = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if _encoder.encode(found) == data else None


def record(uow: UnitOfWork, deed: Deed, *, times: int = 1, until: datetime | None = None) -> str:
    """Enter an act into the journal, in the transaction that this work is part of; returns the id of the entry."""
    principal = deed.principal
    action = OperatorAction(
        id=uow.party.ids(),
        at=deed.began_at.astimezone(UTC),
        principal=plain(principal.name),
        roles=tuple(sorted(principal.roles)),
        party=principal.party,
        body=principal.body,
        address=plain(deed.address),
        action=deed.action,
        call=deed.call,
        object=plain(deed.object)[:LONGEST_OBJECT],
        case_id=deed.case_id,
        reason=plain(deed.reason)[:LONGEST_REASON],
        outcome=deed.outcome,
        status=deed.status,
        times=times,
        until=until and until.astimezone(UTC),
    )
    body = _encoder.encode(action)
    uow.insert(
        journal,
        {
            "message_id": action.id,
            "case_id": None,
            "type": TYPE,
            "sender": None,
            "recipient": None,
            "sequence": None,
            "occurred_at": action.at,
            "journalled_at": uow.now,
            "verdict": VERDICT,
            "reason": None,
            "publisher": uow.party.name,
            "body": body,
            "signature": uow.party.signer.sign(body),
            "number": 0,
            "hash": b"",
        },
    )
    uow.insert(
        actions,
        {
            "number": 0,
            "id": action.id,
            "at": action.at,
            "principal": action.principal,
            "action": action.action,
            "outcome": action.outcome,
            "object": action.object,
            "case_id": action.case_id,
        },
    )
    return action.id
