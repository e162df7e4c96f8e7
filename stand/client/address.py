"""Where a stand is: how a client finds the addresses of its services."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aimaq.access.administration import read_token
from aimaq.http.client import http_client
from aimaq.language.clock import Clock
from aimaq.language.errors import Technical, Unavailable, Unconfigured
from aimaq.language.messages import PARTIES
from stand.client.http import ServiceClient

GATEWAY_ANSWERS = 20
"""Seconds that the gateway has to say where the others are."""


@dataclass(frozen=True, slots=True)
class StandAddress:
    """A stand: what to call it, the URL and the token of each party's service, the clock if it is here."""

    name: str
    urls: Mapping[str, str]
    tokens: Mapping[str, str]
    clock: Clock | None = None


def find(stand: str, home: Path) -> StandAddress:
    """The stand whose gateway is at this URL, or whose addresses are in this JSON file; its tokens are in its home.

    Unavailable if the gateway does not answer, Unconfigured if the answer or the file is unfit.
    """
    urls = _urls(stand, asyncio.run(_asked(stand.rstrip("/"))) if _is_address(stand) else _written(stand))
    return StandAddress(stand, urls, Tokens(home))


def no_stand(gateway: str) -> str:
    """That no stand answers at this address, and what to do."""
    return f"no stand answers at {gateway}: start one with `aimaq up`, or name another with --stand"


def gateway_of(stand: str) -> str:
    """The address of the gateway of the stand that is named as for `find`; nobody is asked."""
    return stand.rstrip("/") if _is_address(stand) else _urls(stand, _written(stand))["gateway"]


class Tokens(Mapping[str, str]):
    """The token of each service of the stand with this home: each is read when it is wanted, and no other."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def __getitem__(self, party: str) -> str:
        """The token of this party's service; Unconfigured if it cannot be read."""
        if party not in PARTIES:
            raise KeyError(party)
        return token_in(self._home, party)

    def __contains__(self, party: object) -> bool:
        """Whether a stand has such a service; its token is not read."""
        return party in PARTIES

    def __iter__(self) -> Iterator[str]:
        return iter(PARTIES)

    def __len__(self) -> int:
        return len(PARTIES)


def token_in(home: Path, party: str) -> str:
    """The token of one service of the stand with this home; Unconfigured if it cannot be read."""
    try:
        return read_token(home, party)
    except Unconfigured as error:
        raise Unconfigured(f"{error.detail}: give the home of that stand with --home") from None


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
    async with http_client(timeout=GATEWAY_ANSWERS) as session:
        try:
            return (await ServiceClient(session, gateway).call("GET", "/stand")).body
        except Unavailable as error:
            raise Unavailable(Technical(f"{no_stand(gateway)} ({error.detail})")) from None
