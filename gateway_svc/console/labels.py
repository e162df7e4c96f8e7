"""What the console's frame says on every page, in the three languages; a page's own words stand in its module."""

from __future__ import annotations

from collections.abc import Mapping

from aimaq.language.texts import Texts


def words(names: Mapping[str, object]) -> Mapping[str, object]:
    """The words of a page's module as its template takes them, `W.HEADING`: `names` are the module's globals."""
    return {name: value for name, value in names.items() if name.isupper()}


TRAFFIC = Texts(kk="Ағын", ru="Поток", en="Traffic")
CASES = Texts(kk="Істер", ru="Дела", en="Cases")
DEADLINES = Texts(kk="Мерзімдер", ru="Сроки", en="Deadlines")
ATTENTION = Texts(kk="Назарда", ru="Внимание", en="Attention")
PARTIES = Texts(kk="Тараптар", ru="Стороны", en="Parties")
JOURNAL = Texts(kk="Журнал", ru="Журнал", en="Journal")
AUDIT = Texts(kk="Аудит", ru="Аудит", en="Audit")

NAMES: dict[str, Texts] = {
    "portal": Texts(kk="ЭҮП", ru="ПЭП", en="Portal"),
    "con": Texts(kk="ХҚКО", ru="ЦОН", en="Service centre"),
    "lea": Texts(kk="ЖАО АЖ", ru="ИС МИО", en="Executive body"),
    "gateway": Texts(kk="ЭҮАШ", ru="РШЭП", en="Gateway"),
    "registry": Texts(kk="Тізілімдер", ru="Реестры", en="Registers"),
}
"""What a party is called where room is short."""

SKIP = Texts(kk="Мазмұнға өту", ru="К содержанию", en="Skip to the content")
SECTIONS = Texts(kk="Бөлімдер", ru="Разделы", en="Sections")
STAND_CLOCK = Texts(kk="Стенд сағаты, Алматы", ru="Часы стенда, Алматы", en="The stand's clock, Almaty")
LANGUAGE = Texts(kk="Тіл", ru="Язык", en="Language")
THEME = Texts(kk="Түс реңі", ru="Оформление", en="Appearance")
LIGHT = Texts(kk="Жарық", ru="Светлое", en="Light")
DARK = Texts(kk="Қараңғы", ru="Тёмное", en="Dark")
SIGN_OUT = Texts(kk="Шығу", ru="Выйти", en="Sign out")
SIGN_IN = Texts(kk="Кіру", ru="Войти", en="Sign in")
SIGNED_IN = Texts(kk="Кірген: {name}", ru="Вход выполнен: {name}", en="Signed in: {name}")
OWN_TOKEN = Texts(kk="шлюздің токені", ru="токен шлюза", en="the gateway's token")
FOOT = Texts(
    kk="Барлық адамдар мен нөмірлер ойдан алынған. Уақыт Алматы бойынша.",
    ru="Все люди и номера вымышлены. Время по Алматы.",
    en="All people and numbers are made up. Times are Almaty's.",
)
NEEDS_ATTENTION = Texts(kk="назар керек", ru="требуют внимания", en="need attention")

ALL = Texts(kk="бәрі", ru="все", en="all")
SEARCH = Texts(kk="Іздеу", ru="Искать", en="Search")
NEXT_PAGE = Texts(kk="Келесі {count}", ru="Следующие {count}", en="Next {count}")
FIRST_PAGE = Texts(kk="Басына", ru="В начало", en="Back to the first")
NOTHING_WAITS = Texts(
    kk="Назар аударатын ештеңе жоқ. Бәрі мерзімінде.",
    ru="Ничего не требует внимания. Всё в срок.",
    en="Nothing needs attention. All is in time.",
)
NOTHING_FOUND = Texts(
    kk="Бұл сұрауға сай іс жоқ. Сүзгінің бірін алып көріңіз.",
    ru="По этому запросу дел нет. Снимите один из фильтров.",
    en="No case fits this query. Take one filter off.",
)

WHAT_NOW: dict[int, Texts] = {
    400: Texts(
        kk="Сұраныс оқылмады. Бетке оралып, қайтадан жіберіңіз.",
        ru="Запрос не удалось прочесть. Вернитесь на страницу и отправьте его снова.",
        en="The request could not be read. Go back to the page and send it again.",
    ),
    401: Texts(
        kk="Сеанс аяқталды немесе әлі басталған жоқ. Кіріңіз.",
        ru="Сеанс завершён или ещё не начат. Войдите.",
        en="The session is over, or has not begun. Sign in.",
    ),
    403: Texts(
        kk="Ештеңе жасалған жоқ. Құқығыңыз жетпесе, әкімшіге жүгініңіз.",
        ru="Ничего не сделано. Если не хватает прав, обратитесь к администратору.",
        en="Nothing was done. If you lack the right, ask the administrator.",
    ),
    404: Texts(
        kk="Мекенжайды тексеріңіз немесе бөлімдердің бірін таңдаңыз.",
        ru="Проверьте адрес или выберите один из разделов.",
        en="Check the address, or choose one of the sections.",
    ),
    405: Texts(
        kk="Бұл бет мұны қабылдамайды. Бетті қайта ашып көріңіз.",
        ru="Эта страница такого не принимает. Откройте её заново.",
        en="This page does not take that. Open it again.",
    ),
    409: Texts(
        kk="Ештеңе екі рет жасалған жоқ. Бетті жаңартып, қазіргі күйін қараңыз.",
        ru="Ничего не сделано дважды. Обновите страницу и посмотрите, что есть сейчас.",
        en="Nothing was done twice. Reload the page to see how it stands now.",
    ),
    413: Texts(
        kk="Ештеңе жасалған жоқ. Аз таңдап, қайтадан жіберіңіз.",
        ru="Ничего не сделано. Выберите меньше и отправьте снова.",
        en="Nothing was done. Choose fewer, and send it again.",
    ),
    422: Texts(
        kk="Ештеңе жасалған жоқ. Мәнді түзетіп, қайтадан жіберіңіз.",
        ru="Ничего не сделано. Исправьте значение и отправьте снова.",
        en="Nothing was done. Mend the value, and send it again.",
    ),
    429: Texts(
        kk="Біраз күтіп, қайталаңыз.",
        ru="Подождите немного и повторите.",
        en="Wait a little, and try again.",
    ),
    503: Texts(
        kk="Ештеңе жоғалған жоқ. Сәл кейінірек қайталаңыз.",
        ru="Ничего не потеряно. Повторите чуть позже.",
        en="Nothing is lost. Try again a little later.",
    ),
}
"""What to do about a problem, by its status."""
OUR_FAULT = Texts(
    kk="Біз жақтан қате шықты. Ештеңе жоғалған жоқ, қате журналға жазылды.",
    ru="Ошибка на нашей стороне. Ничего не потеряно, ошибка записана в журнал.",
    en="The fault is ours. Nothing is lost, and the fault is in the log.",
)
TRY_AGAIN = Texts(kk="Қайталау", ru="Повторить", en="Try again")
TO_START = Texts(kk="Басты бетке", ru="На главную", en="To the start")

STALE_FORM = Texts(
    kk="бұл бет ескірген немесе басқа жерден жіберілген: бетті жаңартып, қайта жіберіңіз",
    ru="эта страница устарела или отправлена не отсюда: обновите её и отправьте снова",
    en="this page is stale, or was not sent from here: reload it, and send it again",
)
FOREIGN_FORM = Texts(
    kk="бұл сұраныс басқа сайттан келді, сондықтан орындалмады",
    ru="этот запрос пришёл с другого сайта и потому не выполнен",
    en="this request came from another site, and so it was not carried out",
)
NOT_SIGNED_IN = Texts(
    kk="сеанс аяқталды немесе әлі басталған жоқ",
    ru="сеанс завершён или ещё не начат",
    en="the session is over, or has not begun",
)
