"""Statements are made once and remembered: by what they write, not by how it came, and never without a bound."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aimaq.casework import case
from aimaq.pipeline import inbox
from aimaq.store import write_set
from aimaq.store.database import STATEMENTS, Row
from aimaq.store.write_set import WriteSet
from registry_svc import views
from tests.house import CODE, modules

metadata = sa.MetaData()
COLUMNS = tuple(f"c{number:02}" for number in range(10))
things, others = (
    sa.Table(
        name,
        metadata,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("data", sa.LargeBinary),
        *(sa.Column(column, sa.Text) for column in COLUMNS),
    )
    for name in ("things", "others")
)
NAMES = ("id", "data", *COLUMNS)

REMEMBERED = [
    one
    for module in (write_set, inbox, case, views)
    for one in vars(module).values()
    if hasattr(one, "cache_info") and one.__module__ == module.__name__
]


class Connection:
    """Takes statements for a database of this kind, and keeps them."""

    def __init__(self, kind: str) -> None:
        self.dialect = SimpleNamespace(name=kind)
        self.statements: list[Any] = []

    def execute(self, statement: Any, values: Any) -> None:
        """Keep a statement."""
        self.statements.append(statement)


def written(kind: str, *changes: tuple[str, sa.Table, Row]) -> list[Any]:
    """The statements that write these changes."""
    made = WriteSet()
    for what, table, row in changes:
        if what == "add":
            made.add(table, [row])
        elif what == "change":
            made.change(table, "id", [row])
        else:
            made.remove(table, "id", [row["id"]])
    connection = Connection(kind)
    made.write(cast(sa.Connection, connection))
    return connection.statements


def row(names: tuple[str, ...] | list[str]) -> Row:
    return {name: b"bytes" if name == "data" else name for name in names}


@given(kind=st.sampled_from(("sqlite", "postgresql")), first=st.permutations(NAMES), second=st.permutations(NAMES))
def test_the_order_of_a_rows_columns_makes_no_second_statement(kind: str, first: list[str], second: list[str]) -> None:
    (one,) = written(kind, ("add", things, row(NAMES)))
    known = [remembered.cache_info().currsize for remembered in REMEMBERED]
    (other,) = written(kind, ("add", things, row(first)), ("add", things, row(second)))
    assert other is one
    assert [remembered.cache_info().currsize for remembered in REMEMBERED] == known


CHANGES = [(what, table) for what in ("add", "change", "remove") for table in (things, others)]


@given(changes=st.permutations(CHANGES), names=st.permutations(NAMES))
def test_the_order_in_which_tables_are_written_makes_no_second_statement(
    changes: list[tuple[str, sa.Table]], names: list[str]
) -> None:
    (one,) = written("postgresql", *((what, table, row(NAMES)) for what, table in CHANGES))
    (other,) = written("postgresql", *((what, table, row(names)) for what, table in changes))
    assert other is one


@pytest.fixture
def forgetful() -> Iterator[None]:
    """What the test has made be remembered is forgotten again."""
    yield
    for remembered in REMEMBERED:
        remembered.cache_clear()


@pytest.mark.usefixtures("forgetful")
def test_what_is_remembered_of_statements_has_a_bound() -> None:
    assert len(REMEMBERED) >= 8
    kinds = [("id", *some) for size in range(1, len(COLUMNS)) for some in combinations(COLUMNS, size)]
    assert len(kinds) > STATEMENTS
    for names in kinds:
        for kind in ("sqlite", "postgresql"):
            written(kind, ("change", things, row(names)))
    sizes = {remembered.__name__: remembered.cache_info() for remembered in REMEMBERED}
    assert {name: size for name, size in sizes.items() if size.maxsize is None or size.currsize > STATEMENTS} == {}
    assert sizes["_at_once"].currsize == sizes["_at_one_go"].currsize == STATEMENTS


def test_no_module_that_makes_statements_remembers_without_a_bound() -> None:
    unbounded = {
        f"{module.path}:{line}"
        for module in modules(*CODE)
        if "sqlalchemy" in module.imported.values()
        for line, name in module.uses()
        if name == "functools.cache"
    }
    assert unbounded == set()
