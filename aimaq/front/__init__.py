"""The front desk's REST door: what a person at the portal, at the service centre or at the body does to make a request.

Portal, con and lea have the same door; who may come through it, and whether people register themselves, is each
service's own.
"""

from __future__ import annotations

from aimaq.front.actions import actions
from aimaq.front.check import check
from aimaq.front.door import Front, case_id_of
from aimaq.front.forms import Body, Cms, Outline, Signature
from aimaq.front.login import Entry
from aimaq.front.refusal import bad_signature
from aimaq.front.router import delivery, router, worklist

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
