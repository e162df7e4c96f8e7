"""A text for a person, in the three languages, and what every service says when it refuses a request."""

from __future__ import annotations

import msgspec


class Texts(msgspec.Struct, frozen=True):
    """One text in the three languages. Kazakh is the language of the acts."""

    kk: str
    ru: str
    en: str

    def say(self, language: str) -> str:
        """The text in `kk`, `ru` or `en`; English for any other language."""
        return {"kk": self.kk, "ru": self.ru}.get(language, self.en)

    def format(self, **values: object) -> Texts:
        """The text with these values in its `{places}`; a value that is a text itself is put in by language."""
        return Texts(*(self.say(one).format(**_in_language(values, one)) for one in LANGUAGES))

    def as_dict(self) -> dict[str, str]:
        """The text by language, as JSON carries it."""
        return {"kk": self.kk, "ru": self.ru, "en": self.en}


def _in_language(values: dict[str, object], language: str) -> dict[str, object]:
    return {name: value.say(language) if isinstance(value, Texts) else value for name, value in values.items()}


LANGUAGES = ("kk", "ru", "en")

NEEDS_BEARER = Texts(
    kk="Authorization: Bearer … тақырыбы қажет",
    ru="нужен заголовок Authorization: Bearer …",
    en="this needs the header Authorization: Bearer …",
)
ONLY_ADMIN = Texts(
    kk="бұл токен {party} қызметін ашпайды: оның өз токенін немесе оған арналған сеансты пайдаланыңыз",
    ru="этот токен не открывает службу {party}: нужен её собственный токен или сеанс для неё",
    en="this token does not open {party}: use its own token, or a session for it",
)
NOT_PERMITTED = Texts(
    kk="сіздің рөліңіз бұған рұқсат бермейді: {permission}",
    ru="ваша роль этого не позволяет: {permission}",
    en="your roles do not permit this: {permission}",
)
BODY_ALONE = Texts(
    kk="сіздің есептік жазбаңыз бір ұйымның істеріне ғана арналған",
    ru="ваша учётная запись только для дел одного органа",
    en="your account is for the cases of one body alone",
)
NO_SUCH_NAME = Texts(
    kk="мұндай атаумен ештеңе жоқ",
    ru="с таким именем ничего нет",
    en="there is nothing of this name",
)
LARGER = Texts(
    kk="{what} {most} байттан үлкен", ru="{what} больше {most} байт", en="{what} is larger than {most} bytes"
)
NOT_JSON = Texts(
    kk="дене JSON емес, немесе Content-Type ол туралы айтпайды",
    ru="тело не в JSON, или Content-Type этого не говорит",
    en="the body is not JSON, or its Content-Type does not say so",
)
NO_REGISTRY = Texts(
    kk="бұл қызмет тіркелімнің мекенжайын білмейді (AIMAQ_REGISTRY_URL)",
    ru="эта служба не знает адреса регистра (AIMAQ_REGISTRY_URL)",
    en="this service does not know where the registry is (AIMAQ_REGISTRY_URL)",
)
NO_CASE = Texts(kk="мұнда {case_id} нөмірлі іс жоқ", ru="дела {case_id} здесь нет", en="no case {case_id} is here")
FAULT = Texts(
    kk="бұл қызметтің ақауы, ол журналға жазылды",
    ru="это ошибка сервиса, она записана в журнал",
    en="this is a fault of the service; it has been logged",
)
BY_STATUS: dict[int, Texts] = {
    400: Texts(
        kk="Сұраныстың денесі оқылмайды", ru="Тело запроса не читается", en="The body of the request cannot be read"
    ),
    404: Texts(kk="Табылмады", ru="Не найдено", en="Not Found"),
    405: Texts(kk="Бұл әдіс рұқсат етілмеген", ru="Метод не разрешён", en="Method Not Allowed"),
}
"""What HTTP calls a refusal that the application itself never saw."""
REFUSED = Texts(kk="Сұраныс қабылданбады", ru="Запрос не принят", en="The request was refused")
"""The same of any other status."""


def too_large(most: int) -> Texts:
    """That a body has more than `most` bytes."""
    return Texts(
        kk=f"дене {most} байттан үлкен",
        ru=f"тело больше {most} байт",
        en=f"the body is larger than {most} bytes",
    )


def not_json(why: str) -> Texts:
    """That a body cannot be read as JSON, and what its reader said."""
    return Texts(
        kk="дене дұрыс JSON емес: оны тексеріп, қайта жіберіңіз",
        ru="тело – неправильный JSON: проверьте его и отправьте снова",
        en=f"not JSON: {why}",
    )


def required(name: str) -> Texts:
    """That a field is required."""
    return Texts(kk=f"{name} өрісі толтырылуы керек", ru=f"поле {name} обязательно", en=f"{name} is required")


def text_of(name: str, most: int) -> Texts:
    """That a field is text of so many characters at most."""
    return Texts(
        kk=f"{name} {most} таңбадан аспайтын мәтін болуы керек",
        ru=f"{name} – текст не длиннее {most} знаков",
        en=f"{name} must be text of at most {most} characters",
    )
