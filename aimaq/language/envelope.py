"""The envelope: what every message between two systems says of itself, and the bytes it travels as.

The bytes that are signed are the bytes that are sent, stored and replayed. `seal` makes them once; nothing
re-serialises them afterwards. `read` is the only way in.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

import msgspec

from aimaq.language import ids
from aimaq.language.errors import InvalidInput, MalformedBody, UnknownType
from aimaq.language.messages import TYPES, Body, Kind, Name, StepRecord, Type

Id = Annotated[str, msgspec.Meta(pattern=ids.PATTERN)]
PartyName = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z_-]*(:[a-z0-9-]+)?$", max_length=100)]


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
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    regulation: Name
    channel: Name
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)]
    steps: tuple[StepRecord, ...]
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
            return _bodies[self.spec.name].decode(self.body)
        except msgspec.ValidationError as error:
            raise _invalid(error, "body") from error
        except UNREADABLE as error:
            raise MalformedBody(f"the body cannot be read: {type(error).__name__}", field="body") from error


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


def seal(envelope: Envelope) -> bytes:
    """The envelope as the UTF-8 JSON bytes that will be signed, sent and kept."""
    return _encoder.encode(envelope)


def read(data: bytes) -> Envelope:
    """The envelope in these bytes; MalformedBody if they are no JSON, InvalidInput if JSON of another shape."""
    try:
        return _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise _invalid(error, "") from error
    except UNREADABLE as error:
        raise MalformedBody(f"not JSON: {str(error) or type(error).__name__}") from error


def digest(data: bytes) -> str:
    """The SHA-256 of the bytes, in hexadecimal: how a message is named when nothing in it can be trusted."""
    return hashlib.sha256(data).hexdigest()


def _invalid(error: msgspec.ValidationError, prefix: str) -> InvalidInput:
    said, _, path = str(error).partition(" - at `$")
    field = f"{prefix}{path.rstrip('`')}".strip(".") or None
    return InvalidInput(said, field=field, rule=said)
