"""The settings of one service: read once, frozen, and passed by hand. There is no global and no secret default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aimaq.bus.bundle import MOST_ENVELOPES
from aimaq.eds.x509.roles import Role
from aimaq.language.clock import FILE
from aimaq.language.errors import Unconfigured
from aimaq.language.messages import PARTIES
from aimaq.settings import times
from aimaq.settings.choices import CHOICES, OWN, TEXT_OF
from aimaq.settings.environment import parsed, text_of

Setting = str | int | float | bool | Path
"""What a setting can be."""

PORTS = {"portal": 8101, "con": 8102, "lea": 8103, "gateway": 8104, "registry": 8105}
"""The port on which each service listens unless it is told another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one service needs to know. Every field can come from the environment as `AIMAQ_` and its name in capitals.

    Sizes are in bytes, times in seconds of the stand's clock, counts in envelopes, if not said otherwise.
    """

    party: str
    host: str = "127.0.0.1"
    port: int = 0
    home: Path = Path("var/stand")
    clock_folder: str = ""
    """Where the stand's clock is kept, if not in the home: services that have homes of their own share this folder."""
    database_url: str = ""
    broker_url: str = ""
    broker_prefix: str = "aimaq"
    registry_url: str = ""
    nca_url: str = ""
    """Where the certification authority tells of people's certificates, if that is not the registry of the stand."""
    stand_urls: str = ""
    """Where the five services listen, as `portal=http://…,con=http://…`: told to clients, and printed on papers."""
    log_level: str = "info"
    log_format: str = "text"
    """How a line of the log is written: `text`, for people, or `json`."""
    metrics_token: str = ""
    """With this token a scraper reads `/metrics`, and nothing else; empty: whoever administers the service does."""
    autopilot: bool = False
    autopilot_papers: bool = True
    """Whether the autopilot signs results as papers too (PDF), where there is an authority to stamp them."""
    regulations: str = ""
    """Files of regulations and folders of them, with colons between: beside the bundled ones, or in their place."""
    strict_iin: bool = True
    max_body: int = 256 * 1024
    max_head: int = 64 * 1024
    """The head of a request: its first line and its headers, each with 32 more (as RFC 9113, 6.5.2, counts them)."""
    connections: int = 1000
    """Connections that a service has at a time; fewer where its process may not have so many files open."""
    head_seconds: float = 20
    body_seconds: float = 60
    """Seconds, of real time, that the head of a request may take from its first byte, and then its body."""
    idle_seconds: float = 75
    """Seconds, of real time, that a connection may wait for the next request; for the first, `head_seconds`."""
    write_seconds: float = 30
    """Seconds, of real time, in which a client must have taken 16 KiB of an answer, or the rest of it."""
    costly_at_once: int = 2
    costly_waiting: int = 256
    costly_seconds: float = 10
    """Passwords checked, PKCS#12 files opened, papers drawn up: how many of a kind at once; how many calls may wait for
    that, and how long, in seconds of real time."""
    batch: int = 96
    """Commands and messages that one transaction may hold."""
    pace: float = 0.005
    """Seconds, of real time, from the beginning of one transaction to that of the next, unless many wait already."""
    linger: float = 0.02
    """Seconds, of real time, that a notification may wait at its sender for others to travel with; requests do not."""
    sheaf: int = 64
    """Messages to other systems of ours that one signature may be over (1: each has its own)."""
    prefetch: int = 64
    """Broker messages that may be under way to this service unacknowledged."""
    bundle: int = 48
    """Envelopes that one broker message may carry between our own services."""
    outside: str = ""
    """Parties, separated by commas, that are somebody else's system: envelopes that go alone, with a signature each."""
    window: int = 512
    """Envelopes that may be under way to the broker unconfirmed."""
    message_age: float = 72 * 3600
    """How old a message may be when the gateway first sees it, in seconds of real time: moving the clock ages nothing.
    """
    message_skew: float = 300
    """How far in the future a message may claim to have been sent."""
    keep: float = 24 * 3600
    """How much longer than `message_age` a service remembers, in its inbox, that it has handled a message."""
    retry_first: float = 1
    retry_most: float = 300
    retry_times: int = 10
    """A failing message waits `retry_first`, then twice as long each time up to `retry_most`, then is a dead letter."""
    parked: int = 10_000
    """Messages of one sender that may wait here for earlier ones of their cases; what is above is refused."""
    parked_age: float = 72 * 3600
    """How long, in seconds of real time, a message waits for an earlier one before it is laid aside for an operator."""
    key_days: float = 30
    """A system's certificate that runs out within so many days is reported by its health."""
    journal_block: int = 1024
    """Entries of the gateway's journal that make a block."""
    journal_seconds: float = 60
    """How long an entry may wait for its block to be closed, if it does not fill up before."""
    crl_age: float = 0
    """How long a revocation list is used without asking for a newer one (0: ask at each check)."""
    revocation: str = "crl"
    """How it is looked up whether a certificate was revoked: `crl`, the list, or `ocsp`, the responder."""
    ocsp_age: float = 0
    """How long a responder's answer is used without asking again, but never beyond its next update (0: ask each time).
    """
    ocsp_down: str = "refuse"
    """If the responder is out of reach: `refuse`, or go by the last good `list` within its validity."""
    authority_keys: str = "rsa"
    """On what a new certification authority founds itself: `rsa`, as the national one, or `p-256`, which is quicker."""
    ncanode: str = "on"
    """Whether the registry answers clients of NCANode too, who send their keys along: `on` or `off`."""
    staff_roles: str = ""
    """Roles, separated by commas (`employee,ceo`): whoever signs at a staffed desk needs a certificate with one."""
    staff_bins: str = ""
    """The organisations behind staffed desks, as `con=BIN,lea=BIN`: the certificates of a desk's staff name its BIN."""
    password_memory: int = 19456
    password_rounds: int = 2
    """The cost of checking a password: KiB of memory and passes of Argon2id."""
    password_tries: int = 5
    password_lock: float = 300
    """After `password_tries` wrong ones in `password_lock` no password of an IIN is looked at until the first is over.
    """
    client_failures: int = 100
    """After so many failed sign-ins in `password_lock` no other of the same address is looked at."""
    client_calls: int = 600
    client_seconds: float = 60
    """An address may make `client_calls` registrations in `client_seconds`, so many challenges, so many tickets."""
    trusted_proxies: str = ""
    """Addresses and networks, separated by commas, of proxies whose `X-Forwarded-For` names the client."""
    session_minutes: float = 15
    """How long a session's token is good."""
    session_hours: float = 8
    """How long after the last renewal a session can be renewed."""
    challenge_seconds: float = 120
    """How long a challenge may be answered by whoever signs in with a certificate."""

    def __post_init__(self) -> None:
        if self.party not in PARTIES:
            raise Unconfigured(f"AIMAQ_PARTY must be one of {', '.join(PARTIES)}, not {self.party!r}", field="party")
        if not 0 <= self.port <= 65535:
            raise Unconfigured(f"AIMAQ_PORT must be a port number, not {self.port}", field="port")
        for name in (f.name for f in fields(self) if f.type == "int" and f.name != "port"):
            if getattr(self, name) < 1:
                raise Unconfigured(f"AIMAQ_{name.upper()} must be at least 1", field=name)
        if self.bundle > MOST_ENVELOPES:
            raise Unconfigured(f"AIMAQ_BUNDLE must be at most {MOST_ENVELOPES}", field="bundle")
        for name in (f.name for f in fields(self) if f.type == "float"):
            if wrong := times.fault(name, getattr(self, name)):
                raise Unconfigured(f"AIMAQ_{name.upper()} {wrong}", field=name)
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise Unconfigured(f"AIMAQ_{name.upper()} must be one of {', '.join(known)}", field=name)
        for name in ("roles_of_staff", "networks_of_proxies"):
            try:
                getattr(self, name)  # what cannot be read is told at the start
            except ValueError as error:
                raise Unconfigured(f"AIMAQ_{TEXT_OF[name].upper()}: {error}", field=TEXT_OF[name]) from None
        for entry in self.staff_bins.replace(" ", "").split(",") if self.staff_bins else ():
            party, _, number = entry.partition("=")
            if party not in PARTIES or len(number) != 12 or not number.isdecimal():
                raise Unconfigured(f"AIMAQ_STAFF_BINS has no party and BIN in {entry!r}", field="staff_bins")

    @property
    def database(self) -> str:
        """The database URL; a SQLite file in the home unless another was given."""
        return self.database_url or f"sqlite+aiosqlite:///{quote(str(self.home / 'data' / self.party))}.db"

    @property
    def clock_file(self) -> Path:
        """The file that the processes of this stand share their clock by."""
        return clock_file(self.home, self.clock_folder)

    @property
    def authority_url(self) -> str:
        """Where it is asked whether a person's certificate was withdrawn."""
        return self.nca_url or self.registry_url

    @property
    def urls(self) -> dict[str, str]:
        """The addresses in `stand_urls`, by the service."""
        pairs = (entry.strip().split("=", 1) for entry in self.stand_urls.split(",") if "=" in entry)
        return {party: url.rstrip("/") for party, url in pairs}

    def url(self, party: str) -> str:
        """Where a service of this stand listens; on its usual port of this host, if that was not said."""
        return self.urls.get(party) or f"http://{self.host}:{PORTS[party]}"

    @property
    def remembered(self) -> timedelta:
        """How long, of real time, it is remembered that a message was handled."""
        return timedelta(seconds=self.message_age + self.keep)

    @property
    def roles_of_staff(self) -> frozenset[Role]:
        """The roles in `staff_roles`."""
        return frozenset(Role(name) for name in self.staff_roles.replace(" ", "").split(",") if name)

    @property
    def networks_of_proxies(self) -> list[IPv4Network | IPv6Network]:
        """The networks in `trusted_proxies`."""
        return [ip_network(entry.strip()) for entry in self.trusted_proxies.split(",") if entry.strip()]

    @property
    def bin_of_staff(self) -> str | None:
        """The BIN that `staff_bins` gives for this party; None if it gives none, and then any will do."""
        return self.bin_of(self.party)

    def bin_of(self, party: str) -> str | None:
        """The BIN that `staff_bins` gives for a party; None if it gives none."""
        pairs = (entry.split("=", 1) for entry in self.staff_bins.replace(" ", "").split(",") if "=" in entry)
        return dict(pairs).get(party)

    @property
    def law_files(self) -> list[Path]:
        """The files and folders in `regulations`."""
        return [Path(name) for name in self.regulations.split(os.pathsep) if name]

    @property
    def outsiders(self) -> frozenset[str]:
        """The parties in `outside`."""
        return frozenset(name for name in self.outside.replace(" ", "").split(",") if name)

    @staticmethod
    def tuning(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
        """Those of the variables `AIMAQ_*` that are the same for all services of a stand: its limits and sizes."""
        found: dict[str, Any] = {}
        for f in fields(Settings):
            name = f"AIMAQ_{f.name.upper()}"
            if f.name not in OWN and (text := text_of(environment, name)) is not None:
                found[f.name] = parsed(name, text, str(f.type))
        return found

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, *, party: str = "") -> Settings:
        """The settings in the variables `AIMAQ_*`; `AIMAQ_X_FILE` names a file that holds the value of `AIMAQ_X`.

        A `party` that is named here wins over AIMAQ_PARTY. Unconfigured names the variable that cannot be read.
        """
        values: dict[str, Any] = {}
        for f in fields(cls):
            name = f"AIMAQ_{f.name.upper()}"
            text = text_of(environment, name)
            if text is not None:
                values[f.name] = parsed(name, text, str(f.type))
        if party:
            values["party"] = party
        if "party" not in values:
            raise Unconfigured("AIMAQ_PARTY is not set", field="party")
        values.setdefault("port", PORTS.get(values["party"], 0))
        return cls(**values)


def clock_file(home: Path, folder: str = "") -> Path:
    """The file with the state of the clock of the stand with this home, or in this folder if one is given."""
    return (Path(folder) if folder else home / "clock") / FILE
