"""A pooler that changes sessions between transactions is noticed before anything is done with it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from aimaq.language.errors import Unconfigured
from aimaq.store.database import Database
from stand.provision import databases
from tests.postgres_clusters import OwnPostgres
from tests.store.pooler import pooled

pytestmark = [pytest.mark.services, pytest.mark.slow]


async def test_a_service_does_not_start_behind_a_pooler_in_transaction_mode(cluster: OwnPostgres) -> None:
    async with pooled(f"{cluster.plain}/postgres") as url:
        database = Database(url, sa.MetaData())
        with pytest.raises(Unconfigured, match=r"a pooler that changes sessions between transactions") as refused:
            await database.open()
        assert refused.value.exit_code == 2
        await database.close()


async def test_a_database_of_its_own_sessions_is_opened(cluster: OwnPostgres) -> None:
    database = Database(f"{cluster.plain}/postgres?sslmode=disable", sa.MetaData())
    for _ in range(2):
        await database.open()
        await database.close()


async def test_a_stand_makes_no_databases_through_such_a_pooler(cluster: OwnPostgres) -> None:
    async with pooled(f"{cluster.plain}/postgres") as url:
        with pytest.raises(Unconfigured, match="a pooler that changes sessions"):
            async with databases.reserved(url, "aimaq_pooled"):
                pass
