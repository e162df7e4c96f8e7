"""What is counted of a route in a length of time, and the row of a table that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from aimaq.store.database import Row
from gateway_svc.traffic.histogram import together

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Route(NamedTuple):
    """Who sends to whom, by the names that stand in envelopes: `lea:mamlyut-employment` is one of its own."""

    sender: str
    recipient: str


class Counts(msgspec.Struct, frozen=True, gc=False):
    """The messages of a route in a length of time: how many were accepted and refused, and how many bytes they were.

    `retried` are attempts that failed and are made again. `latency` has, by bucket, how long accepted messages took
    from their sender to the journal, where that can be told. `last_at` is when the last of all was journalled.
    """

    last_at: datetime
    accepted: int = 0
    refused: int = 0
    retried: int = 0
    bytes: int = 0
    latency: Mapping[int, int] = {}

    def plus(self, other: Counts | None) -> Counts:
        """Both together."""
        if other is None:
            return self
        return Counts(
            max(self.last_at, other.last_at),
            self.accepted + other.accepted,
            self.refused + other.refused,
            self.retried + other.retried,
            self.bytes + other.bytes,
            together(self.latency, other.latency),
        )

    def minus(self, other: Counts) -> Counts:
        """What is left of the sum of several when one of them is taken away; `last_at` stays."""
        left = dict(self.latency)
        for place, count in other.latency.items():
            left[place] = left.get(place, 0) - count
        return Counts(
            self.last_at,
            self.accepted - other.accepted,
            self.refused - other.refused,
            self.retried - other.retried,
            self.bytes - other.bytes,
            {place: count for place, count in left.items() if count},
        )


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(dict[int, int])


def begin_of(instant: datetime, length: timedelta) -> datetime:
    """The beginning of the minute or hour that an instant is in."""
    begun = instant.replace(second=0, microsecond=0)
    return begun if length == MINUTE else begun.replace(minute=0)


def key_of(route: Route, at: datetime) -> str:
    """The key of the row of a route in the minute or hour that begins at this instant."""
    return f"{int(at.timestamp()) // 60}/{route.sender}/{route.recipient}"


def changing(route: Route, at: datetime, counts: Counts) -> Row:
    """The columns that change while the minute lasts, with the key."""
    return {
        "id": key_of(route, at),
        "accepted": counts.accepted,
        "refused": counts.refused,
        "retried": counts.retried,
        "bytes": counts.bytes,
        "latency": _encoder.encode(counts.latency).decode(),
        "last_at": counts.last_at,
    }


def row_of(route: Route, at: datetime, counts: Counts) -> Row:
    """The whole row."""
    return {**changing(route, at, counts), "at": at, "sender": route.sender, "recipient": route.recipient}


def counts_of(row: sa.Row[Any]) -> Counts:
    """What a row has counted."""
    return Counts(row.last_at, row.accepted, row.refused, row.retried, row.bytes, _decoder.decode(row.latency))
