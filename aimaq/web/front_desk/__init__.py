"""The front desk's REST API: what a person at the portal, at the service centre or at the body does to make a request.

Portal, con and lea have the same door; who may come through it, and whether people register themselves, is each
service's own.
"""

from __future__ import annotations

from aimaq.web.front_desk.accounts import accounts, sign_in
from aimaq.web.front_desk.actions import actions, performs
from aimaq.web.front_desk.authorisation import FrontDesk, case_id_of
from aimaq.web.front_desk.check import check
from aimaq.web.front_desk.login import Entry
from aimaq.web.front_desk.problems import bad_signature
from aimaq.web.front_desk.router import router
from aimaq.web.front_desk.schemas import Body, Cms, Signature
from aimaq.web.front_desk.worklist import delivery, worklist

__all__ = [
    "Body",
    "Cms",
    "Entry",
    "FrontDesk",
    "Signature",
    "accounts",
    "actions",
    "bad_signature",
    "case_id_of",
    "check",
    "delivery",
    "performs",
    "router",
    "sign_in",
    "worklist",
]
