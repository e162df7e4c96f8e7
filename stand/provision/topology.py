"""What RabbitMQ must hold for one stand, in the form of its definitions: who may do what, and where messages go.

Every system publishes to the gateway's exchange and reads its own queue; the gateway reads its queue and publishes to
the parties' exchange. Control messages have an exchange and queues of their own, which keep a little and for a short
time. Nobody declares or binds anything. The broker lays nothing aside, however often a message comes
back: it counts lost connections, and only the inbox of the service that reads a message can tell whether it is poison.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aimaq.bus import GATEWAY
from aimaq.bus.port import CONTROL_SECONDS, MOST_CONTROL
from aimaq.language.errors import InvalidInput, Technical
from aimaq.language.messages import PARTIES
from stand.client.defaults import PREFIX, VHOST

Definitions = dict[str, list[dict[str, Any]]]
"""RabbitMQ's definitions: lists of vhosts, users, permissions, exchanges, queues and bindings."""

NO_LIMIT = 2**31 - 1
"""How often a message may come back: as often as it likes. RabbitMQ 3 has no limit where none is given, and does not
take -1 for that; RabbitMQ 4 has 20 then."""

MISSING, DIFFERENT = "missing", "different"

_SHORT = {"x-max-length": MOST_CONTROL, "x-overflow": "drop-head", "x-message-ttl": CONTROL_SECONDS * 1000}
"""The bounds of a queue whose messages are of use at once, or not at all."""

_NOTHING = ""
"""The pattern that no name matches; `\\z` in the others is the end, where `$` lets a line end pass too."""
_PREFIX = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_VHOST = re.compile(r"[^\x00-\x20\x7f]{1,100}")


def user(prefix: str, party: str) -> str:
    """The broker user of a party; users are the broker's, not a virtual host's, so the prefix tells stands apart."""
    return f"{prefix}-{party}"


def topology(prefix: str = PREFIX, vhost: str = VHOST, parties: Iterable[str] = PARTIES) -> Definitions:
    """Everything one stand needs, in a virtual host of its own; the users have no passwords yet.

    InvalidInput for a prefix or a virtual host that cannot be a name.
    """
    if not _PREFIX.fullmatch(prefix):
        raise InvalidInput(
            Technical(f"{prefix!r} cannot begin the names of queues"), field="prefix", rule=_PREFIX.pattern
        )
    if not _VHOST.fullmatch(vhost):
        raise InvalidInput(
            Technical(f"{vhost!r} cannot be the name of a virtual host"), field="vhost", rule=_VHOST.pattern
        )
    names = tuple(parties)
    return {
        "vhosts": [{"name": vhost}],
        "users": [{"name": user(prefix, party), "tags": []} for party in names],
        "permissions": [_permission(prefix, vhost, party) for party in names],
        "exchanges": [
            _exchange(vhost, f"{prefix}.gateway", "topic"),
            _exchange(vhost, f"{prefix}.parties", "direct"),
            _exchange(vhost, f"{prefix}.control", "direct"),
        ],
        "queues": [
            *(_queue(vhost, f"{prefix}.{party}") for party in names),
            *(_queue(vhost, f"{prefix}.{party}.control", **_SHORT) for party in names),
        ],
        "bindings": [
            *(
                _binding(vhost, f"{prefix}.gateway", f"{prefix}.gateway", "#")
                if party == GATEWAY
                else _binding(vhost, f"{prefix}.parties", f"{prefix}.{party}", party)
                for party in names
            ),
            *(
                _binding(vhost, f"{prefix}.control", f"{prefix}.gateway.control", GATEWAY)
                if party == GATEWAY
                else _binding(vhost, f"{prefix}.parties", f"{prefix}.{party}.control", f"{party}.control")
                for party in names
            ),
        ],
    }


def differences(wanted: Definitions, found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the broker lacks or has otherwise, as (kind, name, state); what it has beside is its own."""
    answer = []
    for kind, things in wanted.items():
        there = {_key(kind, thing): thing for thing in found.get(kind, ())}
        for thing in things:
            other = there.get(_key(kind, thing))
            if other is None:
                answer.append((kind, label(kind, thing), MISSING))
            elif any(other.get(field) != value for field, value in thing.items()):
                answer.append((kind, label(kind, thing), DIFFERENT))
    return answer


def label(kind: str, thing: Mapping[str, Any]) -> str:
    """A definition's name as a person would say it."""
    if kind == "bindings":
        return f"{thing['source']} -> {thing['destination']} ({thing['routing_key']})"
    return str(thing["user"] if kind == "permissions" else thing["name"])


def _key(kind: str, thing: Mapping[str, Any]) -> tuple[Any, ...]:
    fields = {
        "permissions": ("vhost", "user"),
        "bindings": ("vhost", "source", "destination", "destination_type", "routing_key"),
    }.get(kind, ("vhost", "name"))
    return tuple(thing.get(field) for field in fields)


def _permission(prefix: str, vhost: str, party: str) -> dict[str, Any]:
    target = "parties" if party == GATEWAY else "(gateway|control)"
    return {
        "user": user(prefix, party),
        "vhost": vhost,
        "configure": _NOTHING,
        "write": rf"^{re.escape(prefix)}\.{target}\z",
        "read": rf"^{re.escape(prefix)}\.{re.escape(party)}(\.control)?\z",
    }


def _exchange(vhost: str, name: str, kind: str) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "arguments": {},
    }


def _queue(vhost: str, name: str, **more: object) -> dict[str, Any]:
    arguments: dict[str, Any] = {"x-queue-type": "quorum", "x-delivery-limit": NO_LIMIT, **more}
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": arguments}


def _binding(vhost: str, source: str, queue: str, routing_key: str) -> dict[str, Any]:
    return {
        "source": source,
        "vhost": vhost,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": routing_key,
        "arguments": {},
    }
