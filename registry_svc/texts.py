"""What the registry says when it refuses an administrator, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

WRONG_KEY = Texts(
    kk="сұраныстағы кілт P-256 да, RSA-2048 де емес",
    ru="ключ в запросе не P-256 и не RSA-2048",
    en="the key in the request is neither P-256 nor RSA-2048",
)
NO_REQUEST = Texts(
    kk="сертификат сұранысы оқылмайды: PEM түріндегі PKCS#10 керек",
    ru="запрос сертификата не читается: нужен PKCS#10 в PEM",
    en="the certificate request cannot be read",
)
NOT_BY_KEY = Texts(
    kk="сұранысқа ішіндегі кілтпен қол қойылмаған",
    ru="запрос подписан не тем ключом, который в нём",
    en="the request is not signed with the key in it",
)
BIN_AND_NAME = Texts(
    kk="ұйымның БСН-і де, атауы да болуға тиіс",
    ru="у организации указывают и БИН, и название",
    en="an organisation has a BIN and a name",
)
PERSONS_ROLE = Texts(
    kk="«{role}» рөлі тек ұйымсыз адамға беріледі",
    ru="роль «{role}» только у человека без организации",
    en="the role {role} does not fit: no organisation",
)
ORGANISATIONS_ROLE = Texts(
    kk="«{role}» рөліне ұйым керек",
    ru="для роли «{role}» нужна организация",
    en="the role {role} does not fit: organisation required",
)
P256_ONLY = Texts(
    kk="жүйе хабарларға P-256 кілтімен қол қояды",
    ru="система подписывает сообщения ключом P-256",
    en="a system signs messages with a P-256 key",
)
TOO_MANY_SYSTEMS = Texts(
    kk="жүйелердің сертификаттары тым көп: ең көбі {most}",
    ru="сертификатов систем слишком много: не больше {most}",
    en="there are too many systems' certificates: at most {most}",
)
NO_SYSTEM = Texts(
    kk="мұндай сериялық нөмірлі жүйе сертификаты жоқ",
    ru="сертификата системы с таким серийным номером нет",
    en="no system's certificate has this serial number",
)
NOT_ISSUED = Texts(
    kk="мұнда мұндай сериялық нөмірмен сертификат берілмеген",
    ru="сертификата с таким серийным номером здесь не выдавали",
    en="no certificate with this serial number was issued here",
)
SUSPENDED = Texts(
    kk="сертификаттың қолданылуы тоқтатыла тұрған",
    ru="действие сертификата приостановлено",
    en="the certificate was suspended",
)
REVOKED_BEFORE = Texts(
    kk="сертификат бұрын қайтарылған, себебі: '{reason}'",
    ru="сертификат был отозван раньше, причина: '{reason}'",
    en="the certificate was revoked before, for {reason}",
)
BUSY = Texts(
    kk="сол жазбаларды басқалар өзгертіп жатыр: қайталаңыз",
    ru="те же записи меняют другие: повторите",
    en="others keep changing the same records",
)
OTHER_KEY = Texts(
    kk="жолдағы {key} жазбадағыдан өзгеше",
    ru="{key} в пути не тот, что в записи",
    en="the {key} in the path is another one",
)
TWO_RECORDS = Texts(kk="кілті бірдей екі жазба бар", ru="две записи с одним ключом", en="two records of one key")
NO_RECORD = Texts(
    kk="{register} тіркелімінде {key} бойынша мұндай жазба жоқ",
    ru="в регистре {register} нет записи с таким {key}",
    en="{register} has no record of this {key}",
)
CLOSING = Texts(
    kk="тіркелім тоқтатылып жатыр: сәл кейінірек қайталаңыз",
    ru="регистр останавливается: повторите позже",
    en="the registry is about to close",
)
GONE = Texts(kk="сұраған тарап кетіп қалды", ru="тот, кто спрашивал, ушёл", en="whoever asked has gone")
NO_ROOT_KEY = Texts(
    kk="түбірлік орталықтың кілті мұнда жоқ",
    ru="ключа корневого центра здесь нет",
    en="the key of the root authority is not here",
)
AUTHORITY_OUT_OF_DATE = Texts(
    kk="куәландырушы орталықтың өз сертификатының мерзімі өткен: жаңа стенд құрыңыз",
    ru="срок сертификата самого удостоверяющего центра истёк: соберите новый стенд",
    en="the certificate of the authority itself is no longer in date",
)
A_DAY = Texts(
    kk="күн 2026-03-02 түрінде жазылады", ru="день пишется как 2026-03-02", en="a day is written as 2026-03-02"
)
A_MOMENT = Texts(
    kk="уақыт 2026-03-02T09:00:00+05:00 түрінде жазылады",
    ru="момент времени пишется как 2026-03-02T09:00:00+05:00",
    en="a moment is written as 2026-03-02T09:00:00+05:00",
)
FACTS = Texts(
    kk="өріс саны ең көбі {most}, атаулары 1–64 таңба",
    ru="полей не больше {most}, имена от 1 до 64 знаков",
    en="at most {most} fields, with names of 1 to 64 letters",
)
ENDS_BEFORE = Texts(
    kk="соңғы күні бірінші күнінен бұрын", ru="последний день раньше первого", en="it ends before it begins"
)
OWN_CERTIFICATE = Texts(
    kk="жүйе тек өзіне сертификат сұрай алады, ұйымды әкімші ғана көрсетеді",
    ru="система может просить сертификат только для себя, организацию указывает администратор",
    en="a system asks for a certificate for itself alone, and only an administrator names an organisation",
)
NO_PROOF = Texts(
    kk="сұрауға осы жүйенің қолданыстағы кілтімен қол қойылмаған",
    ru="запрос не подписан действующим ключом этой системы",
    en="the request is not signed with a key that this system has a good certificate for",
)
NO_ADMINISTRATOR = Texts(
    kk="мұндай атаумен әкімші жоқ",
    ru="администратора с таким именем нет",
    en="nobody of this name administers the stand",
)
NEW_ACCOUNT = Texts(
    kk="жаңа тіркелгіге {member} керек",
    ru="новой учётной записи нужно поле {member}",
    en="a new account needs {member}",
)
WRONG_ADMINISTRATOR = Texts(
    kk="аты немесе құпиясөзі қате",
    ru="неверное имя или пароль",
    en="the name or the password is wrong",
)
NO_ACCOUNT_OF_CERTIFICATE = Texts(
    kk="бұл сертификаттың иесіне есептік жазба ашылмаған немесе ол жабылған",
    ru="у владельца этого сертификата нет учётной записи, или она отключена",
    en="the owner of this certificate has no account, or it is disabled",
)
TAKEN_IIN = Texts(
    kk="бұл ЖСН басқа есептік жазбада тұр",
    ru="этот ИИН уже стоит в другой учётной записи",
    en="this IIN is another account's",
)
NO_ROLE = Texts(
    kk="мұндай рөл жоқ: {role}",
    ru="нет такой роли: {role}",
    en="there is no such role: {role}",
)
BODY_ALONE = Texts(
    kk="бұл тіркелгі шлюздегі бір ұйымның істеріне ғана арналған",
    ru="эта учётная запись только для дел одного органа на шлюзе",
    en="this account is for what the gateway has of one body alone",
)
PARTY_OR_BODY = Texts(
    kk="тіркелгі не тарапқа, не ұйымға байланады: біреуін ғана көрсетіңіз",
    ru="учётная запись привязана либо к стороне, либо к органу: укажите одно из двух",
    en="an account is bound to a party or to a body: name one of them",
)
BOUND = Texts(
    kk="бұл тіркелгі тек {party} қызметіне арналған",
    ru="эта учётная запись только для службы {party}",
    en="this account is for the service of {party} alone",
)
