"""The schema of a database against that of the tables which this version knows: told in one line, not as SQL errors.

A column that may be empty and an index that is not there yet are added: an older database grows into them. Whatever
else differs is for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from aimaq.language.errors import Unconfigured

_MOST_NAMED = 3
"""How many differences are told; the number of the others follows."""


def fit(conn: sa.Connection, metadata: sa.MetaData, where: str) -> None:
    """Add what an older database can grow by; Unconfigured names every table and column that does not fit else.

    `where` is the database as messages to people name it. Its tables are there: `metadata.create_all` has run.
    """
    there, names = sa.inspect(conn), list(metadata.tables)
    # a question for all tables at once, and not for each: it is asked at every start
    found, keyed = there.get_multi_columns(filter_names=names), there.get_multi_pk_constraint(filter_names=names)
    columns = {name: {one["name"]: one for one in found[None, name]} for name in names}
    keys = {name: set(keyed[None, name]["constrained_columns"]) for name in names}
    indexes = {
        name: {one["name"] for one in listed}
        for (_, name), listed in there.get_multi_indexes(filter_names=names).items()
    }
    lacking: list[sa.Column[object]] = []
    wrong: list[str] = []
    for name, table in metadata.tables.items():
        lacking += [column for column in table.columns if column.name not in columns[name]]
        wrong += _differences(table, columns[name], keys[name])
    wrong += [f"table {column.table.name} lacks the column {column.name}" for column in lacking if not column.nullable]
    if wrong:
        more = f" and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
        raise Unconfigured(
            f"the database {where} is of another version's schema: {'; '.join(wrong[:_MOST_NAMED])}{more}. Begin with"
            " an empty one (the stand is made anew), or go back to the version that made this one",
            field="database_url",
        )
    quoted = conn.dialect.identifier_preparer
    for column in lacking:
        place, kind = quoted.format_table(column.table), column.type.compile(conn.dialect)
        conn.execute(sa.text(f"ALTER TABLE {place} ADD COLUMN {quoted.format_column(column)} {kind}"))
    for table in metadata.tables.values():
        for index in table.indexes:
            if index.name not in indexes.get(table.name, ()):
                index.create(conn)


def _differences(
    table: sa.Table, there: dict[str, sa.engine.interfaces.ReflectedColumn], key: set[str]
) -> Iterator[str]:
    """What keeps rows of this version out of a table."""
    mine = {column.name for column in table.primary_key.columns}
    if mine != key:
        yield f"the key of table {table.name} is {_listed(key)}, not {_listed(mine)}"
    for name, column in there.items():
        own = table.columns.get(name)
        if own is None and not column["nullable"] and column.get("default") is None:
            yield f"table {table.name} needs the column {name}, which this version does not know"
        if own is not None and own.nullable and not column["nullable"]:
            yield f"the column {name} of table {table.name} may not be empty there"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
