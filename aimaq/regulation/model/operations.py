"""The operations: each declared once, with everything that is a fact about it. What performs one stands elsewhere.

A system's operation is performed by a function in `aimaq.casework.procedure.operations`; a person's by an endpoint,
which `aimaq.web.front_desk.actions` or a service's `endpoints` names, and by a call of the player
(`stand.replay.operations`). All of them go by the name given here, and `stand.runtime.registrations` compares them
before anything starts.
"""

from __future__ import annotations

from aimaq.language.texts import Texts
from aimaq.regulation.model.vocabulary import DECISION, FRONT_DESKS, Operation

_CHECK = ("ok", "wrong")

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation(
            "register-user",
            Texts("порталда тіркелу", "регистрация на портале", "registration at the portal"),
            "the applicant opens an account",
            people_at=FRONT_DESKS,
        ),
        Operation(
            "require-signature",
            Texts("қолтаңба талап ету", "требование подписи", "requiring a signature"),
            "the service is given on a signed request only",
            by_system=True,
        ),
        Operation(
            "take-ticket",
            Texts("кезек талонын алу", "получение талона очереди", "taking a place in the queue"),
            "the applicant takes a place in the electronic queue",
            people_at=("con",),
            with_opening=True,
            intake=True,
        ),
        Operation(
            "lodge",
            Texts("құжаттарды тапсыру", "сдача документов", "handing the papers in"),
            "the applicant hands the application and its documents over",
            people_at=("con", "lea"),
            with_opening=True,
            intake=True,
        ),
        Operation(
            "check-package",
            Texts("құжаттарды тексеру", "проверка документов", "check of the documents"),
            "the application and its documents are looked through; they may be incomplete or out of date",
            people_at=FRONT_DESKS,
            outcomes=("ok", "incomplete"),
            may=("incomplete",),
            takes=frozenset({"missing", "expired"}),
            intake=True,
        ),
        Operation(
            "authenticate",
            Texts("авторизациялау", "авторизация", "authorisation"),
            "IIN and password are given",
            people_at=FRONT_DESKS,
        ),
        Operation(
            "check-identity",
            Texts("деректерді тексеру", "проверка данных", "check of the identity"),
            "the system compares them with what it knows",
            by_system=True,
            outcomes=_CHECK,
        ),
        Operation(
            "refuse",
            Texts("бас тарту", "отказ", "refusal"),
            "the system refuses to go on, and says on what ground",
            by_system=True,
        ),
        Operation(
            "choose-certificate",
            Texts("куәлікті таңдау", "выбор сертификата", "choosing the certificate"),
            "the applicant names the certificate to sign with",
            people_at=("portal",),
        ),
        Operation(
            "fill-form",
            Texts("нысанды толтыру", "заполнение формы", "filling in the form"),
            "the service is chosen and the request filled in",
            people_at=FRONT_DESKS,
            takes=frozenset({"for", "form"}),
            intake=True,
        ),
        Operation(
            "ask-registry",
            Texts("тізілімге сұрау жіберу", "запрос в реестры", "asking the registers"),
            "the system asks state registers",
            by_system=True,
        ),
        Operation(
            "check-registry",
            Texts("тізілім деректерін тексеру", "проверка данных реестров", "check of the answers"),
            "the system looks whether the registers have the data",
            by_system=True,
            outcomes=("ok", "absent"),
        ),
        Operation(
            "check-elsewhere",
            Texts("тіркелген жерін тексеру", "проверка места учёта", "check of other oblasts"),
            "whether a person is registered in another oblast",
            by_system=True,
            outcomes=("ok", "elsewhere"),
        ),
        Operation(
            "enter-registry",
            Texts("тізілімге енгізу", "внесение в реестр", "entry in the register"),
            "data are entered in a state register",
            people_at=("lea",),
            by_system=True,
            at_once=True,
        ),
        Operation(
            "supply",
            Texts("қосымша мәлімет беру", "дополнительные сведения", "supplying what is asked for"),
            "the applicant supplies additional information or pays",
            people_at=("portal",),
            takes=frozenset({"supplied", "text"}),
            needs=frozenset({"supplied"}),
        ),
        Operation("sign", Texts("қол қою", "подписание", "signing"), "the request is signed", people_at=FRONT_DESKS),
        Operation(
            "check-certificate",
            Texts("куәлікті тексеру", "проверка сертификата", "check of the certificate"),
            "the system checks the signature and its certificate",
            by_system=True,
            outcomes=_CHECK,
        ),
        Operation(
            "send",
            Texts("сұранымды жолдау", "отправка запроса", "sending the request"),
            "the signed request leaves for the body",
            by_system=True,
        ),
        Operation(
            "register",
            Texts("өтінішті тіркеу", "регистрация заявления", "registering the application"),
            "the body numbers the request",
            people_at=("lea",),
            by_system=True,
            takes=frozenset({"for", "form"}),
            status={"ok": "received"},
            at_once=True,
        ),
        Operation(
            "check-documents",
            Texts("құжаттарды тексеру", "проверка документов", "check of the documents"),
            "the body looks whether the documents are as they should be",
            people_at=("lea",),
            outcomes=_CHECK,
            takes=frozenset({"faults"}),
            at_once=True,
        ),
        Operation(
            "assign",
            Texts("орындаушыны белгілеу", "назначение исполнителя", "naming the executor"),
            "the head looks at the documents and says who is to deal with them",
            people_at=("lea",),
            takes=frozenset({"to"}),
            status={"ok": "in_progress"},
            at_once=True,
        ),
        Operation(
            "accept",
            Texts("жұмысқа қабылдау", "принятие в работу", "taking it up"),
            "an employee takes the request up",
            people_at=("lea",),
            at_once=True,
        ),
        Operation(
            "extend",
            Texts("мерзімді ұзарту", "продление срока", "making the term longer"),
            "the term is made longer, since something must be asked or looked into",
            people_at=("lea",),
            takes=frozenset({"reason"}),
            needs=frozenset({"reason"}),
        ),
        Operation(
            "prepare",
            Texts("жобаны дайындау", "подготовка проекта", "preparing the draft"),
            "an employee prepares the draft of the result",
            people_at=("lea",),
            takes=frozenset({"decision", "grounds", "result"}),
            needs=frozenset({"decision"}),
            status={"ok": "in_progress"},
        ),
        Operation(
            "agree",
            Texts("жобаны келісу", "согласование проекта", "agreeing with the draft"),
            "a superior agrees with the draft",
            people_at=("lea",),
            at_once=True,
        ),
        Operation(
            "approve",
            Texts("шешімге қол қою", "подписание решения", "signing the decision"),
            "the head signs the decision that the result rests on",
            people_at=("lea",),
        ),
        Operation(
            "decide",
            Texts("шешім қабылдау", "решение", "the decision"),
            "the result is made and signed",
            people_at=("lea",),
            outcomes=DECISION,
            status={"granted": "completed", "denied": "refused"},
        ),
        Operation(
            "prepare-letter",
            Texts("ілеспе хат дайындау", "подготовка письма", "preparing the letter"),
            "the akim's office prepares the covering letter",
            people_at=("lea",),
            takes=frozenset({"text"}),
            at_once=True,
        ),
        Operation(
            "forward",
            Texts("құжаттарды жолдау", "направление документов", "sending the documents on"),
            "the akim signs the covering letter and sends it with the papers to the body",
            people_at=("lea",),
        ),
        Operation(
            "record-result",
            Texts("нәтижені журналға жазу", "запись результата в журнал", "recording the result"),
            "the result is entered in the journal",
            people_at=("lea",),
            at_once=True,
        ),
        Operation(
            "pay",
            Texts("төлеу", "выплата", "payment"),
            "the compensation is paid by the schedule",
            people_at=("con",),
            takes=frozenset({"account", "on"}),
            needs=frozenset({"account"}),
        ),
        Operation(
            "deliver",
            Texts("нәтижені жолдау", "передача результата", "delivering the result"),
            "the system hands over the result; comes out as what was decided",
            by_system=True,
            outcomes=DECISION,
        ),
        Operation(
            "issue",
            Texts("нәтижені беру", "выдача результата", "handing over the result"),
            "a person hands over the result; comes out as what was decided",
            people_at=("con", "lea"),
            outcomes=DECISION,
            takes=frozenset({"how"}),
        ),
    )
}
"""Every operation, by name."""
