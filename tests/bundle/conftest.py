"""What the tests of bundles share: a stand with people, one case that came to its end, and its bundle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from aimaq.http.client import http_client
from stand.bundle.export import CaseFile
from stand.client.address import StandAddress
from stand.runtime.embedded import listening, listening_socket
from tests.databases import files
from tests.parties import Parties
from tests.stand_fixtures import stand_home
from tests.web.people import People, residents

__all__ = ["stand_home"]


@pytest.fixture(scope="module", autouse=True)
def own_root(stand_home: Path) -> Iterator[None]:
    """`aimaq verify` trusts the root of the stand that the bundles are from, unless it is told another."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AIMAQ_HOME", str(stand_home))
        yield


class Exported:
    """A case, its bundle, the same exported once more, and the home of the stand it is from."""

    def __init__(self, case_id: str, data: bytes, again: bytes, home: Path) -> None:
        self.case_id, self.data, self.again, self.home = case_id, data, again, home

    def __repr__(self) -> str:
        return f"the bundle of {self.case_id}"


@pytest.fixture(scope="session")
def exported(stand_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    """The bundle of a case that went through the portal, with two blocks closed while it was under way."""
    with asyncio.Runner() as runner:
        yield runner.run(_exported(stand_home, tmp_path_factory.mktemp("bundle")))


async def _exported(home: Path, folder: Path) -> Exported:
    async with Parties(home, files(folder)) as parties:
        people = await People.gather(parties, residents(home, 3, employed=1))
        case_id, _ = await people.submitted()
        await people.gateway.post("/journal/blocks", headers=people.admin)
        other, _ = await people.submitted()
        await people.decided(case_id)
        await people.decided(other, "denied", "Құжат жоқ")
        for one, end in ((case_id, "completed"), (other, "refused")):
            await parties.status("portal", one, end)
        await parties.quiet()
        urls = {}
        for name in ("portal", "con", "lea", "gateway", "registry"):
            listener = parties.stack.enter_context(listening_socket("127.0.0.1", 0))
            await parties.stack.enter_async_context(listening(parties.apps[name], listener))
            urls[name] = f"http://127.0.0.1:{listener.getsockname()[1]}"
        tokens = {party: service.administration.token for party, service in parties.services.items()}
        address = StandAddress("the test's", urls, tokens)
        async with http_client() as session:
            first, second = [await CaseFile(session, address, case_id).collected() for _ in range(2)]
    return Exported(case_id, first, second, home)
