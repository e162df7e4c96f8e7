"""What a front desk says when it refuses, in the three languages."""

from __future__ import annotations

from datetime import date

from aimaq.language.errors import Texts

OWN_IIN: Texts = {
    "kk": "мұнда адам тек өзі үшін сұрайды",
    "ru": "здесь человек обращается только за себя",
    "en": "a person asks for themselves here",
}
NO_CASE: Texts = {
    "kk": "мұнда сіздің ондай ісіңіз жоқ",
    "ru": "такого вашего дела здесь нет",
    "en": "no such case of yours is here",
}
ANOTHERS_CASE: Texts = {
    "kk": "бұл істі басқа адам бастаған, оны тек сол толтырып, қол қоя алады",
    "ru": "это дело начал другой, и только он может заполнить и подписать его",
    "en": "another opened this case, and only they may fill it in and sign it",
}
NO_QUEUE: Texts = {
    "kk": "бұл жерде кезек жоқ",
    "ru": "здесь нет очереди",
    "en": "there is no queue at this desk",
}
CHECK_FIRST: Texts = {
    "kk": "алдымен әкелінген құжаттарды тексеру керек",
    "ru": "сначала нужно проверить принесённые документы",
    "en": "the papers brought must be checked first",
}
CASE_ID: Texts = {
    "kk": "істің нөмірі – 7-нұсқалы UUID",
    "ru": "номер дела – UUID версии 7",
    "en": "a case id is a UUID of version 7",
}
FILLED_ANEW: Texts = {
    "kk": "осы арада нысан қайта толтырылды: соған қол қойыңыз",
    "ru": "форму тем временем заполнили заново: подпишите её",
    "en": "the form was filled in again meanwhile: sign that",
}
NO_DOCUMENT: Texts = {
    "kk": "сіз атаған адамға мұнда мұндай нөмірмен құжат берілмеген",
    "ru": "документ с таким номером названному вами лицу здесь не выдавали",
    "en": "no document with this number was issued here to whom you name",
}
IIN_OR_BIN: Texts = {
    "kk": "iin немесе bin керек, екеуінің бірі ғана",
    "ru": "нужен iin или bin, один из двух",
    "en": "one of iin and bin is required",
}
NO_CERTIFICATE: Texts = {
    "kk": "бұл PEM түріндегі сертификат емес",
    "ru": "это не сертификат в PEM",
    "en": "this is no certificate as PEM",
}
WRONG_LOGIN: Texts = {
    "kk": "ЖСН немесе құпиясөз қате",
    "ru": "Неверный ИИН или пароль",
    "en": "the IIN or the password is wrong",
}
NOBODY: Texts = {
    "kk": "Бұл сертификаттың иесі мұнда тіркелмеген",
    "ru": "Владелец этого сертификата здесь не зарегистрирован",
    "en": "The owner of this certificate is not registered here",
}
NAMELESS: Texts = {
    "kk": "Сертификатта ЖСН жоқ",
    "ru": "В сертификате нет ИИН",
    "en": "The certificate names no IIN",
}


def channels(regulation: str, known: str) -> Texts:
    """Through which channels a regulation is served at this desk."""
    return {
        "kk": f"бұл жерде {regulation} мына арналар арқылы көрсетіледі: {known}",
        "ru": f"здесь {regulation} оказывается через: {known}",
        "en": f"this desk serves {regulation} through: {known}",
    }


def by_password(paragraph: str) -> Texts:
    """That the act lets in by password only."""
    return {
        "kk": f"{paragraph}-тармақ бойынша мұнда ЖСН мен құпиясөз арқылы кіреді",
        "ru": f"по пункту {paragraph} сюда входят по ИИН и паролю",
        "en": f"by paragraph {paragraph} one signs in here with IIN and password",
    }


def no_role(names: str) -> Texts:
    """That there are no such roles here."""
    return {"kk": f"мұнда мұндай рөл жоқ: {names}", "ru": f"здесь нет такой роли: {names}",
            "en": f"no such role here: {names}"}  # fmt: skip


def no_day(value: str) -> Texts:
    """That this is no day of the calendar."""
    return {"kk": f"{value} – күнтізбеде жоқ күн", "ru": f"{value} – такого дня нет в календаре",
            "en": f"{value} is no day of the calendar"}  # fmt: skip


def by_schedule(day: date, today: date) -> Texts:
    """That a payment is not due yet."""
    return {
        "kk": f"кесте бойынша төлем күні {day}, ал бүгін {today}",
        "ru": f"по графику выплата {day}, а сегодня {today}",
        "en": f"by the schedule it is paid on {day}, and today is {today}",
    }


def too_many(failures: int, seconds: float) -> Texts:
    """That somebody failed too often."""
    return {
        "kk": f"сәтсіз әрекет тым көп: {seconds:.0f} секундта {failures}",
        "ru": f"слишком много неудач: {failures} за {seconds:.0f} с",
        "en": f"too many failures: {failures} in {seconds:.0f} s",
    }
