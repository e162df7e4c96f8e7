"""What is said at every door, whoever knocks, when something is refused: in the three languages."""

from __future__ import annotations

from aimaq.language.errors import Texts

NEEDS_BEARER: Texts = {
    "kk": "Authorization: Bearer … тақырыбы қажет",
    "ru": "нужен заголовок Authorization: Bearer …",
    "en": "this needs the header Authorization: Bearer …",
}
ONLY_ADMIN: Texts = {
    "kk": "бұл тек стенд әкімшісіне арналған",
    "ru": "это только для администратора стенда",
    "en": "this is for the stand's administrator",
}
NO_SUCH_NAME: Texts = {
    "kk": "мұндай атаумен ештеңе жоқ",
    "ru": "с таким именем ничего нет",
    "en": "there is nothing of this name",
}
NOT_JSON: Texts = {
    "kk": "дене JSON емес, немесе Content-Type ол туралы айтпайды",
    "ru": "тело не в JSON, или Content-Type этого не говорит",
    "en": "the body is not JSON, or its Content-Type does not say so",
}
FAULT: Texts = {
    "kk": "бұл қызметтің ақауы, ол журналға жазылды",
    "ru": "это ошибка сервиса, она записана в журнал",
    "en": "this is a fault of the service; it has been logged",
}
BY_STATUS: dict[int, Texts] = {
    404: {"kk": "Табылмады", "ru": "Не найдено", "en": "Not Found"},
    405: {"kk": "Бұл әдіс рұқсат етілмеген", "ru": "Метод не разрешён", "en": "Method Not Allowed"},
}
"""What HTTP calls a refusal that the application itself never saw."""


def too_large(most: int) -> Texts:
    """That a body has more than `most` bytes."""
    return {
        "kk": f"дене {most} байттан үлкен",
        "ru": f"тело больше {most} байт",
        "en": f"the body is larger than {most} bytes",
    }


def not_json(why: str) -> Texts:
    """That a body cannot be read as JSON, and what its reader said."""
    return {"kk": f"JSON емес: {why}", "ru": f"не JSON: {why}", "en": f"not JSON: {why}"}


def required(name: str) -> Texts:
    """That a field is required."""
    return {"kk": f"{name} өрісі толтырылуы керек", "ru": f"поле {name} обязательно", "en": f"{name} is required"}


def text_of(name: str, most: int) -> Texts:
    """That a field is text of so many characters at most."""
    return {
        "kk": f"{name} {most} таңбадан аспайтын мәтін болуы керек",
        "ru": f"{name} – текст не длиннее {most} знаков",
        "en": f"{name} must be text of at most {most} characters",
    }
