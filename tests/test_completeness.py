"""What is declared and what is registered are compared both ways, and each comparison of the stand notices a gap."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Response
from msgspec.structs import replace
from pydantic import BaseModel
from typer.testing import CliRunner

from aimaq.bus import MemoryBroker
from aimaq.casework.procedure import bodies, operations
from aimaq.language.clock import SystemClock
from aimaq.language.errors import Unconfigured
from aimaq.language.messages import TYPES
from aimaq.language.texts import Texts
from aimaq.regulation import Catalogue
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.regulation.model.registers import REGISTERS
from aimaq.regulation.model.vocabulary import OUTCOMES
from aimaq.regulation.validation.completeness import Lack, Table, compare, refuse, wordless
from aimaq.settings import Settings
from aimaq.web.callers import ANYONE
from aimaq.web.views import Outline
from lea_svc import endpoints
from registry_svc.registers.books import BOOKS
from registry_svc.registers.schemas import SCHEMAS
from stand.commands.tester.law import app
from stand.flowfile.scaffold import deeds
from stand.provision.keys import provision
from stand.replay import operations as player
from stand.replay.played import everywhere, unimplemented
from stand.runtime.assembly import assemble
from stand.runtime.endpoints import lacking

Gap = Callable[[pytest.MonkeyPatch], None]


def without(table: Any, name: Any) -> Gap:
    return lambda patch: patch.delitem(table, name)


def changed(table: Any, name: str, **changes: Any) -> Gap:
    return lambda patch: patch.setitem(table, name, replace(table[name], **changes))


GAPS: list[tuple[Gap, str]] = [
    (
        without(operations.OPERATIONS, "deliver"),
        "aimaq/casework/procedure/operations.py: operation 'deliver' lacks a function",
    ),
    (without(OPERATIONS, "deliver"), "aimaq/regulation/model/operations.py: operation 'deliver' lacks its declaration"),
    (
        without(endpoints.PERFORMS, "decide"),
        "aimaq/web/front_desk/actions.py: operation 'decide' lacks an endpoint at lea",
    ),
    (without(player.OPERATIONS, "accept"), "stand/replay/operations.py: operation 'accept' lacks a call of the player"),
    (
        without(deeds.WITH, ("extend", "ok")),
        "stand/flowfile/scaffold/deeds.py: operation 'extend' lacks what a person gives",
    ),
    (
        without(deeds.WITH, ("check-documents", "wrong")),
        "'check-documents' lacks what a person gives for it to come out",
    ),
    (changed(OPERATIONS, "pay", people_at=("con", "lea")), "operation 'pay' lacks an endpoint at lea"),
    (changed(OPERATIONS, "pay", words=Texts("төлеу", " ", "")), "operation 'pay' lacks words in ru, en"),
    (without(OUTCOMES, "elsewhere"), "aimaq/regulation/model/vocabulary.py: outcome 'elsewhere' lacks its words"),
    (
        without(bodies.COMPOSE, "CaseClosed"),
        "aimaq/casework/procedure/bodies.py: message type 'CaseClosed' lacks a composer",
    ),
    (without(TYPES, "CaseClosed"), "aimaq/language/messages.py: message type 'CaseClosed' lacks its declaration"),
    (
        changed(TYPES, "CaseClosed", words=Texts("Іс жабылды", "", "")),
        "message type 'CaseClosed' lacks words in ru, en",
    ),
    (
        without(SCHEMAS, "oralman"),
        "registry_svc/registers/schemas.py: register 'oralman' lacks a schema of its records",
    ),
    (without(BOOKS, "oralman"), "registry_svc/models.py: register 'oralman' lacks a table of its name"),
    (
        changed(REGISTERS, "enis", title=Texts("", "", "")),
        "aimaq/regulation/model/registers.py: register 'enis' lacks words in kk, ru, en",
    ),
]


def test_the_stand_lacks_nothing() -> None:
    assert list(everywhere()) == []


@pytest.mark.parametrize(("gap", "message"), GAPS, ids=[message.partition(" lacks")[0][-30:] for _, message in GAPS])
def test_a_gap_is_named_by_file_and_name(gap: Gap, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gap(monkeypatch)
    assert message in "\n".join(map(str, everywhere()))


def test_names_are_compared_both_ways() -> None:
    declared, registered = (
        Table("aimaq.declared", ["a", "b"], "its declaration"),
        Table("svc.done", ["b", "c"], "a deed"),
    )
    assert list(map(str, compare("thing", declared, registered))) == [
        "svc/done.py: thing 'a' lacks a deed",
        "aimaq/declared.py: thing 'c' lacks its declaration; svc/done.py has a deed for it",
    ]


def test_everything_that_lacks_is_refused_at_once_a_line_each() -> None:
    lacks = [Lack("b.py", "thing", "x", "a deed"), Lack("a.py", "thing", "y", "a deed")]
    with pytest.raises(Unconfigured) as refused:
        refuse([*lacks, *lacks])
    assert refused.value.detail == "a.py: thing 'y' lacks a deed\nb.py: thing 'x' lacks a deed"
    refuse([])
    assert list(wordless("thing", "a", {"x": Texts("a", "b", "c")})) == []


def test_law_check_refuses_an_operation_that_nobody_performs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(operations.OPERATIONS, "check-elsewhere")
    assert unimplemented(everywhere()) == {
        "check-elsewhere": "aimaq/casework/procedure/operations.py lacks a function that performs it"
    }
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 2
    assert (
        "'check-elsewhere' is declared and not implemented: aimaq/casework/procedure/operations.py lacks a function"
        in result.stdout
    )
    assert "(unimplemented)" in result.stdout
    assert (
        "aimaq/casework/procedure/operations.py: operation 'check-elsewhere' lacks a function that performs it\n"
        in result.stderr
    )
    plain = json.loads(CliRunner().invoke(app, ["check", "-o", "json"]).stdout)
    assert {mistake["rule"] for mistake in plain["mistakes"]} == {"unimplemented"}
    assert [(lack["file"], lack["name"]) for lack in plain["lacks"]] == [
        ("aimaq/casework/procedure/operations.py", "check-elsewhere")
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with keys."""
    found = tmp_path_factory.mktemp("home")
    provision(found, SystemClock(), authority_keys="p-256")
    return found


def astray(patch: pytest.MonkeyPatch) -> None:
    """The type may travel to the registry too, where nothing reacts to it."""
    routes = TYPES["RegistryAnswered"].routes | {("lea", "registry")}
    changed(TYPES, "RegistryAnswered", routes=routes)(patch)


def elsewhere(patch: pytest.MonkeyPatch) -> None:
    """The table says another endpoint than there is."""
    patch.setitem(endpoints.PERFORMS, "prepare", "POST /cases/{case_id}/drafts")


AT_ASSEMBLY: list[tuple[str, Gap, str]] = [
    ("registry", astray, "registry_svc/handlers.py: message type 'RegistryAnswered' lacks a reaction"),
    (
        "portal",
        changed(TYPES, "CaseClosed", routes=frozenset({("lea", "gateway")})),
        "aimaq/language/messages.py: message type 'CaseClosed' lacks a declaration by which it comes to portal",
    ),
    ("lea", elsewhere, "lea_svc/endpoints.py: operation 'prepare' lacks the endpoint POST /cases/{case_id}/drafts"),
    (
        "lea",
        without(bodies.COMPOSE, "ResultIssued"),
        "aimaq/casework/procedure/bodies.py: message type 'ResultIssued' lacks a composer",
    ),
    (
        "registry",
        without(SCHEMAS, "is_1"),
        "registry_svc/registers/schemas.py: register 'is_1' lacks a schema of its records",
    ),
]


@pytest.mark.parametrize(("party", "gap", "message"), AT_ASSEMBLY, ids=[message[:40] for _, _, message in AT_ASSEMBLY])
def test_a_service_that_lacks_something_is_not_assembled(
    party: str, gap: Gap, message: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def assembled() -> None:
        bus = MemoryBroker().connect(party)
        assemble(Settings(party=party, home=home), SystemClock(), Catalogue.bundled(), bus)

    assembled()
    gap(monkeypatch)
    with pytest.raises(Unconfigured) as refused:
        assembled()
    assert message in refused.value.detail


class Somewhere(BaseModel):
    """A struct that is in no module of views."""


AT_AN_ENDPOINT: list[tuple[dict[str, Any], str, str]] = [
    ({"dependencies": []}, "Said.", "one caller of aimaq/web/callers.py among its dependencies"),
    ({"dependencies": [ANYONE, ANYONE]}, "Said.", "one caller of aimaq/web/callers.py among its dependencies"),
    ({}, "", "a docstring, which is its description"),
    ({"response_model": None}, "Said.", "a view that it answers with (response_model)"),
    ({"response_model": dict[str, Any]}, "Said.", "a view in the place of dict[str, typing.Any]"),
    ({"response_model": list[dict[str, str]]}, "Said.", "a view in the place of list[dict[str, str]]"),
    ({"response_model": Outline | str}, "Said.", "a view in the place of"),
    ({"response_model": list[Somewhere]}, "Said.", "view 'Somewhere' lacks a place in views or schemas"),
]


@pytest.mark.parametrize(
    ("changes", "docstring", "missing"), AT_AN_ENDPOINT, ids=[one[-1][:40] for one in AT_AN_ENDPOINT]
)
def test_an_endpoint_that_lacks_something_is_named(changes: dict[str, Any], docstring: str, missing: str) -> None:
    async def cabin() -> None: ...

    cabin.__doc__ = docstring
    app = FastAPI()
    more: dict[str, Any] = {"response_model": Outline, "dependencies": [ANYONE]} | changes
    app.get("/cabin", **more)(cabin)
    found = [str(lack) for lack in lacking("portal", app)]
    assert len(found) == 1
    assert found[0].startswith("tests/test_completeness.py: ")
    assert missing in found[0]


def test_an_endpoint_that_nobody_can_look_at_is_named() -> None:
    app, router = FastAPI(), APIRouter()
    router.get("/cabin", response_model=Outline, dependencies=[ANYONE], description="Said.")(lambda: None)
    app.router.include_router(router)
    assert any("a place in the application's own list" in str(lack) for lack in lacking("portal", app))


def test_a_file_or_nothing_at_all_is_an_answer_too() -> None:
    app = FastAPI()

    async def file() -> None:
        """Said."""

    app.get("/file", response_class=Response, dependencies=[ANYONE])(file)
    app.delete("/file", status_code=204, dependencies=[ANYONE])(file)
    assert list(lacking("portal", app)) == []
