"""The entries of the pack: for each what is wrong, how it is made, and the findings that a verifier has to have.

The findings are codes of `aimaq.eds.findings`, in the order in which they are told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aimaq.eds.asn1.oids import CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE
from aimaq.eds.cms import reader
from aimaq.eds.findings import Code
from aimaq.language.texts import Texts
from stand.signatures.craft import attributes, changed, holding, message, padded, signer, streamed
from stand.signatures.world import World

Make = Callable[[World, bytes], bytes]
"""Makes a signature over a document."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One signature of the pack."""

    name: str
    title: Texts
    findings: tuple[Code, ...]
    make: Make


def _without(name: bytes) -> Make:
    def make(world: World, document: bytes) -> bytes:
        text = attributes(world.good, document, world.signed_at)
        del text[name]
        return message([signer(world.good, text)], [world.good.certificate])

    return make


def _bare(world: World, document: bytes) -> bytes:
    return message([signer(world.good, {}, document)], [world.good.certificate])


def _torso(world: World, document: bytes) -> bytes:
    whole = world.sign(world.good, document)
    return whole[: len(whole) * 2 // 3]


def _giant(world: World, document: bytes) -> bytes:
    return padded(world.sign(world.good, document), reader.LARGEST)


def _by_two(world: World, document: bytes) -> bytes:
    good, bad = world.good, world.someone_else
    infos = [signer(one, attributes(one, document, world.signed_at)) for one in (good, bad)]
    return message([infos[0], changed(infos[1])], [good.certificate, bad.certificate])


def _everything(world: World, document: bytes) -> bytes:
    hand = world.authentication
    text = attributes(hand, document + b" ", world.signed_at)
    del text[SIGNING_CERTIFICATE]
    return changed(message([signer(hand, text)], [hand.certificate]))


def _entry(name: str, findings: tuple[Code, ...], make: Make, kk: str, ru: str, en: str) -> Entry:
    return Entry(name, Texts(kk, ru, en), findings, make)


ENTRIES: tuple[Entry, ...] = (
    _entry(
        "good",
        (),
        lambda w, d: w.sign(w.good, d),
        "Дұрыс қолтаңба",
        "Верная подпись",
        "A good signature",
    ),
    _entry(
        "good-stamped",
        (),
        lambda w, d: w.stamp(w.sign(w.good, d)),
        "Уақыт белгісі бар дұрыс қолтаңба",
        "Верная подпись с меткой времени",
        "A good signature with a time stamp",
    ),
    _entry(
        "good-attached",
        (),
        lambda w, d: w.sign(w.good, d, attached=True),
        "Құжаты ішіндегі дұрыс қолтаңба",
        "Верная подпись с документом внутри",
        "A good signature with the document inside",
    ),
    _entry(
        "good-attached-stream",
        (),
        lambda w, d: streamed(w.sign(w.good, d), d, size=32),
        "Құжаты ішінде бөлшектеніп жазылған дұрыс қолтаңба (BER)",
        "Верная подпись с документом внутри, записанным по частям (BER)",
        "A good signature with the document inside in pieces, as streaming tools write it (BER)",
    ),
    _entry(
        "expired-after-stamp",
        (),
        lambda w, d: w.stamp(w.sign(w.expired, d)),
        "Сертификаттың мерзімі уақыт белгісінен кейін өткен",
        "Сертификат истёк после метки времени",
        "The certificate expired after the time stamp",
    ),
    _entry(
        "changed-byte",
        (Code.SIGNATURE,),
        lambda w, d: changed(w.sign(w.good, d)),
        "Қолтаңбаның бір байты өзгертілген",
        "Изменён байт подписи",
        "A byte of the signature was changed",
    ),
    _entry(
        "wrong-digest",
        (Code.DIGEST,),
        lambda w, d: w.sign(w.good, d + b" "),
        "Басқа құжаттың хэші",
        "Хеш другого документа",
        "The digest of another document",
    ),
    _entry(
        "attached-other",
        (Code.OTHER_CONTENT,),
        lambda w, d: w.sign(w.good, d + b" ", attached=True),
        "Ішінде басқа құжат жатқан дұрыс қолтаңба",
        "Верная подпись, но внутри другой документ",
        "A sound signature with another document inside",
    ),
    _entry(
        "attached-swapped",
        (Code.DIGEST,),
        lambda w, d: holding(w.sign(w.good, d + b" "), d),
        "Ішіндегі құжат қол қойылғаннан кейін ауыстырылған",
        "Документ внутри подменён после подписания",
        "The document inside was exchanged after the signing",
    ),
    _entry(
        "expired",
        (Code.EXPIRED,),
        lambda w, d: w.sign(w.expired, d),
        "Сертификаттың мерзімі өткен",
        "Сертификат истёк",
        "The certificate has expired",
    ),
    _entry(
        "not-yet-valid",
        (Code.NOT_YET_VALID,),
        lambda w, d: w.sign(w.early, d),
        "Сертификаттың мерзімі басталмаған",
        "Сертификат ещё не действует",
        "The certificate is not yet valid",
    ),
    _entry(
        "revoked-before-signing",
        (Code.REVOKED,),
        lambda w, d: w.sign(w.revoked_before, d),
        "Сертификат қол қойылғанға дейін қайтарып алынған",
        "Сертификат отозван до подписания",
        "The certificate was revoked before the signing",
    ),
    _entry(
        "revoked-after-signing",
        (Code.REVOKED,),
        lambda w, d: w.sign(w.revoked_after, d),
        "Сертификат қол қойылғаннан кейін қайтарып алынған, бірақ қол қою уақыты дәлелденбеген",
        "Сертификат отозван после подписания, но время подписания ничем не доказано",
        "The certificate was revoked after the signing, whose time nothing proves",
    ),
    _entry(
        "revoked-after-stamp",
        (Code.REVOKED_AFTER_SIGNING,),
        lambda w, d: w.stamp(w.sign(w.revoked_after, d)),
        "Сертификат уақыт белгісінен кейін қайтарып алынған",
        "Сертификат отозван после метки времени",
        "The certificate was revoked after the time stamp",
    ),
    _entry(
        "suspended",
        (Code.SUSPENDED,),
        lambda w, d: w.sign(w.suspended, d),
        "Сертификат тоқтатыла тұрған",
        "Сертификат приостановлен",
        "The certificate is suspended",
    ),
    _entry(
        "other-issuer",
        (Code.CHAIN,),
        lambda w, d: w.sign(w.stranger, d),
        "Сертификатты аттас басқа орталық берген",
        "Сертификат выдан другим центром с тем же именем",
        "The certificate is of another authority with the same name",
    ),
    _entry(
        "self-signed",
        (Code.CHAIN, Code.SELF_SIGNED),
        lambda w, d: w.sign(w.self_made, d),
        "Сертификатқа иесі қол қойған",
        "Самоподписанный сертификат",
        "A self-signed certificate",
    ),
    _entry(
        "authentication-key",
        (Code.WRONG_KEY_USAGE,),
        lambda w, d: w.sign(w.authentication, d),
        "Қол қоюға емес, аутентификацияға арналған сертификат (AUTH)",
        "Сертификат для аутентификации (AUTH), а не для подписи",
        "A certificate for signing in (AUTH) and not for documents",
    ),
    _entry(
        "other-iin",
        (Code.OTHER_IIN,),
        lambda w, d: w.sign(w.someone_else, d),
        "Басқа адамның ЖСН-і",
        "ИИН другого человека",
        "The IIN of another person",
    ),
    _entry(
        "no-signing-certificate",
        (Code.MISSING_ATTRIBUTE,),
        _without(SIGNING_CERTIFICATE),
        "signing-certificate-v2 атрибуты жоқ",
        "Нет атрибута signing-certificate-v2",
        "The attribute signing-certificate-v2 is missing",
    ),
    _entry(
        "no-message-digest",
        (Code.MISSING_ATTRIBUTE,),
        _without(MESSAGE_DIGEST),
        "message-digest атрибуты жоқ",
        "Нет атрибута message-digest",
        "The attribute message-digest is missing",
    ),
    _entry(
        "no-content-type",
        (Code.MISSING_ATTRIBUTE,),
        _without(CONTENT_TYPE),
        "content-type атрибуты жоқ",
        "Нет атрибута content-type",
        "The attribute content-type is missing",
    ),
    _entry(
        "no-attributes",
        (Code.MISSING_ATTRIBUTE,),
        _bare,
        "Қол қойылған атрибуттар жоқ",
        "Нет подписанных атрибутов",
        "There are no signed attributes",
    ),
    _entry(
        "other-stamp",
        (Code.TIME_STAMP,),
        lambda w, d: w.stamp(w.sign(w.good, d), over=b"another signature"),
        "Уақыт белгісі басқа қолтаңбаға қойылған",
        "Метка времени поставлена на другую подпись",
        "The time stamp is over another signature",
    ),
    _entry(
        "truncated",
        (Code.MALFORMED,),
        _torso,
        "Соңы кесілген DER",
        "Обрезанный DER",
        "DER that is cut short",
    ),
    _entry(
        "giant",
        (Code.TOO_LARGE,),
        _giant,
        "Тым үлкен DER",
        "Огромный DER",
        "DER that is too large",
    ),
    _entry(
        "two-signers",
        (Code.SEVERAL_SIGNERS, Code.SIGNATURE, Code.OTHER_IIN),
        _by_two,
        "Қол қоюшы екеу, біреуінің қолтаңбасы жарамсыз",
        "Двое подписавших, подпись одного неверна",
        "Two signers, of whom one is bad",
    ),
    _entry(
        "everything",
        (Code.MISSING_ATTRIBUTE, Code.DIGEST, Code.SIGNATURE, Code.WRONG_KEY_USAGE),
        _everything,
        "Бірнеше қате бірден",
        "Несколько ошибок сразу",
        "Several faults at once",
    ),
)
"""The pack, in the order of its manifest."""
