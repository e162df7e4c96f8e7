"""Text as it is kept: what two people type alike is the same, however their keyboards put the letters together."""

from __future__ import annotations

import unicodedata
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from aimaq.language.bounds import TEXT, Characters, Password, composed

NAME = "Айгүл Ёлкина-Йүсіпқызы é"
APART = unicodedata.normalize("NFD", NAME)
"""The same with each accent a character of its own, as some keyboards and file systems have it."""


def test_a_text_is_the_same_however_it_is_put_together() -> None:
    assert APART != NAME
    for least, lines in ((0, False), (1, True)):
        reader = TypeAdapter(Annotated[str, Characters(len(APART), least, lines)])
        assert reader.validate_python(APART) == reader.validate_python(NAME) == NAME


def test_the_characters_of_a_text_are_counted_as_it_is_kept() -> None:
    reader = TypeAdapter(Annotated[str, Characters(200, 6)])
    assert reader.validate_python("йййййй") == "йййййй"
    with pytest.raises(ValidationError, match="at least 6 characters"):
        reader.validate_python(unicodedata.normalize("NFD", "ййй"))
    with pytest.raises(ValidationError, match="at most 2 characters"):
        TypeAdapter(Annotated[str, Characters(2)]).validate_python("\ufb2c")  # one character that NFC writes as three


def test_a_text_that_is_too_long_is_not_put_together() -> None:
    long = "a" + "\u0315\u0300" * TEXT
    assert composed(long) == long


def test_a_space_of_another_kind_in_a_password_is_a_space() -> None:
    reader = TypeAdapter(Annotated[str, Password(40)])
    assert reader.validate_python("менің\u00a0й\u3000сөзім") == "менің й сөзім"
    assert reader.validate_python(unicodedata.normalize("NFD", "менің й сөзім")) == "менің й сөзім"
    with pytest.raises(ValidationError, match="control character"):
        reader.validate_python("secret\x07")
