"""Signing a result as a paper over REST: what is refused and why, and that nothing is lost by it."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.papers.signing import covered, decided, drafted, encoded, fetched, prepared, signed
from tests.papers.stamps import without_stamps
from tests.parties import BASE
from tests.web.people import People
from tests.web.problems import problem
from tests.web.staff import LAWFUL, Counter, Staff

pytestmark = pytest.mark.slow

SEMEY, ORALMAN = "semey-victims-2016", "oralman-status-2016"


async def ready(people: People, **decision: str) -> tuple[str, dict[str, str], dict[str, Any]]:
    """A case whose answer is prepared: id, the clerk's headers, what is to be signed."""
    case_id, _ = await people.submitted()
    his = await prepared(people, case_id, **decision)
    return case_id, his, await drafted(people, case_id, his)


async def posted(people: People, case_id: str, his: dict[str, str], **body: Any) -> httpx.Response:
    return await people.lea.post(f"/cases/{case_id}/result", json=body, headers=his)


async def test_a_draft_is_the_same_until_something_changes(visitors: People) -> None:
    case_id, his, draft = await ready(visitors)
    assert await drafted(visitors, case_id, his) == draft
    plain = await visitors.lea.get(f"/cases/{case_id}/draft", headers=his)
    assert plain.json() == {"document": draft["document"], "paper": None}
    pdf, (start, before, after, rest) = base64.b64decode(draft["paper"]["pdf"]), draft["paper"]["byte_range"]
    assert (start, after + rest) == (0, len(pdf))
    assert not pdf[before + 1 : after - 1].strip(b"0")
    assert len(pdf) < 128 * 1024


async def test_signing_the_document_alone_issues_no_paper(visitors: People) -> None:
    case_id, mine = await visitors.submitted()
    await visitors.decided(case_id)
    await visitors.parties.status("portal", case_id, "completed")
    shown = (await visitors.portal.get(f"/cases/{case_id}", headers=mine)).json()
    assert shown["result"]["pdf_sha256"] is None
    problem(await visitors.portal.get(f"/cases/{case_id}/result.pdf", headers=mine), 404, "not-found")


async def test_nobody_else_gets_the_paper(visitors: People) -> None:
    case_id, mine = await visitors.submitted()
    problem(await visitors.portal.get(f"/cases/{case_id}/result.pdf", headers=mine), 404, "not-found")
    await decided(visitors, case_id)
    await fetched(visitors.portal, case_id, mine)
    answer = await visitors.portal.post("/sessions", json=visitors.neighbour.login)
    theirs = {"Authorization": f"Bearer {answer.json()['token']}"}
    problem(await visitors.portal.get(f"/cases/{case_id}/result.pdf", headers=theirs), 404, "not-found")
    problem(await visitors.portal.get(f"/cases/{case_id}/result.pdf"), 401, "not-authenticated")
    problem(await visitors.portal.get("/cases/x/result.pdf", headers=mine), 422, "invalid-input", field="case_id")


async def test_a_signature_that_does_not_fit_the_draft_is_refused_and_the_case_stands(visitors: People) -> None:
    case_id, his, draft = await ready(visitors)
    body, sheet = signed(draft, visitors.clerk), draft["paper"]
    over = covered(sheet)
    wrong: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        ({"pdf_cms": encoded(visitors.clerk.signer.sign(over + b"."))}, "bad-signature", {"field": "pdf_cms"}),
        ({"pdf_cms": encoded(visitors.neighbour.signer.sign(over))}, "bad-signature", {"field": "pdf_cms"}),
        ({"pdf_cms": body["cms"]}, "bad-signature", {"field": "pdf_cms"}),
        ({"pdf_cms": encoded(b"0" * 100)}, "invalid-input", {"field": "pdf_cms"}),
        ({"cms": body["pdf_cms"]}, "bad-signature", {"field": "cms"}),
        ({"pdf_cms": ""}, "invalid-input", {"field": "pdf_cms"}),
        ({"pdf_cms": 7}, "invalid-input", {"field": "pdf_cms"}),
        (
            {"pdf_cms": encoded(visitors.clerk.signer.sign(over, BASE))},
            "invalid-input",
            {"field": "pdf_cms", "rule": "no signing time"},
        ),
        (
            {"pdf_cms": encoded(visitors.clerk.signer.sign(over, attached=True))},
            "invalid-input",
            {"field": "pdf_cms", "rule": "detached"},
        ),
        ({"signed_at": None}, "invalid-input", {"field": "signed_at", "rule": "required"}),
        ({"signed_at": "2026-03-02T04:00:01Z"}, "invalid-input", {"field": "signed_at", "rule": "current draft"}),
        ({"signed_at": "2026-03-02T03:59:59Z"}, "invalid-input", {"field": "signed_at", "rule": "current draft"}),
        ({"signed_at": "2026-03-02T04:00:00"}, "invalid-input", {"field": "signed_at"}),
        ({"signed_at": "soon"}, "invalid-input", {"field": "signed_at"}),
        ({"paper": sheet}, "invalid-input", {"field": "paper"}),
    ]
    for change, slug, members in wrong:
        problem(await posted(visitors, case_id, his, **(body | change)), 422, slug, **members)
        shown = (await visitors.lea.get(f"/cases/{case_id}", headers=visitors.admin)).json()
        assert (shown["result"], shown["status"]) == (None, "in_progress"), change
    answer = await posted(visitors, case_id, his, **body)
    assert answer.status_code == 200, answer.text


async def test_a_draft_that_was_changed_meanwhile_is_drawn_up_again(visitors: People) -> None:
    case_id, his, draft = await ready(visitors)
    visitors.parties.clock.advance(timedelta(minutes=1))
    later = await drafted(visitors, case_id, his)
    assert later["document"] == draft["document"]
    assert later["paper"] != draft["paper"]
    mixed = signed(draft, visitors.clerk) | {"signed_at": later["paper"]["signed_at"]}
    refusal = problem(await posted(visitors, case_id, his, **mixed), 422, "bad-signature", field="pdf_cms")
    assert [finding["code"] for finding in refusal["findings"]] == ["digest"]
    answer = await posted(visitors, case_id, his, **signed(draft, visitors.clerk))
    assert answer.status_code == 200, answer.text


async def test_letters_that_no_paper_has_are_named_and_the_document_can_still_be_signed(visitors: People) -> None:
    case_id, _ = await visitors.submitted()
    his = await prepared(visitors, case_id, "denied", "Себебі 😀")
    answer = await visitors.lea.get(f"/cases/{case_id}/draft?paper=true", headers=his)
    refusal = problem(answer, 422, "invalid-input", field="grounds", rule="letters of the paper")
    assert "😀" in refusal["detail"]
    plain = await visitors.lea.get(f"/cases/{case_id}/draft", headers=his)
    signature = visitors.clerk.cms(plain.json()["document"])
    assert (await posted(visitors, case_id, his, **signature)).status_code == 200


async def test_without_a_time_stamp_nothing_is_issued_and_nothing_lost(visitors: People) -> None:
    case_id, his, draft = await ready(visitors)
    parties, body = visitors.parties, signed(draft, visitors.clerk)
    registry = parties.services["lea"].settings.registry_url
    async with without_stamps(registry) as half:
        await parties.stop("lea")
        await parties.start("lea", registry_url=half)
        lea = await parties.http("lea")
        answer = await lea.post(f"/cases/{case_id}/result", json=body, headers=his)
        refusal = problem(answer, 503, "unavailable")
        assert "time-stamping authority" in refusal["detail"]
        assert (await lea.get(f"/cases/{case_id}", headers=visitors.admin)).json()["result"] is None
    await parties.stop("lea")
    await parties.start("lea", registry_url=registry)
    lea = await parties.http("lea")
    answer = await lea.post(f"/cases/{case_id}/result", json=body, headers=his)
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def hall(visitors: People, officials: list[Any]) -> Counter:
    """The service centre's counter, and the body's staff."""
    return Counter(await Staff.hired(visitors, officials))


async def test_a_paper_that_is_sent_later_than_it_was_signed_comes_along(hall: Counter) -> None:
    staff, people = hall.staff, hall.people
    case_id, his = await hall.sent(SEMEY, package=LAWFUL)
    await staff.did(
        case_id,
        ("guard", "examination"),
        ("clerk", "registration"),
        ("head", "assignment"),
        ("executor", "draft", {"decision": "granted", "result": "certificate"}),
    )
    headers = await staff.signed_in("head")
    draft = await drafted(people, case_id, headers)
    answer = await posted(people, case_id, headers, **signed(draft, staff.members["head"]))
    assert answer.status_code == 200, answer.text
    assert (await staff.shown(case_id, "con"))["result"] is None
    await staff.did(case_id, ("clerk", "record"))
    await staff.stands(case_id, "process-8/issue", "con")
    pdf = await fetched(people.con, case_id, his)
    assert pdf == await fetched(people.lea, case_id, people.admin)
    number = (await staff.shown(case_id, "con"))["result"]["number"]
    checked = await people.con.get(f"/documents/{number}", params={"iin": people.citizen.iin})
    assert (checked.status_code, checked.json()["paper"]) == (200, "credential")


async def test_what_is_no_result_has_no_paper(hall: Counter) -> None:
    staff, people = hall.staff, hall.people
    case_id = await staff.begun("executor", ORALMAN, people.citizen)
    await staff.stands(case_id, "item-1/enter-registry")
    await staff.did(
        case_id,
        ("executor", "entry"),
        ("clerk", "registration"),
        ("head", "assignment"),
        ("section-head", "assignment"),
        ("executor", "draft", {"decision": "granted"}),
        ("section-head", "agreement"),
    )
    headers = await staff.signed_in("head")
    draft = await drafted(people, case_id, headers)
    assert draft["paper"] is None
    document = base64.b64decode(draft["document"])
    body = {"cms": encoded(staff.members["head"].signer.sign(document)), "signed_at": BASE.isoformat()}
    body["pdf_cms"] = body["cms"]
    problem(await posted(people, case_id, headers, **body), 409, "out-of-order", field="pdf_cms")
