"""What the gateway says of what its journal does not have, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

NO_BLOCK = Texts(
    kk="{number} нөмірлі блок жабылған жоқ",
    ru="блок с номером {number} не закрыт",
    en="no block {number} was closed",
)
NO_MESSAGE = Texts(
    kk="журналда «{message_id}» хабары жоқ",
    ru="сообщения «{message_id}» в журнале нет",
    en="no message {message_id} is in the journal",
)
NOBODY_KNOWN = Texts(
    kk="шлюз «{case_id}» ісінің өтініш берушісі туралы әлі ештеңе білмейді",
    ru="шлюз ещё ничего не знает о заявителе дела «{case_id}»",
    en="the gateway knows nothing yet of the applicant of {case_id}",
)
NOT_ENTERED = Texts(
    kk="қазір журналға жазу мүмкін емес, сондықтан ештеңе жасалған жоқ: сәл кейінірек қайталаңыз",
    ru="сейчас в журнал нельзя ничего записать, поэтому ничего не сделано: повторите чуть позже",
    en="nothing can be entered in the journal now, so nothing was done: try again a little later",
)
NOTHING_OF_CASE = Texts(
    kk="журналда «{case_id}» ісінің хабары жоқ",
    ru="сообщений дела «{case_id}» в журнале нет",
    en="the journal has no message of {case_id}",
)
SINCE_AFTER_UNTIL = Texts(
    kk="кезеңнің басы соңынан бұрын болуға тиіс",
    ru="начало промежутка должно быть раньше его конца",
    en="`since` must be before `until`",
)
NOT_AMONG = Texts(
    kk="{field}: мыналардың бірі болуға тиіс: «{known}»",
    ru="{field}: должно быть одним из: «{known}»",
    en="{field}: must be one of: {known}",
)
NO_CASE_ID = Texts(
    kk="істің нөмірі (UUIDv7) немесе оның кемінде алғашқы тоғыз таңбасы болуға тиіс: 019cacb3-",
    ru="должен быть номер дела (UUIDv7) или его начало, не меньше девяти знаков: 019cacb3-",
    en="must be a case id (UUIDv7), or its beginning of nine characters or more: 019cacb3-",
)
NO_MOMENT = Texts(
    kk="күн немесе белдеуі бар уақыт болуға тиіс: 2026-03-02 немесе 2026-03-02T09:00:00+05:00",
    ru="должен быть день или момент с часовым поясом: 2026-03-02 или 2026-03-02T09:00:00+05:00",
    en="must be a day, or an instant with its zone: 2026-03-02 or 2026-03-02T09:00:00+05:00",
)
NO_CURSOR = Texts(
    kk="бұл белгі осы сұраудың алдыңғы бетінде берілмеген: сұрауды бірінші беттен бастаңыз",
    ru="эта метка дана не предыдущей страницей того же запроса: начните с первой страницы",
    en="`cursor` must be the `next` of a page of this same query: begin with the first page",
)
SUSPENDED = Texts(
    kk="{party} бұрыннан тоқтатылған: оны «{by}» тоқтатқан",
    ru="{party}: уже приостановлена, это сделал «{by}»",
    en="{party} is suspended already, by {by}",
)
NOT_SUSPENDED = Texts(
    kk="{party} тоқтатылмаған: хабарлары өтіп жатыр",
    ru="{party}: не приостановлена, её сообщения проходят",
    en="{party} is not suspended: its messages pass",
)
