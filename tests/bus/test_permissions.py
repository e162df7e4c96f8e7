"""What a system's broker user may not do, whatever code it runs: each attempt is made with a plain client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, ExchangeType
from aiormq.exceptions import ChannelAccessRefused, ChannelPreconditionFailed

from aimaq.bus.rabbit.bus import RabbitBus
from aimaq.language.errors import Unavailable
from aimaq.language.messages import PARTIES
from tests.fixtures_broker import RabbitStand
from tests.waiting import eventually

pytestmark = pytest.mark.services

SYSTEMS = [party for party in PARTIES if party != "gateway"]


@pytest.fixture(params=PARTIES)
async def intruder(request: pytest.FixtureRequest, rabbit: RabbitStand) -> AsyncIterator[tuple[str, AbstractChannel]]:
    """A party, and a plain channel under its broker user."""
    async with rabbit.channel(rabbit.urls[request.param]) as channel:
        yield request.param, channel


async def publish(channel: AbstractChannel, exchange: str, routing_key: str, user: str | None = None) -> None:
    """Publish past every code of ours."""
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await target.publish(aio_pika.Message(b"{}", user_id=user), routing_key)


async def test_the_portal_cannot_publish_to_the_executive_bodys_queue(rabbit: RabbitStand) -> None:
    async def quiet() -> bool:
        await rabbit.purge()
        return (await rabbit.admin.queues(rabbit.vhost))[f"{rabbit.prefix}.lea"] == (0, 0)

    await eventually(quiet, what="whoever read the body's queue in another test is gone, and what it left")
    for exchange, routing_key in (("", f"{rabbit.prefix}.lea"), (f"{rabbit.prefix}.parties", "lea")):
        async with rabbit.channel(rabbit.urls["portal"]) as channel:
            with pytest.raises(ChannelAccessRefused):
                await publish(channel, exchange, routing_key)
    assert (await rabbit.admin.queues(rabbit.vhost))[f"{rabbit.prefix}.lea"] == (0, 0)


@pytest.mark.parametrize("target", PARTIES)
async def test_no_party_can_put_anything_straight_into_a_queue(
    rabbit: RabbitStand, intruder: tuple[str, AbstractChannel], target: str
) -> None:
    with pytest.raises(ChannelAccessRefused):
        await publish(intruder[1], "", f"{rabbit.prefix}.{target}")


@pytest.mark.parametrize("party", SYSTEMS)
@pytest.mark.parametrize("exchange", ["parties", "dead"])
async def test_a_system_can_publish_to_the_gateways_exchange_only(
    rabbit: RabbitStand, party: str, exchange: str
) -> None:
    async with rabbit.channel(rabbit.urls[party]) as channel:
        await publish(channel, f"{rabbit.prefix}.gateway", "request.submitted")
        with pytest.raises(ChannelAccessRefused):
            await publish(channel, f"{rabbit.prefix}.{exchange}", "lea")


@pytest.mark.parametrize("exchange", ["gateway", "dead"])
async def test_the_gateway_can_publish_to_the_parties_only(rabbit: RabbitStand, exchange: str) -> None:
    async with rabbit.channel(rabbit.urls["gateway"]) as channel:
        await publish(channel, f"{rabbit.prefix}.parties", "lea")
        with pytest.raises(ChannelAccessRefused):
            await publish(channel, f"{rabbit.prefix}.{exchange}", "request.submitted")


async def test_no_party_can_speak_in_the_name_of_another(
    rabbit: RabbitStand, intruder: tuple[str, AbstractChannel]
) -> None:
    party, channel = intruder
    exchange = "parties" if party == "gateway" else "gateway"
    other = "lea" if party != "lea" else "portal"
    with pytest.raises(ChannelPreconditionFailed, match="user_id"):
        await publish(channel, f"{rabbit.prefix}.{exchange}", "lea", user=f"{rabbit.prefix}-{other}")


@pytest.mark.parametrize("queue", [*PARTIES, "dead"])
async def test_a_party_reads_its_own_queue_only(
    rabbit: RabbitStand, intruder: tuple[str, AbstractChannel], queue: str
) -> None:
    party, channel = intruder
    target = await channel.get_queue(f"{rabbit.prefix}.{queue}", ensure=False)
    if queue == party:
        assert await target.get(fail=False) is None
    else:
        with pytest.raises(ChannelAccessRefused):
            await target.get(fail=False)


FORBIDDEN: dict[str, Callable[[AbstractChannel, str, str], Awaitable[object]]] = {
    "declare a queue": lambda channel, _prefix, _party: channel.declare_queue("mine", durable=True),
    "declare a nameless queue": lambda channel, _prefix, _party: channel.declare_queue(exclusive=True),
    "declare an exchange": lambda channel, _prefix, _party: channel.declare_exchange("mine", ExchangeType.FANOUT),
    "delete its queue": lambda channel, prefix, party: channel.queue_delete(f"{prefix}.{party}"),
    "delete an exchange": lambda channel, prefix, _party: channel.exchange_delete(f"{prefix}.parties"),
}


@pytest.mark.parametrize("deed", FORBIDDEN)
async def test_no_party_can_change_the_topology(
    rabbit: RabbitStand, intruder: tuple[str, AbstractChannel], deed: str
) -> None:
    party, channel = intruder
    with pytest.raises(ChannelAccessRefused):
        await FORBIDDEN[deed](channel, rabbit.prefix, party)


@pytest.mark.parametrize("source", ["gateway", "parties", "dead"])
async def test_no_party_can_bind_its_queue_to_hear_more(
    rabbit: RabbitStand, intruder: tuple[str, AbstractChannel], source: str
) -> None:
    party, channel = intruder
    queue = await channel.get_queue(f"{rabbit.prefix}.{party}", ensure=False)
    with pytest.raises(ChannelAccessRefused):
        await queue.bind(f"{rabbit.prefix}.{source}", "#")


async def test_a_user_of_one_stand_cannot_enter_another(rabbit: RabbitStand) -> None:
    elsewhere = RabbitBus(rabbit.urls["portal"].rpartition("/")[0] + "/%2F", "portal", prefix=rabbit.prefix)
    with pytest.raises(Unavailable, match=r"does not let .* into the virtual host /$"):
        await elsewhere.open()
