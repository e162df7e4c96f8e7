"""How the stand's time goes on beside the machine's: in legs, each with a rate of its own, one after another.

A leg begins at an instant of the machine. At rate 1 time runs as the machine's does, at 0 it stands still, at 60 a
minute passes in a second. A jump is a leg that begins with a later time than the one before it ended with. Time never
goes back: every leg begins with what the one before shows, or with something later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from aimaq.language.errors import InvalidInput, TimeGoesForward
from aimaq.language.texts import Texts

Mode = Literal["real", "pinned", "advanced", "scaled"]
"""Whether the clock shows the machine's time, stands still, runs ahead of the machine, or has a pace of its own."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 1, 1, tzinfo=UTC)
"""No clock of a stand shows a later time."""
LONGEST = timedelta(days=3660)
"""How far the clock may be moved at once."""
SLOWEST, FASTEST = 0.001, 100_000.0
"""Between which rates time may run."""
_MOST_LEGS = 64
"""Legs that are remembered; what went before is taken to have run as the machine did."""

_Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class Leg(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From the machine's instant `since` on the clock shows `shows`, and runs `rate` times as fast as the machine."""

    since: _Aware
    shows: _Aware
    rate: Annotated[float, msgspec.Meta(ge=0, le=FASTEST)]

    def at(self, machine: datetime) -> datetime:
        """What the clock shows at this instant of the machine, if the leg has begun and lasts until then."""
        if self.rate == 0:
            return self.shows
        passed = machine - self.since
        try:
            return self.shows + (passed if self.rate == 1 else passed * self.rate)
        except OverflowError:
            return LAST

    def when(self, shown: datetime) -> datetime:
        """When the machine is there that the clock shows this, if the leg lasts so long. The rate is not 0."""
        try:
            return self.since + (shown - self.shows) / self.rate
        except OverflowError:
            return LAST

    @property
    def mode(self) -> Mode:
        """See `Mode`."""
        if self.rate == 0:
            return "pinned"
        if self.rate != 1:
            return "scaled"
        return "real" if self.shows == self.since else "advanced"


RATE = Texts(
    kk="сағат машина уақытынан {slowest}–{fastest} есе жүре алады",
    ru="часы могут идти от {slowest} до {fastest} раз быстрее машинных",
    en="a clock runs from {slowest} to {fastest} times as fast as the machine",
)
AHEAD = Texts(
    kk="стенд уақыты {shown:%F %T} UTC, ол машина уақытынан ({since:%F %T} UTC) озып тұр және кері жүрмейді: "
    "1 жылдамдығымен ол тұрған жерінен жүре береді; жаңа стенд машина уақытынан басталады",
    ru="время стенда {shown:%F %T} UTC опережает машинное ({since:%F %T} UTC) и назад не идёт: "
    "со скоростью 1 оно пойдёт дальше с этого места; новый стенд начинает с машинного времени",
    en="the stand's time, {shown:%F %T} UTC, is ahead of the machine's, {since:%F %T} UTC, and does not go"
    " back: scale 1 lets it run on from where it is; a new stand begins with the machine's time",
)
FORWARD = Texts(
    kk="стенд сағаты {present:%F %T} UTC көрсетіп тұр және {shown:%F %T} UTC уақытына кері жүрмейді",
    ru="часы стенда уже показывают {present:%F %T} UTC и не идут назад к {shown:%F %T} UTC",
    en="the stand's clock shows {present:%F %T} UTC already, and does not go back to {shown:%F %T} UTC",
)
TOO_FAR = Texts(
    kk="сағат бірден ең көбі {days} күнге жылжытылады",
    ru="часы можно перевести сразу не больше чем на {days} дней",
    en="the clock is moved by at most {days} days at once",
)


class Timeline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The legs of a stand's time, the earliest first. A stand whose clock was never moved has one, the machine's."""

    legs: Annotated[tuple[Leg, ...], msgspec.Meta(min_length=1)] = (Leg(EPOCH, EPOCH, 1.0),)

    def __post_init__(self) -> None:
        for before, leg in zip(self.legs, self.legs[1:], strict=False):
            if leg.since < before.since or leg.shows < before.at(leg.since):
                raise ValueError(f"time would go back at {leg.since.isoformat()}")

    def leg(self, machine: datetime) -> Leg:
        """The leg on which time is at this instant of the machine."""
        for leg in reversed(self.legs):
            if leg.since <= machine:
                return leg
        return self.legs[0]

    def at(self, machine: datetime) -> datetime:
        """What the stand's clock shows at this instant of the machine."""
        return self.leg(machine).at(machine)

    def pinned(self, since: datetime, shown: datetime | None = None) -> Timeline:
        """The same, but from `since` on the clock stands still at `shown`, or where it then is."""
        return self._jumped(since, self.at(since) if shown is None else shown, 0.0, "at")

    def advanced(self, since: datetime, shown: datetime) -> Timeline:
        """The same, but at `since` the clock is moved to `shown`; it stands, or runs, as it did before."""
        return self._jumped(since, shown, self.leg(since).rate, "to")

    def scaled(self, since: datetime, rate: float) -> Timeline:
        """The same, but from `since` on time runs `rate` times as fast as the machine's."""
        if not SLOWEST <= rate <= FASTEST:
            rule = f"from {SLOWEST:g} to {FASTEST:g}"
            raise InvalidInput(RATE.format(slowest=f"{SLOWEST:g}", fastest=f"{FASTEST:g}"), field="rate", rule=rule)
        return self._jumped(since, self.at(since), float(rate), "rate")

    def reset(self, since: datetime) -> Timeline:
        """The same, but from `since` on the clock shows the machine's time; TimeGoesForward if it is ahead of it."""
        if (shown := self.at(since)) > since:
            raise TimeGoesForward(AHEAD.format(shown=shown, since=since), field="mode", rule="forward")
        return self._with(Leg(since, since, 1.0))

    def lasted(self, since: datetime, until: datetime) -> timedelta:
        """How long the machine needed, at least, to come from one reading of the stand's clock to a later one.

        Jumps take no time; of a time that the clock stood at either reading nothing is counted.
        """
        leg = self.legs[-1]
        if leg.rate and leg.shows <= since <= until:  # no move lies between: what is asked for with every message
            return until - since if leg.rate == 1 else (until - since) / leg.rate
        first = self._first(until)
        last = self._last(since)
        if first is None or last is None:
            return timedelta()
        return max(first - last, timedelta())

    def left(self, due: datetime, machine: datetime) -> float | None:
        """Seconds of the machine until the clock shows `due`; None if it never will, unless it is moved."""
        first = self._first(due)
        return None if first is None else (first - machine).total_seconds()

    def _jumped(self, since: datetime, shown: datetime, rate: float, field: str) -> Timeline:
        """The timeline that goes on from `since` with `shown`, which is not before what the clock shows then."""
        present = self.at(since)
        if shown < present:
            raise TimeGoesForward(FORWARD.format(present=present, shown=shown), field=field, rule="forward")
        if shown - present > LONGEST or shown > LAST:
            rule = f"at most {LONGEST.days} days"
            raise InvalidInput(TOO_FAR.format(days=LONGEST.days), field=field, rule=rule)
        return self._with(Leg(since, shown.astimezone(UTC), rate))

    def _with(self, leg: Leg) -> Timeline:
        return Timeline((*self.legs, leg)[-_MOST_LEGS:])

    def _spans(self) -> Iterator[tuple[Leg, datetime | None]]:
        """Each leg with the machine's instant at which it ends, None for the last."""
        for index, leg in enumerate(self.legs):
            yield leg, self.legs[index + 1].since if index + 1 < len(self.legs) else None

    def _first(self, shown: datetime) -> datetime | None:
        """The first instant of the machine at which the clock shows this or more; None if there is none yet."""
        for index, (leg, end) in enumerate(self._spans()):
            if leg.shows >= shown and (index or not leg.rate):
                return leg.since
            if leg.rate and (end is None or leg.at(end) >= shown):
                return leg.when(shown)
        return None

    def _last(self, shown: datetime) -> datetime | None:
        """The last instant of the machine at which the clock shows this or less; None if it does from now on."""
        for leg, end in reversed(list(self._spans())):
            if leg.shows <= shown:
                if not leg.rate:
                    return end
                when = leg.when(shown)
                return when if end is None else min(when, end)
        return self.legs[0].when(shown) if self.legs[0].rate else self.legs[0].since
