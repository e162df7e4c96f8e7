"""A whole case that ends with a paper: signed by the official, stamped, fetched by the citizen, verified by others."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from tests.papers import witness
from tests.papers.signing import authorities, decided, fetched
from tests.web.people import People

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


async def test_a_paper_comes_to_the_citizen_and_others_verify_it(people: People, tmp_path: Path) -> None:
    case_id, mine = await people.submitted()
    await decided(people, case_id)
    pdf = await fetched(people.portal, case_id, mine)
    shown = (await people.portal.get(f"/cases/{case_id}", headers=mine)).json()
    assert shown["result"]["pdf_sha256"] == hashlib.sha256(pdf).hexdigest()
    assert await fetched(people.lea, case_id, people.admin) == pdf

    status = await witness.judged(pdf, await authorities(people))
    assert status.summary().startswith("INTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>"), status.summary()
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.timestamp == people.parties.clock.now()
    path = tmp_path / "result.pdf"
    path.write_bytes(pdf)
    assert "Signature is Valid" in witness.pdfsig(path)
    assert "Total document signed" in witness.pdfsig(path)
    witness.sound(path)
    assert witness.claims(pdf) == ("3", "B")
    output = witness.text(path)
    for words in (shown["number"], people.citizen.name, people.citizen.iin, people.clerk.name):
        assert words in output

    answer = await people.lea.get(f"/cases/{case_id}/papers", headers=people.admin)
    request = next(paper for paper in answer.json() if paper["kind"] == "request")
    assert witness.files(path) == {
        "request.json": base64.b64decode(request["document"]),
        "request.p7s": base64.b64decode(request["signature"]),
        "result.json": base64.b64decode(shown["result"]["document"]),
    }
