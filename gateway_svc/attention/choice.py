"""What an operator has chosen: messages by their ids, and groups by the short names of their causes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from aimaq.bus.control import Kind, Picked
from aimaq.language.errors import NotFound
from gateway_svc.attention.jobs import Chosen, Group
from gateway_svc.attention.listing import Listing
from gateway_svc.attention.texts import NO_CAUSE


class MessageChoice(NamedTuple):
    """A message that waits at a party, and how often it had been put back when it was read, if that counts."""

    party: str
    message_id: str
    times: int | None


class CauseChoice(NamedTuple):
    """The messages of one kind that wait at a party for one cause, by the cause's short name."""

    party: str
    kind: Kind
    cause: str


def chosen(listing: Listing, messages: Iterable[MessageChoice], causes: Iterable[CauseChoice]) -> Chosen:
    """What is to be acted on; NotFound if nothing waits any more for one of the causes."""
    picked: dict[str, dict[str, Picked]] = {}
    for message in messages:
        picked.setdefault(message.party, {})[message.message_id] = Picked(message.message_id, message.times)
    groups: dict[CauseChoice, Group] = {}
    for one in causes:
        group = listing.group(one.party, one.kind, one.cause)
        if group is None:
            raise NotFound(NO_CAUSE.format(party=one.party), field="causes")
        groups[one] = Group(one.party, one.kind, group.cause, group.count)
    return Chosen({party: tuple(some.values()) for party, some in picked.items()}, tuple(groups.values()))
