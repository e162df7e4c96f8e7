"""Where the next page of a search begins, in a text that only this service can have made, for one query.

It has the key of the last case of the page before, so that nothing is doubled or lost while cases are added.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

import msgspec

from aimaq.language.errors import InvalidInput
from gateway_svc.journal import texts

_SEAL = 12
"""Bytes of the code that shows who made a cursor."""


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last case of a page: its id, and when it was due where the page is in that order."""

    case_id: str
    due_at: datetime | None = None


_decoder = msgspec.json.Decoder(Place)


def cursor(place: Place, mark: str, secret: str) -> str:
    """The cursor of the page after this place, for the query with this mark."""
    data = msgspec.json.encode(place)
    return urlsafe_b64encode(_seal(data, mark, secret) + data).decode().rstrip("=")


def place_of(text: str, mark: str, secret: str) -> Place:
    """The place in a cursor; InvalidInput if this service did not make it, or for another query."""
    try:
        whole = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        seal, data = whole[:_SEAL], whole[_SEAL:]
        if hmac.compare_digest(seal, _seal(data, mark, secret)):
            return _decoder.decode(data)
    except (ValueError, msgspec.MsgspecError):
        pass
    raise InvalidInput(texts.NO_CURSOR, field="query.cursor", rule="cursor of this query")


def _seal(data: bytes, mark: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), mark.encode() + b"\0" + data, hashlib.sha256)[:_SEAL]
