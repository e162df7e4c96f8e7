"""The registry's tables: certificates issued and the revocation lists in force, and one for each state register."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from aimaq.access.challenges import challenges_table
from aimaq.access.sessions import ended_table
from aimaq.pipeline.tables import common
from aimaq.store.database import Instant

metadata = sa.MetaData()
tables = common(metadata)
challenges = challenges_table(metadata)
ended = ended_table(metadata)

certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("serial", sa.String(40), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("iin", sa.String(12), index=True),
    sa.Column("bin", sa.String(12)),
    sa.Column("usage", sa.String(8), nullable=False),
    sa.Column("role", sa.String(40), nullable=False),
    sa.Column("pem", sa.Text, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("not_after", Instant, nullable=False),
    sa.Column("revoked_at", Instant, index=True),
    sa.Column("reason", sa.String(40)),
)
"""`serial` is lower-case hexadecimal without leading zeros; `reason` is a word of RFC 5280, such as keyCompromise."""

revocation_list = sa.Table(
    "revocation_list",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("this_update", Instant, nullable=False),
    sa.Column("next_update", Instant, nullable=False),
    sa.Column("der", sa.LargeBinary, nullable=False),
)
"""One row, of id 1: the complete list in force. Who seals a new one, of either kind, holds the row until it is done."""

delta_list = sa.Table(
    "delta_list",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("base", sa.Integer, nullable=False),
    sa.Column("this_update", Instant, nullable=False),
    sa.Column("next_update", Instant, nullable=False),
    sa.Column("der", sa.LargeBinary, nullable=False),
)
"""One row, of id 1: the list of what has changed since the complete list with the number `base`."""

certificate_changes = sa.Table(
    "certificate_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("serial", sa.String(40), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("number", sa.Integer, nullable=False, index=True),
)
"""Every suspension, resumption (removeFromCRL) and revocation, and the number of the lists that first listed it."""

systems = sa.Table(
    "systems",
    metadata,
    sa.Column("serial", sa.String(40), primary_key=True),
    sa.Column("party", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False, unique=True),
)
"""The certificates of the parties' systems. `version` is raised above all others when something changes about one."""

next_version = sa.select(sa.func.coalesce(sa.func.max(systems.c.version), 0) + 1).scalar_subquery()
"""The version of the next change. Who takes the same as another at the same time breaks a key, and tries again."""

administrators = sa.Table(
    "administrators",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("party", sa.String(16)),
    sa.Column("body", sa.Text),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("iin", sa.String(12)),
)
"""Those who administer the stand: `roles` with spaces between, `party` if they may only at that party's service, `iin`
if the certificate of this person opens the account. `body` is the body of which alone they see what the gateway has.
"""

sa.Index("administrators_by_iin", administrators.c.iin, unique=True)

gbd_fl = sa.Table(
    "gbd_fl",
    metadata,
    sa.Column("iin", sa.String(12), primary_key=True),
    sa.Column("surname", sa.Text, nullable=False),
    sa.Column("given", sa.Text, nullable=False),
    sa.Column("patronymic", sa.Text, nullable=False),
    sa.Column("surname_ru", sa.Text),
    sa.Column("given_ru", sa.Text),
    sa.Column("patronymic_ru", sa.Text),
    sa.Column("birth_date", sa.Date),
    sa.Column("sex", sa.String(6)),
    sa.Column("address", sa.JSON(none_as_null=True)),
    sa.Column("document", sa.JSON(none_as_null=True)),
    sa.Column("status", sa.String(8), nullable=False, default="alive"),
)
"""Persons (ЖТ МДҚ). Whoever was issued a certificate is known here, by the names given then."""

gbd_ul = sa.Table(
    "gbd_ul",
    metadata,
    sa.Column("bin", sa.String(12), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_ru", sa.Text),
    sa.Column("head", sa.String(12)),
    sa.Column("address", sa.JSON(none_as_null=True)),
)
"""Legal entities (ЗТ МДҚ); `head` is the IIN of whoever leads one."""

enis = sa.Table(
    "enis",
    metadata,
    sa.Column("number", sa.String(40), primary_key=True),
    sa.Column("principal", sa.String(12), nullable=False),
    sa.Column("representative", sa.String(12), nullable=False),
    sa.Column("notarised", sa.Boolean, nullable=False),
    sa.Column("from", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("revoked", sa.Boolean, nullable=False),
)
"""Powers of attorney (БНАЖ), by their registration numbers; good from one day of the Republic's calendar to another."""


def _entries(name: str, *more: sa.Column[Any]) -> sa.Table:
    """A register in which systems enter people: since when, in which oblast, and which case it was."""
    return sa.Table(
        name,
        metadata,
        sa.Column("iin", sa.String(12), primary_key=True),
        *more,
        sa.Column("oblast", sa.String(2)),
        sa.Column("entered_at", Instant, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("case_id", sa.String(36)),
    )


labour_market = _entries("labour_market", sa.Column("status", sa.String(16), nullable=False))
"""Cards of job seekers and unemployed; `oblast` is the first two digits of its КАТО code."""

oralman = _entries("oralman")
"""Repatriates."""


def _facts(name: str) -> sa.Table:
    """A system of the model act: whatever it knows of a person."""
    return sa.Table(
        name,
        metadata,
        sa.Column("iin", sa.String(12), primary_key=True),
        sa.Column("facts", sa.JSON, nullable=False),
    )


is_1, is_2, is_3 = _facts("is_1"), _facts("is_2"), _facts("is_3")
"""The 1st, 2nd and 3rd information systems of the model act."""
