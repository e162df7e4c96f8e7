"""Those who administer the gateway, in tests: sessions as the registry opens them, without a registry that runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from aimaq.access.administration import SESSION
from aimaq.access.permissions import permissions_of
from aimaq.access.systems import keystore
from aimaq.language.signing import jwt
from tests.parties import Parties


@dataclass(frozen=True)
class Watchers:
    """A gateway, and whoever signs in there."""

    parties: Parties

    async def at(self, name: str, *roles: str, **claims: Any) -> httpx.AsyncClient:
        """A client of somebody with these roles, who is bound to what the `claims` say."""
        signer = keystore.load_signer(self.parties.home, "registry", self.parties.clock.now())
        until = int((self.parties.clock.now() + timedelta(minutes=10)).timestamp())
        whole = {
            "sub": name,
            "aud": "gateway",
            "exp": until,
            "permissions": sorted(permissions_of(roles)),
            "roles": list(roles),
            **claims,
        }
        return await self.parties.http("gateway", Authorization=f"Bearer {jwt.issue(signer, SESSION, whole)}")

    async def acts(self, **query: str) -> list[dict[str, Any]]:
        """What an auditor finds in the trail."""
        auditor = await self.at("auditor", "auditor")
        answer = await auditor.get("/audit", params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items
