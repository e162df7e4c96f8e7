"""What can be wrong with a time stamp, or with getting one, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

NOT_GRANTED = Texts(
    kk="уақыт белгісі қызметі белгі бермеді: күйі {status}",
    ru="служба меток времени не дала метки: статус {status}",
    en="the time-stamping authority gives no time stamp: status {status}",
)
REPLY_UNREADABLE = Texts(
    kk="уақыт белгісі қызметінің жауабы оқылмайды",
    ru="ответ службы меток времени не читается",
    en="the reply of the time-stamping authority cannot be read: {why}",
)
TOO_LARGE = Texts(
    kk="уақыт белгісі {most} байттан үлкен",
    ru="метка времени больше {most} байт",
    en="the time stamp is larger than {most} bytes",
)
ONE_SIGNER = Texts(
    kk="уақыт белгісіне қол қоюшы біреу болуға тиіс, ал мұнда {count}",
    ru="метку времени подписывает один, а здесь подписавших {count}",
    en="a time stamp has one signer, not {count}",
)
BAD_ATTRIBUTE = Texts(
    kk="уақыт белгісі оқылмайды: {why}",
    ru="метка времени не читается: {why}",
    en="the time stamp cannot be read: {why}",
)
UNREADABLE = Texts(
    kk="уақыт белгісі оқылмайды", ru="метка времени не читается", en="the time stamp cannot be read: {why}"
)
EMPTY = Texts(
    kk="уақыт белгісі оқылмайды: ол бос",
    ru="метка времени не читается: она пуста",
    en="the time stamp cannot be read: nothing is in it",
)
OVER_OTHER = Texts(
    kk="уақыт белгісінің қолтаңбасы басқа мазмұнға қойылған",
    ru="подпись метки времени стоит под другим содержимым",
    en="the time stamp is signed over something else",
)
NOT_BY_KEY = Texts(
    kk="уақыт белгісіне сертификатының кілтімен қол қойылмаған",
    ru="метка времени подписана не ключом своего сертификата",
    en="the time stamp was not signed with the key of its certificate",
)
OTHER_SIGNATURE = Texts(
    kk="уақыт белгісі басқа қолтаңбаға қойылған",
    ru="метка времени поставлена на другую подпись",
    en="the time stamp is over another signature",
)
NOT_TRUSTED = Texts(
    kk="уақыт белгісін қойғанға мұнда сенім жоқ: {why}",
    ru="поставившему метку времени здесь не доверяют: {why}",
    en="the time stamp is by nobody trusted here: {why}",
)
NOT_FOR_STAMPS = Texts(
    kk="уақыт белгісінің сертификаты тек уақыт белгісіне арналған болуға тиіс",
    ru="сертификат метки времени должен быть только для меток времени",
    en="the certificate of the time stamp is not for time stamps, and them alone",
)
NOT_IN_DATE = Texts(
    kk="уақыт белгісінің сертификаты белгіде көрсетілген уақытта жарамды болмаған",
    ru="сертификат метки времени не действовал в то время, которое она называет",
    en="the certificate of the time stamp was not in date at the time it tells",
)
FROM_FUTURE = Texts(
    kk="уақыт белгісі болашақтан: {at:%F %T} UTC",
    ru="метка времени из будущего: {at:%F %T} UTC",
    en="the time stamp is from the future: {at:%F %T} UTC",
)
REVOKED = Texts(
    kk="уақыт белгісінің сертификаты {since:%F %T} UTC бастап кері қайтарылған",
    ru="сертификат метки времени отозван с {since:%F %T} UTC",
    en="the certificate of the time stamp is revoked since {since:%F %T} UTC",
)
CANNOT_BE_STAMPED = Texts(
    kk="бұл қолтаңбаға уақыт белгісін қоюға болмайды: қол қоюшы біреу болып, бұрын белгі қойылмаған болуға тиіс",
    ru="на эту подпись нельзя поставить метку времени: подписавший должен быть один, а метки ещё не быть",
    en="the signature cannot be stamped: {why}",
)
OTHER_NONCE = Texts(
    kk="уақыт белгісі бұл сұранысқа берілмеген",
    ru="метка времени дана не на этот запрос",
    en="the time stamp is not an answer to this request: its nonce is another",
)
ANSWERED = Texts(
    kk="уақыт белгісі қызметі {status} деп жауап берді",
    ru="служба меток времени ответила {status}",
    en="the time-stamping authority answered {status}",
)
AWAY = Texts(
    kk="уақыт белгісі қызметі қолжетімсіз: сәл кейінірек қайталаңыз",
    ru="служба меток времени недоступна: повторите позже",
    en="the time-stamping authority is out of reach: {why}",
)
THE_REPLY = Texts(kk="уақыт белгісі қызметінің жауабы", ru="ответ службы меток времени", en="the reply")
