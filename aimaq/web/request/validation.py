"""What is wrong with the shape of a request, in the three languages: the errors of pydantic by their types.

pydantic says it in English alone, and does not name the field. A text is chosen by the type of the error (the closed
list of pydantic-core, of which `BY_TYPE` has those that a model of ours can produce); a type that has none gets a
general text. What a validator of ours refuses brings its own texts along: `refused`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import PydanticCustomError

from aimaq.language.texts import Texts

_TEXTS: Final = "texts"
"""Where an error of ours carries its texts."""

BODY = Texts(kk="сұраныс денесі", ru="тело запроса", en="the body")


def _words(kk: str, ru: str, en: str) -> Texts:
    return Texts(kk=kk, ru=ru, en=en)


GENERAL = _words("{field}: мәні жарамсыз", "{field}: недопустимое значение", "{field}: this value is not allowed")

_TEXT = _words("{field}: мәтін болуға тиіс", "{field}: должен быть текст", "{field}: must be text")
_NUMBER = _words("{field}: сан болуға тиіс", "{field}: должно быть число", "{field}: must be a number")
_WHOLE = _words("{field}: бүтін сан болуға тиіс", "{field}: должно быть целое число", "{field}: must be a whole number")
_BOOL = _words(
    "{field}: 'true' немесе 'false' болуға тиіс",
    "{field}: должно быть 'true' или 'false'",
    "{field}: must be 'true' or 'false'",
)
_OBJECT = _words(
    "{field}: JSON объектісі болуға тиіс", "{field}: должен быть объект JSON", "{field}: must be a JSON object"
)
_LIST = _words("{field}: тізім болуға тиіс", "{field}: должен быть список", "{field}: must be a list")
_DAY = _words(
    "{field}: күн болуға тиіс, мысалы: 2026-03-02",
    "{field}: должен быть день, например 2026-03-02",
    "{field}: must be a day, such as 2026-03-02",
)
_MOMENT = _words(
    "{field}: уақыт болуға тиіс, мысалы: 2026-03-02T09:00:00+05:00",
    "{field}: должен быть момент времени, например 2026-03-02T09:00:00+05:00",
    "{field}: must be a moment, such as 2026-03-02T09:00:00+05:00",
)
_BASE64 = _words("{field}: base64 болуға тиіс", "{field}: должен быть base64", "{field}: must be base64")

BY_TYPE: dict[str, Texts] = {
    "missing": _words("{field} өрісі толтырылуы керек", "поле {field} обязательно", "field {field} is required"),
    "extra_forbidden": _words(
        "{field} деген өріс жоқ: оны алып тастаңыз",
        "поля {field} нет: уберите его",
        "there is no field {field}: leave it out",
    ),
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": _words(
        "{field}: кемінде {min_length} таңба болуға тиіс",
        "{field}: должно быть не меньше {min_length} знаков",
        "{field}: must have at least {min_length} characters",
    ),
    "string_too_long": _words(
        "{field}: ең көбі {max_length} таңба болуға тиіс",
        "{field}: должно быть не больше {max_length} знаков",
        "{field}: must have at most {max_length} characters",
    ),
    "string_pattern_mismatch": _words(
        "{field}: мына үлгімен жазылуға тиіс: '{pattern}'",
        "{field}: должно быть записано по образцу '{pattern}'",
        "{field}: must be written as '{pattern}'",
    ),
    "bytes_type": _BASE64,
    "bytes_too_long": _words(
        "{field}: ең көбі {max_length} байт болуға тиіс",
        "{field}: должно быть не больше {max_length} байт",
        "{field}: must have at most {max_length} bytes",
    ),
    "base64_decode": _BASE64,
    "literal_error": _words(
        "{field}: мыналардың бірі болуға тиіс: {expected}",
        "{field}: должно быть одним из: {expected}",
        "{field}: must be one of: {expected}",
    ),
    "enum": _words(
        "{field}: мыналардың бірі болуға тиіс: {expected}",
        "{field}: должно быть одним из: {expected}",
        "{field}: must be one of: {expected}",
    ),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _words(
        "{field}: шекті сан болуға тиіс", "{field}: должно быть конечное число", "{field}: must be a finite number"
    ),
    "greater_than": _words(
        "{field}: {gt} санынан көп болуға тиіс",
        "{field}: должно быть больше {gt}",
        "{field}: must be greater than {gt}",
    ),
    "greater_than_equal": _words(
        "{field}: кемінде {ge} болуға тиіс", "{field}: должно быть не меньше {ge}", "{field}: must be at least {ge}"
    ),
    "less_than": _words(
        "{field}: {lt} санынан аз болуға тиіс", "{field}: должно быть меньше {lt}", "{field}: must be less than {lt}"
    ),
    "less_than_equal": _words(
        "{field}: ең көбі {le} болуға тиіс", "{field}: должно быть не больше {le}", "{field}: must be at most {le}"
    ),
    "bool_type": _BOOL,
    "bool_parsing": _BOOL,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "invalid_key": _words(
        "{field}: өріс атауы мәтін болуға тиіс",
        "{field}: имя поля должно быть текстом",
        "{field}: the name of a field must be text",
    ),
    "list_type": _LIST,
    "too_short": _words(
        "{field}: кемінде {min_length} элемент керек",
        "{field}: нужно не меньше {min_length} элементов",
        "{field}: must have at least {min_length} items",
    ),
    "too_long": _words(
        "{field}: ең көбі {max_length} элемент",
        "{field}: не больше {max_length} элементов",
        "{field}: must have at most {max_length} items",
    ),
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": _words(
        "{field}: уақыт белдеуі көрсетілуге тиіс, мысалы: +05:00",
        "{field}: нужен часовой пояс, например +05:00",
        "{field}: needs a time zone, such as +05:00",
    ),
    "none_required": _words("{field}: бос болуға тиіс", "{field}: должно быть пустым", "{field}: must be empty"),
}
"""The errors that a model of ours can produce, with the values that pydantic gives."""


def refused(kind: str, texts: Texts) -> PydanticCustomError:
    """An error for a validator to raise: its type, and what it says."""
    return PydanticCustomError(kind, "{why}", {"why": texts.en, _TEXTS: texts})


def fault(kind: str, place: tuple[str, ...], texts: Texts) -> dict[str, Any]:
    """An error as pydantic lists them, of something that it does not look at itself."""
    return {"type": kind, "loc": place, "msg": texts.en, "input": None, "ctx": {_TEXTS: texts}}


def field_of(error: Mapping[str, Any]) -> str:
    """The path of the field that an error is about; empty for the whole body."""
    place = error["loc"]
    return ".".join(str(part) for part in (place[1:] if place[:1] == ("body",) else place))


def texts_of(error: Mapping[str, Any]) -> Texts:
    """What an error of pydantic says (one of `ValidationError.errors()`), in the three languages."""
    context = error.get("ctx", {})
    own = context.get(_TEXTS)
    if isinstance(own, Texts):
        return own
    values = {**context, "expected": str(context.get("expected", "")).replace(" or ", ", ")}
    return BY_TYPE.get(error["type"], GENERAL).format(**values, field=field_of(error) or BODY)
