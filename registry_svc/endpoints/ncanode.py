"""The endpoints for clients of NCANode, version 3: its paths, its JSON, and its own format of what went wrong.

Everyone may come: what is signed here is signed with keys that the caller sends. Nothing of them is kept or logged.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from aimaq.access.worker_pool import WorkerPool
from aimaq.language.errors import AimaqError
from aimaq.service import Service
from aimaq.web.app import say_json
from aimaq.web.callers import ANYONE
from aimaq.web.request.client import client_of
from aimaq.web.request.query import LenientRoute
from registry_svc.nca.authority import Authority
from registry_svc.nca.timestamps import TimeStampAuthority
from registry_svc.ncanode import schemas
from registry_svc.ncanode.certificate_info import Passports, Records
from registry_svc.ncanode.encoding import encoded
from registry_svc.ncanode.keys import Keys
from registry_svc.ncanode.problems import Refused
from registry_svc.ncanode.signing import Signing
from registry_svc.ncanode.verifying import Verifying

_TAG = "NCANode v3"


class Route(LenientRoute):
    """A route that tells what went wrong as NCANode does: `status`, `message`, and where it was in `details`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, with its errors in that shape."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Refused as error:
                return _failed(error.status, error.message, error.details)
            except RequestValidationError as error:
                return _failed(400, *_misshapen(error))
            except AimaqError as error:
                return _failed(error.status, error.detail)
            except HTTPException as error:
                return _failed(error.status_code, error.detail)

        return handled


def router(service: Service, authority: Authority, records: Records, tsa: TimeStampAuthority) -> APIRouter:
    """The endpoints, which go by these records of the authority and have its TSA stamp."""
    failures: dict[int | str, dict[str, Any]] = {
        "4XX": {"model": schemas.Failure, "description": "400: it cannot be worked with; 404: nobody has signed it."},
        503: {"model": schemas.Failure, "description": "Too many keys are to be opened now."},
    }
    api = APIRouter(tags=[_TAG], route_class=Route, responses=failures, dependencies=[ANYONE])
    keys, passports = Keys(WorkerPool.of(service.settings)), Passports(authority, records, service.clock)
    signing, verifying = Signing(keys, tsa, service.clock), Verifying(passports)

    async def address(request: Request) -> str:
        return client_of(request, service.settings.networks_of_proxies)

    @api.post("/cms/sign", response_model=schemas.Cms)
    async def sign(asked: schemas.CmsSignRequest, client: str = Depends(address)) -> Response:
        """Sign data with keys that are sent along; several signers make one CMS."""
        return _response(schemas.Cms(cms=encoded(await signing.sign(asked, client))))

    @api.post("/cms/sign/add", response_model=schemas.Cms)
    async def add(asked: schemas.CmsSignRequest, client: str = Depends(address)) -> Response:
        """Put further signatures to a CMS; what was signed before stays as it is."""
        return _response(schemas.Cms(cms=encoded(await signing.add(asked, client))))

    @api.post("/cms/verify", response_model=schemas.CmsVerification)
    async def verify(asked: schemas.CmsVerifyRequest) -> Response:
        """Check every signature in a CMS; `data` is needed where it is detached."""
        return _response(await verifying.cms(asked))

    @api.post("/cms/extract", response_model=schemas.Data)
    async def extract(asked: schemas.CmsVerifyRequest) -> Response:
        """Take what was signed out of a CMS; nothing is checked."""
        return _response(schemas.Data(data=verifying.content(asked)))

    @api.post("/x509/info", response_model=schemas.Verification)
    async def certificates(asked: schemas.X509InfoRequest) -> Response:
        """What is known of certificates."""
        return _response(await verifying.certificates(asked))

    @api.post("/x509/verify", response_model=schemas.Verification)
    async def bare(asked: schemas.X509VerifyRequest) -> Response:
        """Check a certificate, and a bare signature over a text if one is given."""
        return _response(await verifying.bare(asked))

    @api.post("/pkcs12/info", response_model=schemas.Verification)
    async def entries(asked: schemas.Pkcs12Request, client: str = Depends(address)) -> Response:
        """What is known of the certificates in PKCS#12 files."""
        found = [one.certificate for one in await keys.open(asked.keys, "keys", client)]
        described = [await passports.info(one, asked.revocation_check, passports.now()) for one in found]
        return _response(schemas.Verification(valid=all(one.valid for one in described), signers=list(described)))

    @api.post("/pkcs12/aliases", response_model=schemas.Aliases)
    async def aliases(asked: schemas.Pkcs12Request, client: str = Depends(address)) -> Response:
        """The names of the entries of PKCS#12 files."""
        return _response(schemas.Aliases(aliases=[[one.alias] for one in await keys.open(asked.keys, "keys", client)]))

    whole = APIRouter(tags=[_TAG], route_class=Route, dependencies=[ANYONE])
    whole.routes.extend(api.routes)

    @whole.get("/actuator/health", response_model=schemas.Health, responses={503: {"model": schemas.Health}})
    async def health() -> Response:
        """Whether the registry can do its work; 503 if it cannot."""
        ailing = bool(await service.ailments())
        return _response(schemas.Health(status="DOWN" if ailing else "UP"), 503 if ailing else 200)

    return whole


def _misshapen(error: RequestValidationError) -> tuple[str, str | None]:
    """What is wrong with a body, and where; what stands there is not said, since it may be a key."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return "JSON parse error", None
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    return (f"{where}: {first['msg']}", where) if where else (first["msg"], None)


def _response(answer: BaseModel, status: int = 200) -> Response:
    return say_json(answer.model_dump(mode="json", by_alias=True, exclude_none=True), status)


def _failed(status: int, message: str, details: str | None = None) -> Response:
    return _response(schemas.Failure(status=status, message=message, details=details), status)
