"""What whoever administers may do: permissions, and the roles that are named sets of them. The one table of both.

A role of one's own is another line here. An account has roles, and may be bound to a party: then it has them at that
party's service alone; or to a body: then it sees what the gateway has of that body. `docs/security.md` prints the
table, and a test compares it with every endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

Permission = Literal[
    "accounts.read",
    "accounts.write",
    "administrators.write",
    "audit.read",
    "cases.read",
    "certificates.read",
    "certificates.write",
    "clock.write",
    "dead-letters.drop",
    "dead-letters.read",
    "dead-letters.requeue",
    "dead-letters.return",
    "journal.read",
    "journal.write",
    "keys.write",
    "messages.read",
    "metrics.read",
    "papers.read",
    "personal.reveal",
    "registers.read",
    "registers.write",
    "systems.read",
    "systems.write",
]
"""What an endpoint asks of whoever administers; the part before the point is what it is about."""

PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))

_FORMERLY: Mapping[str, frozenset[Permission]] = {
    "dead-letters.write": frozenset({"dead-letters.drop", "dead-letters.requeue", "dead-letters.return"}),
}
"""What a session permits that names a permission by which earlier versions meant several."""

_VIEWER: frozenset[Permission] = frozenset(
    {"cases.read", "dead-letters.read", "journal.read", "metrics.read", "systems.read"}
)
_ON_CALL: frozenset[Permission] = _VIEWER | {"dead-letters.requeue"}
_AUDITOR: frozenset[Permission] = _VIEWER | {
    "accounts.read",
    "audit.read",
    "certificates.read",
    "messages.read",
    "papers.read",
    "personal.reveal",
    "registers.read",
}
_OPERATOR: frozenset[Permission] = _VIEWER | {
    "accounts.read",
    "clock.write",
    "dead-letters.drop",
    "dead-letters.requeue",
    "dead-letters.return",
    "journal.write",
    "keys.write",
    "messages.read",
}

ROLES: Mapping[str, frozenset[Permission]] = {
    "viewer": _VIEWER,
    "on-call": _ON_CALL,
    "auditor": _AUDITOR,
    "operator": _OPERATOR,
    "administrator": PERMISSIONS,
}
"""What each role reads of people, and does:

- a viewer reads cases, with their forms and results, the journal, the list of dead letters and what is counted, and
  changes nothing;
- an operator on call reads what a viewer does, and puts dead letters back;
- an auditor reads accounts, certificates, messages, registers, the papers that people signed, the trail and whose a
  case is, too, and changes nothing;
- an operator reads what a viewer does, accounts and messages, though no papers and no registers, and keeps the stand
  going: dead letters, blocks of the journal, the clock, the systems' keys;
- an administrator may do everything."""

SCRAPER: frozenset[Permission] = frozenset({"metrics.read"})
"""What the token for scrapers permits."""


def named(claims: object) -> frozenset[Permission]:
    """The permissions that a session names; what is no permission, or no name, permits nothing."""
    names = {one for one in claims if isinstance(one, str)} if isinstance(claims, list) else set[str]()
    formerly = (_FORMERLY[one] for one in names & _FORMERLY.keys())
    return frozenset(one for one in PERMISSIONS if one in names).union(*formerly)


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """All that these roles may do together; one that is not in the table may do nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
