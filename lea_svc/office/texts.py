"""What the body's desk says when a signature or a draft is not what is due, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

NOTHING_PREPARED = Texts(
    kk="қол қоятын нәтиже әлі дайындалмаған",
    ru="результат для подписания ещё не подготовлен",
    en="no result has been prepared to be signed",
)
INSTANT_REQUIRED = Texts(
    kk="жобамен бірге келген уақыт керек",
    ru="нужно время, с которым пришёл проект",
    en="the instant that the draft came with is required",
)
DRAWN_UP_ANEW = Texts(
    kk="құжат ол кезде жасалмаған: оны қайта жасап, соған қол қойыңыз",
    ru="документ был составлен не тогда: составьте его заново и подпишите",
    en="the paper was not drawn up then: draw it up again, and sign that",
)
NO_SIGNING_TIME = Texts(
    kk="PDF ішіндегі қолтаңба қол қойылған уақытты айтпайды (EN 319 142-1, 6.3)",
    ru="подпись в PDF не называет времени подписания (EN 319 142-1, 6.3)",
    en="the signature in a PDF says no signing time (EN 319 142-1, 6.3)",
)
DETACHED = Texts(
    kk="PDF ішіндегі қолтаңба құжаттан бөлек болады",
    ru="подпись в PDF отделена от документа",
    en="the signature in a PDF is detached",
)
STAMPED_HERE = Texts(
    kk="уақыт белгісі осында қойылады",
    ru="метка времени ставится здесь",
    en="the time stamp is put to it here",
)

GROUNDS = Texts(kk="бас тарту негізделуі керек", ru="отказ должен быть обоснован", en="a refusal gives its grounds")
APPROVED = Texts(
    kk="қол қойылған шешім – {decision}", ru="подписано решение: {decision}", en="the signed decision is {decision}"
)
WHICH_RESULT = Texts(kk="нәтижені атаңыз: {known}", ru="назовите результат: {known}", en="say which result: {known}")
DRAFT_CHANGED = Texts(
    kk="сіз оқығаннан кейін жоба өзгерді: оны қайта оқып, жаңасына қол қойыңыз",
    ru="проект изменился после того, как вы его прочли: прочтите его снова и подпишите новый",
    en="the draft has changed since you read it: read it again and sign the new one",
)


def no_stamp(why: Texts) -> Texts:
    """That no time stamp can be believed, and what is wrong with the one that came."""
    return Texts(
        kk="сенуге болатын уақыт белгісі жоқ: {why}",
        ru="нет метки времени, которой можно верить: {why}",
        en="there is no time stamp to be believed: {why}",
    ).format(why=why)


def no_paper(kind: str) -> Texts:
    """That something else is due to be signed than a result."""
    return Texts(
        kk=f"қол қойылатыны {kind}, бұл өтініш берушіге арналған құжат емес",
        ru=f"подписать нужно {kind}, а это не документ для заявителя",
        en=f"a {kind} is due to be signed, which is no paper for the applicant",
    )
