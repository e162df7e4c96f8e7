"""The HTTP door to the systems' certificates: whose are whose, for everyone; a new one, for the administrator."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Path, Query, Request, Response
from msgspec.structs import asdict
from pydantic import Field

from aimaq.web import app as web
from aimaq.language.errors import InvalidInput, Unavailable
from aimaq.language.iin import check_bin
from aimaq.access.systems.roster import Roster
from registry_svc.nca.csr import key_in
from registry_svc.endpoints.nca import Organisation, Serial, plain
from registry_svc.nca.records import number_of
from registry_svc.registers.schemas import Body, Number
from registry_svc.systems.certificates import PATIENCE, Systems

LONGEST = 60
"""Seconds that a question for the next version may be held."""

PartyName = Literal["portal", "con", "lea", "gateway", "registry"]
Version = Annotated[int, Query(ge=0, le=2**31 - 1)]


class SystemApplication(Body):
    """An application for a system's certificate: the key in a PKCS#10 request, and which party's system it is.

    `bin` and `organisation` tell whose system it is, if it is not the stand's own.
    """

    party: PartyName
    csr: Annotated[str, Field(max_length=8192)]
    bin: Number | None = None
    organisation: Organisation | None = None


class SystemEntry(Body):
    """A certificate of a party's system, in PEM, and how it stands since when; `version` is that of the last change."""

    party: PartyName
    serial: str
    certificate: str
    status: Literal["good", "suspended", "revoked"]
    since: datetime | None
    reason: str | None
    version: int
    not_before: datetime
    not_after: datetime


class Listing(Body):
    """The systems' certificates that changed, in the order of their changes, and the version that they make."""

    version: int
    systems: list[SystemEntry]


class Told(Body):
    """Which parties are known to know how the certificate stands, and which are not."""

    confirmed: tuple[str, ...]
    unconfirmed: tuple[str, ...]


class Issue(Told):
    """A new certificate of a system, and who knows of it."""

    party: PartyName
    serial: str
    certificate: str


def router(systems: Systems, admin_token: str, *, strict_iin: bool = True) -> APIRouter:
    """The endpoints of the systems' certificates. `strict_iin` says whether control digits are checked."""
    api = APIRouter(prefix="/nca/systems", tags=["certification authority"])

    @api.get("", response_model=Listing)
    async def roster(
        request: Request,
        after: Version = 0,
        wait: Annotated[float, Query(ge=0, le=LONGEST, allow_inf_nan=False)] = 0,
        reader: PartyName | None = None,
    ) -> Response:
        """Whose certificates are whose, and which are withdrawn: those that changed after a version.

        With `wait`, the answer comes as soon as there is one, or empty after so many seconds. A party of the stand says
        by `reader`, and the administrator's token, that it has all that came up to `after`.
        """
        if reader is not None:
            web.only_admin(admin_token, request)
        found = await _attended(request, systems.roster(after, wait, reader))
        return Response(msgspec.json.encode(found), media_type="application/json")

    @api.post("", status_code=201)
    async def issue(wanted: SystemApplication, request: Request) -> Issue:
        """Issue a certificate to a party's system; those that it has stay good, side by side with the new one.

        Whoever is among `confirmed` accepts its signatures already.
        """
        web.only_admin(admin_token, request)
        if (wanted.bin is None) != (wanted.organisation is None):
            missing = "bin" if wanted.bin is None else "organisation"
            raise InvalidInput("an organisation has a BIN and a name", field=missing, rule="required")
        if wanted.bin is not None:
            check_bin(wanted.bin, strict=strict_iin)
        certificate, readers = await systems.issue(wanted.party, key_in(wanted.csr), wanted.bin, wanted.organisation)
        return Issue(
            party=wanted.party, serial=number_of(certificate),
            certificate=certificate.public_bytes(Encoding.PEM).decode(), **asdict(readers),
        )  # fmt: skip

    @api.get("/{serial}/readers")
    async def readers(
        serial: Annotated[Serial, Path()],
        request: Request,
        wait: Annotated[float, Query(ge=0, le=LONGEST, allow_inf_nan=False)] = PATIENCE,
    ) -> Told:
        """Who knows how a system's certificate stands, once all who are reading do, or after `wait` seconds."""
        web.only_admin(admin_token, request)
        return Told(**asdict(await systems.readers(plain(serial), wait)))

    return api


async def _attended(request: Request, work: Coroutine[Any, Any, Roster]) -> Roster:
    """What the work comes to; given up, with Unavailable, as soon as whoever asked has gone."""
    answer, gone = asyncio.create_task(work), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise Unavailable("whoever asked has gone")
        return answer.result()
    finally:
        for task in (answer, gone):
            task.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
