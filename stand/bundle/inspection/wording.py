"""What each check of a bundle has looked at, in the words for a person; the particulars stand beside it."""

from __future__ import annotations

from aimaq.language.texts import Texts


def _words(kk: str, ru: str, en: str) -> Texts:
    return Texts(kk, ru, en)


TITLES: dict[str, Texts] = {
    "manifest": _words(
        "Әр файл тізімдемеде жазылған файлдың өзі, одан басқа файл жоқ",
        "Каждый файл тот, что записан в описи, и других файлов нет",
        "Every file is the one written down in the list, and there is no other",
    ),
    "authority": _words(
        "Куәландырушы орталықтың сертификаттары түбірлік сертификатқа апарады",
        "Сертификаты удостоверяющего центра ведут к корневому",
        "The certificates of the certification authority lead to the root",
    ),
    "systems": _words(
        "Жүйелердің әр сертификатын осы куәландырушы орталық сол жүйенің өзіне берген",
        "Каждый сертификат системы выдан этим удостоверяющим центром именно этой системе",
        "Every certificate of a system was issued by this authority, and to that system",
    ),
    "revocation": _words(
        "Қайтарып алынған сертификаттардың тізімдері мен OCSP жауаптары орталықтікі және мерзімінде",
        "Списки отозванных сертификатов и ответы OCSP подписаны центром и действовали",
        "The revocation lists and the answers of the responder (OCSP) are the authority's and were in date",
    ),
    "certificates": _words(
        "Қол қойған әр сертификаттың қайтарып алынған-алынбағаны белгілі",
        "О каждом подписавшем сертификате известно, отозван ли он",
        "Of every certificate that signed something it is known whether it was withdrawn",
    ),
    "statement": _words(
        "Шлюз осы іс туралы мәлімдемеге қол қойған",
        "Шлюз подписал заявление об этом деле",
        "The gateway signed a statement on this case",
    ),
    "blocks": _words(
        "Журналдың блоктары бірінен соң бірі жалғасады, әрқайсысына шлюз қол қойған",
        "Блоки журнала следуют один за другим, каждый подписан шлюзом",
        "The blocks of the journal follow one another, each signed by the gateway",
    ),
    "entries": _words(
        "Әр жазба өз блогында тұр және өзгертілмеген",
        "Каждая запись стоит в своём блоке и не изменена",
        "Every entry stands in its block and is unchanged",
    ),
    "messages": _words(
        "Әр хабарлама журналға түскен хабарламаның өзі, оған жіберуші жүйе қол қойған",
        "Каждое сообщение то, что вошло в журнал, и подписано системой-отправителем",
        "Every message is the one that was journalled, signed by the system that sent it",
    ),
    "envelopes": _words(
        "Хабарламаның өзі туралы айтқаны журналдағымен бірдей",
        "Сведения в сообщении совпадают с журналом",
        "What a message says of itself is what the journal says of it",
    ),
    "sequences": _words(
        "Ешбір жіберушінің хабарламаларының арасы үзілмеген",
        "В сообщениях отправителей нет пропусков",
        "There is no gap in the messages of any sender",
    ),
    "completeness": _words(
        "Шлюздің мәлімдемесі бойынша ештеңе қалдырылмаған",
        "По заявлению шлюза ничего не пропущено",
        "By the gateway's statement nothing was left out",
    ),
    "documents": _words(
        "Әр құжатқа адам сол кезде жарамды сертификатпен қол қойған",
        "Каждый документ подписан человеком, чей сертификат тогда действовал",
        "Every document was signed by a person whose certificate counted then",
    ),
    "papers": _words(
        "Қағаз түріндегі әр нәтижеге (PDF) лауазымды адам тұтастай қол қойған",
        "Каждый результат на бумаге (PDF) целиком подписан должностным лицом",
        "Every result on paper (PDF) is signed, all of it, by the official",
    ),
    "time stamps": _words(
        "Уақыт белгілері осы блоктарға қойылған және сенімді орталықтікі",
        "Метки времени поставлены на эти блоки доверенным центром",
        "The time stamps are over these blocks, by an authority that is trusted",
    ),
    "files": _words(
        "Қаралмаған ештеңе қалмады",
        "Не осталось ничего, что не было бы проверено",
        "Nothing is in the bundle that was not looked at",
    ),
}
"""The sentence that each check makes true if it holds."""

HOLDS = _words("расталды", "верно", "holds")
FAILS = _words("БҰЗЫЛҒАН", "НЕВЕРНО", "FAILS")
UNCHECKED = _words("тексерілмеді", "не проверено", "not checked")
ALL_HOLDS = _words("бәрі расталды", "всё верно", "all of it holds")
SOME_UNCHECKED = _words(
    "тексерілгеннің бәрі расталды; {} нәрсе тексерілмеді",
    "всё проверенное верно; не проверено: {}",
    "all that could be checked holds; {} not checked",
)
NO_ROOT = _words(
    "ішкі қайшылық жоқ, бірақ түбірлік сертификаты куәландырушы орталықтікі ме, белгісіз: --ca арқылы көрсетіңіз",
    "противоречий внутри нет, но неизвестно, принадлежит ли корневой сертификат удостоверяющему центру: "
    "укажите его через --ca",
    "it agrees with itself, and nothing says that its root is the authority's: give --ca",
)
DOES_NOT_HOLD = _words("расталмады", "не подтверждено", "it does not hold")
