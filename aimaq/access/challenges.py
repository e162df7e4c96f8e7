"""Challenges: what a service gives out to be signed by whoever signs in with a certificate, once and soon.

A challenge names its service and its end and is sealed with the service's secret, so that nothing is kept of one that
is never answered. What was used is kept until its end has come, of `MOST` at a time: a challenge is good once, whoever
asks at the same moment.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import sqlalchemy as sa

from aimaq.access.sessions import session_secret
from aimaq.language.clock import Clock
from aimaq.language.errors import NotAuthenticated, Unavailable
from aimaq.language.ids import Ids
from aimaq.language.texts import Texts
from aimaq.settings import Settings
from aimaq.store.database import Database, Instant

MOST = 10_000
"""Used challenges that are kept at a time."""

FOREIGN = Texts(
    kk="Бұл тапсырманы осы қызмет бермеген",
    ru="Этот запрос на подпись выдан не этой службой",
    en="This challenge was not given out by this service",
)
EXPIRED = Texts(
    kk="Тапсырманың мерзімі өткен, жаңасын сұраңыз",
    ru="Срок запроса на подпись истёк, запросите новый",
    en="The time of this challenge is over, ask for another",
)
USED = Texts(
    kk="Бұл тапсырма пайдаланылған, жаңасын сұраңыз",
    ru="Этот запрос на подпись уже использован, запросите новый",
    en="This challenge was used already, ask for another",
)

BUSY = Texts(
    kk="Дәл қазір сертификатпен кірушілер тым көп, сәл кейінірек қайталаңыз",
    ru="Сейчас слишком многие входят по сертификату, повторите немного позже",
    en="too many sign in with certificates just now",
)


def challenges_table(metadata: sa.MetaData) -> sa.Table:
    """The table of the challenges that were used, each until its end."""
    return sa.Table(
        "challenges",
        metadata,
        sa.Column("nonce", sa.String(32), primary_key=True),
        sa.Column("until", Instant, nullable=False, index=True),
    )


@dataclass(frozen=True, slots=True)
class Challenge:
    """One that this service has given out: its random part, and until when it is good."""

    nonce: str
    until: datetime


class Challenges:
    """The challenges of one service."""

    def __init__(self, database: Database, table: sa.Table, settings: Settings, clock: Clock) -> None:
        self._database, self._table, self._settings, self._clock = database, table, settings, clock
        self._ids = Ids(clock)

    def give(self) -> tuple[str, datetime]:
        """A new challenge, whose ASCII bytes are to be signed, and until when."""
        until = self._clock.now().replace(microsecond=0) + timedelta(seconds=self._settings.challenge_seconds)
        signed_text = f"aimaq-sign-in:{self._settings.party}:{int(until.timestamp())}:{self._ids.token(16)}"
        return f"{signed_text}:{self._seal(signed_text)}", until

    def read(self, text: str, field: str = "challenge") -> Challenge:
        """The challenge in this text; NotAuthenticated, which names `field`, if it is not ours or its time is over."""
        signed_text, _, mac = text.rpartition(":")
        found = _SIGNED_TEXT(signed_text)
        if found is None or not hmac.compare_digest(mac.encode(), self._seal(signed_text).encode()):
            raise _refused(FOREIGN, "given out here", field)
        until = datetime.fromtimestamp(int(found["until"]), UTC)
        if found["party"] != self._settings.party:
            raise _refused(FOREIGN, "given out here", field)
        if self._clock.now() >= until:
            raise _refused(EXPIRED, "in time", field)
        return Challenge(found["nonce"], until)

    async def spend(self, challenge: Challenge, field: str = "challenge") -> None:
        """Use a challenge; NotAuthenticated, which names `field`, if it was used before.

        Unavailable while too many that were used are kept.
        """
        table, now = self._table, self._clock.now()
        try:
            async with self._database.begin() as conn:
                await conn.execute(sa.delete(table).where(table.c.until <= now))
                retained = (await conn.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
                if retained >= MOST:
                    raise Unavailable(BUSY)
                await conn.execute(sa.insert(table).values(nonce=challenge.nonce, until=challenge.until))
        except sa.exc.IntegrityError:
            raise _refused(USED, "used once", field) from None

    @cached_property
    def _key(self) -> bytes:
        # Not the secret itself: what seals a challenge must be good for nothing else.
        return hmac.digest(session_secret(self._settings), b"sign-in challenge", "sha256")

    def _seal(self, signed_text: str) -> str:
        return hmac.new(self._key, signed_text.encode(), hashlib.sha256).hexdigest()


def _refused(text: Texts, rule: str, field: str) -> NotAuthenticated:
    return NotAuthenticated(text, field=field, rule=rule, text=text.as_dict())


_SIGNED_TEXT = re.compile(
    r"aimaq-sign-in:(?P<party>[a-z]{1,20}):(?P<until>[0-9]{1,12}):(?P<nonce>[0-9a-f]{32})", re.ASCII
).fullmatch
