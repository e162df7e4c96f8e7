"""The messages that systems exchange: their bodies, who may send which to whom, and the words for a case's status.

A type has one spelling everywhere: the class `RequestSubmitted`, `RequestSubmitted` in YAML, the handler
`on_request_submitted`, the routing key `request.submitted`.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from aimaq.language.bounds import MOST_FIELDS, Bytes, Fields, Line, Name, Text
from aimaq.language.texts import Texts

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


Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class StepRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One regulated step (or one part of a step) that the sender completed since its last message on the case."""

    ref: Name
    operation: Name
    unit: Name
    outcome: Name
    started_at: Moment
    ended_at: Moment


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a message says beside its envelope."""


class RequestSubmitted(Body, frozen=True):
    """A signed request goes to the body that decides it. `document` is what was signed, `signature` the CMS as sent."""

    iin: Name
    name: Name
    form: Fields
    document: Bytes
    signature: Bytes


class RequestRegistered(Body, frozen=True, omit_defaults=True):
    """The body has numbered the request and taken it in; whose it is, it says of one that began there."""

    number: Name
    status: Status
    iin: Line = ""
    bin: Line = ""


class StatusChanged(Body, frozen=True):
    """The case has a new status, to be shown to the person who asked."""

    status: Status
    number: Line = ""


class ResultIssued(Body, frozen=True):
    """The body's signed answer: the certificate, or the reasoned refusal."""

    decision: Literal["granted", "denied"]
    status: Status
    number: Name
    document: Bytes
    signature: Bytes
    result: Line = ""
    """Which of the regulation's results it is; the only one of its decision, if that is left out."""
    pdf: Bytes = b""
    """The same as a paper (PDF/A) with the official's signature in it (PAdES), if they signed that too."""


class ResultDelivered(Body, frozen=True):
    """The answer is in the hands of the person who asked."""

    decision: Literal["granted", "denied"]
    how: Literal["in-person", "email", "cabinet", "courier"]
    number: Line = ""
    result: Line = ""


class CaseClosed(Body, frozen=True):
    """A case ended without a result: authorisation, signature or papers were refused, or data are not there."""

    end: Name
    ground: Text = ""
    detail: Text = ""


class RegistryAsked(Body, frozen=True):
    """Questions to state registers, each by the register's short name (`gbd_fl`): what the record is looked up by."""

    questions: Annotated[dict[Name, Fields], msgspec.Meta(min_length=1, max_length=16)]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One register's answer: whether there is a record, and the record."""

    found: bool
    record: Annotated[dict[Name, Any], msgspec.Meta(max_length=MOST_FIELDS)] = {}


class RegistryAnswered(Body, frozen=True):
    """The answers of the registers that were asked, by their short names."""

    answers: Annotated[dict[Name, Answer], msgspec.Meta(max_length=16)]


class RegistryUpdated(Body, frozen=True):
    """Data for a state register to keep: a card, a repatriate's registration, what an applicant supplied."""

    register: Name
    record: Fields


class MessageRejected(Body, frozen=True):
    """A message was not accepted; `digest` is the SHA-256 of its bytes, `reason` the slug of the error."""

    message_id: Line
    digest: Name
    reason: Name
    detail: Text


_PORTAL_AND_CON = ("portal", "con")
_SYSTEMS = ("portal", "con", "lea", "registry")


class Type(msgspec.Struct, frozen=True):
    """One message type: its body, its kind, and the pairs of parties between whom it may travel."""

    name: str
    body: type[Body]
    kind: Kind
    routes: frozenset[tuple[str, str]]
    routing_key: str
    """The type's name in lower case with dots between its words: `request.submitted`."""
    words: Texts
    """What it is called where a person reads: in a diagram."""
    reply: bool = False
    """Whether it answers another message, so that no step of a regulation sends it."""

    def recipients(self) -> frozenset[str]:
        """The parties to which it may travel."""
        return frozenset(recipient for _, recipient in self.routes)


def dotted(name: str) -> str:
    """A type's name in lower case with dots between its words."""
    return re.sub(r"(?<!^)(?=[A-Z])", ".", name).lower()


def _type(
    body: type[Body],
    kind: Kind,
    senders: tuple[str, ...],
    recipients: tuple[str, ...],
    words: Texts,
    *,
    reply: bool = False,
) -> Type:
    routes = frozenset((a, b) for a in senders for b in recipients if a != b)
    name = body.__name__
    return Type(name=name, body=body, kind=kind, routes=routes, routing_key=dotted(name), words=words, reply=reply)


def _words(kk: str, ru: str, en: str) -> Texts:
    return Texts(kk, ru, en)


TYPES: dict[str, Type] = {
    t.name: t
    for t in (
        _type(RequestSubmitted, "REQUEST", _PORTAL_AND_CON, ("lea",), _words("Сұраным", "Запрос", "Request")),
        _type(
            RequestRegistered,
            "NOTIFICATION",
            ("lea",),
            (*_PORTAL_AND_CON, "gateway"),
            _words("Сұраным тіркелді", "Запрос зарегистрирован", "Request registered"),
        ),
        _type(
            StatusChanged,
            "NOTIFICATION",
            ("lea", "gateway"),
            (*_PORTAL_AND_CON, "gateway"),
            _words("Мәртебе өзгерді", "Статус изменён", "Status changed"),
        ),
        _type(ResultIssued, "RESPONSE", ("lea",), _PORTAL_AND_CON, _words("Нәтиже", "Результат", "Result")),
        _type(
            ResultDelivered,
            "NOTIFICATION",
            ("portal", "con", "lea"),
            ("gateway",),
            _words("Нәтиже берілді", "Результат выдан", "Result handed over"),
        ),
        _type(
            CaseClosed,
            "NOTIFICATION",
            ("portal", "con", "lea"),
            (*_PORTAL_AND_CON, "gateway"),
            _words("Іс жабылды", "Дело закрыто", "Case closed"),
        ),
        _type(
            RegistryAsked,
            "REQUEST",
            ("portal", "con", "lea"),
            ("registry",),
            _words("Тізілімге сұрау", "Запрос в реестр", "Question to the registers"),
        ),
        _type(
            RegistryAnswered,
            "RESPONSE",
            ("registry",),
            ("portal", "con", "lea"),
            _words("Тізілім жауабы", "Ответ реестра", "Answer of the registers"),
            reply=True,
        ),
        _type(
            RegistryUpdated,
            "NOTIFICATION",
            ("portal", "con", "lea"),
            ("registry",),
            _words("Тізілімге жазба", "Запись в реестр", "Entry for the register"),
        ),
        _type(
            MessageRejected,
            "NOTIFICATION",
            (*_SYSTEMS, "gateway"),
            (*_SYSTEMS, "gateway"),
            _words("Хабар қабылданбады", "Сообщение отклонено", "Message rejected"),
            reply=True,
        ),
    )
}
"""Every message type that Aimaq speaks, by name; the gateway lets nothing else through."""
