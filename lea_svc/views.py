"""What the executive body shows its officials: the work list, and what is to be signed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from aimaq.casework.case import Case
from aimaq.service import Service
from aimaq.web import views
from aimaq.web.schemas import View
from aimaq.web.views import Outline


@dataclass(frozen=True, slots=True)
class Sheet(View):
    """A paper that is to be signed too, in base64: the signature is over the bytes that `byte_range` names.

    It is an offset and a length, twice; what lies between is the signature's place. `signed_at` goes back with it.
    """

    pdf: str
    byte_range: tuple[int, int, int, int]
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Document(View):
    """A document to be signed, in base64; and the same as a paper, if that was asked for and a result is due."""

    document: str
    paper: Sheet | None = None


@dataclass(frozen=True, slots=True)
class Prepared(Outline):
    """A case whose answer is prepared, and the document to be signed."""

    document: str


async def worklist(service: Service, status: str | None, after: str, limit: int) -> list[Outline]:
    """The cases of the body, oldest first."""
    return await views.listing(service, status, after, limit)


def prepared(case: Case, document: bytes) -> Prepared:
    """A case with the document that is to be signed."""
    return Prepared(**asdict(views.outline(case)), document=views.base64(document))
