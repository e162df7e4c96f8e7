"""The journal: what the chain ends with, the check of all of it, its blocks and their stamps, one entry's proof."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from aimaq.access.administration import Principal
from aimaq.language.bounds import Characters
from aimaq.language.errors import NotFound
from aimaq.language.texts import Texts
from gateway_svc import views
from gateway_svc.console import labels
from gateway_svc.console.console import Console
from gateway_svc.journal import evidence
from gateway_svc.journal.entry import read_entry
from gateway_svc.journal.views import Proof

HEADING = Texts(kk="Журнал", ru="Журнал", en="Journal")
LEAD = Texts(
    kk="Әр хабар мен әр әрекет – жазба; әр жазба алдыңғысына байланған, блоктарына шлюз қол қойған.",
    ru="Каждое сообщение и действие – запись; каждая связана с предыдущей, блоки подписаны шлюзом.",
    en="Each message and act is an entry; each is chained to the one before, and the gateway signs blocks of them.",
)
ENTRIES = Texts(kk="Жазбалар", ru="Записи", en="Entries")
BLOCKS = Texts(kk="Жабылған блоктар", ru="Закрытые блоки", en="Closed blocks")
OPEN = Texts(kk="Әлі блокта емес", ru="Ещё не в блоке", en="In no block yet")
HEAD_HASH = Texts(kk="Соңғы жазбаның хеші", ru="Хеш последней записи", en="Hash of the last entry")
CHECK = Texts(kk="Бүкіл тізбекті тексеру", ru="Проверка всей цепи", en="Check of the whole chain")
CHECK_NOW = Texts(kk="{count} жазбаны тексеру", ru="Проверить записи: {count}", en="Check the entries: {count}")
CLOSE_NOW = Texts(kk="{count} жазбаны блокқа жабу", ru="Закрыть в блок записи: {count}", en="Close a block of {count}")
NEVER = Texts(
    kk="Шлюз қосылғалы ешкім тексерген жоқ.",
    ru="С запуска шлюза никто не проверял.",
    en="Nobody has checked it since the gateway started.",
)
WHAT_IT_DOES = Texts(
    kk="Әр жазбаның хеші, әр блоктың түбірі, қолтаңбасы мен уақыт белгісі қайта есептеледі. Бетті жабуға болады.",
    ru="Заново считаются хеш каждой записи, корень, подпись и метка времени каждого блока. Страницу можно закрыть.",
    en="Each entry's hash and each block's root, signature and time stamp are checked anew. You may close the page.",
)
RUNNING = Texts(
    kk="{done} / {all} жазба тексерілді", ru="проверено записей: {done} из {all}", en="{done} of {all} entries checked"
)
HOLDS = Texts(kk="Тізбек бүтін", ru="Цепь цела", en="The chain holds")
HOLDS_TEXT = Texts(
    kk="{entries} жазба, {blocks} блок: бәрі орнында, бәрі өзгермеген.",
    ru="Записей: {entries}, блоков: {blocks}. Все на месте, ничего не изменено.",
    en="Entries: {entries}, blocks: {blocks}. All are there, and none was changed.",
)
BROKEN = Texts(kk="Тізбек бұзылған", ru="Цепь нарушена", en="The chain is broken")
AT_ENTRY = Texts(kk="{number}-жазба", ru="запись {number}", en="entry {number}")
AT_BLOCK = Texts(kk="{number}-блок", ru="блок {number}", en="block {number}")
BROKEN_TEXT = Texts(
    kk="Бірінші сай келмейтін жері – {place}. Одан бұрынғы {entries} жазба бүтін, одан кейінгісі тексерілген жоқ.",
    ru="Первое место, которое не сходится: {place}. До него цело записей: {entries}; после него ничего не проверено.",
    en="The first place that does not fit is {place}. Before it all holds: {entries}; after it nothing was checked.",
)
BROKEN_NOW = Texts(
    kk="Дерекқорды ешкім түзетпесін: көшірмесін алып, әкімшіге хабарлаңыз.",
    ru="Базу данных не исправляйте: снимите копию и сообщите администратору.",
    en="Mend nothing in the database: take a copy of it, and tell the administrator.",
)
NOT_DONE = Texts(kk="Тексеру аяқталмады", ru="Проверка не закончена", en="The check could not be done")
BY = Texts(kk="{who} сұраған, {when}", ru="запросил {who}, {when}", en="asked for by {who}, {when}")
LIST = Texts(kk="Блоктар, жаңасы алдымен", ru="Блоки, новые сначала", en="Blocks, the newest first")
BLOCK = Texts(kk="Блок", ru="Блок", en="Block")
CLOSED = Texts(kk="Жабылды", ru="Закрыт", en="Closed")
STAMP = Texts(kk="Уақыт белгісі", ru="Метка времени", en="Time stamp")
STAMPED = Texts(kk="қойылған", ru="есть", en="stamped")
NO_STAMP = Texts(kk="жоқ", ru="нет", en="none")
WAITING = Texts(kk="күтілуде", ru="ожидается", en="awaited")
SUM = Texts(kk="Блоктың хеші", ru="Хеш блока", en="Hash of the block")
NO_BLOCKS = Texts(
    kk="Әзірге бірде-бір блок жабылған жоқ.", ru="Ни один блок ещё не закрыт.", en="No block is closed yet."
)
BLOCKS_COME = Texts(
    kk="Блок толғанда, не бірінші жазбасынан кейін бір минут өткенде жабылады.",
    ru="Блок закрывается, когда он полон или через минуту после первой записи.",
    en="A block closes when it is full, or a minute after its first entry.",
)
FIND = Texts(
    kk="Хабардың не жазбаның нөмірі, қабылданбағандікі де",
    ru="Номер сообщения или записи, и отклонённого",
    en="Id of a message or entry, also of a rejected one",
)
MESSAGE = Texts(kk="Хабардың өзі", ru="Само сообщение", en="The message itself")
PROOF = Texts(kk="Жазбаның дәлелі", ru="Доказательство записи", en="Proof of an entry")
NUMBER = Texts(kk="Нөмірі", ru="Номер", en="Number")
AS_HASHED = Texts(kk="Хештелген түрі", ru="Как хешировано", en="As it was hashed")
OWN_HASH = Texts(kk="Хеші", ru="Хеш", en="Hash")
HASH_BEFORE = Texts(kk="Алдыңғысының хеші", ru="Хеш предыдущей", en="Hash of the one before")
IN_BLOCK = Texts(
    kk="{block}-блокта, {size} жапырақтың {index}-і",
    ru="в блоке {block}, лист {index} из {size}",
    en="in block {block}, leaf {index} of {size}",
)
IN_NONE = Texts(kk="әлі блокта емес", ru="ещё не в блоке", en="in no block yet")
NOT_THERE = Texts(kk="Журналда ондай жазба жоқ.", ru="Такой записи в журнале нет.", en="The journal has no such entry.")

SIZE = 50

Before = Annotated[int | None, Query(ge=1, le=2**62)]


def router(console: Console) -> APIRouter:
    """The page of the journal, and what its forms begin."""
    pages, service, closer = console.router(), console.service, console.block_closer
    reading: Any = console.caller("journal.read")
    writing = console.caller("journal.write")

    async def looked_up(entry: str) -> Proof | None:
        try:
            return await evidence.proof(service, (await views.raw(service, entry)).message_id) if entry else None
        except NotFound:
            return None

    @pages.get("/journal")
    async def journal(
        request: Request,
        before: Before = None,
        entry: Annotated[str, Query(), Characters(64)] = "",
        principal: Principal = reading,
    ) -> Response:
        """What `/journal/state`, `/journal/verification`, `/journal/blocks` and `/journal/proof/{id}` answer."""
        blocks = await evidence.listed(service, 0, SIZE + 1, before=before or 2**62)
        shown = blocks[:SIZE]
        return await console.page(
            request,
            "journal.html",
            active="journal",
            chain=closer.state,
            check=closer.verification.state,
            blocks=shown,
            next=f"/console/journal?before={shown[-1].number}" if len(blocks) > SIZE else "",
            first="/console/journal" if before is not None else "",
            entry=entry,
            proof=(proof := await looked_up(entry)),
            found=read_entry(proof.entry.encode()) if proof is not None else None,
            may_close="journal.write" in principal.permissions,
            size=SIZE,
            W=_WORDS,
        )

    @pages.get("/journal/verification", dependencies=[reading])
    async def part(request: Request) -> Response:
        """How far the check is: the part of the page that asks anew while it runs."""
        return await console.page(request, "_verification.html", check=closer.verification.state, W=_WORDS)

    @pages.post("/journal/verification")
    async def verify(request: Request, principal: Principal = reading) -> Response:
        """Begin the check."""
        closer.verification.start(principal.name)
        return console.done(request, "/console/journal")

    @pages.post("/journal/blocks", dependencies=[writing])
    async def close(request: Request) -> Response:
        """Close a block with what is in none."""
        await closer.close()
        return console.done(request, "/console/journal")

    return pages


_WORDS = labels.words(globals())
