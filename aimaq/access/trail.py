"""The trail: what those who administer a service did there, and what they tried, as it is handed on to be recorded.

Every service names it in its log. One that has a journal enters it there too, and then nothing is done unrecorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from aimaq.access.administration import Principal

Outcome = Literal["done", "failed", "refused"]
"""It was done; it was permitted and could not be done; it was not permitted."""

SIGN_IN, SIGN_OUT = "sign-in", "sign-out"
"""What a deed is where it is the use of no permission."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One act or try: by whom, from where, what (a permission, or `sign-in`), by which call, on what, and why.

    `call` is the method and the path as it is declared. `status` is that of the answer over HTTP.
    """

    principal: Principal
    address: str
    action: str
    call: str
    began_at: datetime
    object: str = ""
    case_id: str | None = None
    reason: str = ""
    outcome: Outcome = "done"
    status: int = 200


class Trail(Protocol):
    """Where a service records what those who administer it do."""

    def ready(self) -> None:
        """Unavailable if nothing can be recorded now: then nothing is to be done."""
        ...

    async def enter(self, deed: Deed) -> None:
        """Record an act; returns once it is committed. Unavailable if it cannot be."""
        ...

    def later(self, deed: Deed) -> None:
        """Have it recorded as soon as it can be; the same one repeated is counted."""
        ...
