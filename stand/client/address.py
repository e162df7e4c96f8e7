"""Where a stand is: how a client finds the doors of its services."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from aimaq.language.clock import Clock
from aimaq.language.errors import Unconfigured
from aimaq.language.messages import PARTIES
from stand.client.http import Door

GATEWAY_ANSWERS = 20
"""Seconds that the gateway has to say where the others are."""


@dataclass(frozen=True, slots=True)
class StandAddress:
    """A stand: what to call it, the URL of each party, the administrator's token, the clock if it is here."""

    name: str
    urls: Mapping[str, str]
    admin_token: str
    clock: Clock | None = None


def find(stand: str, home: Path) -> StandAddress:
    """The stand whose gateway is at this URL, or whose addresses are in this JSON file; its token is in its home.

    Unavailable if the gateway does not answer, Unconfigured if the answer, the file or the token is unfit.
    """
    urls = _urls(stand, asyncio.run(_asked(stand.rstrip("/"))) if _is_address(stand) else _written(stand))
    return StandAddress(stand, urls, token_in(home))


def gateway_of(stand: str) -> str:
    """The address of the gateway of the stand that is named as for `find`; nobody is asked."""
    return stand.rstrip("/") if _is_address(stand) else _urls(stand, _written(stand))["gateway"]


def token_in(home: Path) -> str:
    """The administrator's token of the stand with this home; Unconfigured if it cannot be read."""
    token = home / "keys" / "admin.token"
    try:
        return token.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise Unconfigured(f"{token} cannot be read: give the home of that stand with --home") from None


def _is_address(stand: str) -> bool:
    return stand.startswith(("http://", "https://"))


def _written(stand: str) -> Any:
    try:
        return json.loads(Path(stand).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Unconfigured(f"{stand} is neither an http address nor a JSON file: {error}") from None


def _urls(stand: str, found: Any) -> dict[str, str]:
    urls = found.get("urls") if isinstance(found, dict) else None
    if not isinstance(urls, dict):
        raise Unconfigured(f"{stand} gives no addresses (`urls`)")
    if lacking := [party for party in PARTIES if not isinstance(urls.get(party), str)]:
        raise Unconfigured(f"{stand} gives no address for {', '.join(lacking)}")
    return urls


async def _asked(gateway: str) -> dict[str, Any]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=GATEWAY_ANSWERS)) as session:
        return (await Door(session, gateway).call("GET", "/stand")).body
