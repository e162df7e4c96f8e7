"""What can be wrong with a signature: each finding has a code that stays, particulars, and words in three languages."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from aimaq.language.texts import LANGUAGES, Texts


class Code(enum.StrEnum):
    """What can be wrong with a signature."""

    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    SEVERAL_SIGNERS = "several-signers"
    MISSING_ATTRIBUTE = "missing-attribute"
    BAD_ATTRIBUTE = "bad-attribute"
    OTHER_CONTENT = "other-content"
    DIGEST = "digest"
    SIGNATURE = "signature"
    TIME_STAMP = "time-stamp"
    CHAIN = "chain"
    SELF_SIGNED = "self-signed"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    REVOKED_AFTER_SIGNING = "revoked-after-signing"
    SUSPENDED = "suspended"
    REVOCATION_UNKNOWN = "revocation-unknown"
    REVOCATION_STALE = "revocation-stale"
    WRONG_KEY_USAGE = "wrong-key-usage"
    NOT_FOR_SIGN_IN = "not-for-sign-in"
    OTHER_IIN = "other-iin"
    OTHER_BIN = "other-bin"
    WRONG_ROLE = "wrong-role"


UNREAD = frozenset({Code.MALFORMED, Code.TOO_LARGE})
"""The findings that say that there is nothing to be judged: the encoding could not be read."""

UNDECIDED = frozenset({Code.REVOCATION_UNKNOWN, Code.REVOCATION_STALE})
"""The findings that say nothing of the signature, only that it could not be looked up whether it still counts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and the particulars, which never hold an IIN.

    `signer` is the number of the signer in the order of the signature, from 1, where there are several.
    """

    code: Code
    particulars: Texts
    signer: int | None = None

    @property
    def detail(self) -> str:
        """The particulars in English, for logs and the command line."""
        return self.particulars.en

    @property
    def text(self) -> Texts:
        """The finding in the words for a person."""
        return TEXTS[self.code]

    def as_dict(self, language: str) -> dict[str, object]:
        """The finding as it is told over HTTP to a reader of this language."""
        detail, text = self.particulars.say(language), self.text.as_dict()
        described: dict[str, object] = {"code": self.code.value, "detail": detail, "text": text}
        return described if self.signer is None else described | {"signer": self.signer}

    def __str__(self) -> str:
        whose = "" if self.signer is None else f"signer {self.signer}: "
        return f"{self.code}: {whose}{self.detail}"


def together(findings: Iterable[Finding]) -> Texts:
    """All that is wrong in one line; in English with the codes, as logs have it."""
    those = list(findings)
    return Texts(
        kk="; ".join(_of_signer(one, "{}-қол қоюшы: {}").kk for one in those),
        ru="; ".join(_of_signer(one, "подписавший {}: {}").ru for one in those),
        en="; ".join(map(str, those)),
    )


def _of_signer(one: Finding, whose: str) -> Texts:
    if one.signer is None:
        return one.particulars
    return Texts(*(whose.format(one.signer, one.particulars.say(language)) for language in LANGUAGES))


def _words(kk: str, ru: str, en: str) -> Texts:
    return Texts(kk=kk, ru=ru, en=en)


TEXTS: dict[Code, Texts] = {
    Code.MALFORMED: _words(
        "Қолтаңбаның пішімі дұрыс емес",
        "Подпись не читается",
        "The signature cannot be read",
    ),
    Code.TOO_LARGE: _words(
        "Қолтаңба тым үлкен",
        "Подпись слишком велика",
        "The signature is too large",
    ),
    Code.SEVERAL_SIGNERS: _words(
        "Қол қоюшы біреу болуға тиіс",
        "Подписавший должен быть один",
        "There must be one signer",
    ),
    Code.MISSING_ATTRIBUTE: _words(
        "Қолтаңбада міндетті атрибут жоқ",
        "В подписи нет обязательного атрибута",
        "The signature lacks an attribute that it must have",
    ),
    Code.BAD_ATTRIBUTE: _words(
        "Қолтаңбаның атрибуты дұрыс емес",
        "Неверный атрибут подписи",
        "An attribute of the signature is wrong",
    ),
    Code.OTHER_CONTENT: _words(
        "Қолтаңбаның ішіндегі құжат күтілген құжат емес",
        "Документ внутри подписи не тот, который ожидается",
        "The document inside the signature is not the one expected",
    ),
    Code.DIGEST: _words(
        "Қолтаңба басқа құжатқа қойылған",
        "Подписан другой документ",
        "Another document was signed",
    ),
    Code.SIGNATURE: _words(
        "Қолтаңба сертификаттың кілтіне сәйкес келмейді",
        "Подпись не соответствует ключу сертификата",
        "The signature does not match the key of the certificate",
    ),
    Code.TIME_STAMP: _words(
        "Қолтаңбаның уақыт белгісі жарамсыз",
        "Метка времени подписи недействительна",
        "The time stamp of the signature is not valid",
    ),
    Code.CHAIN: _words(
        "Сертификатты сенімді куәландырушы орталық бермеген",
        "Сертификат выдан не доверенным удостоверяющим центром",
        "The certificate was not issued by a trusted authority",
    ),
    Code.SELF_SIGNED: _words(
        "Сертификатқа иесінің өзі қол қойған",
        "Сертификат подписан самим владельцем",
        "The certificate was signed by its own owner",
    ),
    Code.EXPIRED: _words(
        "Сертификаттың қолданылу мерзімі өткен",
        "Срок действия сертификата истёк",
        "The certificate has expired",
    ),
    Code.NOT_YET_VALID: _words(
        "Сертификаттың қолданылу мерзімі басталмаған",
        "Срок действия сертификата не наступил",
        "The certificate is not yet valid",
    ),
    Code.REVOKED: _words(
        "Сертификат кері қайтарып алынған",
        "Сертификат отозван",
        "The certificate was revoked",
    ),
    Code.REVOKED_AFTER_SIGNING: _words(
        "Сертификат қол қойылғаннан кейін кері қайтарып алынған",
        "Сертификат отозван после подписания",
        "The certificate was revoked after the signing",
    ),
    Code.SUSPENDED: _words(
        "Сертификаттың қолданылуы тоқтатыла тұрған",
        "Действие сертификата приостановлено",
        "The certificate is suspended",
    ),
    Code.REVOCATION_UNKNOWN: _words(
        "Сертификаттың кері қайтарылмағанын тексеру мүмкін болмады",
        "Проверить, не отозван ли сертификат, не удалось",
        "Whether the certificate was revoked could not be looked up",
    ),
    Code.REVOCATION_STALE: _words(
        "Кері қайтарылған сертификаттар туралы мәлімет ескірген",
        "Сведения об отозванных сертификатах устарели",
        "What is known of revoked certificates is out of date",
    ),
    Code.WRONG_KEY_USAGE: _words(
        "Сертификат қол қоюға арналмаған",
        "Сертификат не предназначен для подписи",
        "The certificate is not for signing",
    ),
    Code.NOT_FOR_SIGN_IN: _words(
        "Сертификат жүйеге кіруге арналмаған",
        "Сертификат не предназначен для входа в систему",
        "The certificate is not for signing in",
    ),
    Code.OTHER_IIN: _words(
        "Сұранымдағы ЖСН сертификаттағы ЖСН-ге сәйкес келмейді",
        "ИИН в запросе не совпадает с ИИН в сертификате",
        "The IIN in the request is not the one in the certificate",
    ),
    Code.OTHER_BIN: _words(
        "Сертификаттағы БСН күтілген ұйымның БСН-і емес",
        "БИН в сертификате не тот, что у ожидаемой организации",
        "The BIN in the certificate is not that of the organisation expected",
    ),
    Code.WRONG_ROLE: _words(
        "Сертификат иесінің бұл құжатқа қол қоюға өкілеттігі жоқ",
        "Владелец сертификата не вправе подписывать этот документ",
        "The owner of the certificate has no authority to sign this document",
    ),
}
"""The words for each code."""
