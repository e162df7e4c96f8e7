"""The bounds of what comes from outside: how long a text may be, which characters it may have, how large a number.

The types here are for both doors: msgspec reads their `Meta` where messages come in, pydantic their `Characters` where
requests do; `hidden` holds a message's texts to the same `Characters`. A line of text has no control characters; a text
of several lines has line ends and tabs. A request's text is kept in Unicode's form NFC; what was signed stays as it was
signed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_type_hints

import msgspec

from aimaq.language.texts import Texts

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

NAME: Final = 200
TEXT: Final = 4000
"""Characters of a line, and of a text of several lines."""
MOST_NUMBER: Final = 2**31 - 1
"""The largest number that a column of 32 bits keeps."""
MOST_FIELDS: Final = 64
"""Fields that a form, a question or a register's record may have."""
MOST_DOCUMENT: Final = 4 * 1024 * 1024
"""Bytes of a document, a signature or a paper."""

_LINE: Final = r"\A[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*\Z"
_LINES: Final = r"\A[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]*\Z"
_DEPTH, _VALUES, _LARGEST = 16, 4096, 2**63

CONTROL_CHARACTER = Texts(
    kk="мәтінде басқару таңбасы бар: оны алып тастаңыз",
    ru="в тексте есть управляющий символ: уберите его",
    en="the text contains a control character",
)


@dataclass(frozen=True, slots=True)
class Characters:
    """For pydantic: a text of `least` to `most` characters in the form NFC, none of them a control character.

    With `lines` it may have line ends and tabs.
    """

    most: int
    least: int = 0
    lines: bool = False

    def check(self, text: str) -> str:
        """The text as it is kept; an error of pydantic's own kind if a control character is in it."""
        if is_plain(text, lines=self.lines):
            return composed(text)
        from pydantic_core import PydanticCustomError

        raise PydanticCustomError(
            "control_character", "{why}", {"why": CONTROL_CHARACTER.en, "texts": CONTROL_CHARACTER}
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The text's schema with these bounds."""
        from pydantic_core import core_schema

        text = core_schema.str_schema(min_length=self.least or None, max_length=self.most)
        # once more behind the check: NFC has other lengths
        return core_schema.chain_schema([core_schema.no_info_after_validator_function(self.check, text), text])

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The same in the words of JSON Schema."""
        described = handler(schema)
        return {**described, "pattern": "^[^" + ("\\u0000-\\u0008" if self.lines else "\\u0000-\\u001f") + "]*$"}


class Password(Characters):
    """For pydantic: a password as RFC 8265 prepares it (OpaqueString), a space of any kind being a space."""

    __slots__ = ()

    def check(self, text: str) -> str:
        """See `Characters.check`."""
        return super().check("".join(" " if unicodedata.category(one) == "Zs" else one for one in text))


def composed(text: str) -> str:
    """The text in the form NFC, in which what reads alike is alike: a letter and its accent are one character.

    A text above the bound of all texts is returned as it is, to be refused: the form costs its length squared.
    """
    return text if len(text) > TEXT or text.isascii() else unicodedata.normalize("NFC", text)


def is_plain(text: str, *, lines: bool = False) -> bool:
    """Whether a text has no control characters, with `lines` none but line ends and tabs, and no half letters."""
    return re.match(_LINES if lines else _LINE, text) is not None


def plain(text: str, most: int = 1000) -> str:
    """The text on one line, cut to `most` characters, each control character written as a replacement character."""
    cut = text[:most]
    return cut if is_plain(cut) else re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", cut)


def may_hide(data: bytes) -> bool:
    """Whether a text in this JSON may have a control character: it is escaped, or is DEL, or C2 begins it in UTF-8.

    Each message is asked, and three searches for a byte cost less than a look at one text.
    """
    return 0x5C in data or 0x7F in data or 0xC2 in data


def hidden(value: object, type_: Any) -> str | None:
    """The path of the first text in a value of this type that has a control character, `.name`; None without one.

    A text may have line ends and tabs if the `Characters` of its type let it. What may be anything is `flaw`'s.
    """
    return next((path for path, text, lines in _texts(value, type_, "") if not is_plain(text, lines=lines)), None)


def _texts(value: object, type_: Any, path: str) -> Iterator[tuple[str, str, bool]]:
    """Each text in a value of this type, with its path and whether it may have lines."""
    bounds = getattr(type_, "__metadata__", ())
    inner = get_args(get_args(type_)[0] if bounds else type_)
    if isinstance(value, str) and type_ is not Any:
        yield path, value, any(isinstance(one, Characters) and one.lines for one in bounds)
    elif isinstance(value, msgspec.Struct):
        for name, field in _fields(type(value)).items():
            yield from _texts(getattr(value, name), field, f"{path}.{name}")
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one, inner[0], f"{path}[...]")
    elif isinstance(value, dict) and type_ is not Any:
        for name, one in value.items():
            yield from _texts(name, inner[0], path)
            yield from _texts(one, inner[1], f"{path}[...]")


@lru_cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(struct, include_extras=True)


def flaw(value: object) -> str | None:
    """What makes a value of JSON unfit to be kept, if something does: a text, a number, its depth or its size."""
    left, count = [(value, 0)], 0
    while left:
        one, depth = left.pop()
        count += 1
        if count > _VALUES:
            return f"it has more than {_VALUES} values"
        if depth > _DEPTH:
            return f"it is nested more than {_DEPTH} deep"
        if isinstance(one, str) and not (len(one) <= TEXT and is_plain(one, lines=True)):
            return f"a text in it has more than {TEXT} characters, or a control character"
        if isinstance(one, int | float) and not -_LARGEST <= one < _LARGEST:
            return "a number in it does not fit in 64 bits"
        if isinstance(one, dict):
            if not all(isinstance(name, str) and len(name) <= NAME and is_plain(name) for name in one):
                return f"a name in it has more than {NAME} characters, or a control character"
            left += [(inner, depth + 1) for inner in one.values()]
        elif isinstance(one, list):
            left += [(inner, depth + 1) for inner in one]
    return None


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME), Characters(NAME, 1)]
"""A name, a label, a number in letters: one line, not empty."""
Line = Annotated[str, msgspec.Meta(max_length=NAME), Characters(NAME)]
"""The same, and it may be empty."""
Text = Annotated[str, msgspec.Meta(max_length=TEXT), Characters(TEXT, lines=True)]
"""What somebody wrote, in lines."""
WrittenText = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT), Characters(TEXT, 1, lines=True)]
"""The same, where there has to be something."""
Count = Annotated[int, msgspec.Meta(ge=1, le=MOST_NUMBER)]
"""A number from 1, as a column keeps it."""
Bytes = Annotated[bytes, msgspec.Meta(max_length=MOST_DOCUMENT)]
"""A document or a signature."""
Fields = Annotated[dict[Name, Text], msgspec.Meta(max_length=MOST_FIELDS)]
"""A form, a question or a record: texts by name."""
