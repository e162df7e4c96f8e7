"""Officials who are not there sign papers as well; without time stamps, or papers, they sign the document alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.papers import witness
from tests.papers.signing import authorities, fetched, prepared
from tests.papers.stamps import without_stamps
from tests.parties import Parties
from tests.web.people import People

pytestmark = pytest.mark.slow


async def restarted(parties: Parties, **settings: Any) -> httpx.AsyncClient:
    """The body with the autopilot on."""
    registry = parties.services["portal"].settings.registry_url
    await parties.stop("lea")
    await parties.start("lea", autopilot=True, **{"registry_url": registry, **settings})
    return await parties.http("lea")


async def signed_request(people: People) -> tuple[str, dict[str, str]]:
    """A case at the portal that is signed and on its way."""
    case_id, mine, document = await people.filled()
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=people.citizen.cms(document), headers=mine)
    assert answer.status_code == 202, answer.text
    return case_id, mine


async def test_whoever_asks_gets_a_paper_without_staff(visitors: People) -> None:
    await restarted(visitors.parties)
    for _ in range(3):
        case_id, mine = await signed_request(visitors)
        pdf = await fetched(visitors.portal, case_id, mine)
        status = await witness.judged(pdf, await authorities(visitors))
        assert status.summary().startswith("INTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>"), status.summary()
        case = await visitors.parties.status("portal", case_id, "completed")
        checked = await visitors.portal.get(f"/documents/{case.number}", params={"iin": visitors.citizen.iin})
        assert (checked.json()["signed_by"], checked.json()["holds"]) == ("СЫНАҚОВ АВТОПИЛОТ", True)


async def test_what_was_due_when_the_process_ended_is_signed_by_the_next(visitors: People) -> None:
    case_id, mine = await visitors.submitted()
    await prepared(visitors, case_id)
    await restarted(visitors.parties)
    assert (await fetched(visitors.portal, case_id, mine)).startswith(b"%PDF")


@pytest.mark.parametrize("why", ["no stamps", "no papers"])
async def test_without_stamps_or_papers_the_document_alone_is_signed(visitors: People, why: str) -> None:
    parties = visitors.parties
    async with without_stamps(parties.services["portal"].settings.registry_url) as half:
        await restarted(parties, **({"registry_url": half} if why == "no stamps" else {"autopilot_papers": False}))
        case_id, mine = await signed_request(visitors)
        await parties.status("portal", case_id, "completed")
    shown = (await visitors.portal.get(f"/cases/{case_id}", headers=mine)).json()
    assert shown["result"]["pdf_sha256"] is None
