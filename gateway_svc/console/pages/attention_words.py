"""The words of the page of what waits for an operator."""

from __future__ import annotations

from aimaq.language.texts import Texts

HEADING = Texts(kk="Назар аударыңыз", ru="Требует внимания", en="Needs attention")
LEAD = Texts(
    kk="{messages} хабар, {causes} себеп; алдымен мерзімді бұзатыны",
    ru="{messages}, {causes}; сначала то, что нарушает сроки",
    en="{messages}, {causes}; first what breaks deadlines",
)
KINDS = {
    "dead": Texts(kk="Тоқтаған", ru="Остановлены", en="Dead"),
    "held": Texts(kk="Ұсталған", ru="Ждут очереди", en="Held"),
    "retry": Texts(kk="Қайталануда", ru="Повторяются", en="Retrying"),
    "unsent": Texts(kk="Жіберілмеген", ru="Не отправлены", en="Unsent"),
    "rejected": Texts(kk="Қабылданбаған", ru="Не приняты шлюзом", en="Rejected"),
    "refused": Texts(kk="Брокер қайтарған", ru="Вернул брокер", en="Refused by the broker"),
}
KIND = Texts(kk="Түрі", ru="Вид", en="Kind")
EVERYTHING = Texts(kk="Бәрі", ru="Все", en="All")
SILENT = Texts(
    kk="{party} {span} бері ештеңе хабарламайды",
    ru="{party} ничего не сообщает уже {span}",
    en="{party} has told nothing for {span}",
)
NEVER = Texts(
    kk="{party} шлюз қосылғалы ештеңе хабарлаған жоқ",
    ru="{party} ничего не сообщила с запуска шлюза",
    en="{party} has told nothing since the gateway started",
)
NEVER_MEANS = Texts(
    kk="Онда не күтіп тұрғаны белгісіз.", ru="Что там ждёт, неизвестно.", en="What waits there is not known."
)
SILENT_MEANS = Texts(
    kk="Төменде оның соңғы айтқаны тұр. Ол оралғанша, оның хабарларымен ештеңе жасалмайды.",
    ru="Ниже то, что она сообщила последним. Пока она не вернётся, с её сообщениями ничего не делается.",
    en="What it told last is shown below. Until it is back, nothing is done about its messages.",
)
UNWELL = Texts(kk="{party} жұмыс істей алмайды", ru="{party} не может работать", en="{party} cannot do its work")
UNWELL_MEANS = Texts(
    kk="Себебі жойылғанша, кері қойған хабарларыңыз қайта келеді.",
    ru="Пока причина не устранена, возвращённые сообщения придут снова.",
    en="Until the cause is mended, what you put back will come again.",
)
STALE = Texts(
    kk="Мұнда күткені {time}-ғы күйде: дерекқоры жауап бермейді",
    ru="Что там ждёт, показано на {time}: её база не отвечает",
    en="What waits there is shown as of {time}: its database does not answer",
)
INCOMPLETE = Texts(
    kk="{party} қалған хабарларын айтып үлгермеді: бетті жаңартыңыз",
    ru="{party} не успела назвать остальные сообщения: обновите страницу",
    en="{party} did not name the rest of its messages in time: reload the page",
)
CASES_TIMES = Texts(
    kk="{cases} іс · бірінші {first}, соңғы {last}",
    ru="дел: {cases} · первое {first}, последнее {last}",
    en="cases: {cases} · first {first}, last {last}",
)
STAYS_LATE = Texts(
    kk="{count} қазір қойылса да кеш", ru="{count} опоздают и так", en="{count} late even if put back now"
)
ALL_IN_TIME = Texts(
    kk="қазір қойылса, бәрі үлгереді", ru="если вернуть сейчас, всё успеет", en="in time if put back now"
)
MORE_CAUSES = Texts(
    kk="Тағы {count} себеп бар. Түрін таңдасаңыз, олар да көрінеді.",
    ru="Есть ещё причины: {count}. Выберите вид, чтобы увидеть и их.",
    en="There are {count} more causes. Choose a kind to see them.",
)
MESSAGES = Texts(kk="Хабарлар", ru="Сообщения", en="Messages")
FOLD = Texts(kk="Жинау", ru="Свернуть", en="Fold")
TO_ONE = Texts(kk="Барлық топқа", ru="Ко всем группам", en="Back to all groups")
NOTHING_TO_DO = {
    "held": Texts(
        kk="Алдыңғысы келгенде өзі өңделеді",
        ru="Обработается само, когда придёт предыдущее",
        en="Handled by itself when the earlier one comes",
    ),
    "unsent": Texts(kk="Шина қабылдағанда өзі кетеді", ru="Уйдёт само, когда примет шина", en="Sent by itself"),
    "rejected": Texts(
        kk="Жіберушіге айтылды: ол жаңадан жіберуі керек",
        ru="Отправитель извещён и должен послать заново",
        en="Its sender was told, and has to send it anew",
    ),
}

CHOICE = Texts(kk="Таңдау", ru="Выбор", en="Choose")
CHOOSE = Texts(kk="Таңдау {id}", ru="Выбрать {id}", en="Choose {id}")
MESSAGE = Texts(kk="Хабар, іс", ru="Сообщение, дело", en="Message, case")
STEP = Texts(kk="Қадам, тармақ", ru="Шаг, пункт", en="Step, paragraph")
TIME_LEFT = Texts(kk="Қалған уақыт", ru="Осталось", en="Time left")
IF_NOW = Texts(kk="Қазір қойылса", ru="Если вернуть сейчас", en="If put back now")
CAME_BACK = Texts(kk="Қайта қойылды", ru="Возвращали", en="Put back")
SINCE = Texts(kk="{time} бері", ru="с {time}", en="since {time}")
NO_LIMIT = Texts(kk="мерзімі жоқ", ru="срока нет", en="no limit")
IN_TIME = Texts(kk="үлгереді", ru="успеет", en="in time")
LATE = Texts(kk="кеш қалады", ru="опоздает", en="stays late")
NO_CASE = Texts(kk="ешбір іске қатысты емес", ru="ни к какому делу", en="of no case")
UNTRUSTED = Texts(
    kk="сенуге болмайтын хабар", ru="сообщение, которому нельзя верить", en="a message not to be believed"
)

PUT_BACK = Texts(kk="Таңдалғанын кері қою", ru="Вернуть выбранные", en="Put back the chosen")
PUT_BACK_ALL = Texts(kk="{count} хабардың бәрін кері қою", ru="Вернуть все: {count}", en="Put back all {count}")
PUT_ASIDE_ALL = Texts(kk="{count} хабардың бәрін алып тастау", ru="Снять все: {count}", en="Drop all {count}")
GIVE_BACK = Texts(kk="Таңдалғанын жіберушіге қайтару", ru="Вернуть выбранные отправителю", en="Return the chosen")
GIVE_BACK_ALL = Texts(
    kk="{count} хабардың бәрін жіберушіге қайтару", ru="Вернуть отправителю все: {count}", en="Return all {count}"
)
PUT_ASIDE = Texts(kk="Таңдалғанын алып тастау", ru="Снять выбранные", en="Drop the chosen")
WITH_REASON = Texts(
    kk="Себебін жазып қайтару немесе алып тастау…",
    ru="Вернуть отправителю или снять, с причиной…",
    en="Return or drop, with a reason…",
)
REASON = Texts(
    kk="Себебі. Хабармен бірге сақталады; қайтарылса, жіберуші оқиды.",
    ru="Причина. Хранится вместе с сообщением; при возврате её прочтёт отправитель.",
    en="The reason. It is kept with the message; if that is returned, its sender reads it.",
)
BYTES_STAY = Texts(
    kk="Алып тасталған хабардың өзі сақталады, оны кейін де оқуға болады.",
    ru="Снятое сообщение хранится целиком, его можно прочесть и потом.",
    en="A dropped message is kept whole, and can be read later.",
)
NO_RIGHT = Texts(
    kk="Бұл хабарлармен әрекет етуге құқығыңыз жоқ.",
    ru="У вас нет права что-либо делать с этими сообщениями.",
    en="You may do nothing about these messages.",
)

ACTIONS = {
    "requeue": Texts(kk="Кері қойылды", ru="Возвращено в обработку", en="Put back"),
    "return": Texts(kk="Жіберушіге қайтарылды", ru="Возвращено отправителям", en="Returned to their senders"),
    "drop": Texts(kk="Алып тасталды", ru="Снято", en="Dropped"),
}
JOB = Texts(kk="{action}: {total} ішінен {done}", ru="{action}: {done} из {total}", en="{action}: {done} of {total}")
STATES = {
    "running": Texts(kk="жүріп жатыр", ru="выполняется", en="under way"),
    "done": Texts(kk="аяқталды", ru="завершено", en="done"),
    "stopped": Texts(kk="тоқтатылды", ru="остановлено", en="stopped"),
    "failed": Texts(kk="аяғына жеткен жоқ", ru="не завершено", en="not finished"),
}
PROGRESS = Texts(kk="Барысы", ru="Ход действия", en="Progress")
MAY_CLOSE = Texts(
    kk="Бетті жабуға болады: жұмыс серверде жүреді, әр қадамы жазылады.",
    ru="Страницу можно закрыть: работа идёт на сервере, каждый шаг записывается.",
    en="You may close the page: the work goes on at the server, and each step is recorded.",
)
STOP = Texts(kk="Тоқтату", ru="Остановить", en="Stop")
RELOAD = Texts(kk="Тізімді жаңарту", ru="Обновить список", en="Reload the list")
OUTCOMES = {
    "handled": Texts(kk="өңделді", ru="обработано", en="handled"),
    "sent": Texts(kk="жіберілді", ru="отправлено", en="sent"),
    "retry": Texts(kk="қайталануда", ru="повторяется", en="retrying"),
    "held": Texts(kk="алдыңғысын күтеді", ru="ждёт предыдущего", en="waits for an earlier one"),
    "dead": Texts(kk="қайтып келді", ru="вернулось", en="came back"),
    "returned": Texts(kk="жіберушіге қайтарылды", ru="возвращено отправителю", en="returned"),
    "dropped": Texts(kk="алып тасталды", ru="снято", en="dropped"),
    "already": Texts(kk="басқа біреу жасаған", ru="уже сделал другой", en="done by another"),
    "impossible": Texts(kk="мүмкін емес", ru="невозможно", en="impossible"),
    "failed": Texts(kk="орындалмады", ru="не удалось", en="failed"),
}
NOT_HERE = Texts(kk="мұнда мұндай хабар жоқ", ru="такого сообщения здесь нет", en="no such message waits here")
RESULT = Texts(kk="Нәтижесі", ru="Результат", en="Result")
RESULTS = Texts(kk="Назар керек нәтижелер", ru="Результаты, требующие внимания", en="Results that need you")
UNSENT_EMPTY = Texts(kk="Жіберілмеген хабар жоқ", ru="Неотправленных сообщений нет", en="No unsent messages")
UNSENT_WHEN = Texts(
    kk="Шығыс кезектер бос. Тарап өшсе, хабарлары осында жиналады.",
    ru="Исходящие очереди пусты. Если сторона отключится, её сообщения соберутся здесь.",
    en="The queues are empty. When a party is down, its messages gather here.",
)
NONE_OF_IT = Texts(kk="Мұндай хабар жоқ", ru="Таких сообщений нет", en="None of these waits")
NONE_WHEN = Texts(
    kk="Сүзгіні алып көріңіз немесе бәрін қараңыз.",
    ru="Снимите фильтр или посмотрите все.",
    en="Take the filter off, or look at all of them.",
)
