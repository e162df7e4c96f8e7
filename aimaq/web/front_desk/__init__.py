"""The front desk's REST door: what a person at the portal, at the service centre or at the body does to make a request.

Portal, con and lea have the same door; who may come through it, and whether people register themselves, is each
service's own.
"""

from __future__ import annotations

from aimaq.web.front_desk.actions import actions
from aimaq.web.front_desk.check import check
from aimaq.web.front_desk.authorisation import Front, case_id_of
from aimaq.web.front_desk.schemas import Body, Cms, Outline, Signature
from aimaq.web.front_desk.login import Entry
from aimaq.web.front_desk.problems import bad_signature
from aimaq.web.front_desk.router import delivery, router, worklist

__all__ = [
    "Body",
    "Cms",
    "Entry",
    "Front",
    "Outline",
    "Signature",
    "actions",
    "bad_signature",
    "case_id_of",
    "check",
    "delivery",
    "router",
    "worklist",
]
