"""Why it cannot be told whether a certificate was withdrawn: lists and responders, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

LIST_TOO_LARGE = Texts(
    kk="кері қайтарылған сертификаттар тізімі {most} байттан үлкен",
    ru="список отозванных сертификатов больше {most} байт",
    en="the revocation list is larger than {most} bytes",
)
LIST_NOT_SIGNED = Texts(
    kk="кері қайтарылған сертификаттар тізіміне мұнда сенімді орталық қол қоймаған",
    ru="список отозванных сертификатов подписан не тем центром, которому здесь доверяют",
    en="the revocation list is not signed by an authority trusted here",
)
LIST_UNREADABLE = Texts(
    kk="кері қайтарылған сертификаттар тізімі оқылмайды",
    ru="список отозванных сертификатов не читается",
    en="the revocation list cannot be read: {why}",
)
LIST_WITHOUT_END = Texts(
    kk="кері қайтарылған сертификаттар тізімінде оның қашанға дейін жарамды екені жазылмаған",
    ru="в списке отозванных сертификатов не сказано, до какого времени он действует",
    en="the revocation list does not say how long it is good",
)
NOT_COMPLETE = Texts(
    kk="кері қайтарылған сертификаттар тізімі толық емес",
    ru="список отозванных сертификатов неполный",
    en="the revocation list is not a complete one",
)
LIST_OF_OTHER = Texts(
    kk="сертификатты берген орталықтың тізімі жоқ",
    ru="нет списка отозванных того центра, который выдал сертификат",
    en="there is no revocation list of the certificate's issuer",
)
LIST_STALE = Texts(
    kk="кері қайтарылған сертификаттар тізімі {until:%F %T} UTC дейін жарамды болған",
    ru="список отозванных сертификатов действовал до {until:%F %T} UTC",
    en="the revocation list was good until {until:%F %T} UTC",
)
CLOSING = Texts(
    kk="қызмет тоқтатылып жатыр: сәл кейінірек қайталаңыз",
    ru="служба останавливается: повторите позже",
    en="this service is closing",
)
LIST_NOT_IN_DATE = Texts(
    kk="куәландырушы орталық берген кері қайтарылған сертификаттар тізімінің мерзімі өткен",
    ru="список отозванных сертификатов, который даёт удостоверяющий центр, просрочен",
    en="the revocation list that the registry gives out is not in date",
)
THE_LIST = Texts(
    kk="кері қайтарылған сертификаттар тізімі", ru="список отозванных сертификатов", en="the revocation list"
)
THE_DELTA = Texts(kk="өзгерістер тізімі", ru="список изменений", en="the list of changes")
THE_ANSWER = Texts(kk="OCSP жауабы", ru="ответ OCSP", en="the responder's answer")
NOT_SERVED = Texts(
    kk="куәландырушы орталық «{what}» сұралғанда {status} деп жауап берді",
    ru="удостоверяющий центр на запрос «{what}» ответил {status}",
    en="the registry answered {status} when asked for {what}",
)
REGISTRY_AWAY = Texts(
    kk="куәландырушы орталық қолжетімсіз: сәл кейінірек қайталаңыз",
    ru="удостоверяющий центр недоступен: повторите позже",
    en="the registry is out of reach: {why}",
)
NO_LIST = Texts(
    kk="сүйенетін кері қайтарылған сертификаттар тізімі жоқ: {why}",
    ru="нет списка отозванных сертификатов, на который можно положиться: {why}",
    en="there is no revocation list to go by: {why}",
)
UNKNOWN_ISSUER = Texts(
    kk="сертификатты берген орталық мұнда сенімді саналмайды",
    ru="центру, выдавшему сертификат, здесь не доверяют",
    en="the certificate's issuer is none that is trusted here",
)
RESPONDER_ANSWERED = Texts(
    kk="OCSP қызметі {status} деп жауап берді", ru="служба OCSP ответила {status}", en="the responder answered {status}"
)
RESPONDER_AWAY = Texts(
    kk="OCSP қызметі қолжетімсіз: сәл кейінірек қайталаңыз",
    ru="служба OCSP недоступна: повторите позже",
    en="the responder is out of reach: {why}",
)
NO_ANSWER = Texts(
    kk="OCSP қызметі жауап беруден бас тартты",
    ru="служба OCSP отказалась отвечать",
    en="the responder does not answer: {why}",
)
ANSWER_UNREADABLE = Texts(
    kk="OCSP жауабы оқылмайды", ru="ответ OCSP не читается", en="the responder's answer cannot be read: {why}"
)
OTHER_NONCE = Texts(
    kk="OCSP жауабы бұл сұраққа берілмеген",
    ru="ответ OCSP дан не на этот вопрос",
    en="the responder's answer is not to this question: its nonce is another",
)
OTHER_CERTIFICATE = Texts(
    kk="OCSP жауабы басқа сертификат туралы",
    ru="ответ OCSP о другом сертификате",
    en="the responder's answer is about another certificate",
)
ANSWER_NOT_SIGNED = Texts(
    kk="OCSP жауабына сертификатты берген орталық та, ол тағайындаған қызмет те қол қоймаған",
    ru="ответ OCSP подписан не выдавшим сертификат центром и не тем, кого он назначил",
    en="the responder's answer is not signed by the issuer or by whom it appointed",
)
NOT_KNOWN = Texts(
    kk="OCSP қызметі мұндай сертификатты білмейді",
    ru="служба OCSP не знает такого сертификата",
    en="the responder knows no such certificate",
)
ANSWER_FROM_FUTURE = Texts(
    kk="OCSP жауабы болашақтан: {since:%F %T} UTC",
    ru="ответ OCSP из будущего: {since:%F %T} UTC",
    en="the responder's answer is from the future: {since:%F %T} UTC",
)
ANSWER_STALE = Texts(
    kk="OCSP жауабы {until:%F %T} UTC дейін жарамды болған",
    ru="ответ OCSP действовал до {until:%F %T} UTC",
    en="the responder's answer was good until {until:%F %T} UTC",
)
