"""A running stand, as its users have it: its papers stand up to verifiers that ask its authority."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

from aimaq.regulation import Catalogue
from stand.client.address import StandAddress
from stand.runtime.embedded import embedded
from stand.flowfile import FLOWS, load
from stand.replay.player import play
from stand.client.clock import working_morning
from tests.papers import witness

pytestmark = pytest.mark.asyncio(loop_scope="module")

CATALOGUE = Catalogue.bundled()
QUICK: dict[str, Any] = {"password_memory": 8, "password_rounds": 1}
FRONTS = {
    "portal": "unemployed-certificate-2012/portal-certificate",
    "con": "unemployed-certificate-2012/con-refusal",
    "lea": "employment-referral-2018/provider-issued-employment",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandAddress]:
    """A stand in this process, with an authority on RSA as the national one is."""
    async with embedded(tmp_path_factory.mktemp("stand"), clock=working_morning(), **QUICK) as made:
        yield StandAddress("embedded", made.urls, made.admin_token, made.clock)


@pytest.mark.parametrize("front", FRONTS)
async def test_the_papers_of_a_stand_stand_up_to_whoever_asks_its_authority(
    stand: StandAddress, front: str, tmp_path: Path
) -> None:
    flow = load(FLOWS / f"{FRONTS[front]}.yaml", CATALOGUE)
    run = await play(flow, stand, "papers")
    assert run.conforms
    assert run.trace.result is not None
    assert run.trace.result.pdf is True
    assert stand.clock is not None
    admin = {"Authorization": f"Bearer {stand.admin_token}"}
    asked: list[str] = []
    async with ClientSession(headers=admin, trace_configs=[_noting(asked)]) as session:
        pdf = await _fetched(session, f"{stand.urls[front]}/cases/{run.case_id}/result.pdf")
        certificates = await _fetched(session, f"{stand.urls['registry']}/nca/ca")
        backend = AIOHttpFetcherBackend(session=session)
        status = await witness.judged_online(pdf, certificates, stand.clock.now(), backend)
        assert status.summary().startswith("INTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>"), status.summary()
        assert any("/nca/ocsp" in url or "/nca/crl" in url for url in asked), asked
    path = tmp_path / "result.pdf"
    path.write_bytes(pdf)
    said = witness.pdfsig(path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert f"{stand.urls[front]}/documents/{run.trace.result.number}" in witness.text(path)
    witness.sound(path)


async def _fetched(session: ClientSession, url: str) -> bytes:
    async with session.get(url) as response:
        assert response.status == 200, url
        return await response.read()


def _noting(asked: list[str]) -> aiohttp.TraceConfig:
    """Notes what a session is asked for."""
    tracing = aiohttp.TraceConfig()

    async def note(_: Any, __: Any, params: aiohttp.TraceRequestStartParams) -> None:
        asked.append(str(params.url))

    tracing.on_request_start.append(note)
    return tracing


async def test_an_organisations_paper_is_checked_by_its_bin(stand: StandAddress, tmp_path: Path) -> None:
    flow = load(FLOWS / "archive-certificate-2012" / "con-organisation.yaml", CATALOGUE)
    run = await play(flow, stand, "papers")
    assert run.conforms
    con = stand.urls["con"]
    async with ClientSession(headers={"Authorization": f"Bearer {stand.admin_token}"}) as session:
        case = json.loads(await _fetched(session, f"{con}/cases/{run.case_id}"))
        pdf = await _fetched(session, f"{con}/cases/{run.case_id}/result.pdf")
    number, organisation = case["number"], case["form"]["bin"]
    async with ClientSession() as anybody:
        for owner in (f"bin={organisation}", f"iin={case['iin']}"):
            told = json.loads(await _fetched(anybody, f"{con}/documents/{number}?{owner}"))
            assert (told["number"], told["holds"]) == (number, True)
            assert told["sha256"] == hashlib.sha256(pdf).hexdigest()
    path = tmp_path / "result.pdf"
    path.write_bytes(pdf)
    assert f"БСН {organisation}" in witness.text(path)
