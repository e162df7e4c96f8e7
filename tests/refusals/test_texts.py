"""Every text for people in the code: in Kazakh and Russian there is no English, and no `str` comes in their place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aimaq.language.errors import AimaqError, InvalidInput, Technical
from aimaq.language.texts import Texts
from tests.refusals.english import english
from tests.refusals.sites import ROOT, modules

KAZAKH = re.compile("[ӘәІіҢңҒғҮүҰұҚқӨөҺһ]")
CYRILLIC = re.compile("[А-Яа-яӘәІіҢңҒғҮүҰұҚқӨөҺһ]")
PACKAGES = ("aimaq", "portal_svc", "con_svc", "lea_svc", "gateway_svc", "registry_svc")

TECHNICAL_HERE = {
    ("aimaq/casework/procedure/evidence.py", "_of_signature"): "a message",
    ("aimaq/casework/unit_of_work.py", "envelope"): "a message, which has no reader but systems",
    ("aimaq/casework/unit_of_work.py", "expect"): "a message",
    ("registry_svc/registers/schemas.py", "read"): "a message to a register",
}
"""Where a module that people meet has an error for systems, and why."""


def literal(node: ast.expr) -> str:
    """A text as it is written: what comes in at run time stands in quotes."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "''" for p in node.values)
    if isinstance(node, ast.BinOp):
        return literal(node.left) + literal(node.right)
    if isinstance(node, ast.IfExp):
        return literal(node.body)
    return ""


def texts() -> Iterator[tuple[str, dict[str, str]]]:
    """Every `Texts(kk=…, ru=…, en=…)` and `_words(kk, ru, en)` of the services, with its place."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Texts", "_words"):
                    found = {word.arg or "": literal(word.value) for word in node.keywords}
                    found |= dict(zip(("kk", "ru", "en"), map(literal, node.args), strict=False))
                    if set(found) == {"kk", "ru", "en"} and all(found.values()):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", found


def without_places(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "''", text)


def test_no_text_is_english_to_a_reader_of_kazakh_or_russian() -> None:
    wrong = []
    for place, found in texts():
        for language in ("kk", "ru"):
            plain = without_places(found[language])
            if words := english(plain):
                wrong.append(f"{place} {language}: {words}")
            if plain.strip(" ;:'") and not CYRILLIC.search(plain):
                wrong.append(f"{place} {language}: no Cyrillic in it")
        if KAZAKH.search(re.sub(r"«[^»]*»|'[^']*'", "", found["ru"])):
            wrong.append(f"{place} ru: Kazakh letters in it")
    assert wrong == []
    assert sum(1 for _ in texts()) > 250


def test_each_place_in_a_text_is_one_that_its_english_names() -> None:
    def places(text: str) -> set[str]:
        return {place.partition(":")[0] for place in re.findall(r"\{([^}]*)\}", text)}

    strange = [place for place, found in texts() for one in ("kk", "ru") if places(found[one]) - places(found["en"])]
    assert strange == []


def test_people_meet_no_technical_error() -> None:
    found = set()
    for file, module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Call) and ast.unparse(inner.func).endswith("Technical"):
                        found.add((file, node.name))
    assert found == set(TECHNICAL_HERE)


@pytest.mark.parametrize("word", ["PydanticCustomError(", "PydanticKnownError(", "HTTPException("])
def test_no_framework_refuses_in_words_of_its_own(word: str) -> None:
    own = {"aimaq/web/validation.py", "aimaq/web/app.py", "aimaq/language/bounds.py"}
    using = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if word in path.read_text()
    }
    assert using <= own


def test_mypy_refuses_a_str_where_a_person_reads(tmp_path: Path) -> None:
    from mypy import api

    file = tmp_path / "refused.py"
    file.write_text(
        "from aimaq.language.errors import InvalidInput, NotFound, Technical, Unconfigured\n"
        "from aimaq.language.texts import Texts\n"
        'InvalidInput("a short password")\n'
        'NotFound(f"no case {1}")\n'
        'InvalidInput({"kk": "", "ru": "", "en": ""})\n'
        'InvalidInput(Texts(kk="қ", ru="р"))\n'
        'InvalidInput(Texts(kk="қ", ru="р", en="e"))\n'
        'InvalidInput(Technical("for a log"))\n'
        'Unconfigured("for an operator")\n'
    )
    out, _, _ = api.run(["--config-file", str(ROOT / "pyproject.toml"), str(file)])
    assert re.findall(r"refused\.py:(\d+): error", out) == ["3", "4", "5", "6"]


def test_a_technical_detail_is_no_ones_to_read_in_kazakh() -> None:
    error = InvalidInput(Technical("no such thing"), field="form")
    assert (error.detail, str(error), error.reason) == (
        "no such thing",
        "no such thing",
        "invalid-input: form: no such thing",
    )
    refusal = {language: error.problem(language)["detail"] for language in ("kk", "ru", "en")}
    assert refusal == {"kk": InvalidInput.title.kk, "ru": InvalidInput.title.ru, "en": "no such thing"}
    assert AimaqError().problem("kk")["detail"] == AimaqError.title.kk


def test_a_text_takes_its_values_in_each_language() -> None:
    why = Texts(kk="{n} күн", ru="{n} дней", en="{n} days").format(n=3)
    whole = Texts(kk="мерзім: {why}", ru="срок: {why}", en="{why} left").format(why=why)
    assert whole == Texts(kk="мерзім: 3 күн", ru="срок: 3 дней", en="3 days left")
    assert Texts(kk="{x}", ru="{x}", en="{x}").format(x="{why}").en == "{why}", "a value is no template"
    assert (whole.say("kk"), whole.say("de")) == ("мерзім: 3 күн", "3 days left")
