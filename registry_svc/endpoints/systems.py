"""The HTTP endpoints of the systems' certificates: whose are whose, for everyone; a new one, for the administrator."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec.structs import asdict

from aimaq.access.administration import Principal, permit
from aimaq.access.systems.roster_signature import HEADER, SignedRoster
from aimaq.language.bounds import Characters
from aimaq.language.errors import BadSignature, InvalidInput, NotAllowed, Unavailable
from aimaq.language.iin import check_bin
from aimaq.service import Service
from aimaq.web.callers import ANYONE, Administrator, PartyOrAdministrator, bearer, permitted
from aimaq.web.server.request_limit import aside
from registry_svc import texts, views
from registry_svc.endpoints.nca import Organisation, Serial, plain
from registry_svc.nca.csr import key_in
from registry_svc.nca.records import number_of
from registry_svc.registers.schemas import Body, Number
from registry_svc.systems.certificates import PATIENCE, Systems
from registry_svc.views import PartyName

LONGEST = 60
"""Seconds that a question for the next version may be held."""

Version = Annotated[int, Query(ge=0, le=2**31 - 1)]
Nonce = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]


class SystemApplication(Body):
    """An application for a system's certificate: the key in a PKCS#10 request, and which party's system it is.

    `bin` and `organisation` tell whose system it is, if it is not the stand's own.
    """

    party: PartyName
    csr: Annotated[str, Characters(8192, lines=True)]
    bin: Number | None = None
    organisation: Organisation | None = None
    proof: Annotated[str, Characters(2048)] | None = None
    """The detached JWS over the request by a key that the party has a good certificate for, if it asks by itself."""


class Permitted(Body):
    """Whose system is to be certified on a new key."""

    party: PartyName


PERMITTED = "permit"
"""The name of whoever comes with a permit."""


class Applicant(PartyOrAdministrator):
    """Who applies for a system's certificate: the system itself, with its key or a permit, or an administrator."""

    async def __call__(self, request: Request) -> Principal:
        """Who it is; a system is bound to its party."""
        if (party := self._administration.permit(bearer(request))) is not None:
            return Principal(PERMITTED, frozenset(), party)
        return await super().__call__(request)


def router(systems: Systems, service: Service, *, strict_iin: bool = True) -> APIRouter:
    """The endpoints of the systems' certificates. `strict_iin` says whether control digits are checked."""
    api = APIRouter(prefix="/nca/systems", tags=["certification authority"])
    administration = service.administration
    asking = Applicant(administration, "systems.write")
    reading = Depends(PartyOrAdministrator(administration, "systems.read", withdrawn=True))
    writing = Depends(Administrator(administration, "systems.write"))

    @api.get("", response_model=views.Listing, dependencies=[ANYONE])
    async def roster(
        request: Request,
        after: Version = 0,
        wait: Annotated[float, Query(ge=0, le=LONGEST, allow_inf_nan=False)] = 0,
        nonce: Nonce = "",
        reader: PartyName | None = None,
    ) -> Response:
        """Whose certificates are whose, and which are withdrawn: those that changed after a version.

        With `wait`, the answer comes as soon as there is one, or empty after so many seconds. The header
        `Signature-JWS` has the authority's signature over the body, which repeats the `nonce`. A party of the stand
        says by `reader`, and a token signed with its own key, that it has all that came up to `after`.
        """
        if reader is not None and administration.system(bearer(request), withdrawn=True) != reader:
            permitted(administration, "systems.write", request)
        found = await _attended(request, systems.roster(after, wait, nonce, reader))
        return Response(found.roster.encode(), media_type="application/json", headers={HEADER: found.signature})

    @api.post("", status_code=201)
    async def issue(wanted: SystemApplication, principal: Principal = Depends(asking)) -> views.SystemIssued:
        """Issue a certificate to a party's system; those that it has stay good, side by side with the new one.

        A party's system asks for its own, and proves by a signature over the request that it has a key of the party's;
        an administrator asks for any. Whoever is among `confirmed` accepts its signatures already.
        """
        if principal.party:
            _check_proof(service, wanted, principal)
        if (wanted.bin is None) != (wanted.organisation is None):
            missing = "bin" if wanted.bin is None else "organisation"
            raise InvalidInput(texts.BIN_AND_NAME, field=missing, rule="required")
        if wanted.bin is not None:
            check_bin(wanted.bin, strict=strict_iin)
        certificate, readers = await systems.issue(wanted.party, key_in(wanted.csr), wanted.bin, wanted.organisation)
        return views.SystemIssued(
            party=wanted.party,
            serial=number_of(certificate),
            certificate=certificate.public_bytes(Encoding.PEM).decode(),
            **asdict(readers),
        )

    @api.post("/permits", status_code=201, dependencies=[writing])
    async def allow(wanted: Permitted) -> views.Permit:
        """A permit, good for five minutes, that a system is certified on a new key though its own counts no more."""
        return views.Permit(permit(service.dependencies.signer, wanted.party, service.clock))

    @api.get("/{serial}/readers", dependencies=[reading])
    async def readers(
        serial: Annotated[Serial, Path()],
        wait: Annotated[float, Query(ge=0, le=LONGEST, allow_inf_nan=False)] = PATIENCE,
    ) -> views.Readers:
        """Who knows how a system's certificate stands, once all who are reading do, or after `wait` seconds."""
        return views.Readers(**asdict(await systems.readers(plain(serial), wait)))

    return api


def _check_proof(service: Service, wanted: SystemApplication, asking: Principal) -> None:
    """NotAllowed unless a party asks for itself; BadSignature unless a key of its own signed the request.

    With a permit it needs no key.
    """
    if wanted.party != asking.party or wanted.bin is not None or wanted.organisation is not None:
        raise NotAllowed(texts.OWN_CERTIFICATE, field="party", rule="own certificate")
    verifier, now = service.dependencies.verifier, service.clock.now()
    if asking.name == PERMITTED:
        return
    if wanted.proof is None or verifier.verify(wanted.csr.encode(), wanted.proof, now) != asking.party:
        raise BadSignature(texts.NO_PROOF, field="proof", rule="key of the party")


async def _attended(request: Request, work: Coroutine[Any, Any, SignedRoster]) -> SignedRoster:
    """What the work comes to; given up, with Unavailable, as soon as whoever asked has gone."""
    answer, gone = asyncio.create_task(work), asyncio.create_task(_gone(request))
    try:
        async with aside(request):
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise Unavailable(texts.GONE)
        return answer.result()
    finally:
        for task in (answer, gone):
            task.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
