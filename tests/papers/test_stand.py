"""A running stand, as its users have it: its papers stand up to verifiers that ask its authority."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from aimaq.http.client import http_client
from aimaq.regulation import Catalogue
from stand.client.address import StandAddress
from stand.client.clock import working_morning
from stand.flowfile import FLOWS, load
from stand.replay.player import play
from stand.runtime.embedded import embedded
from tests.papers import witness

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

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
        yield StandAddress("embedded", made.urls, made.tokens, made.clock)


@pytest.mark.parametrize("party", FRONTS)
async def test_the_papers_of_a_stand_stand_up_to_whoever_asks_its_authority(
    stand: StandAddress, party: str, tmp_path: Path
) -> None:
    flow = load(FLOWS / f"{FRONTS[party]}.yaml", CATALOGUE)
    run = await play(flow, stand, "papers")
    assert run.conforms
    assert run.trace.result is not None
    assert run.trace.result.pdf is True
    assert stand.clock is not None
    async with http_client(token=stand.tokens[party]) as session:
        pdf = await _fetched(session, f"{stand.urls[party]}/cases/{run.case_id}/result.pdf")
        certificates = await _fetched(session, f"{stand.urls['registry']}/nca/ca")
    status, fetched = await witness.judged_online(pdf, certificates, stand.clock.now())
    assert status.summary().startswith("INTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>"), status.summary()
    assert fetched > 0
    path = tmp_path / "result.pdf"
    path.write_bytes(pdf)
    output = witness.pdfsig(path)
    assert "Signature is Valid" in output
    assert "Total document signed" in output
    assert "ETSI.CAdES.detached" in output
    assert f"{stand.urls[party]}/documents/{run.trace.result.number}" in witness.text(path)
    witness.sound(path)


async def _fetched(session: httpx.AsyncClient, url: str) -> bytes:
    response = await session.get(url)
    assert response.status_code == 200, url
    return response.content


async def test_an_organisations_paper_is_checked_by_its_bin(stand: StandAddress, tmp_path: Path) -> None:
    flow = load(FLOWS / "archive-certificate-2012" / "con-organisation.yaml", CATALOGUE)
    run = await play(flow, stand, "papers")
    assert run.conforms
    con = stand.urls["con"]
    async with http_client(token=stand.tokens["con"]) as session:
        case = json.loads(await _fetched(session, f"{con}/cases/{run.case_id}"))
        pdf = await _fetched(session, f"{con}/cases/{run.case_id}/result.pdf")
    number, organisation = case["number"], case["form"]["bin"]
    async with http_client() as anybody:
        for owner in (f"bin={organisation}", f"iin={case['iin']}"):
            answer = json.loads(await _fetched(anybody, f"{con}/documents/{number}?{owner}"))
            assert (answer["number"], answer["holds"]) == (number, True)
            assert answer["sha256"] == hashlib.sha256(pdf).hexdigest()
    path = tmp_path / "result.pdf"
    path.write_bytes(pdf)
    assert f"БСН {organisation}" in witness.text(path)
