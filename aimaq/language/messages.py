"""The messages that systems exchange: their bodies, who may send which to whom, and the words for a case's status.

A type has one spelling everywhere: the class `RequestSubmitted`, `RequestSubmitted` in YAML, the handler
`on_request_submitted`, the routing key `request.submitted`.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

Kind = Literal["REQUEST", "NOTIFICATION", "RESPONSE"]
"""What a message is for, in the words of the gateway of e-government (ШЭП)."""

Status = Literal["received", "in_progress", "completed", "refused"]
"""Where a case stands, as a person is told (annex 1 of the acts: Келіп түсті, Жұмыста, Орындалды, Бас тартылды)."""

STATUS_TEXTS: dict[str, dict[str, str]] = {
    "received": {"kk": "Келіп түсті", "ru": "Поступило", "en": "Received"},
    "in_progress": {"kk": "Жұмыста", "ru": "В работе", "en": "In progress"},
    "completed": {"kk": "Орындалды", "ru": "Исполнено", "en": "Completed"},
    "refused": {"kk": "Бас тартылды", "ru": "Отказано", "en": "Refused"},
}
FINAL = frozenset({"completed", "refused"})

PARTIES = ("portal", "con", "lea", "gateway", "registry")
"""The five systems of the stand. A recipient may name a body of one of them: `lea:mamlyut-employment`."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=4000)]


class StepRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One regulated step (or one part of a step) that the sender completed since its last message on the case."""

    ref: Name
    operation: Name
    unit: Name
    outcome: Name
    started_at: datetime
    ended_at: datetime


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a message says beside its envelope."""


class RequestSubmitted(Body, frozen=True):
    """A signed request goes to the body that decides it. `document` is what was signed, `signature` the CMS as sent."""

    iin: Name
    name: Name
    form: dict[str, Any]
    document: bytes
    signature: bytes


class RequestRegistered(Body, frozen=True):
    """The body has numbered the request and taken it in."""

    number: Name
    status: Status


class StatusChanged(Body, frozen=True):
    """The case has a new status, to be shown to the person who asked."""

    status: Status
    number: Text = ""


class ResultIssued(Body, frozen=True):
    """The body's signed answer: the certificate, or the reasoned refusal."""

    decision: Literal["granted", "denied"]
    status: Status
    number: Name
    document: bytes
    signature: bytes
    result: Text = ""
    """Which of the regulation's results it is; the only one of its decision, if that is left out."""
    pdf: Annotated[bytes, msgspec.Meta(max_length=4 * 1024 * 1024)] = b""
    """The same as a paper (PDF/A) with the official's signature in it (PAdES), if they signed that too."""


class ResultDelivered(Body, frozen=True):
    """The answer is in the hands of the person who asked."""

    decision: Literal["granted", "denied"]
    how: Literal["in-person", "email", "cabinet", "courier"]
    number: Text = ""
    result: Text = ""


class CaseClosed(Body, frozen=True):
    """A case ended without a result: authorisation, signature or papers were refused, or data are not there."""

    end: Name
    ground: Text = ""
    detail: Text = ""


class RegistryAsked(Body, frozen=True):
    """Questions to state registers, each by the register's short name (`gbd_fl`): what the record is looked up by."""

    questions: Annotated[dict[str, dict[str, str]], msgspec.Meta(min_length=1, max_length=16)]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One register's answer: whether there is a record, and the record."""

    found: bool
    record: dict[str, Any] = {}


class RegistryAnswered(Body, frozen=True):
    """The answers of the registers that were asked, by their short names."""

    answers: dict[str, Answer]


class RegistryUpdated(Body, frozen=True):
    """Data for a state register to keep: a card, a repatriate's registration, what an applicant supplied."""

    register: Name
    record: dict[str, str]


class MessageRejected(Body, frozen=True):
    """A message was not accepted; `digest` is the SHA-256 of its bytes, `reason` the slug of the error."""

    message_id: Text
    digest: Name
    reason: Name
    detail: Text


_FRONT = ("portal", "con")
_SYSTEMS = ("portal", "con", "lea", "registry")


class Type(msgspec.Struct, frozen=True):
    """One message type: its body, its kind, and the pairs of parties between whom it may travel."""

    name: str
    body: type[Body]
    kind: Kind
    routes: frozenset[tuple[str, str]]
    routing_key: str
    """The type's name in lower case with dots between its words: `request.submitted`."""


def dotted(name: str) -> str:
    """A type's name in lower case with dots between its words."""
    return re.sub(r"(?<!^)(?=[A-Z])", ".", name).lower()


def _type(body: type[Body], kind: Kind, senders: tuple[str, ...], recipients: tuple[str, ...]) -> Type:
    routes = frozenset((a, b) for a in senders for b in recipients if a != b)
    return Type(name=body.__name__, body=body, kind=kind, routes=routes, routing_key=dotted(body.__name__))


TYPES: dict[str, Type] = {
    t.name: t
    for t in (
        _type(RequestSubmitted, "REQUEST", _FRONT, ("lea",)),
        _type(RequestRegistered, "NOTIFICATION", ("lea",), (*_FRONT, "gateway")),
        _type(StatusChanged, "NOTIFICATION", ("lea", "gateway"), (*_FRONT, "gateway")),
        _type(ResultIssued, "RESPONSE", ("lea",), _FRONT),
        _type(ResultDelivered, "NOTIFICATION", ("portal", "con", "lea"), ("gateway",)),
        _type(CaseClosed, "NOTIFICATION", ("portal", "con", "lea"), (*_FRONT, "gateway")),
        _type(RegistryAsked, "REQUEST", ("portal", "con", "lea"), ("registry",)),
        _type(RegistryAnswered, "RESPONSE", ("registry",), ("portal", "con", "lea")),
        _type(RegistryUpdated, "NOTIFICATION", ("portal", "con", "lea"), ("registry",)),
        _type(MessageRejected, "NOTIFICATION", (*_SYSTEMS, "gateway"), (*_SYSTEMS, "gateway")),
    )
}
"""Every message type that Aimaq speaks, by name; the gateway lets nothing else through."""
