"""What whoever looks at the waiting messages of the stand is told, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

SILENT = Texts(
    kk="{party} жауап бермейді: ол қайта қосылғанда қайталаңыз",
    ru="{party} не отвечает: повторите, когда он снова подключится",
    en="{party} does not answer: try again when it is back",
)
BUSY = Texts(
    kk="осы топпен «{by}» {at} бастаған әрекет жүріп жатыр: ештеңе екі рет жасалмайды",
    ru="с этой группой уже идёт действие, которое начал «{by}» в {at}: ничего не делается дважды",
    en="{by} is acting on this group since {at}: nothing is done twice",
)
NO_JOB = Texts(
    kk="«{job}» әрекеті жоқ: шлюз қайта қосылғаннан бері ондай әрекет басталмаған",
    ru="действия «{job}» нет: с запуска шлюза такое не начиналось",
    en="there is no action {job}: none of that id was begun since the gateway started",
)
NO_CAUSE = Texts(
    kk="{party} жүйесінде мұндай себеппен күткен хабар қалмаған: бетті жаңартыңыз",
    ru="у {party} больше нет сообщений с такой причиной: обновите страницу",
    en="no message waits at {party} for this cause any more: read the list again",
)
NOTHING_CHOSEN = Texts(
    kk="бірде-бір хабар таңдалмаған: хабарларды немесе топты таңдаңыз",
    ru="ничего не выбрано: выберите сообщения или группу",
    en="nothing is chosen: choose messages or a group",
)
NEEDS_REASON = Texts(
    kk="хабарды не үшін қайтаратыныңызды немесе алып тастайтыныңызды жазыңыз",
    ru="напишите, почему сообщение возвращается или снимается",
    en="write why the messages are returned or dropped",
)
BAD_CURSOR = Texts(
    kk="after – алдыңғы беттің соңында көрсетілген белгі болуға тиіс",
    ru="after – это метка, указанная в конце предыдущей страницы",
    en="`after` is the `next` of the page before",
)
OUTSIDE = Texts(
    kk="{party} – бөгде жүйе: оның хабарларымен осы жерден ештеңе жасауға болмайды",
    ru="{party} – сторонняя система: отсюда с её сообщениями ничего сделать нельзя",
    en="{party} is somebody else's system: nothing can be done here about messages that wait there",
)
TOO_MANY_JOBS = Texts(
    kk="тым көп әрекет қатар жүріп жатыр: бірі аяқталғанша күтіңіз",
    ru="идёт слишком много действий сразу: дождитесь, пока одно закончится",
    en="too many actions are under way: wait until one of them is done",
)
