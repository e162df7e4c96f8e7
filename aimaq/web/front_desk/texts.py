"""What a front desk says when it refuses, in the three languages."""

from __future__ import annotations

from datetime import date

from aimaq.language.texts import Texts

OWN_IIN = Texts(
    kk="мұнда адам тек өзі үшін сұрайды",
    ru="здесь человек обращается только за себя",
    en="a person asks for themselves here",
)
NO_CASE = Texts(
    kk="мұнда сіздің ондай ісіңіз жоқ",
    ru="такого вашего дела здесь нет",
    en="no such case of yours is here",
)
ANOTHERS_CASE = Texts(
    kk="бұл істі басқа адам бастаған, оны тек сол толтырып, қол қоя алады",
    ru="это дело начал другой, и только он может заполнить и подписать его",
    en="another opened this case, and only they may fill it in and sign it",
)
NO_QUEUE = Texts(
    kk="бұл жерде кезек жоқ",
    ru="здесь нет очереди",
    en="there is no queue at this desk",
)
CHECK_FIRST = Texts(
    kk="алдымен әкелінген құжаттарды тексеру керек",
    ru="сначала нужно проверить принесённые документы",
    en="the papers brought must be checked first",
)
CASE_ID = Texts(
    kk="істің нөмірі – 7-нұсқалы UUID",
    ru="номер дела – UUID версии 7",
    en="a case id is a UUID of version 7",
)
MISSING = Texts(kk="жоқ: {paper}", ru="отсутствует: {paper}", en="missing: {paper}")
EXPIRED = Texts(kk="мерзімі өткен: {paper}", ru="срок действия истёк: {paper}", en="out of date: {paper}")
FILLED_ANEW = Texts(
    kk="осы арада нысан қайта толтырылды: соған қол қойыңыз",
    ru="форму тем временем заполнили заново: подпишите её",
    en="the form was filled in again meanwhile: sign that",
)
NO_TEXT = Texts(
    kk="{field} өрісінде мәтінге жатпайтын басқару таңбалары бар: оларды алып тастаңыз",
    ru="в поле {field} есть управляющие знаки, которым в тексте не место: уберите их",
    en="{field} contains a control character: remove it",
)
NO_DOCUMENT = Texts(
    kk="сіз атаған адамға мұнда мұндай нөмірмен құжат берілмеген",
    ru="документ с таким номером названному вами лицу здесь не выдавали",
    en="no document with this number was issued here to whom you name",
)
IIN_OR_BIN = Texts(
    kk="iin немесе bin керек, екеуінің бірі ғана",
    ru="нужен iin или bin, один из двух",
    en="one of iin and bin is required",
)
NO_CERTIFICATE = Texts(
    kk="бұл PEM түріндегі сертификат емес",
    ru="это не сертификат в PEM",
    en="this is no certificate as PEM",
)
WRONG_LOGIN = Texts(
    kk="ЖСН немесе құпиясөз қате",
    ru="Неверный ИИН или пароль",
    en="the IIN or the password is wrong",
)
NO_BASE64 = Texts(
    kk="бұл base64 емес: жолды толық және өзгертпей жіберіңіз",
    ru="это не base64: пришлите строку целиком и без изменений",
    en="this is no base64: send the text whole and unchanged",
)
NOBODY = Texts(
    kk="Бұл сертификаттың иесі мұнда тіркелмеген",
    ru="Владелец этого сертификата здесь не зарегистрирован",
    en="The owner of this certificate is not registered here",
)
ANOTHERS_CERTIFICATE = Texts(
    kk="Бұл сертификат басқа адамдікі: өз сертификатыңызбен қол қойыңыз",
    ru="Этот сертификат другого человека: подпишите своим",
    en="This certificate is another person's: sign with your own",
)
DISABLED = Texts(
    kk="Бұл тіркелгі өшірілген: әкімшіге хабарласыңыз",
    ru="Эта учётная запись отключена: обратитесь к администратору",
    en="This account is disabled: ask the administrator",
)
BOTH = Texts(
    kk="тапсырма мен оған қойылған қолтаңба бірге беріледі",
    ru="запрос и подпись под ним передаются вместе",
    en="a challenge and the signature over it go together",
)
HOW_PROVED = Texts(
    kk="ескі құпиясөзді немесе сертификатпен қол қойылған тапсырманы беріңіз",
    ru="укажите прежний пароль или запрос, подписанный сертификатом",
    en="give the current password, or a challenge signed with a certificate",
)
NAMELESS = Texts(
    kk="Сертификатта ЖСН жоқ",
    ru="В сертификате нет ИИН",
    en="The certificate names no IIN",
)


def channels(regulation: str, known: str) -> Texts:
    """Through which channels a regulation is served at this desk."""
    return Texts(
        kk=f"бұл жерде {regulation} мына арналар арқылы көрсетіледі: {known}",
        ru=f"здесь {regulation} оказывается через: {known}",
        en=f"this desk serves {regulation} through: {known}",
    )


def by_password(paragraph: str) -> Texts:
    """That the act lets in by password only."""
    return Texts(
        kk=f"{paragraph}-тармақ бойынша мұнда ЖСН мен құпиясөз арқылы кіреді",
        ru=f"по пункту {paragraph} сюда входят по ИИН и паролю",
        en=f"by paragraph {paragraph} one signs in here with IIN and password",
    )


def no_role(names: str) -> Texts:
    """That there are no such roles here."""
    return Texts(
        kk=f"мұнда мұндай рөл жоқ: {names}", ru=f"здесь нет такой роли: {names}", en=f"no such role here: {names}"
    )


def no_day(value: str) -> Texts:
    """That this is no day of the calendar."""
    return Texts(
        kk=f"{value} – күнтізбеде жоқ күн",
        ru=f"{value} – такого дня нет в календаре",
        en=f"{value} is no day of the calendar",
    )


def by_schedule(day: date, today: date) -> Texts:
    """That a payment is not due yet."""
    return Texts(
        kk=f"кесте бойынша төлем күні {day}, ал бүгін {today}",
        ru=f"по графику выплата {day}, а сегодня {today}",
        en=f"by the schedule it is paid on {day}, and today is {today}",
    )


def too_many_calls(calls: int, seconds: float) -> Texts:
    """That somebody called too often."""
    return Texts(
        kk=f"бір мекенжайдан сұрау тым көп: {seconds:.0f} секунд ішінде {calls}; сәл кейінірек қайталаңыз",
        ru=f"слишком много обращений с одного адреса: {calls} за {seconds:.0f} с; повторите позже",
        en=f"too many requests from one address: {calls} in {seconds:.0f} s; try again later",
    )


def too_many(failures: int, seconds: float) -> Texts:
    """That somebody failed too often."""
    return Texts(
        kk=f"сәтсіз әрекет тым көп: {seconds:.0f} секунд ішінде {failures}",
        ru=f"слишком много неудач: {failures} за {seconds:.0f} с",
        en=f"too many failures: {failures} in {seconds:.0f} s",
    )
