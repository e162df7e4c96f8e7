"""The words of the page of a case, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

HEADING = Texts(kk="Іс {id}", ru="Дело {id}", en="Case {id}")
THROUGH = Texts(kk="{channel} арқылы", ru="через: {channel}", en="through: {channel}")
ACT = Texts(
    kk="{authority}, {date} № {number} акті",
    ru="{authority}, № {number} от {date}",
    en="{authority}, No {number} of {date}",
)
ANNEX = Texts(kk="{number}-қосымша", ru="приложение {number}", en="annex {number}")
IIN = Texts(kk="ЖСН {iin}", ru="ИИН {iin}", en="IIN {iin}")
NUMBER = Texts(kk="нөмірі {number}", ru="номер {number}", en="No {number}")
EVIDENCE = Texts(kk="Дәлелдер жинағы", ru="Пакет доказательств", en="Evidence bundle")
EVIDENCE_HOW = Texts(
    kk="Жинақта басқа тараптарда жатқан қағаздар мен тізілімнің тізімдері де бар, сондықтан оны пәрмен жасайды:",
    ru="В пакет входят и бумаги других сторон, и списки регистра, поэтому его собирает команда:",
    en="The bundle has papers that lie with other parties and the registry's lists too, so that a command makes it:",
)
EVIDENCE_CHECK = Texts(
    kk="Оны шлюзсіз тексереді:", ru="Проверяется он без шлюза:", en="It is checked without the gateway:"
)

WHOSE_MOVE = Texts(kk="Қазір кезек", ru="Чей ход", en="Whose move it is")
SINCE = Texts(kk="басталғаны: {at} · {lasted}", ru="с {at} · {lasted}", en="since {at} · {lasted}")
ANSWER_OF = Texts(
    kk="тізілімнің жауабы күтілуде, сұралғаны: {at}",
    ru="ждёт ответа реестра, спрошено {at}",
    en="waits for the register's answer, asked {at}",
)
STEP_LIMIT = Texts(kk="Қадамның мерзімі", ru="Срок шага", en="Limit of the step")
TERM = Texts(kk="Қызметтің мерзімі", ru="Срок услуги", en="Term of the service")
NO_LIMIT = Texts(kk="мерзімі белгіленбеген", ru="срок не установлен", en="no limit is set")
NO_TERM = Texts(
    kk="актіде белгіленбеген немесе әлі басталған жоқ",
    ru="в акте не установлен или ещё не начался",
    en="the act sets none, or it has not begun",
)
UNTIL = Texts(kk="{limit}, соңы: {at}", ru="{limit}, до {at}", en="{limit}, until {at}")
RAN_OUT = Texts(kk="{limit}, біткені: {at}", ru="{limit}, истёк {at}", en="{limit}, ran out {at}")
OBSERVED = Texts(kk="сақталды", ru="соблюдён", en="kept")
HAD_TO_REPORT = Texts(
    kk="Тарап бұл қадамды ең кеші {at} хабарлауға тиіс еді.",
    ru="Сторона должна была сообщить об этом шаге самое позднее {at}.",
    en="The party had to report this step by {at} at the latest.",
)
OR_UNREPORTED = Texts(
    kk="{late} немесе әлі хабарланбаған", ru="{late} или ещё не сообщено", en="{late}, or not reported yet"
)
FORECAST = Texts(kk="Болжам: {words}", ru="Прогноз: {words}", en="Forecast: {words}")
BY_ROW = Texts(kk="кестенің {row}-жолы", ru="строка {row} таблицы", en="row {row} of the table")
SILENT = Texts(kk="мерзімі өтті, хабарланбаған", ru="срок вышел, не сообщено", en="limit over, not reported")
SILENT_WHY = Texts(
    kk="Тарап бұл қадамды келесі хабарымен бірге хабарлайды, ең кеші {at}.",
    ru="Сторона сообщит об этом шаге вместе со следующим сообщением, самое позднее {at}.",
    en="The party reports this step with its next message, {at} at the latest.",
)
SILENT_OPEN = Texts(
    kk="Тарап бұл қадамды келесі хабарымен бірге хабарлайды; оның мерзімі жоқ.",
    ru="Сторона сообщит об этом шаге вместе со следующим сообщением; срока у него нет.",
    en="The party reports this step with its next message, for which there is no limit.",
)
ENDED = Texts(kk="Іс аяқталды", ru="Дело завершено", en="The case has ended")
ENDED_AT = Texts(kk="соңғы хабары: {at}", ru="последнее сообщение {at}", en="last message {at}")
LATE_STEPS = Texts(kk="Кешіккен қадамдар", ru="Опоздавшие шаги", en="Late steps")
NONE_LATE = Texts(kk="кешіккені жоқ", ru="опоздавших нет", en="none was late")

AXIS = Texts(kk="Заңды уақыт осі", ru="Ось законного времени", en="Legal time axis")
AXIS_OF = Texts(kk="Істің заңды уақыт осі", ru="Ось законного времени дела", en="Legal time axis of the case")
NO_AXIS = Texts(
    kk="Бұл іс туралы әлі ештеңе хабарланған жоқ. Бірінші хабар түскенде ось осында сызылады.",
    ru="Об этом деле ещё ничего не сообщено. Ось появится здесь с первым сообщением.",
    en="Nothing is reported of this case yet. The axis is drawn here once its first message comes.",
)
PARTIES = Texts(kk="Тарап, бірлік", ru="Сторона, единица", en="Party, unit")
NOW = Texts(kk="қазір", ru="сейчас", en="now")
AHEAD_STEPS = Texts(kk="Алда · {count} қадам", ru="Впереди · шагов: {count}", en="Ahead · steps: {count}")
SHUT = Texts(kk="жұмыс уақытынан тыс", ru="вне рабочего времени", en="outside office hours")
WORKING_DAY = Texts(kk="{day}-жұмыс күні", ru="{day}-й рабочий день", en="working day {day}")
DAY_OF = Texts(kk="{all} жұмыс күнінің {day}-күні", ru="рабочий день {day} из {all}", en="working day {day} of {all}")
SUMMARY = Texts(
    kk="қадамдар: {done} орындалды, {late} кешікті, {ahead} алда · хабарлар: {messages}",
    ru="шаги: выполнено {done}, опоздало {late}, впереди {ahead} · сообщений: {messages}",
    en="steps: {done} done, {late} late, {ahead} ahead · messages: {messages}",
)
FOLDED = Texts(
    kk="Оқиға көп болғандықтан, қалыпты хабарлар бүктелген.",
    ru="Событий много, поэтому обычные сообщения свёрнуты.",
    en="There are many events, so that messages in order are folded.",
)
KEYS = {
    "done": Texts(kk="орындалған қадам", ru="шаг выполнен", en="step done"),
    "limit": Texts(kk="мерзім және оның соңы", ru="срок и его конец", en="limit and its end"),
    "past": Texts(kk="мерзімнен кейін", ru="после срока", en="past the limit"),
    "ahead": Texts(kk="алдағы қадам", ru="шаг впереди", en="step ahead"),
    "message": Texts(kk="журналдағы хабар", ru="сообщение в журнале", en="message in the journal"),
    "shut": Texts(kk="түн, демалыс", ru="ночь, выходной", en="night, day off"),
    "tear": Texts(kk="бос уақыт сығылған", ru="время без событий сжато", en="idle time compressed"),
}

PLACE = Texts(kk="Регламент бойынша орны", ru="Место в регламенте", en="Place in the regulation")
TOKEN = Texts(kk="Қазір осында:", ru="Сейчас здесь:", en="The case is at:")
WHOLE = Texts(kk="Толық схемасы", ru="Вся схема", en="Whole diagram")
BACK = Texts(kk="Іске оралу", ru="Назад к делу", en="Back to the case")
STEPS = Texts(kk="Қадамдар", ru="Шаги", en="Steps")
STEPS_HOW = Texts(
    kk="мерзім қалай есептелгені әр қадамда жазылған",
    ru="у каждого шага сказано, как считается срок",
    en="each step says how its limit is counted",
)
GROUP = Texts(kk="{number}-тармақ", ru="Пункт {number}", en="Para {number}")
INNER = Texts(
    kk="{number}-тармақ: органның ішінде", ru="Пункт {number}: внутри органа", en="Para {number}: inside the body"
)
BEYOND = Texts(kk="Регламентте көзделмегені", ru="Не предусмотрено регламентом", en="Not in the regulation")
DONE_OF = Texts(kk="орындалғаны {done} / {all}", ru="выполнено {done} из {all}", en="{done} of {all} done")
PARAGRAPH = Texts(kk="Тармақ", ru="Пункт", en="Para")
STEP = Texts(kk="Қадам, бірлік", ru="Шаг, единица", en="Step, unit")
WHEN = Texts(kk="Уақыты", ru="Когда", en="When")
LIMIT = Texts(kk="Мерзімі", ru="Срок", en="Limit")
STATE = Texts(kk="Күйі", ru="Состояние", en="State")
BEGUN = Texts(kk="басталғаны: {at}", ru="начат {at}", en="begun {at}")
AFTER_BEFORE = Texts(
    kk="{limit}, алдыңғы қадамнан кейін", ru="{limit} после предыдущего шага", en="{limit}, after the step before"
)
STAGES = {
    "done": Texts(kk="орындалды", ru="выполнен", en="done"),
    "under-way": Texts(kk="орындалуда", ru="идёт", en="under way"),
    "ahead": Texts(kk="алда", ru="впереди", en="ahead"),
    "unreported": Texts(kk="хабарланбаған", ru="не сообщено", en="not reported"),
    "missed": Texts(kk="жоқ", ru="пропущен", en="missing"),
    "left-out": Texts(kk="қажет емес", ru="не требуется", en="not needed"),
    "unexpected": Texts(kk="көзделмеген", ru="не предусмотрен", en="unexpected"),
}
LATE = Texts(kk="кешігуде", ru="опаздывает", en="late")
WAS_LATE = Texts(kk="кешікті", ru="с опозданием", en="late")
NEAR = Texts(kk="мерзімі жақын", ru="срок близко", en="limit near")
FEWER = Texts(
    kk="тағы {count} қадам көрсетілмеген", ru="ещё {count} шагов не показано", en="{count} more steps are not shown"
)

MESSAGES = Texts(kk="Хабарлар", ru="Сообщения", en="Messages")
REFUSED_COUNT = Texts(kk="қабылданбағаны {count}", ru="отклонено {count}", en="{count} refused")
NO_MESSAGES = Texts(kk="Хабар әлі жоқ.", ru="Сообщений ещё нет.", en="No message yet.")
NO_MESSAGES_WHEN = Texts(
    kk="Тараптардың бірі осы іс туралы жазғанда, хабары осында шығады.",
    ru="Когда одна из сторон напишет об этом деле, сообщение появится здесь.",
    en="Once a party writes about this case, its message appears here.",
)
NEWS = Texts(
    kk="Жаңа хабарлар: {count}. Көрсету", ru="Новых сообщений: {count}. Показать", en="New messages: {count}. Show them"
)
MESSAGE = Texts(kk="{number}-хабар: {type}", ru="Сообщение {number}: {type}", en="Message {number}: {type}")
NOBODY = Texts(kk="жіберуші белгісіз", ru="отправитель неизвестен", en="sender unknown")
EARLIER = Texts(kk="Алдыңғылары", ru="Предыдущие", en="Earlier ones")
LATER = Texts(kk="Кейінгілері", ru="Следующие", en="Later ones")
FROM = Texts(kk="Кімнен", ru="От", en="From")
TO = Texts(kk="Кімге", ru="Кому", en="To")
WRITTEN = Texts(kk="Жазылды", ru="Написано", en="Written")
JOURNALLED = Texts(kk="Журналда", ru="В журнале", en="Journalled")
REPORTS = Texts(kk="Қадамдары", ru="Шаги", en="Steps")
CAUSE = Texts(kk="Себебі", ru="В ответ на", en="Caused by")
ID = Texts(kk="Идентификаторы", ru="Идентификатор", en="Id")
SIZE = Texts(kk="Көлемі", ru="Размер", en="Size")
BYTES = Texts(kk="{count} байт", ru="{count} байт", en="{count} bytes")
REASON = Texts(kk="Қабылданбау себебі", ru="Почему отклонено", en="Why it was refused")
REFUSED = Texts(kk="қабылданбаған", ru="отклонено", en="refused")
GOOD = Texts(kk="Қолтаңба жарамды", ru="Подпись верна", en="The signature is good")
BAD = Texts(kk="Қолтаңба жарамсыз", ru="Подпись неверна", en="The signature is not good")
WHOSE_KEY = Texts(
    kk="{party} кілті, сертификатының соңғы күні: {at}; журналға түскен сәтке тексерілді",
    ru="Ключ: {party}, сертификат до {at}; проверено на момент записи в журнал",
    en="Key of {party}, certificate until {at}; checked as of when it was journalled",
)
NO_CERTIFICATE = Texts(
    kk="Қолтаңба атаған сертификат бұл стендте белгісіз.",
    ru="Сертификат, названный подписью, этому стенду неизвестен.",
    en="The certificate that the signature names is not known here.",
)
CERTIFICATE = Texts(kk="Сертификаты", ru="Сертификат", en="Certificate")
STANDINGS = {
    "good": Texts(kk="шақыртылмаған", ru="не отозван", en="not revoked"),
    "suspended": Texts(kk="тоқтатылғаны: {at}", ru="приостановлен {at}", en="suspended {at}"),
    "revoked": Texts(kk="кері қайтарылғаны: {at}", ru="отозван {at}", en="revoked {at}"),
}
RAW = Texts(kk="Хабар қалай келсе, солай", ru="Сообщение как пришло", en="The message as it came")
RAW_MASKED = Texts(
    kk="Жеке деректер жасырылған, құжаттардың орнында олардың көлемі тұр.",
    ru="Личные данные скрыты, вместо документов стоит их размер.",
    en="Personal data are masked; documents are shown by their size.",
)
RAW_UNREADABLE = Texts(
    kk="Бұл JSON емес: {size} байт, SHA-256 {digest}",
    ru="Это не JSON: {size} байт, SHA-256 {digest}",
    en="This is no JSON: {size} bytes, SHA-256 {digest}",
)
RAW_NOT_YOURS = Texts(
    kk="Хабарды көру үшін messages.read құқығы керек.",
    ru="Чтобы видеть сообщение, нужно право messages.read.",
    en="To see the message takes the permission messages.read.",
)
RAW_OPENS = Texts(
    kk="Хабарды ашу. Оны кім ашқаны журналға түседі.",
    ru="Открыть сообщение. Кто его открыл, попадёт в журнал.",
    en="Open the message. The journal will have who opened it.",
)
NO_SUCH_MESSAGE = Texts(
    kk="Бұл істе ондай хабар жоқ", ru="В этом деле нет такого сообщения", en="This case has no such message"
)

LAW = Texts(kk="{paragraph}-тармақ", ru="Пункт {paragraph}", en="Para {paragraph}")
LAW_UNIT = Texts(kk="Кім орындайды", ru="Кто выполняет", en="Who does it")
LAW_PRINTED = Texts(kk="Актідегі атауы", ru="Как в акте", en="As the act has it")
LAW_LIMIT = Texts(kk="Мерзімі (актіде)", ru="Срок (в акте)", en="Limit (in the act)")
LAW_GIVES = Texts(kk="Нәтижесі", ru="Что получается", en="What comes of it")
LAW_NEXT = Texts(kk="Одан кейін", ru="Что дальше", en="What comes next")
LAW_ROWS = Texts(kk="Кестенің жолдары", ru="Строки таблицы", en="Rows of the table")
LAW_READINGS = Texts(kk="Оқылуы", ru="Прочтения", en="Readings")
LAW_END = Texts(kk="соңы: {end}", ru="конец: {end}", en="end: {end}")
LAW_CLOSE = Texts(kk="Жабу", ru="Закрыть", en="Close")
NO_SUCH_PARAGRAPH = Texts(
    kk="Бұл арнада ондай тармақ жоқ.", ru="В этом канале такого пункта нет.", en="This channel has no such paragraph."
)
