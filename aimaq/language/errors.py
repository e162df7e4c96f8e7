"""The errors of Aimaq: each class knows the face it shows over HTTP and what becomes of a message that meets it.

Over HTTP an error is a problem document (RFC 9457): `status`, `type` (from `slug`), `title` and `detail` in the
reader's language, and `field` and `rule` where one input field is at fault. On the bus an error has one of three
fates: the message is tried again later, laid aside as a dead letter, or answered with `MessageRejected`.

The type says who reads the detail. `Texts` is for people, in the three languages. `Technical` is English by nature:
another system reads it, or an operator in a log or at the command line. A plain `str` is refused by mypy. An error
whose detail is technical shows its title to a reader of Kazakh or Russian. The classes below `TechnicalError` have no
reader but systems and operators, and take a `str`.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import ClassVar, NewType, Protocol

from aimaq.language.bounds import plain
from aimaq.language.texts import Texts

Technical = NewType("Technical", str)
"""What went wrong, in English: for another system, a log or the command line, and never for a person at a desk."""


class Listed(Protocol):
    """One of several things that are wrong, which a problem document lists."""

    def as_dict(self, language: str) -> dict[str, object]:
        """It as JSON, for a reader of this language."""
        ...


class Fate(enum.Enum):
    """What becomes of a message whose handling failed."""

    RETRY = "retry"
    DEAD = "dead"
    REJECT = "reject"


class AimaqError(Exception):
    """Something went wrong inside a service, and no better name for it is known.

    Without a detail it says its title. `findings` are listed in the problem document, each in the reader's language.
    """

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    fate: ClassVar[Fate] = Fate.DEAD
    exit_code: ClassVar[int] = 2
    """With which a command or a process ends that meets it."""
    title: ClassVar[Texts] = Texts(
        kk="Ішкі қате",
        ru="Внутренняя ошибка",
        en="Internal error",
    )

    def __init__(
        self,
        detail: Texts | Technical | None = None,
        *,
        field: str | None = None,
        rule: str | None = None,
        findings: Sequence[Listed | Texts] = (),
        **more: object,
    ) -> None:
        self.texts: Texts = detail if isinstance(detail, Texts) else self.title
        """What was wrong, for a person."""
        self.detail: str = detail if isinstance(detail, str) and detail else self.texts.en
        """What was wrong, in English, for systems and logs."""
        super().__init__(self.detail)
        self.field = field
        self.rule = rule
        self.findings = findings
        self.more = more

    @property
    def reason(self) -> str:
        """The error as one short line for journals and logs: its slug, the field at fault if one is, what was wrong."""
        return plain(f"{self.slug}: {self.text}")

    @property
    def text(self) -> str:
        """What was wrong, with the field at fault if one is, as the sender of a message is told."""
        return f"{self.field}: {self.detail}" if self.field else self.detail

    def problem(self, language: str = "en") -> dict[str, object]:
        """The error as an RFC 9457 problem document in the language asked for (`kk`, `ru` or `en`)."""
        body: dict[str, object] = {
            "type": f"urn:aimaq:problem:{self.slug}",
            "title": self.title.say(language),
            "status": self.status,
            "detail": self.detail if language == "en" else self.texts.say(language),
        }
        if self.field is not None:
            body["field"] = self.field
        if self.rule is not None:
            body["rule"] = self.rule
        if self.findings:
            body["findings"] = [
                one.say(language) if isinstance(one, Texts) else one.as_dict(language) for one in self.findings
            ]
        return body | self.more


class TechnicalError(AimaqError):
    """An error that only systems and operators read: its detail may be English."""

    def __init__(self, detail: Texts | str = "", *, field: str | None = None, rule: str | None = None) -> None:
        super().__init__(detail if isinstance(detail, Texts) else Technical(detail), field=field, rule=rule)


class InvalidInput(AimaqError):
    """The input has the wrong shape or breaks a rule; `field` and `rule` say which."""

    status, slug, fate = 422, "invalid-input", Fate.REJECT
    title = Texts(kk="Деректер қате", ru="Неверные данные", en="Invalid input")


class MalformedBody(AimaqError):
    """The body cannot be read at all: it is not JSON, or not the JSON of an envelope."""

    status, slug, fate = 400, "malformed-body", Fate.REJECT
    title = Texts(kk="Хабар оқылмайды", ru="Тело не читается", en="Malformed body")


class BodyTooLarge(AimaqError):
    """The body is larger than this stand accepts."""

    status, slug, fate = 413, "body-too-large", Fate.REJECT
    title = Texts(kk="Хабар тым үлкен", ru="Слишком большое тело", en="Body too large")


class NotAuthenticated(AimaqError):
    """Who is calling could not be established."""

    status, slug, fate = 401, "not-authenticated", Fate.REJECT
    title = Texts(kk="Авторизациядан бас тартылды", ru="Отказ в авторизации", en="Authorisation refused")


class NotAllowed(AimaqError):
    """The caller or sender is known, and may not do this."""

    status, slug, fate = 403, "not-allowed", Fate.REJECT
    title = Texts(kk="Рұқсат жоқ", ru="Доступ запрещён", en="Not allowed")


class NotFound(AimaqError):
    """There is no such thing here."""

    status, slug, fate = 404, "not-found", Fate.REJECT
    title = Texts(kk="Табылмады", ru="Не найдено", en="Not found")


class UnknownRegulation(NotFound):
    """The regulation or channel named is not in the catalogue."""

    slug = "unknown-regulation"
    title = Texts(kk="Регламент белгісіз", ru="Неизвестный регламент", en="Unknown regulation")


class UnknownType(TechnicalError):
    """The message type named is not one that Aimaq speaks."""

    status, slug, fate = 422, "unknown-type", Fate.REJECT
    title = Texts(kk="Хабар түрі белгісіз", ru="Неизвестный тип сообщения", en="Unknown message type")


class OutOfOrder(AimaqError):
    """The regulation does not prescribe this step for the case as it stands."""

    status, slug, fate = 409, "out-of-order", Fate.REJECT
    title = Texts(kk="Бұл қадамның кезегі емес", ru="Шаг не по порядку", en="Step out of order")


class AlreadyThere(AimaqError):
    """What was to be created exists already, with other content."""

    status, slug, fate = 409, "already-there", Fate.REJECT
    title = Texts(kk="Бұрыннан бар", ru="Уже существует", en="Already there")


class BadSignature(AimaqError):
    """The signature does not match the bytes, or its certificate is not one to be trusted here."""

    status, slug, fate = 422, "bad-signature", Fate.REJECT
    title = Texts(kk="Қолтаңба жарамсыз", ru="Подпись недействительна", en="Bad signature")


class Unproved(TechnicalError):
    """What a message claims is not proved by the document in it: the signature does not hold, or it is another case's.

    The detail lists every finding.
    """

    status, slug, fate = 422, "unproved", Fate.REJECT
    title = Texts(kk="Хабар дәлелденбеген", ru="Сообщение не доказано", en="Not proved")


class WithdrawnCertificate(BadSignature):
    """The signature is that of the system `party`, whose certificate is good no more; `rule`: revoked or suspended."""

    slug = "withdrawn-certificate"
    title = Texts(
        kk="Жүйенің куәлігі шақыртылған",
        ru="Сертификат системы отозван",
        en="The system's certificate is withdrawn",
    )

    def __init__(self, detail: str = "", *, party: str = "", rule: str | None = None) -> None:
        super().__init__(Technical(detail), rule=rule)
        self.party = party


class UnknownSender(TechnicalError):
    """No party is known under this name or certificate."""

    status, slug, fate = 403, "unknown-sender", Fate.REJECT
    title = Texts(kk="Жіберуші белгісіз", ru="Неизвестный отправитель", en="Unknown sender")


class WrongRecipient(TechnicalError):
    """The message is addressed to another party than the one that received it."""

    status, slug, fate = 403, "wrong-recipient", Fate.REJECT
    title = Texts(kk="Алушы басқа", ru="Чужой получатель", en="Wrong recipient")


class StaleMessage(TechnicalError):
    """The message is older than this stand accepts, or comes from the future."""

    status, slug, fate = 422, "stale-message", Fate.REJECT
    title = Texts(kk="Хабар ескірген", ru="Сообщение устарело", en="Stale message")


class TimeGoesForward(AimaqError):
    """The stand's clock was to be set to a time before the one it shows."""

    status, slug, fate = 409, "time-goes-forward", Fate.REJECT
    title = Texts(kk="Уақыт кері жүрмейді", ru="Время не идёт назад", en="Time does not go back")


class UsedId(TechnicalError):
    """The message id was used before, for other bytes."""

    status, slug, fate = 409, "used-id", Fate.REJECT
    title = Texts(kk="Идентификатор қолданылған", ru="Идентификатор уже использован", en="Message id already used")


class Returned(AimaqError):
    """An operator has sent the message back to whoever sent it; the detail is what they wrote."""

    status, slug, fate = 409, "returned", Fate.REJECT
    title = Texts(kk="Жіберушіге қайтарылды", ru="Возвращено отправителю", en="Returned to the sender")


class TooManyFailures(AimaqError):
    """Whoever asks has failed too often recently; `retry_after` tells in how many seconds they may ask again."""

    status, slug, fate = 429, "too-many-failures", Fate.REJECT
    title = Texts(kk="Сәтсіз әрекет тым көп", ru="Слишком много неудачных попыток", en="Too many failures")


class TooManyRequests(TooManyFailures):
    """Whoever asks has asked too often; `retry_after` tells in how many seconds they may ask again."""

    slug = "too-many-requests"
    title = Texts(kk="Сұрау тым көп", ru="Слишком много обращений", en="Too many requests")


class Unavailable(AimaqError):
    """Something this service depends on is out of reach now; the same call may succeed later."""

    status, slug, fate = 503, "unavailable", Fate.RETRY
    title = Texts(kk="Қызмет уақытша қолжетімсіз", ru="Временно недоступно", en="Temporarily unavailable")
    exit_code = 3

    def again(self) -> Unavailable:
        """The same for somebody else who asks."""
        return Unavailable(self.texts if self.texts.en == self.detail else Technical(self.detail))


class Stopped(TechnicalError):
    """Something without which the service cannot work has ended in it; its process ends, and is to be started again."""

    status, slug, fate = 503, "stopped", Fate.RETRY
    title = Texts(kk="Қызмет тоқтады", ru="Служба остановилась", en="The service has stopped")
    exit_code = 4


class Unconfigured(TechnicalError):
    """The stand was started with settings, keys or files that it cannot work with."""

    slug = "unconfigured"
    title = Texts(kk="Баптау қате", ru="Ошибка настройки", en="Wrong configuration")
