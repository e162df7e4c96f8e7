"""Why a server refuses what comes on a connection before any endpoint sees it, in the three languages."""

from __future__ import annotations

from aimaq.language.errors import AimaqError, Fate
from aimaq.language.texts import Texts

NOT_HTTP = Texts(
    kk="бұл HTTP сұранысы емес, немесе оның тақырыптары бір-біріне қайшы",
    ru="это не запрос HTTP, или его заголовки противоречат друг другу",
    en="this is no HTTP request, or its headers contradict each other",
)
LARGE_HEAD = Texts(
    kk="сұраныстың бірінші жолы мен тақырыптары бірге {most} байттан үлкен",
    ru="первая строка и заголовки запроса вместе больше {most} байт",
    en="the first line and the headers of the request are larger than {most} bytes together",
)
SLOW_HEAD = Texts(
    kk="сұраныстың тақырыптары {seconds:g} секунд ішінде толық келмеді",
    ru="заголовки запроса не пришли полностью за {seconds:g} с",
    en="the headers of the request did not come in full within {seconds:g} s",
)
SLOW_BODY = Texts(
    kk="сұраныстың денесі {seconds:g} секунд ішінде толық келмеді",
    ru="тело запроса не пришло полностью за {seconds:g} с",
    en="the body of the request did not come in full within {seconds:g} s",
)
ALL_IN_USE = Texts(
    kk="қызметтің барлық байланыстары бос емес: кейінірек қайталаңыз",
    ru="все соединения этой службы заняты: повторите позже",
    en="all connections of this service are in use: try again later",
)
NO_SLOT = Texts(
    kk="қызметке қазір тым көп сұраныс келіп тұр: кейінірек қайталаңыз",
    ru="запросов к этой службе сейчас слишком много: повторите позже",
    en="this service has too many requests now: try again later",
)


class MalformedRequest(AimaqError):
    """What came on a connection is no HTTP request."""

    status, slug, fate = 400, "malformed-request", Fate.REJECT
    title = Texts(kk="Сұраныс оқылмайды", ru="Запрос не читается", en="Malformed request")


class HeadTooLarge(AimaqError):
    """The head of a request, its first line and its headers, is larger than this service accepts."""

    status, slug, fate = 431, "head-too-large", Fate.REJECT
    title = Texts(kk="Тақырыптар тым үлкен", ru="Слишком большие заголовки", en="Headers too large")


class TooSlow(AimaqError):
    """A request did not come in full in the time that it has."""

    status, slug, fate = 408, "too-slow", Fate.REJECT
    title = Texts(kk="Сұраныс тым баяу", ru="Запрос идёт слишком долго", en="Request too slow")
