"""What services tell, and what they are commanded, over RabbitMQ: whoever forges, repeats or floods changes nothing.

The service centre has PostgreSQL, so that its database can be made read-only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aio_pika
import msgspec
import pytest

from aimaq.access.systems import keystore
from aimaq.bus import OutgoingMessage
from aimaq.bus.control import Command, Picked, Summary, sealed
from aimaq.language.signing.jws import Signer
from aimaq.service import Service
from gateway_svc.attention.reports import Reports
from tests.databases import Databases
from tests.faults import bewitch, rows
from tests.fixtures_broker import RabbitStand, own_rabbit, rabbit_stand
from tests.gateway.attention import Desktop, hurry, lay_aside
from tests.parties import Parties
from tests.reliability.conditions import configured
from tests.waiting import eventually

__all__ = ["own_rabbit", "rabbit_stand"]

pytestmark = [pytest.mark.services, pytest.mark.slow]


class OverRabbit(Parties):
    """The parties of a stand on a real broker."""

    stand: RabbitStand

    def assembled(self, name: str, mode: str = "work", **settings: Any) -> Service:
        """See `Parties.assembled`."""
        service = super().assembled(name, mode, **settings)
        self.lines[name]._bus = self.stand.bus(name)
        return service


@pytest.fixture
async def over(
    rabbit_stand: RabbitStand, stand_home: Path, postgres: Mapping[str, str], tmp_path: Path
) -> AsyncIterator[OverRabbit]:
    """The gateway and the service centre on RabbitMQ and PostgreSQL."""
    await rabbit_stand.purge()
    databases = Databases("postgresql", postgres)
    made = OverRabbit(stand_home, databases)
    made.stand = rabbit_stand
    async with made:
        await made.start("gateway", "con")
        hurry(*made.services.values())
        yield made
    await databases.wipe()


@dataclass
class Forger:
    """Somebody with a party's broker user, who signs with whatever key they have."""

    over: OverRabbit
    party: str

    async def send(self, *messages: OutgoingMessage, key: str = "") -> None:
        """Publish control messages past every code of ours, as the party's user."""
        stand = self.over.stand
        exchange = f"{stand.prefix}.{'parties' if self.party == 'gateway' else 'control'}"
        async with stand.channel(stand.urls[self.party]) as channel:
            target = await channel.get_exchange(exchange, ensure=False)
            for message in messages:
                body = aio_pika.Message(
                    message.body, user_id=f"{stand.prefix}-{self.party}", headers={"signature": message.signature}
                )
                await target.publish(body, key or ("gateway" if self.party != "gateway" else f"{message.to}.control"))


def signer(over: OverRabbit, party: str) -> Signer:
    """The key of a party."""
    return keystore.load_signer(over.home, party)


def counted(service: Service) -> int:
    """How many control messages did not count at the gateway, or at another service."""
    reports = getattr(service.reporter.tell, "__self__", None)
    refusals = reports.refusals if isinstance(reports, Reports) else service.commands.refusals
    return sum(refusals.counted.values())


async def test_a_service_with_a_read_only_database_says_so_and_what_waits_there(over: OverRabbit) -> None:
    await lay_aside(over, 3)
    desktop = await Desktop.of(over)
    await desktop.shows(3)
    async with configured(over, "con", "default_transaction_read_only", "on"):

        async def unwell() -> dict[str, Any] | None:
            found = await desktop.get()
            con = next(one for one in found["parties"] if one["party"] == "con")
            return found if any("read-only" in reason for reason in con["reasons"]) else None

        found = await eventually(unwell, within=30, what="that con cannot write")
        (cause,) = found["causes"]
        assert (cause["count"], len(found["messages"])) == (3, 3), "its database can still be read"
        group = {"party": "con", "kind": "dead", "cause": cause["cause_id"]}
        job = await desktop.act("requeue", causes=[group])
        assert (job["state"], job["done"], "read-only" in job["failures"]["con"]) == ("failed", 0, True)

    async def well() -> bool:
        return bool((await desktop.act("requeue", causes=[group]))["outcomes"] == {"handled": 3})

    await eventually(well, within=30, every=0.5, what="con can write again")
    await desktop.shows(0)


async def test_nobody_tells_for_another_and_nothing_old_counts(over: OverRabbit) -> None:
    desktop, gateway = await Desktop.of(over), over.services["gateway"]
    await desktop.shows(0)
    ids, now = gateway.party.ids, over.clock.now()
    lawful = Summary(party="lea", run=ids(), sequence=5, at=now, version="9.9.9")

    def made(by: str, **changes: Any) -> OutgoingMessage:
        return sealed(msgspec.structs.replace(lawful, **changes), ids(), "gateway", signer(over, by))

    before = counted(gateway)
    await Forger(over, "portal").send(
        made("lea"),  # another's, sent on
        made("portal"),  # in another's name
        made("lea", at=now + timedelta(hours=1)),
        OutgoingMessage(ids(), "", "gateway", b'{"control":"summary"}' * 9, "x"),
        OutgoingMessage(ids(), "", "gateway", b"\xff" * (600 * 1024), made("portal").signature),
    )
    await eventually(lambda: counted(gateway) >= before + 5, what="five that do not count")
    lea = next(one for one in (await desktop.get())["parties"] if one["party"] == "lea")
    assert lea["version"] is None
    await Forger(over, "lea").send(made("lea"), made("lea", sequence=4, version="old"))

    async def lately() -> bool:
        parties = (await desktop.get())["parties"]
        return bool(next(one for one in parties if one["party"] == "lea")["version"] == "9.9.9")

    await eventually(lately, what="what lea itself told")
    await eventually(lambda: counted(gateway) >= before + 6, what="the older one does not count")
    assert await lately()
    assert await rows(gateway, "inbox") == []
    assert await rows(gateway, "journal") == []


async def test_only_the_gateway_commands_and_a_command_is_done_once(over: OverRabbit) -> None:
    con, gateway = over.services["con"], over.services["gateway"]
    con.writer._settings = replace(con.settings, retry_times=1)
    spell = bewitch(con, RuntimeError("out of paper"))
    (message_id,) = await lay_aside(over, 1)
    ids, now = gateway.party.ids, over.clock.now()
    job = ids()
    lawful = Command(
        command_id=ids(),
        party="con",
        at=now,
        job=job,
        principal="dana",
        action="requeue",
        picked=(Picked(message_id),),
    )

    def made(by: str, **changes: Any) -> OutgoingMessage:
        return sealed(msgspec.structs.replace(lawful, **changes), ids(), "con", signer(over, by))

    before = counted(con)
    await Forger(over, "gateway").send(
        made("portal"),
        made("gateway", party="lea"),
        made("gateway", at=now + timedelta(hours=1)),
        OutgoingMessage(ids(), "", "con", made("gateway").body, "e30..x"),
    )
    await eventually(lambda: counted(con) >= before + 4, what="four that do not count")
    assert spell.strikes == 0
    await Forger(over, "gateway").send(*[made("gateway")] * 5, made("gateway", command_id=ids()))
    await eventually(lambda: spell.strikes == 1, what="the command")

    async def entered() -> bool:
        return len(await rows(con, "dead_letter_actions")) == 1

    await eventually(entered, what="the action")
    await Forger(over, "gateway").send(made("gateway"))
    marker = made("gateway", command_id=ids(), job=ids(), picked=(Picked("nothing"),))
    await Forger(over, "gateway").send(marker)

    async def all_answered() -> bool:
        return len(await rows(con, "dead_letter_actions", message_id="nothing")) == 1

    await eventually(all_answered, what="all that came before")
    assert spell.strikes == 1
    assert len(await rows(con, "dead_letter_actions", message_id=message_id)) == 1


async def test_a_party_that_floods_the_gateway_does_not_keep_others_from_telling(over: OverRabbit) -> None:
    desktop, gateway = await Desktop.of(over), over.services["gateway"]
    await desktop.shows(0)
    ids = gateway.party.ids
    flood = [OutgoingMessage(ids(), "", "gateway", b"{}", "x")] * 3000
    sending = over.sending(Forger(over, "portal").send(*flood))
    await lay_aside(over, 2)
    await desktop.shows(2)
    await sending
    await eventually(lambda: counted(gateway) > 100, within=30, what="the flood is counted")
    assert await rows(gateway, "inbox") == []
