"""Identification numbers: the IIN (ЖСН) of a person and the BIN (БСН) of an organisation, twelve digits each.

Only digits and the control digit are checked. Since Government Resolution No 853 of 26 August 2013 an IIN is no longer
tied to its owner's date of birth and sex, so a number that disagrees with them is not wrong. The test certificates of
the real authority break even the control digit: hence `strict`.
"""

from __future__ import annotations

import re
from datetime import date
from random import Random

from aimaq.language.errors import InvalidInput
from aimaq.language.texts import Texts

_WEIGHTS = (
    (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2),
)
_DIGITS = re.compile(r"[0-9]{12}")

_BORN = (date(1950, 1, 1).toordinal(), date(2004, 12, 31).toordinal())
_REGISTERED = (1995, 2012)
_UNUSED = (9500, 9999)
"""Running numbers of a day that real births do not come near: a synthetic IIN should be nobody's."""


def control_digit(eleven: str) -> int | None:
    """The twelfth digit that belongs to these eleven; None where both weightings give 10 and no number is issued."""
    for weights in _WEIGHTS:
        rest = sum(weight * int(digit) for weight, digit in zip(weights, eleven, strict=True)) % 11
        if rest < 10:
            return rest
    return None


def check_iin(value: str, *, strict: bool = True, field: str = "iin") -> str:
    """The IIN itself, if it is one; InvalidInput names `field` and the rule broken (`digits` or `checksum`).

    With `strict` off any twelve digits pass. The number itself is never repeated in the error.
    """
    return _checked(value, "IIN", field, strict=strict)


def check_bin(value: str, *, strict: bool = True, field: str = "bin") -> str:
    """The BIN itself, if it is one; see `check_iin`."""
    return _checked(value, "BIN", field, strict=strict)


def _checked(value: str, kind: str, field: str, *, strict: bool) -> str:
    kk, ru = {"IIN": ("ЖСН", "ИИН"), "BIN": ("БСН", "БИН")}[kind]
    if not _DIGITS.fullmatch(value):
        raise InvalidInput(
            Texts(
                kk=f"{field}: {kk} он екі цифрдан тұрады",
                ru=f"{field}: {ru} состоит из двенадцати цифр",
                en=f"the {kind} in {field} must be twelve digits",
            ),
            field=field,
            rule="digits",
        )
    if strict and control_digit(value[:11]) != int(value[11]):
        raise InvalidInput(
            Texts(
                kk=f"{field}: {kk} бақылау цифры қате",
                ru=f"{field}: контрольная цифра {ru} неверна",
                en=f"the control digit of the {kind} in {field} is wrong",
            ),
            field=field,
            rule="checksum",
        )
    return value


def synthetic_iin(chance: Random, *, female: bool = False) -> str:
    """A correct IIN of nobody: a grown person of the sex asked for, the same for the same state of `chance`."""
    while True:
        born = date.fromordinal(chance.randint(*_BORN))
        sex = (3 if born.year < 2000 else 5) + female
        eleven = f"{born:%y%m%d}{sex}{chance.randint(*_UNUSED)}"
        control = control_digit(eleven)
        if control is not None:
            return f"{eleven}{control}"


def synthetic_bin(chance: Random) -> str:
    """A correct BIN of nobody: the head unit of a resident legal entity."""
    while True:
        year, month = chance.randint(*_REGISTERED), chance.randint(1, 12)
        eleven = f"{year % 100:02}{month:02}40{chance.randint(90000, 99999)}"
        control = control_digit(eleven)
        if control is not None:
            return f"{eleven}{control}"
