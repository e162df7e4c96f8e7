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
from tests.refusals.sites import PACKAGES, ROOT, has_texts, modules, raised, technical

KAZAKH = re.compile("[ӘәІіҢңҒғҮүҰұҚқӨөҺһ]")
CYRILLIC = re.compile("[А-Яа-яӘәІіҢңҒғҮүҰұҚқӨөҺһ]")
MESSAGE = "a message, which has no reader but systems"
START = "a service that starts says it to whoever starts it"
ROSTER = "a service that follows the roster writes it to its log"
LIST = "a list that is not gone by: the log says why"
ACT = "an act that is drafted, or a flow that is played"

CONTROL = "a control message of a system: it counts, or it does not"

TECHNICAL_HERE = {
    "aimaq/access/systems/keystore.py": START,
    "aimaq/access/systems/memory.py": START,
    "aimaq/access/systems/registry_client.py": ROSTER,
    "aimaq/access/systems/roster.py": ROSTER,
    "aimaq/access/systems/roster_signature.py": ROSTER,
    "aimaq/bus": "what the bus does not take is tried again, and noted in the log",
    "aimaq/casework/procedure/evidence.py:_of_signature": MESSAGE,
    "aimaq/casework/unit_of_work.py:envelope": MESSAGE,
    "aimaq/casework/unit_of_work.py:expect": MESSAGE,
    "aimaq/eds/revocation/crl.py": LIST,
    "aimaq/eds/revocation/crl_source.py": LIST,
    "aimaq/http/client.py:exchange": "who asks and brings no text for people is a command",
    "aimaq/language/envelope.py": MESSAGE,
    "aimaq/language/errors.py": "where `Technical` is, and what may be made of it",
    "aimaq/language/signing": "a system's signature or token: it counts, or it does not",
    "aimaq/pipeline/attention/commands.py:_opened": CONTROL,
    "aimaq/pipeline/attention/dead_letters.py:act": "why the database does not take a message: its reason, in the log",
    "aimaq/pipeline/batch.py:_drop": "the words of an operator, for the sender of a message",
    "aimaq/pipeline/inbox.py": MESSAGE,
    "aimaq/regulation/model/flow.py": ACT,
    "aimaq/regulation/model/registers.py": MESSAGE,
    "gateway_svc/attention/reports.py": CONTROL,
    "gateway_svc/handlers.py:admit": MESSAGE,
    "gateway_svc/parties/suspension.py:guarded": MESSAGE,
    "gateway_svc/parties/suspension.py:reacted": MESSAGE,
    "gateway_svc/journal/audit.py": "whoever audits the journal, at the command line",
    "registry_svc/ncanode/keys.py": "a client of NCANode's, which is a program",
    "registry_svc/registers/schemas.py:read": "a message to a register",
}
"""Where an error for systems and operators alone is made, by folder, module or function, and who reads it."""


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


@pytest.mark.parametrize(
    ("file", "thrown", "listed"),
    [
        ("aimaq/store/lock.py", "Unavailable(LOCKED)", True),
        ("aimaq/store/lock.py", "Unavailable(Technical('no lock'))", False),
        ("aimaq/store/lock.py", "OSError(2, 'none')", False),
        ("aimaq/store/lock.py", "error", True),
        ("aimaq/store/engine.py", "_wrong('sslmode', 'odd')", False),
        ("aimaq/language/signing/jws.py", "_withdrawn(identity, withdrawal)", False),
        ("aimaq/language/envelope.py", "_invalid(error, '')", False),
        ("aimaq/eds/cms/reader.py", "_too_large()", True),
        ("aimaq/web/front_desk/router.py", "bad_signature(wrong)", True),
        ("aimaq/regulation/model/flow.py", "errors.NotFound(errors.Technical('no step'))", False),
        ("registry_svc/ncanode/keys.py", "Refused('no key')", False),
    ],
)
def test_a_raise_is_on_the_list_if_its_error_may_have_a_text_for_people(file: str, thrown: str, listed: bool) -> None:
    assert has_texts(file, ast.parse(thrown, mode="eval").body) is listed


def test_the_list_takes_the_raises_of_every_module() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"stand", "tests"} == set(PACKAGES)
    assert len(raised()) > 200
    assert {"aimaq/pipeline/inbox.py", "aimaq/store/lock.py", "aimaq/eds/pades.py"} <= {site.file for site in raised()}


def test_an_error_for_systems_is_made_only_where_systems_read_it() -> None:
    made = {
        f"{file}:{node.name}"
        for file, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and technical(node)
    }
    assert {one for one in made if not any(_lies_in(one, where) for where in TECHNICAL_HERE)} == set()
    assert {where for where in TECHNICAL_HERE if not any(_lies_in(one, where) for one in made)} == set()


def _lies_in(function: str, where: str) -> bool:
    return function == where or function.startswith((f"{where}:", f"{where}/"))


@pytest.mark.parametrize("word", ["PydanticCustomError(", "PydanticKnownError(", "HTTPException("])
def test_no_framework_refuses_in_words_of_its_own(word: str) -> None:
    own = {"aimaq/web/request/validation.py", "aimaq/web/app.py", "aimaq/language/bounds.py"}
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
