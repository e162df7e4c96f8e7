"""The clock endpoints: what the stand's clock shows, and the calls by which whoever administers the gateway moves it.

One service has it, the gateway: so one process writes the state that all share, and they do not get into each
other's way. What is answered is in force everywhere when the answer goes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from aimaq.access.administration import Administration
from aimaq.language.bounds import Characters
from aimaq.language.clock import Clock, StandClock
from aimaq.language.errors import InvalidInput, NotAllowed
from aimaq.language.texts import Texts
from aimaq.language.timeline import LONGEST, TOO_FAR
from aimaq.regulation import Limit
from aimaq.regulation.calendar import ALMATY, Calendar
from aimaq.regulation.model.flow import Unit
from aimaq.web.callers import ANYONE, Administrator
from aimaq.web.schemas import Reading

_UNITS: dict[str, Unit] = {
    "s": "second",
    "sec": "second",
    "min": "minute",
    "m": "minute",
    "h": "hour",
    "d": "day",
    "wd": "working-day",
    "mo": "month",
}
_WORDS: tuple[Unit, ...] = ("second", "minute", "hour", "working-day", "day", "month")
_SIZES: dict[Unit, float] = {
    "second": 86400,
    "minute": 1440,
    "hour": 24,
    "working-day": 5 / 7,
    "day": 1,
    "month": 1 / 31,
}
"""How many of them a day has, at most: enough to see that a length of time is beyond all measure."""
_NUMBER = r"(\d{1,12}(?:\.\d{1,9})?)"
_SPAN = re.compile(rf"{_NUMBER} ?([a-z]+(?:[ -]days?)?)")
_ISO = re.compile(
    r"P(?=[\dT])(?:(?P<year>\d{1,40})Y)?(?:(?P<month>\d{1,40})M)?(?:(?P<week>\d{1,40})W)?(?:(?P<day>\d{1,40})D)?"
    rf"(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?"
)


WITH_MODE = Texts(
    kk="`{name}` тек `{mode}` режимімен бірге беріледі",
    ru="`{name}` задаётся только вместе с режимом `{mode}`",
    en="`{name}` goes with the mode {mode} only",
)
NEEDS_RATE = Texts(
    kk="`scaled` режиміне `rate` жылдамдығы керек",
    ru="режиму `scaled` нужна скорость `rate`",
    en="`scaled` needs a rate",
)
EITHER = Texts(
    kk="не қаншаға (`by`), не қай уақытқа (`to`) жылжыту керегін айтыңыз",
    ru="укажите либо на сколько (`by`), либо до какого времени (`to`)",
    en="say either by how much or to which instant",
)
NOT_MOVABLE = Texts(
    kk="бұл стенд машина сағатымен жүреді, оны жылжытуға болмайды",
    ru="этот стенд идёт по часам машины, их перевести нельзя",
    en="this stand goes by the machine's clock, which cannot be moved",
)
NO_INSTANT = Texts(
    kk="'{text}' – уақыт емес, мысалы: 2026-04-20T09:00+05:00",
    ru="'{text}' – не момент времени, пример: 2026-04-20T09:00+05:00",
    en="'{text}' is not an instant such as 2026-04-20T09:00+05:00",
)
NO_SPAN = Texts(
    kk="'{text}' – уақыт ұзақтығы емес, мысалы: 3wd, 2h, PT15M",
    ru="'{text}' – не длительность, примеры: 3wd, 2h, PT15M",
    en="'{text}' is not a length of time such as 3wd, 2h or PT15M",
)


class Body(BaseModel):
    """A request body: unknown fields and other types than those named are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Setting(Body):
    """How the clock is to run: as the machine's, not at all (`at` an instant, or where it is), or `rate` times as fast.

    An instant is ISO 8601; one without an offset is Almaty time.
    """

    mode: Literal["real", "pinned", "scaled"]
    at: Annotated[str, Characters(40)] | None = None
    rate: Annotated[float, Field(allow_inf_nan=False)] | None = None


class Move(Body):
    """How far the clock is to be moved forward: `by` a length of time, or `to` an instant."""

    by: Annotated[str, Characters(60)] | None = None
    to: Annotated[str, Characters(40)] | None = None


def router(clock: Clock, administration: Administration, calendar: Calendar | None = None) -> APIRouter:
    """The endpoints of the clock. Working days are those of `calendar`, the Republic's unless another is given."""
    api = APIRouter(tags=["clock"])
    days = calendar or Calendar()
    administrator = Depends(Administrator(administration, "clock.write"))

    @api.get("/clock", dependencies=[ANYONE])
    async def show() -> Reading:
        """The stand's time, for anyone."""
        return reading(clock, days)

    @api.put("/clock", dependencies=[administrator])
    async def set_(setting: Setting) -> Reading:
        """Let the clock show the machine's time (`real`), stand still (`pinned`), or run at a pace of its own."""
        for name, mode in (("at", "pinned"), ("rate", "scaled")):
            if getattr(setting, name) is not None and setting.mode != mode:
                raise InvalidInput(WITH_MODE.format(name=name, mode=mode), field=name, rule=f"mode {mode}")

        def change(stand: StandClock) -> None:
            if setting.mode == "pinned":
                stand.pin(instant(setting.at, "at") if setting.at is not None else None)
            elif setting.mode == "real":
                stand.reset()
            elif setting.rate is None:
                raise InvalidInput(NEEDS_RATE, field="rate", rule="required")
            else:
                stand.scale(setting.rate)

        return await moved(change)

    @api.post("/clock", dependencies=[administrator])
    async def advance(move: Move) -> Reading:
        """Move the clock forward `by` a length of time (`3wd`, `2h`, `PT15M`) or `to` an instant."""
        if (move.by is None) == (move.to is None):
            raise InvalidInput(EITHER, field="by", rule="either `by` or `to`")

        def change(stand: StandClock) -> None:
            if move.to is not None:
                stand.advance_to(instant(move.to, "to"))
            else:
                start = stand.now()
                stand.advance(later(move.by or "", start, days) - start)

        return await moved(change)

    async def moved(change: Callable[[StandClock], None]) -> Reading:
        if not isinstance(clock, StandClock):
            raise NotAllowed(NOT_MOVABLE, rule="movable")
        change(clock)
        await clock.settled()
        return reading(clock, days)

    return api


def reading(clock: Clock, calendar: Calendar) -> Reading:
    """What a clock shows."""
    if isinstance(clock, StandClock):
        now, mode, rate, ahead = clock.state()
        seconds = ahead.total_seconds()
    else:
        now, mode, rate, seconds = clock.now(), "real", 1.0, 0.0
    local = now.astimezone(ALMATY)
    return Reading(
        now=now, local=local, working_day=calendar.is_working_day(local.date()), mode=mode, rate=rate, ahead=seconds
    )


def instant(text: str, field: str) -> datetime:
    """An instant in ISO 8601, in UTC; without an offset it is Almaty time. InvalidInput names the field."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=ALMATY)).astimezone(UTC)
    except (ValueError, OverflowError):
        rule = "an instant such as 2026-04-20T09:00+05:00"
        raise InvalidInput(NO_INSTANT.format(text=text), field=field, rule=rule) from None


def later(text: str, start: datetime, calendar: Calendar) -> datetime:
    """The instant that comes a length of time after `start`: the same time of day where days are counted.

    It is a number and a unit (s, min, h, d, wd for working days, mo, or the words in full), or ISO 8601 (`P1DT2H`).
    """
    parts = _parts(text.strip())
    if sum(count / _SIZES[unit] for count, unit in parts) > LONGEST.days:
        rule = f"at most {LONGEST.days} days"
        raise InvalidInput(TOO_FAR.format(days=LONGEST.days), field="by", rule=rule)
    at = start
    for count, unit in parts:
        if unit == "working-day":
            at = calendar.later(at, int(count))
        elif count:
            at = calendar.due(Limit(unit=unit, max=count), at).at
    return at


def _parts(text: str) -> list[tuple[float, Unit]]:
    rule = "a length of time such as 3wd, 2h or PT15M"
    wrong = InvalidInput(NO_SPAN.format(text=text), field="by", rule=rule)
    if found := _ISO.fullmatch(text):
        named = {name: int(count or 0) for name, count in found.groupdict().items()}
        hours, minutes, seconds = (float(found[index] or 0) for index in (5, 6, 7))
        return [
            (named["year"] * 12 + named["month"], "month"),
            (named["week"] * 7 + named["day"], "day"),
            (hours, "hour"),
            (minutes, "minute"),
            (seconds, "second"),
        ]
    if not (found := _SPAN.fullmatch(text.lower())):
        raise wrong
    word = found[2].replace(" ", "-")
    unit = _UNITS.get(word) or next((unit for unit in _WORDS if word in (unit, f"{unit}s")), None)
    count = float(found[1])
    if unit is None or (unit in ("working-day", "month") and count != int(count)):
        raise wrong
    return [(count, unit)]
