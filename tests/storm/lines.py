"""The lines of the storm's table: each a disaster, how long it lasts, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass

from aimaq.language.messages import PARTIES
from tests.storm import faults, neighbours
from tests.storm.faults import Fault, all_of
from tests.storm.place import Place
from tests.storm.poison import SOURCES, poisoned


@dataclass(frozen=True)
class Line:
    """A disaster by its name. `seconds` is how long it lasts, if it does not end by itself."""

    name: str
    what: str
    fault: Fault
    seconds: float = 0.0
    broker: bool = False
    """Whether it needs a broker of the storm's own."""
    disk: bool = False
    """Whether it needs a disk of the storm's own."""
    files: bool = False
    """Whether it needs a stand whose databases are files; any other needs one with a database server."""

    def lacks(self, place: Place) -> str:
        """Why it cannot be had there; empty if it can."""
        if self.files != place.files:
            return f"the databases are {'files' if place.files else 'on a server'}"
        if self.broker and place.broker is None:
            return "it needs a broker of its own"
        return "mounting a file system is not allowed here" if self.disk and place.disk is None else ""


def _lines() -> list[Line]:
    found = [Line(f"kill-{party}", f"{party} is killed", faults.killed(party)) for party in PARTIES]
    found += [
        Line("kill-several", "two or three services are killed, drawn by the seed", faults.several_killed),
        Line("kill-all", "all five are killed", faults.killed(*PARTIES)),
    ]
    found += [Line(f"stop-{party}", f"{party} stands still", faults.stopped(party), 8) for party in PARTIES]
    found += [
        Line("stop-all", "all five stand still", faults.stopped(*PARTIES), 8),
        Line("closed-databases", "every database session ends", all_of(faults.sessions_ended, *PARTIES)),
    ]
    for kind, make, what in (
        ("read-only", faults.read_only, "takes no writes"),
        ("locked", faults.locked, "is locked, and statements may take 400 ms"),
        ("shut", faults.shut, "allows no connections"),
    ):
        found += [
            Line(f"{kind}-{party}", f"the database of {party} {what}", all_of(make, party), 8) for party in PARTIES
        ]
        found.append(Line(f"{kind}-all", f"each database {what}", all_of(make, *PARTIES), 8))
    found += [
        Line("disk-full", "no room for the databases of lea and gateway", faults.disk_full, 10, disk=True),
        Line("closed-connections", "the broker closes every connection", faults.connections_closed),
        Line("broker-restart", "the broker is restarted", faults.broker_restarted, broker=True),
        Line("broker-away", "the broker is stopped", faults.broker_away, 8, broker=True),
        Line("broker-killed", "the broker loses its power", faults.broker_killed, 3, broker=True),
        Line("broker-full", "the broker has no room and takes nothing", faults.broker_without_room, 8, broker=True),
    ]
    found += [
        Line(
            f"queue-full-{party}",
            f"the queue of {party}, which stands still, is full",
            faults.queue_full(party),
            8,
            broker=True,
        )
        for party in ("con", "lea", "gateway")
    ]
    found += [Line(f"poison-{kind}", f"poison for the gateway: {kind}", poisoned(kind)) for kind in SOURCES]
    found += [
        Line("clock-jumps", "the clock jumps twenty times by two minutes", neighbours.clock_moved(*["2min"] * 20)),
        Line("clock-days", "the clock jumps by a day and by three working days", neighbours.clock_moved("1d", "3wd")),
        Line("files-full", "no file of lea and gateway grows", faults.files_limited("lea", "gateway"), 10, files=True),
        Line(
            "files-kill-all", "all five are killed, and their databases are files", faults.killed(*PARTIES), files=True
        ),
        Line("two-stands", "a second stand wants what the first has", neighbours.second_stand),
    ]
    return found


LINES = {line.name: line for line in _lines()}
