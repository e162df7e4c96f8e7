"""The envelope: what every message between two systems says of itself, and the bytes it travels as.

The bytes that are signed are the bytes that are sent, stored and replayed. `to_bytes` makes them once; nothing
re-serialises them afterwards. `read` is the only way in.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from aimaq.language import ids
from aimaq.language.bounds import Count, Name, flaw, hidden, may_hide
from aimaq.language.errors import InvalidInput, MalformedBody, Technical, UnknownType
from aimaq.language.messages import TYPES, Body, Kind, RegistryAnswered, StepRecord, Type

Id = Annotated[str, msgspec.Meta(pattern=ids.PATTERN)]
PartyName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z_-]*(:[a-z0-9-]+)?\Z", max_length=100)]


MOST_STEPS = 200
"""Steps that one message may report; a whole flow has some twenty."""

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Between which every time in an envelope is: no database and no zone stumbles over such a one."""


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One message as its sender wrote it.

    `sequence` counts the sender's messages on this case from 1. `steps` are the regulated steps that the sender
    completed since the one before. `caused_by` is the message that led to this one, if one did.
    """

    message_id: Id
    type: Name
    kind: Kind
    sender: PartyName
    recipient: PartyName
    case_id: Id
    caused_by: Id | None
    sequence: Count
    regulation: Name
    channel: Name
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)]
    steps: Annotated[tuple[StepRecord, ...], msgspec.Meta(max_length=MOST_STEPS)]
    body: msgspec.Raw

    @property
    def spec(self) -> Type:
        """The type of the message; UnknownType for a name that Aimaq does not speak."""
        try:
            return TYPES[self.type]
        except KeyError:
            raise UnknownType(f"no message type {self.type!r}", field="type") from None

    def content(self) -> Body:
        """The body in the shape that the type prescribes; InvalidInput names the field that is wrong."""
        try:
            content = _bodies[self.spec.name].decode(self.body)
        except msgspec.ValidationError as error:
            raise _invalid(error, "body") from error
        except UNREADABLE as error:
            raise MalformedBody(Technical(f"the body cannot be read: {type(error).__name__}"), field="body") from error
        if may_hide(bytes(self.body)):
            _check_texts(content, "body")
        if isinstance(content, RegistryAnswered):
            for register, answer in content.answers.items():
                if (why := flaw(answer.record)) is not None:
                    raise InvalidInput(Technical(why), field=f"body.answers.{register}.record", rule=why)
        return content


UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are no JSON, no text, or nested beyond measure."""

_decoder = msgspec.json.Decoder(Envelope)
_encoder = msgspec.json.Encoder()
_bodies = {name: msgspec.json.Decoder(t.body) for name, t in TYPES.items()}


def party_of(recipient: str) -> str:
    """The system that a recipient belongs to: `lea` for `lea:mamlyut-employment`."""
    return recipient.partition(":")[0]


def encode(body: Body) -> msgspec.Raw:
    """A body as the JSON that an envelope carries."""
    return msgspec.Raw(_encoder.encode(body))


def to_bytes(envelope: Envelope) -> bytes:
    """The envelope as the UTF-8 JSON bytes that will be signed, sent and kept."""
    return _encoder.encode(envelope)


def read(data: bytes) -> Envelope:
    """The envelope in these bytes; MalformedBody if they are no JSON, InvalidInput if JSON of another shape."""
    try:
        envelope = _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise _invalid(error, "") from error
    except UNREADABLE as error:
        raise MalformedBody(Technical(f"not JSON: {str(error) or type(error).__name__}")) from error
    if may_hide(data):
        _check_texts(envelope, "")
    _check_times(envelope)
    return envelope


def digest(data: bytes) -> str:
    """The SHA-256 of the bytes, in hexadecimal: how a message is named when nothing in it can be trusted."""
    return hashlib.sha256(data).hexdigest()


def _check_texts(value: Envelope | Body, prefix: str) -> None:
    """InvalidInput for a control character in a text."""
    if (path := hidden(value, type(value))) is not None:
        rule = "a text with a control character"
        raise InvalidInput(Technical(rule), field=f"{prefix}{path}".strip("."), rule=rule)


def _check_times(envelope: Envelope) -> None:
    """InvalidInput for a time that no calendar of ours reaches."""
    _check_time(envelope.occurred_at, "occurred_at", None)
    for number, step in enumerate(envelope.steps):
        _check_time(step.started_at, "started_at", number)
        _check_time(step.ended_at, "ended_at", number)


def _check_time(time: datetime, name: str, step: int | None) -> None:
    if not EARLIEST <= time <= LATEST:
        field = name if step is None else f"steps.{step}.{name}"
        raise InvalidInput(Technical("a time before 1900 or after 2200"), field=field, rule="1900 to 2200")


def _invalid(error: msgspec.ValidationError, prefix: str) -> InvalidInput:
    text, _, where = str(error).partition(" - at `")
    path = where.rpartition("$")[2].rstrip("`")
    field = f"{prefix}{path}".strip(".") or None
    return InvalidInput(Technical(text), field=field, rule=text)
