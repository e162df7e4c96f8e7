"""The errors of Aimaq: each class knows the face it shows over HTTP and what becomes of a message that meets it.

Over HTTP an error is a problem document (RFC 9457): `status`, `type` (from `slug`), `title` in the reader's language,
`detail` in it too if it was said in all three, else in English, and `field` and `rule` where one input field is at
fault. On the bus an error has one of three fates: the message is tried again later, laid aside as a dead letter, or
answered with `MessageRejected`.
"""

from __future__ import annotations

import enum
from typing import ClassVar

Texts = dict[str, str]
"""One sentence for a person in the three languages: `kk`, `ru`, `en`."""


class Fate(enum.Enum):
    """What becomes of a message whose handling failed."""

    RETRY = "retry"
    DEAD = "dead"
    REJECT = "reject"


class AimaqError(Exception):
    """Something went wrong inside a service, and no better name for it is known."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    fate: ClassVar[Fate] = Fate.DEAD
    title: ClassVar[Texts] = {
        "kk": "Ішкі қате",
        "ru": "Внутренняя ошибка",
        "en": "Internal error",
    }

    def __init__(
        self, detail: str | Texts = "", *, field: str | None = None, rule: str | None = None, **more: object
    ) -> None:
        self.said: Texts = detail if isinstance(detail, dict) else {}
        self.detail: str = self.said["en"] if isinstance(detail, dict) else detail or self.title["en"]
        super().__init__(self.detail)
        self.field = field
        self.rule = rule
        self.more = more

    @property
    def reason(self) -> str:
        """The error as one short line for journals and logs: its slug, the field at fault if one is, what was wrong."""
        return f"{self.slug}: {self.told}"

    @property
    def told(self) -> str:
        """What was wrong, with the field at fault if one is, as the sender of a message is told."""
        return f"{self.field}: {self.detail}" if self.field else self.detail

    def problem(self, language: str = "en") -> dict[str, object]:
        """The error as an RFC 9457 problem document in the language asked for (`kk`, `ru` or `en`)."""
        body: dict[str, object] = {
            "type": f"urn:aimaq:problem:{self.slug}",
            "title": self.title.get(language, self.title["en"]),
            "status": self.status,
            "detail": self.said.get(language, self.detail),
        }
        if self.field is not None:
            body["field"] = self.field
        if self.rule is not None:
            body["rule"] = self.rule
        return body | self.more


class InvalidInput(AimaqError):
    """The input has the wrong shape or breaks a rule; `field` and `rule` say which."""

    status, slug, fate = 422, "invalid-input", Fate.REJECT
    title = {"kk": "Деректер қате", "ru": "Неверные данные", "en": "Invalid input"}


class MalformedBody(AimaqError):
    """The body cannot be read at all: it is not JSON, or not the JSON of an envelope."""

    status, slug, fate = 400, "malformed-body", Fate.REJECT
    title = {"kk": "Хабар оқылмайды", "ru": "Тело не читается", "en": "Malformed body"}


class BodyTooLarge(AimaqError):
    """The body is larger than this stand accepts."""

    status, slug, fate = 413, "body-too-large", Fate.REJECT
    title = {"kk": "Хабар тым үлкен", "ru": "Слишком большое тело", "en": "Body too large"}


class NotAuthenticated(AimaqError):
    """Who is calling could not be established."""

    status, slug, fate = 401, "not-authenticated", Fate.REJECT
    title = {"kk": "Авторизациядан бас тартылды", "ru": "Отказ в авторизации", "en": "Authorisation refused"}


class NotAllowed(AimaqError):
    """The caller or sender is known, and may not do this."""

    status, slug, fate = 403, "not-allowed", Fate.REJECT
    title = {"kk": "Рұқсат жоқ", "ru": "Доступ запрещён", "en": "Not allowed"}


class NotFound(AimaqError):
    """There is no such thing here."""

    status, slug, fate = 404, "not-found", Fate.REJECT
    title = {"kk": "Табылмады", "ru": "Не найдено", "en": "Not found"}


class UnknownRegulation(NotFound):
    """The regulation or channel named is not in the catalogue."""

    slug = "unknown-regulation"
    title = {"kk": "Регламент белгісіз", "ru": "Неизвестный регламент", "en": "Unknown regulation"}


class UnknownType(AimaqError):
    """The message type named is not one that Aimaq speaks."""

    status, slug, fate = 422, "unknown-type", Fate.REJECT
    title = {"kk": "Хабар түрі белгісіз", "ru": "Неизвестный тип сообщения", "en": "Unknown message type"}


class OutOfOrder(AimaqError):
    """The regulation does not prescribe this step for the case as it stands."""

    status, slug, fate = 409, "out-of-order", Fate.REJECT
    title = {"kk": "Бұл қадамның кезегі емес", "ru": "Шаг не по порядку", "en": "Step out of order"}


class AlreadyThere(AimaqError):
    """What was to be created exists already, with other content."""

    status, slug, fate = 409, "already-there", Fate.REJECT
    title = {"kk": "Бұрыннан бар", "ru": "Уже существует", "en": "Already there"}


class BadSignature(AimaqError):
    """The signature does not match the bytes, or its certificate is not one to be trusted here."""

    status, slug, fate = 422, "bad-signature", Fate.REJECT
    title = {"kk": "Қолтаңба жарамсыз", "ru": "Подпись недействительна", "en": "Bad signature"}


class WithdrawnCertificate(BadSignature):
    """The signature is that of the system `party`, whose certificate is good no more; `rule`: revoked or suspended."""

    slug = "withdrawn-certificate"
    title = {
        "kk": "Жүйенің куәлігі шақыртылған",
        "ru": "Сертификат системы отозван",
        "en": "The system's certificate is withdrawn",
    }

    def __init__(self, detail: str = "", *, party: str = "", rule: str | None = None) -> None:
        super().__init__(detail, rule=rule)
        self.party = party


class UnknownSender(AimaqError):
    """No party is known under this name or certificate."""

    status, slug, fate = 403, "unknown-sender", Fate.REJECT
    title = {"kk": "Жіберуші белгісіз", "ru": "Неизвестный отправитель", "en": "Unknown sender"}


class WrongRecipient(AimaqError):
    """The message is addressed to another party than the one that received it."""

    status, slug, fate = 403, "wrong-recipient", Fate.REJECT
    title = {"kk": "Алушы басқа", "ru": "Чужой получатель", "en": "Wrong recipient"}


class StaleMessage(AimaqError):
    """The message is older than this stand accepts, or comes from the future."""

    status, slug, fate = 422, "stale-message", Fate.REJECT
    title = {"kk": "Хабар ескірген", "ru": "Сообщение устарело", "en": "Stale message"}


class TimeGoesForward(AimaqError):
    """The stand's clock was to be set to a time before the one it shows."""

    status, slug, fate = 409, "time-goes-forward", Fate.REJECT
    title = {"kk": "Уақыт кері жүрмейді", "ru": "Время не идёт назад", "en": "Time does not go back"}


class UsedId(AimaqError):
    """The message id was used before, for other bytes."""

    status, slug, fate = 409, "used-id", Fate.REJECT
    title = {"kk": "Идентификатор қолданылған", "ru": "Идентификатор уже использован", "en": "Message id already used"}


class TooManyFailures(AimaqError):
    """Whoever asks has failed too often of late; `retry_after` tells in how many seconds they may ask again."""

    status, slug, fate = 429, "too-many-failures", Fate.REJECT
    title = {"kk": "Сәтсіз әрекет тым көп", "ru": "Слишком много неудачных попыток", "en": "Too many failures"}


class Unavailable(AimaqError):
    """Something this service depends on is out of reach now; the same call may succeed later."""

    status, slug, fate = 503, "unavailable", Fate.RETRY
    title = {"kk": "Қызмет уақытша қолжетімсіз", "ru": "Временно недоступно", "en": "Temporarily unavailable"}


class Unconfigured(AimaqError):
    """The stand was started with settings, keys or files that it cannot work with."""

    slug = "unconfigured"
    title = {"kk": "Баптау қате", "ru": "Ошибка настройки", "en": "Wrong configuration"}
