"""What whoever acts on a waiting message is told, where nothing was done about it."""

from __future__ import annotations

from aimaq.language.texts import Texts

NOT_HERE, PARKED, RETRIED, OWN, NOBODY, REJECTED = "not-here", "held", "retry", "own", "no-sender", "rejected"
"""Why nothing can be done: no such message waits here; it waits for an earlier one; it is tried again by itself; this
service wrote it, so that there is nobody to tell; nobody can be told, since it is not certain whose it is, or since it
is a rejection itself; the gateway did not let it through."""

ALREADY = {
    "requeue": Texts(
        kk="бұл хабарды «{by}» {at} қайта қойған: ештеңе екі рет жасалған жоқ",
        ru="это сообщение вернул в обработку «{by}», {at}: ничего не сделано дважды",
        en="{by} put this message back at {at}: nothing was done twice",
    ),
    "return": Texts(
        kk="бұл хабарды «{by}» {at} жіберушіге қайтарған: ештеңе екі рет жасалған жоқ",
        ru="это сообщение отправил назад отправителю «{by}», {at}: ничего не сделано дважды",
        en="{by} returned this message to its sender at {at}: nothing was done twice",
    ),
    "drop": Texts(
        kk="бұл хабарды «{by}» {at} алып тастаған: ештеңе екі рет жасалған жоқ",
        ru="это сообщение снял «{by}», {at}: ничего не сделано дважды",
        en="{by} dropped this message at {at}: nothing was done twice",
    ),
}
"""Somebody else has done it, by their action: who, and when."""

IMPOSSIBLE = {
    PARKED: Texts(
        kk="хабар өз ісінің алдыңғы хабарын күтіп тұр: ол келгенде өзі өңделеді",
        ru="сообщение ждёт предыдущего по своему делу: оно будет обработано само, когда то придёт",
        en="the message waits for an earlier one of its case: it is handled by itself when that comes",
    ),
    RETRIED: Texts(
        kk="хабар өзі қайталанады: оны қайтаруға немесе алып тастауға тек шетке қойылғанда болады",
        ru="сообщение повторяется само: вернуть или снять его можно, только когда оно отложено",
        en="the message is tried again by itself: it can be returned or dropped once it is laid aside",
    ),
    OWN: Texts(
        kk="хабарды осы жүйенің өзі жазған: оны қайтаратын жіберуші жоқ",
        ru="сообщение написала сама эта система: возвращать его некому",
        en="this system wrote the message itself: there is no sender to return it to",
    ),
    NOBODY: Texts(
        kk="хабарды қайтаратын жіберуші жоқ: оның кімдікі екені белгісіз, немесе ол өзі бас тарту хабары",
        ru="вернуть сообщение некому: неизвестно, чьё оно, или это само уведомление об отказе",
        en="there is nobody to return the message to: it is not certain whose it is, or it is a rejection itself",
    ),
    REJECTED: Texts(
        kk="шлюз өткізбеген хабарды қайта қоюға болмайды: жіберушісіне айтылды, ол оны жаңадан жіберуі керек",
        ru="что шлюз не пропустил, нельзя вернуть в обработку: отправитель извещён и должен послать его заново",
        en="what the gateway did not let through cannot be put back: its sender was told, and has to send it anew",
    ),
}
"""Why an action is impossible, by the detail of what came of it."""
