"""The queues of an older version: a queue's arguments are for its life, so that it has to be made anew.

That is done to an empty queue only, of a stand that does not run: nothing that lies in one is lost. Versions before had
a delivery limit and a dead queue at the broker; what its limit laid aside lies there until somebody looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aimaq.language.errors import Technical, Unavailable
from stand.provision.rabbit_admin import Admin
from stand.provision.topology import Definitions

DEAD = "dead"
"""What the name of the dead queue ended with."""


async def clear(definitions: Definitions, found: Mapping[str, Any], admin: Admin) -> None:
    """Delete the queues that are wanted with other arguments, and the dead queue, if they are empty.

    Unavailable, before any is deleted, if something lies in one of them, or the stand is connected to the broker.
    """
    names = {queue["name"] for queue in old(definitions, found)}
    if not names:
        return
    vhost = definitions["vhosts"][0]["name"]
    counted, users = await admin.queues(vhost), {one["name"] for one in definitions["users"]}
    for name in sorted(names):
        messages, consumers = counted.get(name, (0, 0))
        if messages or consumers:
            raise Unavailable(Technical(_in_use(name, messages, consumers)))
    if there := sorted(users & await admin.connected()):
        raise Unavailable(Technical(f"the queues are made anew with the stand stopped, and {there[0]} is connected"))
    for name in sorted(names):
        await admin.delete_queue(vhost, name)


def old(definitions: Definitions, found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The queues that the broker has with other arguments than are wanted, and the dead queue."""
    vhost, exchange = definitions["vhosts"][0]["name"], definitions["exchanges"][0]["name"]
    wanted = {queue["name"]: queue["arguments"] for queue in definitions["queues"]}
    dead = f"{exchange.partition('.')[0]}.{DEAD}"
    return [
        queue
        for queue in found.get("queues", ())
        if queue["vhost"] == vhost
        and (queue["name"] == dead or wanted.get(queue["name"], queue["arguments"]) != queue["arguments"])
    ]


def _in_use(name: str, messages: int, consumers: int) -> str:
    if name.endswith(f".{DEAD}"):
        return (
            f"{messages} messages lie in {name}, where the broker of an older version laid them aside: save what is"
            f" needed, empty it (rabbitmqctl purge_queue {name}) and apply again"
        )
    return (
        f"the queue {name} is of an older version and cannot be changed, only made anew: it has {messages} messages"
        f" and {consumers} readers. Let the services of that version empty it, stop them, and apply again"
    )
