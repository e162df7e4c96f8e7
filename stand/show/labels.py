"""The words of the page itself in the three languages."""

from __future__ import annotations

from aimaq.regulation import Texts

LABELS: dict[str, Texts] = {
    "title": Texts(kk="Ағындарды ойнату есебі", ru="Отчёт о проигрывании потоков", en="Replay report"),
    "conforms": Texts(kk="регламентке сай", ru="соответствует", en="conforms"),
    "flows_conform": Texts(kk="ағын регламентке сай", ru="потоков соответствуют", en="flows conform"),
    "breaks": Texts(kk="регламентке сай емес", ru="не соответствует", en="does not conform"),
    "untold": Texts(kk="анықталмады", ru="не установлено", en="could not tell"),
    "all": Texts(kk="Барлық ағын сай", ru="Все потоки соответствуют", en="Every flow conforms"),
    "some": Texts(
        kk="{n} ағынның {b} сай емес", ru="Не соответствуют: {b} из {n}", en="{b} of {n} flows do not conform"
    ),
    "summary": Texts(kk="Жиынтық", ru="Сводка", en="Summary"),
    "channel": Texts(kk="Арна", ru="Канал", en="Channel"),
    "steps": Texts(kk="Қадамдар", ru="Шаги", en="Steps"),
    "rows": Texts(kk="Кесте жолдары", ru="Строки таблицы", en="Table rows"),
    "messages": Texts(kk="Хабарлар", ru="Сообщения", en="Messages"),
    "rejected": Texts(kk="қабылданбаған", ru="отклонено", en="rejected"),
    "paragraph": Texts(kk="Тармақ", ru="Пункт", en="Para"),
    "step": Texts(kk="Қадам", ru="Шаг", en="Step"),
    "unit": Texts(kk="Бірлік", ru="Исполнитель", en="Unit"),
    "done_at": Texts(kk="Орындалған уақыты", ru="Выполнен", en="Done at"),
    "took": Texts(kk="Ұзақтығы", ru="Длилось", en="Took"),
    "limit": Texts(kk="Мерзімі", ru="Срок", en="Limit"),
    "finding": Texts(kk="Қорытынды", ru="Вывод", en="Finding"),
    "row": Texts(kk="жол", ru="строка", en="row"),
    "no": Texts(kk="№", ru="№", en="No"),
    "action": Texts(kk="Іс-әрекет", ru="Действие", en="Action"),
    "evidence": Texts(kk="Дәлел", ru="Подтверждение", en="Evidence"),
    "expected": Texts(kk="күтілген", ru="ожидалось", en="expected"),
    "ending": Texts(kk="Нәтиже", ru="Итог", en="Outcome"),
    "none": Texts(kk="жоқ", ru="нет", en="none"),
    "sequence": Texts(kk="Хабарлар реті", ru="Последовательность", en="Sequence"),
    "type": Texts(kk="Түрі", ru="Тип", en="Type"),
    "from": Texts(kk="Кімнен", ru="От", en="From"),
    "to": Texts(kk="Кімге", ru="Кому", en="To"),
    "journalled": Texts(kk="Журналға түскен", ru="В журнале", en="Journalled"),
    "refusals": Texts(kk="Сервистердің бас тартулары", ru="Отказы сервисов", en="What services refused"),
    "foreseen": Texts(kk="ағында көзделген", ru="предусмотрено потоком", en="foreseen by the flow"),
    "unforeseen": Texts(kk="көзделмеген", ru="не предусмотрено", en="not foreseen"),
    "case": Texts(kk="Іс", ru="Дело", en="Case"),
    "seed": Texts(kk="Бастапқы сан", ru="Начальное число", en="Seed"),
    "stand": Texts(kk="Стенд", ru="Стенд", en="Stand"),
    "begun": Texts(kk="Басталған уақыты", ru="Начато", en="Begun"),
    "file": Texts(kk="Файл", ru="Файл", en="File"),
    "reading": Texts(kk="оқылуы", ru="прочтение", en="reading"),
    "open_all": Texts(kk="Барлығын ашу", ru="Раскрыть всё", en="Expand all"),
    "close_all": Texts(kk="Барлығын жабу", ru="Свернуть всё", en="Collapse all"),
    "exercised": Texts(
        kk="Регламенттердің қамтылуы", ru="Охват регламентов", en="What was exercised of the regulations"
    ),
    "not_exercised": Texts(kk="қамтылмаған", ru="не пройдено", en="not exercised"),
    "regulation": Texts(kk="Регламент", ru="Регламент", en="Regulation"),
    "flows": Texts(kk="Ағындар", ru="Потоки", en="Flows"),
    "outcomes": Texts(kk="Тармақталулар", ru="Исходы", en="Outcomes"),
    "ends": Texts(kk="Аяқталулар", ru="Завершения", en="Ends"),
    "percent": Texts(kk="%", ru="%", en="%"),
    "whole": Texts(kk="барлығы", ru="всего", en="all"),
    "a_second": Texts(kk="іс/с", ru="дел/с", en="cases a second"),
    "synthetic": Texts(
        kk="Барлық адамдар мен нөмірлер ойдан алынған. Бұл есеп ресми құжат емес.",
        ru="Все люди и номера вымышлены. Этот отчёт не является официальным документом.",
        en="All people and numbers are made up. This report is not an official document.",
    ),
    "times": Texts(kk="Уақыт Алматы бойынша", ru="Время по Алматы", en="Times are Almaty's"),
}

OUTCOMES: dict[str, Texts] = {
    "certificate": Texts(kk="Анықтама", ru="Справка", en="Certificate"),
    "refusal": Texts(kk="Дәлелді бас тарту", ru="Мотивированный отказ", en="Reasoned refusal"),
    "refused-authorisation": Texts(kk="Авторизациядан бас тарту", ru="Отказ в авторизации", en="Refused authorisation"),
    "refused-signature": Texts(kk="Қолтаңба расталмады", ru="Подпись не подтверждена", en="Refused signature"),
    "issued": Texts(kk="Берілді", ru="Выдано", en="Issued"),
    "refused": Texts(kk="Бас тартылды", ru="Отказано", en="Refused"),
    "refused-no-record": Texts(kk="Бас тартылды, жазба жоқ", ru="Отказано, записи нет", en="Refused, no record"),
    "not-accepted": Texts(kk="Қабылданбады", ru="Не принято", en="Not accepted"),
    "not-authorised": Texts(kk="Авторизациядан бас тарту", ru="Отказ в авторизации", en="Refused authorisation"),
    "not-signed": Texts(kk="Қолтаңба расталмады", ru="Подпись не подтверждена", en="Refused signature"),
    "no-data": Texts(kk="Дерек жоқ", ru="Нет данных", en="No data"),
    "documents-refused": Texts(kk="Құжаттарда кемшілік бар", ru="Недостатки в документах", en="Documents refused"),
    "elsewhere": Texts(kk="Басқа облыста тіркелген", ru="В другой области", en="In another oblast"),
    "in-time": Texts(kk="Мерзімнің соңында", ru="К концу сроков", en="Late, in time"),
    "extended": Texts(kk="Мерзімі ұзартылған", ru="Срок продлён", en="Extended"),
    "by-proxy": Texts(kk="Өкіл арқылы", ru="Через представителя", en="By proxy"),
    "by-certificate": Texts(kk="Сертификатпен кірді", ru="Вход по сертификату", en="By certificate"),
    "not-authorised-certificate": Texts(
        kk="Кіру сертификаты жарамсыз", ru="Сертификат для входа негоден", en="Bad certificate to sign in with"
    ),
    "organisation": Texts(kk="Заңды тұлға", ru="Юридическое лицо", en="Organisation"),
    "newcomer": Texts(kk="Алғаш рет", ru="Впервые на портале", en="New at the portal"),
}


def outcome(name: str) -> Texts:
    """What a flow should come to, by the last part of its name."""
    return OUTCOMES.get(name) or Texts(kk=name, ru=name, en=name)
