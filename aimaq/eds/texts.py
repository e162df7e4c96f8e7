"""What can be wrong with a signature or a certificate, as its findings say it in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

UNREADABLE = Texts(
    kk="қолтаңба оқылмайды: ол CMS емес немесе бүлінген",
    ru="подпись не читается: это не CMS, или она повреждена",
    en="the signature cannot be read: {why}",
)
UNREADABLE_SINCE = Texts(
    kk="қолтаңба оқылмайды: {why}", ru="подпись не читается: {why}", en="the signature cannot be read: {why}"
)
TOO_LARGE = Texts(
    kk="қолтаңба {most} байттан үлкен", ru="подпись больше {most} байт", en="the signature is larger than {most} bytes"
)
ONE_SIGNER = Texts(
    kk="қол қоюшы біреу болуға тиіс, ал мұнда {count}",
    ru="подписавший должен быть один, а здесь их {count}",
    en="one signer is expected, not {count}",
)
SIGNERS = Texts(
    kk="онда қол қоюшы саны {count}, ал 1-ден {most}-ге дейін болуға тиіс",
    ru="в ней подписавших: {count}, а должно быть от 1 до {most}",
    en="it has {count} signers, and may have 1 to {most}",
)
TOO_MANY_SIGNERS = Texts(
    kk="қол қоюшы саны {count}, ал ең көбі {most}",
    ru="подписавших {count}, а может быть не больше {most}",
    en="there are {count} signers, and may be {most}",
)
NO_DIGEST = Texts(
    kk="хеші SHA-256, SHA-384 немесе SHA-512 емес",
    ru="её хеш не SHA-256, не SHA-384 и не SHA-512",
    en="its digest is none of SHA-256, SHA-384 and SHA-512",
)
NOT_DER = Texts(
    kk="қол қойылған атрибуттар DER түрінде емес",
    ru="подписанные атрибуты не в DER",
    en="the signed attributes are not DER",
)
NO_SCHEME = Texts(
    kk="алгоритмі RSA да, ECDSA да емес",
    ru="её алгоритм не RSA и не ECDSA",
    en="its algorithm is neither RSA nor ECDSA",
)
TWO_DIGESTS = Texts(
    kk="екі хеш алгоритмі әртүрлі", ru="два её алгоритма хеширования различаются", en="its two digest algorithms differ"
)
TWICE = Texts(
    kk="қол қойылған атрибут екі рет кездеседі",
    ru="подписанный атрибут встречается дважды",
    en="a signed attribute is there twice",
)
OTHER_CONTENT_TYPE = Texts(kk="онда басқа мазмұн бар", ru="в ней другое содержимое", en="it is of another content")
NO_SIGNED_DATA = Texts(kk="бұл қол қойылған деректер емес", ru="это не подписанные данные", en="it is not signed data")
TOO_MANY_CERTIFICATES = Texts(
    kk="онымен бірге келген сертификаттар тым көп",
    ru="с ней пришло слишком много сертификатов",
    en="it carries too many certificates",
)
NO_SIGNERS_CERTIFICATE = Texts(
    kk="онда қол қоюшының сертификаты жоқ: оны қосып, қайта қол қойыңыз",
    ru="в ней нет сертификата подписавшего: подпишите снова, приложив его",
    en="the signer's certificate is not in it",
)
TWO_CONTENTS = Texts(
    kk="ішіндегі құжат біреу емес", ru="внутри неё не один документ", en="there is more than one content in it"
)
NO_OCTETS = Texts(
    kk="ішіндегі құжат байттар тізбегі емес",
    ru="документ внутри неё – не строка байтов",
    en="its content is no octet string",
)
PIECES = Texts(
    kk="ішіндегі құжат тым көп бөлікке бөлінген",
    ru="документ внутри неё разбит на слишком много частей",
    en="its content is in too many pieces, or in pieces of pieces",
)
NO_PEM = Texts(
    kk="PEM оқылмайды: ол {labels} емес немесе үзіліп қалған",
    ru="PEM не читается: это не {labels}, или он обрывается",
    en="the PEM cannot be read: it is not one {labels}, or it is cut short",
)
NOT_LOOKED_UP = Texts(
    kk="сертификаттың күйі туралы ешкім дер кезінде жауап бермеді",
    ru="о состоянии сертификата никто вовремя не ответил",
    en="nobody answered in time whether the certificate still counts",
)
DOCUMENT_UNREADABLE = Texts(
    kk="қол қойылған құжат оқылмайды",
    ru="подписанный документ не читается",
    en="the signed document cannot be read",
)
NO_BASE64 = Texts(
    kk="PEM оқылмайды: ішінде base64 жоқ",
    ru="PEM не читается: внутри не base64",
    en="the PEM cannot be read: there is no base64 in it",
)
NOT_DATA = Texts(
    kk="атрибут бойынша деректерге емес, басқаға қол қойылған",
    ru="по атрибуту подписаны не данные, а иное",
    en="it signs something else than data",
)
NO_ATTRIBUTES = Texts(
    kk="қол қойылған атрибуттар жоқ", ru="подписанных атрибутов нет", en="there are no signed attributes"
)
ATTRIBUTE_ONCE = Texts(
    kk="қол қойылған {name} атрибуты бір рет болуға тиіс",
    ru="подписанный атрибут {name} должен быть один раз",
    en="the signed attribute {name} must be there once",
)
BAD_ATTRIBUTE = Texts(
    kk="қол қойылған {name} атрибуты оқылмайды",
    ru="подписанный атрибут {name} не читается",
    en="the signed attribute {name} cannot be read: {why}",
)
OTHER_CONTENT = Texts(
    kk="қолтаңбаның ішіндегі құжат күтілген құжат емес",
    ru="документ внутри подписи не тот, который ожидается",
    en="the document inside the signature is another than the one expected",
)
OTHER_DOCUMENT = Texts(
    kk="қолтаңба басқа құжатқа қойылған", ru="подписан другой документ", en="the signature is over another document"
)
OTHER_CERTIFICATE = Texts(
    kk="қолтаңба өзімен бірге келген сертификатты емес, басқасын атайды",
    ru="подпись называет не тот сертификат, с которым пришла",
    en="the signature names another certificate than the one it came with",
)
NO_KEY = Texts(
    kk="сертификаттың кілті RSA-2048 де, P-256 да емес",
    ru="ключ сертификата не RSA-2048 и не P-256",
    en="the key of the certificate is neither RSA-2048 nor P-256",
)
NOT_BY_KEY = Texts(
    kk="қолтаңба сертификаттың кілтімен қойылмаған",
    ru="подпись сделана не ключом сертификата",
    en="the signature was not made with the key of the certificate",
)
ALONE = Texts(
    kk="сертификатқа өз кілтімен қол қойылған",
    ru="сертификат подписан своим же ключом",
    en="the certificate is signed with its own key",
)
VALID_FROM = Texts(
    kk="сертификат {at:%F %T} UTC бастап жарамды",
    ru="сертификат действует с {at:%F %T} UTC",
    en="the certificate is valid from {at:%F %T} UTC",
)
VALID_UNTIL = Texts(
    kk="сертификат {at:%F %T} UTC дейін жарамды болған",
    ru="сертификат действовал до {at:%F %T} UTC",
    en="the certificate was valid until {at:%F %T} UTC",
)
SUSPENDED = Texts(
    kk="сертификаттың қолданылуы {since:%F %T} UTC бастап тоқтатыла тұрған",
    ru="действие сертификата приостановлено с {since:%F %T} UTC",
    en="the certificate is suspended since {since:%F %T} UTC",
)
REVOKED_AFTER = Texts(
    kk="сертификат {since:%F %T} UTC бастап кері қайтарылған, ал қол {proven:%F %T} UTC қойылған",
    ru="сертификат отозван с {since:%F %T} UTC, а подпись сделана {proven:%F %T} UTC",
    en="the certificate is revoked since {since:%F %T} UTC, and signed {proven:%F %T} UTC",
)
REVOKED = Texts(
    kk="сертификат {since:%F %T} UTC бастап кері қайтарылған",
    ru="сертификат отозван с {since:%F %T} UTC",
    en="the certificate is revoked since {since:%F %T} UTC: {reason}",
)
NOT_FOR_SIGNING = Texts(
    kk="бұл құжатқа қол қоюға арналған сертификат емес: қол қою кілтін таңдаңыз",
    ru="этот сертификат не для подписания документов: выберите ключ для подписи",
    en="the certificate is for {usage}, not for signing",
)
NOT_FOR_SIGN_IN = Texts(
    kk="бұл жүйеге кіруге арналған сертификат емес: кіру кілтін таңдаңыз",
    ru="этот сертификат не для входа в систему: выберите ключ для входа",
    en="the certificate is for {usage}, not for signing in",
)
OTHER_IIN = Texts(
    kk="сертификаттағы ЖСН күтілген ЖСН емес",
    ru="ИИН в сертификате не тот, который ожидается",
    en="the IIN in the certificate is not the one expected",
)
OTHER_BIN = Texts(
    kk="сертификаттағы БСН күтілген БСН емес",
    ru="БИН в сертификате не тот, который ожидается",
    en="the BIN in the certificate is not the one expected",
)
WRONG_ROLE = Texts(
    kk="сертификатта иесінің мұндай құжатқа қол қою өкілеттігі көрсетілмеген",
    ru="в сертификате не сказано, что его владелец вправе подписывать такой документ",
    en="the certificate does not say that its owner acts as {roles}",
)
NOT_TRUSTED = Texts(
    kk="сертификатты мұнда сенімді саналатын куәландырушы орталық бермеген",
    ru="сертификат выдан не тем удостоверяющим центром, которому здесь доверяют",
    en="the certificate was not issued by an authority trusted here: {why}",
)
CERTIFICATE_TOO_LARGE = Texts(
    kk="сертификат {most} байттан үлкен",
    ru="сертификат больше {most} байт",
    en="the certificate is larger than {most} bytes",
)
CERTIFICATE_UNREADABLE = Texts(
    kk="сертификат оқылмайды: ол бүлінген немесе X.509 емес",
    ru="сертификат не читается: он повреждён, или это не X.509",
    en="the certificate cannot be read: {why}",
)
