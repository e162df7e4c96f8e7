"""The HTTP endpoints of the authority's time stamps (RFC 3161, 3.4): a request in DER, answered in DER.

Whatever is asked, the answer is a time stamp response with status 200: why there is no stamp is said in it.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from aimaq.language.errors import Unavailable, Unconfigured
from aimaq.web.callers import ANYONE
from registry_svc.nca.records import Records
from registry_svc.nca.timestamps import Failure, Order, Refused, TimeStampAuthority


def router(tsa: TimeStampAuthority, records: Records) -> APIRouter:
    """The endpoint of a TSA, whose certificates are on record before a stamp with them is given out."""
    api = APIRouter(prefix="/nca/tsa", tags=["certification authority"], dependencies=[ANYONE])

    @api.post("", response_class=Response)
    async def stamp(request: Request) -> Response:
        """A stamp on a digest, with the time of the stand: `application/timestamp-query` in, a reply out."""
        try:
            content = tsa.stamp(Order.read(await request.body()))
            await records.enrol()
        except Refused as refused:
            content = refused.der
        except (Unconfigured, Unavailable) as error:
            content = Refused(Failure.SYSTEM, error.detail).der
        return Response(content, headers={"Cache-Control": "no-store"}, media_type="application/timestamp-reply")

    return api
