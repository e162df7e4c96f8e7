"""What every service answers of itself, as the OpenAPI document shows it: health, key, dead letters, the clock."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from aimaq.language.timeline import Mode
from aimaq.language.visible import numbers_masked
from aimaq.pipeline.attention.rows import DeadLetterRow, WholeDeadLetterRow


class View:
    """A struct that an endpoint answers with, and which the OpenAPI document shows: a frozen dataclass.

    Pydantic works its schema out when the document is first asked for, and not each time a service is assembled.
    """

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(defer_build=True)


@dataclass(frozen=True, slots=True)
class Live(View):
    """A process that answers."""

    status: str
    party: str


@dataclass(frozen=True, slots=True)
class Readiness(View):
    """Whether a service can do its work; `reasons` are what keeps it from it, `warnings` what will one day."""

    status: str
    party: str
    reasons: list[str]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Oldest(View):
    """For how many seconds the first of each kind has waited at a service; null where nothing waits."""

    queued: float | None
    parked: Annotated[float | None, Field(serialization_alias="held")]
    retry: float | None
    dead: float | None
    unsent: float | None


@dataclass(frozen=True, slots=True)
class Backlog(View):
    """How much waits at a service, by what it waits for."""

    party: str
    version: str
    now: datetime
    queued: int
    parked: Annotated[int, Field(serialization_alias="held")]
    retry: int
    dead: int
    unsent: int
    oldest: Oldest


@dataclass(frozen=True, slots=True)
class SigningKey(View):
    """The certificate that a service signs with, in PEM; `thumbprint` is the SHA-256 of it, as a JWS names it."""

    party: str
    serial: str
    thumbprint: str
    certificate: str
    not_before: str
    not_after: str


@dataclass(frozen=True, slots=True)
class KeyRotation(View):
    """The serial numbers of the new and the previous certificate, and who is not known to know the new one."""

    party: str
    serial: str
    previous: str
    not_after: str
    unconfirmed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeadLetter(DeadLetterRow, View):
    """A message that could not be handled, and why."""

    @classmethod
    def of(cls, row: DeadLetterRow) -> DeadLetter:
        """It as HTTP gives it."""
        return cls(**asdict(row) | {"reason": numbers_masked(row.reason) if row.reason else row.reason})


@dataclass(frozen=True, slots=True)
class WholeDeadLetter(DeadLetterRow, View):
    """A dead letter with its bytes, in base64, and the signature over them as they came.

    Its state is `dropped` or `returned` once somebody gave it up: `dropped_by`, at `dropped_at`, and `why`.
    """

    body: str
    signature: str | None
    dropped_at: datetime | None = None
    dropped_by: str | None = None
    why: str | None = None

    @classmethod
    def of(cls, row: WholeDeadLetterRow) -> WholeDeadLetter:
        """It as HTTP gives it."""
        return cls(**asdict(row) | {"body": base64.b64encode(row.body).decode()})


@dataclass(frozen=True, slots=True)
class Reading(View):
    """What the clock shows: in UTC and in Almaty, how it runs, and by how many seconds it is ahead of the machine."""

    now: datetime
    local: datetime
    working_day: bool
    mode: Mode
    rate: float
    ahead: float


class RotationPermit(BaseModel):
    """What lets a system be certified whose own key counts no more: a permit of the registry.

    It goes on to the registry in a header, and so has the characters of a compact JWS alone.
    """

    model_config = ConfigDict(strict=True, extra="forbid")

    permit: Annotated[str, Field(max_length=4096, pattern=r"^[A-Za-z0-9_.-]*$")]
