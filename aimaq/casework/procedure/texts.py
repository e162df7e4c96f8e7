"""What a procedure says when it refuses, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

ELSEWHERE = Texts(
    kk="{step} ({paragraph}) қадамын мұнда емес, {by} орындайды",
    ru="шаг {step} ({paragraph}) выполняется не здесь, его выполняет {by}",
    en="{step} ({paragraph}) is for {by} to do, not here",
)
NO_REQUEST = Texts(
    kk="тіркейтін өтініш әлі жоқ: алдымен нысанды толтырыңыз",
    ru="заявления, которое можно зарегистрировать, ещё нет: сначала заполните форму",
    en="there is no request yet to be registered",
)
ASKED_ALREADY = Texts(
    kk="тіркелімдерден басқа нысан бойынша сұралып қойған: нысанды өзгертуге болмайды",
    ru="регистры уже запрошены по другой форме: изменить её нельзя",
    en="the registers were asked about another form",
)
HAS_REQUEST = Texts(
    kk="бұл істің өтініші бар", ru="у этого дела уже есть заявление", en="this case has its request already"
)
FINAL_ALREADY = Texts(
    kk="істің күйі – {status}, ол {new} бола алмайды",
    ru="состояние дела – {status}, оно не может стать {new}",
    en="the case is {status} and cannot become {new}",
)
