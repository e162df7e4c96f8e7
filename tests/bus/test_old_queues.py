"""The queues that an older version made: made anew where they are empty, and otherwise told of with what lies there."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path

import aio_pika
import pytest
from yarl import URL

from aimaq.bus.rabbit.connection import Address
from aimaq.language.errors import Unavailable
from aimaq.language.messages import PARTIES
from stand.provision.broker import apply, passwords, remove, with_passwords
from stand.provision.topology import Definitions, differences, topology
from tests.fixtures_broker import BROKER, administrator
from tests.waiting import eventually

pytestmark = [pytest.mark.services, pytest.mark.long]

_numbers = itertools.count(1)


def older(definitions: Definitions, name: str) -> Definitions:
    """What the versions with a delivery limit made."""
    made = deepcopy(definitions)
    arguments = {"x-delivery-limit": 50, "x-dead-letter-exchange": f"{name}.dead", "x-overflow": "reject-publish"}
    for queue in made["queues"]:
        queue["arguments"] |= arguments
    made["queues"].append(
        {**made["queues"][0], "name": f"{name}.dead", "arguments": {"x-queue-type": "quorum"}},
    )
    return made


@pytest.fixture
async def name() -> AsyncIterator[str]:
    """The prefix and virtual host of a stand, which are gone afterwards."""
    made = f"test-{os.getpid()}-old-{next(_numbers)}"
    yield made
    await remove(made, made, administrator())


async def applied(name: str, secrets: Path) -> Definitions:
    """A stand as an older version made it, and the definitions that it is to have."""
    admin, secret = administrator(), passwords(secrets)
    wanted = with_passwords(topology(name, name), name, secret)
    everything = {"user": Address(BROKER).user, "vhost": name, "configure": ".*", "write": ".*", "read": ".*"}
    wanted["permissions"].append(everything)
    await apply(older(wanted, name), admin)
    return wanted


async def test_empty_queues_are_made_anew(name: str, tmp_path: Path) -> None:
    wanted, admin = await applied(name, tmp_path), administrator()
    await apply(wanted, admin)
    found = await admin.export()
    assert differences(topology(name, name), found) == []
    assert f"{name}.dead" not in {queue["name"] for queue in found["queues"]}


@pytest.mark.parametrize(("queue", "reason"), [("lea", "of an older version"), ("dead", "laid them aside")])
async def test_what_lies_in_one_is_told_of_and_stays(name: str, tmp_path: Path, queue: str, reason: str) -> None:
    wanted, admin = await applied(name, tmp_path), administrator()
    async with await aio_pika.connect(str(URL(BROKER).with_path("/" + name))) as connection:
        channel = await connection.channel()
        await channel.default_exchange.publish(aio_pika.Message(b"{}"), f"{name}.{queue}")

    async def lies() -> bool:
        return (await admin.queues(name))[f"{name}.{queue}"] == (1, 0)

    await eventually(lies, what="the message lies there")
    with pytest.raises(Unavailable, match=reason):
        await apply(wanted, admin)
    counted = await admin.queues(name)
    assert counted[f"{name}.{queue}"] == (1, 0)
    assert len(counted) == 2 * len(PARTIES) + 1, "and nothing was deleted"
