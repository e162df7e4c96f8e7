"""What control messages say: what waits at a service, what the gateway has it do about that, and what came of it.

A control message is no envelope. It belongs to no case, is in no journal, verdict or bundle, and has neither outbox nor
inbox: a service whose database takes nothing can still say so. It is JSON, signed over its bytes as every message of a
system is; the member `control` says which of the three it is, and no envelope has such a member.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from aimaq.bus.port import CONTROL_SECONDS, IncomingMessage, OutgoingMessage
from aimaq.language import ids
from aimaq.language.bounds import Line, Name, Text, hidden, may_hide
from aimaq.language.clock import Clock
from aimaq.language.envelope import UNREADABLE
from aimaq.language.errors import InvalidInput, MalformedBody, NotAllowed, StaleMessage, Technical
from aimaq.language.messages import Moment
from aimaq.language.signing.jws import Signer, Verifier

MOST_BYTES = 512 * 1024
"""The largest control message that is looked at."""
SHOWN = 50
"""How many waiting messages of a kind a summary tells in full."""
MOST_CAUSES = 200
"""How many groups a summary tells."""
MOST_PICKED = 500
"""How many messages a command may name, or take from a group."""

MOST_REASON = 500
"""Characters of why an operator does something."""

Kind = Literal["dead", "held", "retry", "unsent", "refused", "rejected"]
"""Why a message waits: laid aside, for an earlier one, to be tried again, not known to be with the bus, not taken by
the broker; or not at all: the gateway did not let it through."""
Action = Literal["requeue", "return", "drop"]
"""What is done about a waiting message: it is handled or sent again, its sender is told, or it is given up."""
Outcome = Literal["handled", "sent", "retry", "held", "dead", "returned", "dropped", "already", "impossible", "failed"]
"""What came of an action on one message: what it is now; or somebody had done it already, or it cannot be done."""

Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Id = Annotated[str, msgspec.Meta(pattern=ids.PATTERN)]
Cause = Annotated[str, msgspec.Meta(max_length=300)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class WaitingMessage(_Part, frozen=True):
    """One message that waits: since when, why, how often it was tried, and how often an operator had put it back."""

    message_id: Name
    kind: Kind
    since: Moment
    case_id: Line | None = None
    sender: Line | None = None
    recipient: Line | None = None
    type: Line | None = None
    reason: Text = ""
    cause: Cause = ""
    attempts: Number = 0
    due_at: Moment | None = None
    times: Number = 0


class CauseGroup(_Part, frozen=True):
    """The messages of one kind that wait for one cause: how many, of how many cases, since when the first and last."""

    kind: Kind
    cause: Cause
    count: Number
    cases: Number
    first: Moment
    last: Moment
    types: tuple[Line, ...] = ()
    senders: tuple[Line, ...] = ()


class Waiting(_Part, frozen=True):
    """What waits at one service, as read at `at`: how many of each kind, the groups, and the oldest of each kind."""

    at: Moment
    counts: dict[Kind, Number] = {}
    first: dict[Kind, Moment] = {}
    groups: Annotated[tuple[CauseGroup, ...], msgspec.Meta(max_length=MOST_CAUSES)] = ()
    messages: Annotated[tuple[WaitingMessage, ...], msgspec.Meta(max_length=6 * SHOWN)] = ()


class Summary(_Part, frozen=True, tag_field="control", tag="summary", kw_only=True):
    """How a service is and what waits there. `run` names one run of its process, in which `sequence` counts from 1.

    `ailments` keep it from its work, `warnings` will one day; `waiting` is what it could read last, None if nothing.
    """

    party: Name
    run: Id
    sequence: Number
    at: Moment
    version: Line
    ailments: Annotated[tuple[Text, ...], msgspec.Meta(max_length=20)] = ()
    warnings: Annotated[tuple[Text, ...], msgspec.Meta(max_length=20)] = ()
    waiting: Waiting | None = None


class Picked(_Part, frozen=True):
    """One message that an operator has chosen, and how often it had been put back when they saw it, if they did."""

    message_id: Name
    times: Number | None = None


class Command(_Part, frozen=True, tag_field="control", tag="command", kw_only=True):
    """What the gateway has a party do about messages that wait there.

    They are those `picked`, or up to `limit` of one `kind` and `cause` on which this `job` has not acted yet. Without
    an `action` they are listed: those after the moment and the id in `after`, with `case_id` those on that case.
    """

    command_id: Id
    party: Name
    at: Moment
    job: Id
    principal: Line
    action: Action | None = None
    reason: Text = ""
    picked: Annotated[tuple[Picked, ...], msgspec.Meta(max_length=MOST_PICKED)] = ()
    kind: Kind | None = None
    cause: Cause | None = None
    case_id: Line | None = None
    after: tuple[Moment, Name] | None = None
    limit: Annotated[int, msgspec.Meta(ge=0, le=MOST_PICKED)] = 0


class Done(_Part, frozen=True):
    """What came of an action on one message; if it was done already, by whom and when."""

    message_id: Name
    outcome: Outcome
    detail: Text = ""
    by: Line = ""
    at: Moment | None = None


class Result(_Part, frozen=True, tag_field="control", tag="result", kw_only=True):
    """What came of a command: for each message, and how many more of the group are left; or the messages listed."""

    party: Name
    command_id: Id
    at: Moment
    done: Annotated[tuple[Done, ...], msgspec.Meta(max_length=MOST_PICKED)] = ()
    left: Number = 0
    messages: Annotated[tuple[WaitingMessage, ...], msgspec.Meta(max_length=MOST_PICKED)] = ()
    refused: Text = ""
    """Why nothing was done, if nothing was."""


Control = Summary | Command | Result

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Control)


def sealed(control: Control, message_id: str, to: str, signer: Signer) -> OutgoingMessage:
    """A control message on its way to a party, signed."""
    body = _encoder.encode(control)
    return OutgoingMessage(message_id, "control", to, body, signer.sign(body))


def opened(incoming: IncomingMessage, verifier: Verifier, clock: Clock, skew: float) -> Control:
    """What a control message says, once it is certain that its publisher signed it, and just now.

    MalformedBody if it is too large or cannot be read, InvalidInput if it has another form. NotAllowed if it is not
    certain whose it is, or if it is another's; BadSignature and UnknownSender as `Verifier.verify`. StaleMessage if it
    is over `CONTROL_SECONDS` old, by real time, or more than `skew` seconds from the future.
    """
    incoming = incoming.admitted()
    if incoming.flaw or len(incoming.body) > MOST_BYTES:
        raise MalformedBody(Technical(incoming.flaw or f"it has more than {MOST_BYTES} bytes"))
    now = clock.now()
    if incoming.publisher is None:
        raise NotAllowed(Technical("the bus does not say whose it is"))
    if (signer := verifier.verify(incoming.body, incoming.signature, now)) != incoming.publisher:
        raise NotAllowed(Technical(f"{signer} signed what {incoming.publisher} sent"))
    try:
        control: Control = _decoder.decode(incoming.body)
    except msgspec.ValidationError as error:
        raise InvalidInput(Technical(str(error))) from error
    except UNREADABLE as error:
        raise MalformedBody(Technical(f"not JSON: {type(error).__name__}")) from error
    if may_hide(incoming.body) and (path := hidden(control, type(control))) is not None:
        raise InvalidInput(Technical("a text with a control character"), field=path.strip("."))
    if not isinstance(control, Command) and control.party != signer:
        raise NotAllowed(Technical(f"{signer} speaks for {control.party}"))
    if clock.lasted(control.at, now) > timedelta(seconds=CONTROL_SECONDS):
        raise StaleMessage(f"it was made at {control.at:%F %T}", field="at", rule="age")
    if control.at - now > timedelta(seconds=skew):
        raise StaleMessage(f"it is from {control.at:%F %T}, in the future", field="at", rule="skew")
    return control
