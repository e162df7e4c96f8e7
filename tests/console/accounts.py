"""A registry that opens sessions at the gateway as a test says, and the machine's time that passes as it says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aimaq.access.administration import SESSION
from aimaq.access.permissions import ROLES
from aimaq.access.systems.keystore import load_signer
from aimaq.language.clock import StandClock
from aimaq.language.signing import jwt
from tests.console.visitor import Visitor
from tests.databases import draw, files
from tests.parties import BASE, Parties
from tests.serving import Reply, Request, serving


@dataclass
class Accounts:
    """The registry of these tests: dana's account, what was asked of it, and how it answers."""

    home: Path
    machine: datetime = BASE
    permissions: frozenset[str] = frozenset(ROLES["operator"])
    away: bool = False
    over: bool = False
    refusal: Reply | None = None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def answer(self, request: Request) -> Reply:
        """What the registry answers."""
        body = json.loads(request.body)
        self.asked.append((request.path.removeprefix("/administrators/"), body))
        if self.away:
            return Reply(status=500)
        if request.path.endswith("/challenges"):
            return Reply.of_json({"challenge": "aimaq-sign-in:registry:1772424000:00ff:aa"}, 201)
        if request.path.endswith("/end"):
            return Reply(status=204)
        if self.over and request.path.endswith("/refresh"):
            return Reply(status=401)
        return self.refusal or Reply.of_json({"token": self._token(), "refresh": f"renewal-{len(self.asked)}"}, 201)

    def count(self, path: str) -> int:
        """How often this was asked."""
        return sum(one == path for one, _ in self.asked)

    def _token(self) -> str:
        until = self.machine + timedelta(days=1)
        claims = {
            "sub": "dana",
            "aud": "gateway",
            "exp": int(until.timestamp()),
            "permissions": sorted(self.permissions),
        }
        return jwt.issue(load_signer(self.home, "registry"), SESSION, claims)


@asynccontextmanager
async def with_accounts(home: Path, folder: Path, language: str = "en") -> AsyncIterator[tuple[Visitor, Accounts]]:
    """Somebody before a gateway whose registry this is."""
    accounts = Accounts(home)
    if not (blank := home / "blank").exists():
        draw(blank)
    async with serving(accounts.answer) as registry, Parties(home, files(folder, blank)) as parties:
        parties.clock = StandClock(lambda: accounts.machine)
        await parties.start("gateway", stand_urls=f"registry={registry.url}")
        yield await Visitor.at(parties, language), accounts
