"""What is wrong with the shape of a request, in the three languages: the errors of pydantic by their types.

pydantic says it in English alone. A text is chosen by the type of the error (the closed list of pydantic-core, of which
`BY_TYPE` has those that a model of ours can produce); a type that has none gets a general text, and never English. What
a validator of ours refuses brings its own texts along: `refused`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import PydanticCustomError

from aimaq.language.texts import Texts

_TEXTS: Final = "texts"
"""Where an error of ours carries its texts."""

BODY = Texts(kk="сұраныс денесі", ru="тело запроса", en="the body")
GENERAL = ("{field}: мәні жарамсыз", "{field}: недопустимое значение")

_TEXT = ("{field}: мәтін болуға тиіс", "{field}: должен быть текст")
_NUMBER = ("{field}: сан болуға тиіс", "{field}: должно быть число")
_WHOLE = ("{field}: бүтін сан болуға тиіс", "{field}: должно быть целое число")
_BOOL = ("{field}: 'true' немесе 'false' болуға тиіс", "{field}: должно быть 'true' или 'false'")
_OBJECT = ("{field}: JSON объектісі болуға тиіс", "{field}: должен быть объект JSON")
_LIST = ("{field}: тізім болуға тиіс", "{field}: должен быть список")
_DAY = ("{field}: күн болуға тиіс, мысалы: 2026-03-02", "{field}: должен быть день, например 2026-03-02")
_MOMENT = (
    "{field}: уақыт болуға тиіс, мысалы: 2026-03-02T09:00:00+05:00",
    "{field}: должен быть момент времени, например 2026-03-02T09:00:00+05:00",
)
_BASE64 = ("{field}: base64 болуға тиіс", "{field}: должен быть base64")

BY_TYPE: dict[str, tuple[str, str]] = {
    "missing": ("{field} өрісі толтырылуы керек", "поле {field} обязательно"),
    "extra_forbidden": ("{field} деген өріс жоқ: оны алып тастаңыз", "поля {field} нет: уберите его"),
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": (
        "{field}: кемінде {min_length} таңба болуға тиіс",
        "{field}: должно быть не меньше {min_length} знаков",
    ),
    "string_too_long": (
        "{field}: ең көбі {max_length} таңба болуға тиіс",
        "{field}: должно быть не больше {max_length} знаков",
    ),
    "string_pattern_mismatch": (
        "{field}: мына үлгімен жазылуға тиіс: '{pattern}'",
        "{field}: должно быть записано по образцу '{pattern}'",
    ),
    "bytes_type": _BASE64,
    "bytes_too_long": (
        "{field}: ең көбі {max_length} байт болуға тиіс",
        "{field}: должно быть не больше {max_length} байт",
    ),
    "base64_decode": _BASE64,
    "literal_error": (
        "{field}: мыналардың бірі болуға тиіс: {expected}",
        "{field}: должно быть одним из: {expected}",
    ),
    "enum": ("{field}: мыналардың бірі болуға тиіс: {expected}", "{field}: должно быть одним из: {expected}"),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": ("{field}: шекті сан болуға тиіс", "{field}: должно быть конечное число"),
    "greater_than": ("{field}: {gt} санынан көп болуға тиіс", "{field}: должно быть больше {gt}"),
    "greater_than_equal": ("{field}: кемінде {ge} болуға тиіс", "{field}: должно быть не меньше {ge}"),
    "less_than": ("{field}: {lt} санынан аз болуға тиіс", "{field}: должно быть меньше {lt}"),
    "less_than_equal": ("{field}: ең көбі {le} болуға тиіс", "{field}: должно быть не больше {le}"),
    "bool_type": _BOOL,
    "bool_parsing": _BOOL,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "invalid_key": ("{field}: өріс атауы мәтін болуға тиіс", "{field}: имя поля должно быть текстом"),
    "list_type": _LIST,
    "too_short": ("{field}: кемінде {min_length} элемент керек", "{field}: нужно не меньше {min_length} элементов"),
    "too_long": ("{field}: ең көбі {max_length} элемент", "{field}: не больше {max_length} элементов"),
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": (
        "{field}: уақыт белдеуі көрсетілуге тиіс, мысалы: +05:00",
        "{field}: нужен часовой пояс, например +05:00",
    ),
    "none_required": ("{field}: бос болуға тиіс", "{field}: должно быть пустым"),
}
"""The errors that a model of ours can produce: in Kazakh and in Russian, with the values that pydantic gives."""


def refused(kind: str, texts: Texts) -> PydanticCustomError:
    """An error for a validator to raise: its type, and what it says."""
    return PydanticCustomError(kind, "{why}", {"why": texts.en, _TEXTS: texts})


def field_of(error: Mapping[str, Any]) -> str:
    """The path of the field that an error is about; empty for the whole body."""
    return ".".join(str(part) for part in error["loc"] if part != "body")


def texts_of(error: Mapping[str, Any]) -> Texts:
    """What an error of pydantic says (one of `ValidationError.errors()`), in the three languages."""
    context = error.get("ctx", {})
    own, message = context.get(_TEXTS), str(error["msg"])
    if isinstance(own, Texts):
        return own
    kk, ru = BY_TYPE.get(error["type"], GENERAL)
    values = {**context, "expected": str(context.get("expected", "")).replace(" or ", ", ")}
    field: Texts | str = field_of(error) or BODY
    return Texts(kk=kk, ru=ru, en="{message}").format(**values, field=field, message=message)
