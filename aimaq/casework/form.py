"""The form of a request, held against the fields that its regulation asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aimaq.language import texts
from aimaq.language.errors import InvalidInput
from aimaq.language.iin import check_bin, check_iin
from aimaq.language.texts import Texts
from aimaq.regulation import Regulation

LONGEST = 1000
"""Characters that a field may have."""


_NUMBERS = {"iin": check_iin, "bin": check_bin}
"""What a field is held against whose type is a number of somebody."""


def bin_in(regulation: Regulation, form: Mapping[str, Any]) -> str | None:
    """The BIN of the organisation for which a form is filled in; None if it is for a person."""
    return next((str(form[one.name]) for one in regulation.form if one.type == "bin" and form.get(one.name)), None)


def check_form(regulation: Regulation, channel: str, form: Mapping[str, Any], *, strict: bool = True) -> None:
    """Hold a form against the fields that the regulation asks for through a channel.

    InvalidInput names the first field that is wrong. `strict` says whether control digits are checked.
    """
    known = {entry.name: entry for entry in regulation.form}
    fields = {name: entry for name, entry in known.items() if entry.through(channel)}
    for name, value in form.items():
        if name not in known:
            raise _wrong(name, "known field", _unknown(name))
        if name not in fields:
            those = ", ".join(known[name].channels)
            raise _wrong(name, f"channels {those}", _elsewhere(name, channel, those))
        if not isinstance(value, str) or len(value) > LONGEST:
            raise _wrong(name, "text", texts.text_of(name, LONGEST))
    for name, entry in fields.items():
        value = form.get(name, "")
        if entry.required and not value:
            raise _wrong(name, "required", texts.required(name))
        if value and (check := _NUMBERS.get(entry.type)) is not None:
            check(value, strict=strict, field=f"form.{name}")
        if value and entry.pattern and not re.fullmatch(entry.pattern, value):
            raise _wrong(name, entry.pattern, _pattern(name, entry.pattern, entry.example))
        for other in entry.along if value else ():
            if not form.get(other):
                raise _wrong(other, f"with {name}", _together(other, name))


def _wrong(name: str, rule: str, detail: Texts) -> InvalidInput:
    return InvalidInput(detail, field=f"form.{name}", rule=rule)


def _unknown(name: str) -> Texts:
    return Texts(
        kk=f"нысанда {name!r} деген өріс жоқ",
        ru=f"в форме нет поля {name!r}",
        en=f"the form has no field {name!r}",
    )


def _elsewhere(name: str, channel: str, those: str) -> Texts:
    return Texts(
        kk=f"{name} өрісі {channel} арқылы толтырылмайды, оны онда ешкім тексермейді; тек: {those}",
        ru=f"поле {name} не заполняется через {channel}, где его никто не проверяет; только: {those}",
        en=f"{name} is not for a request through {channel}, where nobody looks into it, only through {those}",
    )


def _pattern(name: str, pattern: str, example: str) -> Texts:
    return Texts(
        kk=f"{name} өрісі дұрыс толтырылмаған" + (f", мысалы: {example}" if example else ""),
        ru=f"поле {name} заполнено неверно" + (f", пример: {example}" if example else ""),
        en=f"{name} must match {pattern}",
    )


def _together(name: str, other: str) -> Texts:
    return Texts(
        kk=f"{other} толтырылса, {name} өрісі де толтырылуы керек",
        ru=f"вместе с {other} заполняется и {name}",
        en=f"{name} is required with {other}",
    )
