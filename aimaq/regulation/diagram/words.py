"""The words of a diagram in the three languages: its pools and lanes, and what is written on them.

Operations, outcomes and messages have theirs where they are declared, limits in `aimaq.regulation.wording`.
"""

from __future__ import annotations

from aimaq.language.messages import TYPES
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


def performer(name: str) -> Texts:
    """What a performer is called where it stands alone: as a lane, in a table, beside a token."""
    return LANES.get(name) or Texts(name, name, name)


SEND_RESULT = Texts(kk="нәтижені жолдау", ru="отправка результата", en="sending the result")
"""What `send` is called where it is the result that is sent."""

MESSAGES = {name: type_.words for name, type_ in TYPES.items()}
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
ACT = Texts(kk="{who}, {date} № {no} акті", ru="{who}, № {no} от {date}", en="{who}, No {no} of {date}")
