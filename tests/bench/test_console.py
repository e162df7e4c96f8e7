"""The bench of the console makes a journal that can be read, asks it every question, and leaves no database behind."""

from __future__ import annotations

import os
import re
from random import Random

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from aimaq.language.envelope import read
from aimaq.language.ids import PATTERN
from aimaq.regulation import Catalogue, workflow
from stand.bench.console import measure
from stand.bench.history import story, uuid7
from tests.databases import SERVER
from tests.parties import BASE

pytestmark = pytest.mark.slow

CHANCE = Random("stories")


def test_each_story_can_be_read_and_comes_to_its_end() -> None:
    for law in Catalogue.bundled():
        for flow in law.flows.values():
            tale = story(law, flow)
            assert workflow.ended(tale.messages[-1].at), (law.id, flow.channel)
            for message in tale.messages:
                identity = uuid7(BASE, CHANCE)
                assert re.fullmatch(PATTERN, identity)
                data = message.data.replace(b"C" * 36, identity.encode()).replace(b"M" * 36, identity.encode())
                assert read(data).content() is not None


@pytest.mark.services
async def test_every_question_is_asked_and_the_database_is_dropped() -> None:
    found = await measure(SERVER, 200, lambda line: None, times=2)
    assert found.messages == 200
    assert found.cases >= 15
    assert len(found.figures) == 20
    assert all(0 < one.p50 <= one.p99 for one in found.figures)
    server = make_url(SERVER).set(drivername="postgresql", database="postgres")
    connection = await asyncpg.connect(server.render_as_string(hide_password=False))
    try:
        names = [row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")]
    finally:
        await connection.close()
    assert f"aimaqconsole{os.getpid()}_gateway" not in names
