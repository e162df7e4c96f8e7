"""The words of the page of the traffic, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

HEADING = Texts(kk="Хабарлар ағыны", ru="Поток сообщений", en="Message traffic")
RANGE = Texts(kk="Аралық", ru="Период", en="Range")
WINDOWS = {
    "minute": Texts(kk="Минут", ru="Минута", en="Minute"),
    "hour": Texts(kk="Сағат", ru="Час", en="Hour"),
    "day": Texts(kk="Тәулік", ru="Сутки", en="Day"),
}
LAST_WINDOW = {
    "minute": Texts(kk="соңғы минут", ru="последняя минута", en="last minute"),
    "hour": Texts(kk="соңғы сағат", ru="последний час", en="last hour"),
    "day": Texts(kk="соңғы тәулік", ru="последние сутки", en="last day"),
}
RATE = Texts(kk="хабар секундына", ru="сообщений в секунду", en="messages a second")
COUNT = Texts(kk="хабар: {window}", ru="сообщений: {window}", en="messages: {window}")
WAITING = Texts(kk="хабар күтуде", ru="сообщений ждёт", en="messages waiting")
REFUSED = Texts(kk="қабылданбаған: {window}", ru="отклонено: {window}", en="refused: {window}")
DEAD = Texts(kk="шетке қойылған", ru="отложено", en="laid aside")
BROKEN = Texts(kk="бұзылған мерзім", ru="нарушено сроков", en="limits broken")
LATE = Texts(kk="Мерзімі бұзылған іс: {count}", ru="Дел с нарушенным сроком: {count}", en="Cases past a limit: {count}")
NEAR = Texts(kk="Мерзімі таяған іс: {count}", ru="Дел с близким сроком: {count}", en="Cases near a limit: {count}")
STANDS = Texts(
    kk="Стенд сағаты тұр: қанша хабар жүргені көрсетілген, ал жылдамдығы белгісіз.",
    ru="Часы стенда стоят: показано, сколько сообщений прошло; с какой скоростью, неизвестно.",
    en="The stand's clock stands: what moved is shown, how fast is not known.",
)
MAP = Texts(kk="Тараптар және байланыстар", ru="Стороны и связи", en="Parties and links")
MAP_NOTE = Texts(
    kk="{window}; сызықтың жуандығы – ағын",
    ru="{window}; толщина линии – поток",
    en="{window}; the line's width is the rate",
)
MAP_TITLE = Texts(
    kk="Бес тарап пен сыртқы жүйелер, әр байланыстың жүктемесімен",
    ru="Пять сторон и внешние системы с нагрузкой каждой связи",
    en="Five parties and outside systems with the load of each link",
)
MORE_SYSTEMS = Texts(
    kk="тағы {count} жүйе төмендегі кестеде",
    ru="ещё систем в таблице ниже: {count}",
    en="{count} more in the table below",
)
HUB = Texts(kk="шлюз, журнал", ru="шлюз, журнал", en="gateway, journal")
HUB_RATE = Texts(kk="журналға {rate}", ru="в журнал {rate}", en="journalled {rate}")
PER_SECOND = Texts(kk="{rate}/с", ru="{rate}/с", en="{rate}/s")
IN_ALL = Texts(kk="{count} хабар", ru="{count} сообщ.", en="{count} messages")
QUANTILES = Texts(kk="p50 {p50}  p99 {p99} мс", ru="p50 {p50}  p99 {p99} мс", en="p50 {p50}  p99 {p99} ms")
WAITS = Texts(kk="күтуде {count}", ru="ждёт {count}", en="waiting {count}")
NONE_REFUSED = Texts(kk="қабылданбаған жоқ", ru="отклонённых нет", en="none refused")
TROUBLES = {
    "refused": Texts(kk="{count} қабылданбаған", ru="отклонено {count}", en="{count} refused"),
    "parked": Texts(kk="{count} ұсталған", ru="удержано {count}", en="{count} held"),
    "retry": Texts(kk="{count} қайталануда", ru="повтор {count}", en="{count} retrying"),
    "dead": Texts(kk="{count} шетке қойылған", ru="отложено {count}", en="{count} laid aside"),
}
STATES = {
    "ok": Texts(kk="жүріп тұр", ru="идёт", en="moving"),
    "slow": Texts(kk="баяу", ru="медленно", en="slow"),
    "stopped": Texts(kk="тұр", ru="стоит", en="stalled"),
    "silent": Texts(kk="үнсіз", ru="молчит", en="silent"),
}
FIRST = Texts(kk="Алдымен осыған қараңыз", ru="Сначала это", en="Look here first")
NOTHING = Texts(kk="Назар аударатын ештеңе жоқ.", ru="Ничего не требует внимания.", en="Nothing needs attention.")
NO_DELAY = Texts(
    kk="Хабарлар кідіріссіз жүріп тұр.", ru="Сообщения идут без задержек.", en="Messages move without delay."
)
NOT_TAKEN = Texts(
    kk="{system}: {span} бойы ештеңе жіберілмей тұр",
    ru="{system}: уже {span} ничего не уходит",
    en="{system}: nothing could be sent to it for {span}",
)
ALL_REFUSED = Texts(
    kk="{system}: жібергенінің бәрі қабылданбады",
    ru="{system}: всё присланное отклонено",
    en="{system}: all that it sent was refused",
)
PARKED = Texts(
    kk="{system}: {count} хабар ұсталды",
    ru="{system}: удержано сообщений: {count}",
    en="{system}: {count} messages held",
)
GAP = Texts(
    kk="реттегі үзіліс; ең ескісі {span}",
    ru="пропуск в номерах; старшему {span}",
    en="a gap in the numbers; oldest {span}",
)
RETRYING = Texts(
    kk="{system}: {count} хабар қайталануда",
    ru="{system}: повторяется сообщений: {count}",
    en="{system}: {count} messages tried again",
)
LAID_ASIDE = Texts(
    kk="{system}: {count} хабар шетке қойылды",
    ru="{system}: отложено сообщений: {count}",
    en="{system}: {count} messages laid aside",
)
FOR_AN_OPERATOR = Texts(kk="операторды күтіп тұр", ru="ждут оператора", en="they wait for an operator")
SLOW = Texts(
    kk="{system}: баяу, p99 {p99} мс", ru="{system}: медленно, p99 {p99} мс", en="{system}: slow, p99 {p99} ms"
)
SOME_REFUSED = Texts(
    kk="{system}: {count} хабар қабылданбады",
    ru="{system}: отклонено сообщений: {count}",
    en="{system}: {count} messages refused",
)
CERTIFICATE_ENDS = Texts(
    kk="{system} сертификатына {span} қалды",
    ru="{system}: сертификату осталось {span}",
    en="{system}: the certificate has {span} left",
)
CERTIFICATE_IS = Texts(
    kk="{system}: сертификаты {state}", ru="{system}: сертификат {state}", en="{system}: the certificate is {state}"
)
UNTIL = Texts(kk="{moment} дейін", ru="до {moment}", en="until {moment}")
COUNTED = Texts(kk="{count} хабар", ru="сообщений: {count}", en="{count} messages")
OPEN = Texts(kk="ашу", ru="открыть", en="open")
LAST_HOUR = Texts(kk="Соңғы сағат", ru="Последний час", en="The last hour")
STRIP_NOTE = Texts(
    kk="минутына хабар; сызықтың астында, қызыл: қабылданбағаны",
    ru="сообщений в минуту; под линией, красным: отклонённые",
    en="messages a minute; below the line, red: refused",
)
STRIP_TITLE = Texts(
    kk="Соңғы сағаттың хабарлары, минут сайын: барлығы {count}, қабылданбағаны {refused}",
    ru="Сообщения последнего часа по минутам: всего {count}, отклонено {refused}",
    en="Messages of the last hour, by the minute: {count} in all, {refused} refused",
)
BAR = Texts(
    kk="{at}: {count}, қабылданбаған {refused}",
    ru="{at}: {count}, отклонено {refused}",
    en="{at}: {count}, refused {refused}",
)
LINKS = Texts(kk="Байланыстар", ru="Связи", en="Links")
LINK = Texts(kk="Байланыс", ru="Связь", en="Link")
STATE = Texts(kk="Күйі", ru="Состояние", en="State")
COMES = Texts(kk="кіріс, хабар/с", ru="вход, сообщ./с", en="in, msg/s")
GOES = Texts(kk="шығыс, хабар/с", ru="выход, сообщ./с", en="out, msg/s")
COMES_COUNT = Texts(kk="кіріс, хабар", ru="вход, сообщ.", en="in, messages")
GOES_COUNT = Texts(kk="шығыс, хабар", ru="выход, сообщ.", en="out, messages")
WAIT_COLUMN = Texts(kk="күтуде", ru="ждёт", en="waiting")
OLDEST = Texts(kk="ең ескісі", ru="старшее", en="oldest")
P50 = Texts(kk="p50, мс", ru="p50, мс", en="p50, ms")
P99 = Texts(kk="p99, мс", ru="p99, мс", en="p99, ms")
REFUSED_COLUMN = Texts(kk="қабылданбаған", ru="отклонено", en="refused")
RETRY_COLUMN = Texts(kk="қайталануда", ru="повтор", en="retrying")
PARKED_COLUMN = Texts(kk="ұсталған", ru="удержано", en="held")
DEAD_COLUMN = Texts(kk="шетте", ru="отложено", en="aside")
ROUTES = Texts(kk="Кім кімге", ru="Кто кому", en="Who sends to whom")
FROM = Texts(kk="Кімнен", ru="От кого", en="From")
TO = Texts(kk="Кімге", ru="Кому", en="To")
MESSAGES = Texts(kk="хабар", ru="сообщений", en="messages")
LAST = Texts(kk="соңғысы", ru="последнее", en="last")
MORE_ROUTES = Texts(kk="тағы {count} бағыт", ru="ещё направлений: {count}", en="{count} more routes")
OUTSIDE = Texts(kk="сыртқы жүйе", ru="внешняя система", en="outside system")
SUBTITLES = {
    "portal": Texts(kk="порталдың жүйесі", ru="система портала", en="the portal"),
    "con": Texts(kk="Мемлекеттік корпорация", ru="Госкорпорация", en="State Corporation"),
    "lea": Texts(kk="жергілікті атқарушы орган", ru="исполнительный орган", en="local executive body"),
    "registry": Texts(kk="ЖТ МДҚ, БНАЖ, ҰКО", ru="ГБД ФЛ, ЕНИС, НУЦ", en="gbd_fl, enis, nca"),
}
UNKNOWN = Texts(kk="Белгісіз", ru="Неизвестно", en="Unknown")
UNCERTAIN = Texts(kk="жіберушісі анық емес", ru="отправитель не установлен", en="the sender is not certain")
LOST = Texts(
    kk="Байланыс үзілді: көрсетілгені – {at} күйі. Қайта қосылудамыз.",
    ru="Связь прервана, показано состояние на {at}. Подключаемся снова.",
    en="The connection is lost; this is the state of {at}. Connecting again.",
)
NONE_YET = Texts(kk="Әзірге хабар жоқ.", ru="Сообщений пока нет.", en="No messages yet.")
WHEN_ONE_COMES = Texts(
    kk="Бірінші хабар журналға түскенде осында көрінеді.",
    ru="Первое появится здесь, как только попадёт в журнал.",
    en="The first one appears here as soon as it is journalled.",
)
