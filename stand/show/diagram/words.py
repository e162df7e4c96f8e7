"""The words of a diagram in the three languages: its pools and lanes, questions and messages.

Operations, outcomes and limits have theirs in `stand.verdict.wording`.
"""

from __future__ import annotations

from aimaq.regulation import Texts

POOLS = {
    "portal": Texts(kk="Электрондық үкімет порталы", ru="Портал электронного правительства", en="E-government portal"),
    "con": Texts(kk="Қызмет көрсету орталығы", ru="Центр обслуживания", en="Service centre"),
    "lea": Texts(kk="Жергілікті атқарушы орган", ru="Местный исполнительный орган", en="Local executive body"),
    "gateway": Texts(kk="Шлюз", ru="Шлюз", en="Gateway"),
    "registry": Texts(kk="Мемлекеттік тізілімдер", ru="Государственные реестры", en="State registers"),
}
"""What the pool of a party is called. The service centre was the State Corporation's from 2016 on."""

LANES = {
    "portal": Texts(kk="Портал", ru="Портал", en="The portal itself"),
    "con": Texts(kk="Орталықтың жүйесі", ru="Система центра", en="The centre's system"),
    "lea": Texts(kk="Органның жүйесі", ru="Система органа", en="The body's system"),
    "gateway": POOLS["gateway"],
    "registry": POOLS["registry"],
    "portal.citizen": Texts(kk="Көрсетілетін қызметті алушы", ru="Услугополучатель", en="Citizen"),
    "con.applicant": Texts(kk="Көрсетілетін қызметті алушы", ru="Услугополучатель", en="Applicant"),
    "con.operator": Texts(kk="Оператор", ru="Оператор", en="Operator"),
    "lea.applicant": Texts(kk="Көрсетілетін қызметті алушы", ru="Услугополучатель", en="Applicant"),
    "lea.employee": Texts(kk="Қызметкер", ru="Работник", en="Employee"),
    "lea.clerk": Texts(kk="Кеңсе қызметкері", ru="Сотрудник канцелярии", en="Clerk of the office"),
    "lea.head": Texts(kk="Басшы", ru="Руководитель", en="Head"),
    "lea.section-head": Texts(kk="Бөлім басшысы", ru="Руководитель отдела", en="Head of the section"),
    "lea.executor": Texts(kk="Жауапты орындаушы", ru="Ответственный исполнитель", en="Executor"),
    "lea.akim": Texts(kk="Ауылдық округ әкімі", ru="Аким сельского округа", en="Rural akim"),
    "lea.akim-specialist": Texts(
        kk="Әкім аппаратының маманы", ru="Специалист аппарата акима", en="Specialist of the akim's office"
    ),
    "lea.akim-executor": Texts(
        kk="Әкім аппаратының орындаушысы", ru="Исполнитель аппарата акима", en="Executor of the akim's office"
    ),
}
"""What the lane of a performer is called where the act's own name for the unit is not at hand."""

SEND_RESULT = Texts(kk="нәтижені жолдау", ru="отправка результата", en="sending the result")
"""What `send` is called where it is the result that is sent."""

USUALLY = {
    "incomplete": Texts(kk="толық", ru="полные", en="complete"),
    "absent": Texts(kk="деректер бар", ru="данные есть", en="data found"),
    "elsewhere": Texts(kk="тіркелмеген", ru="не учтён", en="not registered"),
}
"""What stands on the arrow of `ok` beside another outcome; else its own word."""

QUESTIONS = {
    "wrong": Texts(kk="Бәрі дұрыс па?", ru="Всё верно?", en="All in order?"),
    "incomplete": Texts(kk="Құжаттар толық па?", ru="Документы полные?", en="Are the papers complete?"),
    "absent": Texts(kk="Деректер бар ма?", ru="Данные есть?", en="Are there data?"),
    "elsewhere": Texts(kk="Басқа облыста тіркелген бе?", ru="Учтён в другой области?", en="Registered elsewhere?"),
    "denied": Texts(kk="Қандай шешім?", ru="Какое решение?", en="Which decision?"),
}
"""What a gateway asks, by the outcome beside the usual one."""

MESSAGES = {
    "RequestSubmitted": Texts(kk="Сұраным", ru="Запрос", en="Request"),
    "RequestRegistered": Texts(kk="Сұраным тіркелді", ru="Запрос зарегистрирован", en="Request registered"),
    "StatusChanged": Texts(kk="Мәртебе өзгерді", ru="Статус изменён", en="Status changed"),
    "ResultIssued": Texts(kk="Нәтиже", ru="Результат", en="Result"),
    "ResultDelivered": Texts(kk="Нәтиже берілді", ru="Результат выдан", en="Result handed over"),
    "CaseClosed": Texts(kk="Іс жабылды", ru="Дело закрыто", en="Case closed"),
    "RegistryAsked": Texts(kk="Тізілімге сұрау", ru="Запрос в реестр", en="Question to the registers"),
    "RegistryAnswered": Texts(kk="Тізілім жауабы", ru="Ответ реестра", en="Answer of the registers"),
    "RegistryUpdated": Texts(kk="Тізілімге жазба", ru="Запись в реестр", en="Entry for the register"),
}
"""What each message is called on its way."""

START = Texts(kk="Өтініш жасалды", ru="Обращение", en="Application")
HANDED_ON = Texts(kk="Іс берілді: {to}", ru="Дело передано: {to}", en="The case goes on: {to}")
OPTIONAL = Texts(kk="міндетті емес", ru="необязательно", en="optional")
ONLY_FOR = Texts(kk="тек: {what}", ru="только: {what}", en="only: {what}")
ROW = Texts(kk="Кестенің {no}-жолы: {limit}", ru="Строка {no} таблицы: {limit}", en="Row {no} of the table: {limit}")
LIMIT = Texts(kk="Мерзімі: {limit}", ru="Срок: {limit}", en="Limit: {limit}")
NO_LIMIT = Texts(kk="мерзімсіз", ru="без срока", en="no limit")
PARAGRAPH = Texts(kk="Тармақ: {no}", ru="Пункт: {no}", en="Paragraph: {no}")
GIVES = Texts(kk="Нәтижесі: {what}", ru="Результат: {what}", en="What comes of it: {what}")
REGISTERS = Texts(kk="Тізілімдер: {names}", ru="Реестры: {names}", en="Registers: {names}")
UNIT = Texts(kk="Бірлік: {unit}", ru="Исполнитель в акте: {unit}", en="Unit in the act: {unit}")
READINGS = Texts(kk="Оқылуы: {ids}", ru="Прочтения: {ids}", en="Readings: {ids}")
PROCESS = Texts(kk="{no}-үдеріс", ru="Процесс {no}", en="Process {no}")
CONDITION = Texts(kk="{no}-шарт", ru="Условие {no}", en="Condition {no}")
ACT = Texts(kk="{who}, {date} № {no}", ru="{who}, № {no} от {date}", en="{who}, No {no} of {date}")
