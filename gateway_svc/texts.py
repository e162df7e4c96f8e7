"""What the gateway says of what its journal does not have, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

NO_BLOCK = Texts(
    kk="{number} нөмірлі блок жабылған жоқ",
    ru="блок с номером {number} не закрыт",
    en="no block {number} was closed",
)
NO_MESSAGE = Texts(
    kk="журналда «{message_id}» хабары жоқ",
    ru="сообщения «{message_id}» в журнале нет",
    en="no message {message_id} is in the journal",
)
NOBODY_KNOWN = Texts(
    kk="шлюз «{case_id}» ісінің өтініш берушісі туралы әлі ештеңе білмейді",
    ru="шлюз ещё ничего не знает о заявителе дела «{case_id}»",
    en="the gateway knows nothing yet of the applicant of {case_id}",
)
NOTHING_OF_CASE = Texts(
    kk="журналда «{case_id}» ісінің хабары жоқ",
    ru="сообщений дела «{case_id}» в журнале нет",
    en="the journal has no message of {case_id}",
)
