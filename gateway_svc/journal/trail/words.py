"""What the acts in the trail are called, in the three languages: the permissions, and what is no use of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aimaq.access.trail import SIGN_IN, SIGN_OUT
from aimaq.language.texts import Texts
from gateway_svc.journal.trail.recorder import OTHERS


def _words(kk: str, ru: str, en: str) -> Texts:
    return Texts(kk=kk, ru=ru, en=en)


ACTIONS: Final[Mapping[str, Texts]] = {
    SIGN_IN: _words("кіру", "вход", "sign in"),
    SIGN_OUT: _words("шығу", "выход", "sign out"),
    "accounts.read": _words("есептік жазбаларды қарау", "просмотр учётных записей", "read accounts"),
    "accounts.write": _words("есептік жазбаларды өзгерту", "изменение учётных записей", "change accounts"),
    "administrators.write": _words("әкімшілерді өзгерту", "изменение администраторов", "change administrators"),
    "audit.read": _words("аудитті қарау", "просмотр аудита", "read the audit"),
    "cases.read": _words("істерді қарау", "просмотр дел", "read cases"),
    "certificates.read": _words("сертификаттарды қарау", "просмотр сертификатов", "read certificates"),
    "certificates.write": _words(
        "сертификат беру не қайтарып алу", "выпуск или отзыв сертификата", "issue or revoke a certificate"
    ),
    "clock.write": _words("стенд сағатын жылжыту", "перевод часов стенда", "move the stand's clock"),
    "dead-letters.read": _words("тоқтаған хаттарды қарау", "просмотр остановленных писем", "read dead letters"),
    "dead-letters.write": _words("тоқтаған хатты шешу", "решение об остановленном письме", "act on a dead letter"),
    "dead-letters.requeue": _words("хатты кері қою", "возврат письма в очередь", "put a letter back"),
    "dead-letters.return": _words("хатты жіберушіге қайтару", "возврат письма отправителю", "send a letter back"),
    "dead-letters.drop": _words("хатты алып тастау", "снятие письма", "drop a letter"),
    "journal.read": _words("журналды қарау", "просмотр журнала", "read the journal"),
    "journal.write": _words("журнал блогын жабу", "закрытие блока журнала", "close a block"),
    "keys.write": _words("жүйе кілтін ауыстыру", "замена ключа системы", "replace a system's key"),
    "messages.read": _words("хабарды толық оқу", "чтение сообщения целиком", "read a whole message"),
    "metrics.read": _words("көрсеткіштерді оқу", "чтение показателей", "read the figures"),
    "papers.read": _words("қол қойылған қағаздарды оқу", "чтение подписанных бумаг", "read signed papers"),
    "personal.reveal": _words("жеке деректерді көрсету", "раскрытие личных данных", "reveal personal data"),
    "registers.read": _words("тізілімдерді қарау", "просмотр реестров", "read registers"),
    "registers.write": _words("тізілімдерді өзгерту", "изменение реестров", "change registers"),
    "systems.read": _words("тараптарды қарау", "просмотр сторон", "read the parties"),
    "systems.write": _words("тараптарды өзгерту", "изменение сторон", "change the parties"),
    OTHERS: _words("басқалары", "прочее", "others"),
}
"""The words of each act; one that is not among them is told by its name."""
