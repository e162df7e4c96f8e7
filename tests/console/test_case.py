"""The page of a case: what an operator reads first, in three languages, whatever systems and strangers sent."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from lxml import html
from msgspec.structs import replace

from aimaq.access.administration import Principal
from aimaq.access.permissions import ROLES
from aimaq.language.messages import RequestSubmitted
from aimaq.language.texts import LANGUAGES
from aimaq.regulation import Catalogue, Regulation
from conformance.trace import Message, Trace
from gateway_svc.console.pages.case import raw, words
from gateway_svc.console.session import Session, Sessions
from tests.case_files import NAME, Stored, stored
from tests.conformance.test_parts import ways
from tests.conformance.test_progress import cut, ended
from tests.console.visitor import Visitor
from tests.console.visitor import words as read
from tests.faults import outage
from tests.parties import IIN

CATALOGUE = Catalogue.bundled()
ORALMAN = CATALOGUE.regulation("oralman-status-2016")
GRANTED = next(iter(ways(ORALMAN, ORALMAN.flow("con"))))
WHOLE = ended(ORALMAN, ORALMAN.flow("con"), GRANTED)
LARGEST = 76_000
"""Bytes of a page, which with the style sheet and the scripts has 150 kB."""
HOSTILE = "</title></svg><script>alert(1)</script>\u202e<b onmouseover=x>"


async def placed(operator: Visitor, trace: Trace, *, days: float = 0.0, law: Regulation = ORALMAN) -> Stored:
    """A case in the journal; the clock is so many days behind its last message."""
    parties = operator.parties
    latest = max((one.journalled_at for one in trace.messages), default=parties.clock.now())
    parties.clock.advance(max(timedelta(), latest - parties.clock.now() + timedelta(days=days, seconds=1)))
    await operator.sign_in()
    return await stored(parties, trace, law)


async def page(operator: Visitor, case_id: str, query: str = "") -> html.HtmlElement:
    """The page of a case, as a browser has it."""
    reply = await operator.get(f"/console/cases/{case_id}{query}")
    assert reply.status_code == 200, read(reply)
    assert len(reply.content) < LARGEST
    return html.document_fromstring(reply.content)


def text(tree: html.HtmlElement, selector: str) -> str:
    """What a reader sees of the first element of a class or with an id."""
    (found, *_) = tree.xpath(selector)
    return re.sub(r"\s+", " ", found.text_content()).strip()


MOVE, CHIPS = "//section[contains(@class,'turn')]", "//table//span[contains(@class,'chip')]"


async def test_an_open_case_says_first_whose_move_it_is_since_when_and_until_when(operator: Visitor) -> None:
    file = await placed(operator, cut(WHOLE, 7))
    tree = await page(operator, file.case_id)
    move = text(tree, MOVE)
    assert "Clerk of the office" in move
    assert "7(2)" in move
    assert "30 minutes, until" in move
    assert "working day 1 of 5" in move
    assert tree.xpath(f"{MOVE}/@class") == ["turn near"]
    assert tree.xpath("//svg[@class='bpmn']//circle[contains(@class,'tok')]")
    assert len(tree.xpath("//tr[@class='on']")) == 1


async def test_a_late_case_is_told_in_working_time(operator: Visitor) -> None:
    file = await placed(operator, cut(WHOLE, 7), days=2)
    tree = await page(operator, file.case_id)
    assert tree.xpath(f"{MOVE}/@class") == ["turn late"]
    assert "late by" in text(tree, MOVE)
    assert tree.xpath("//svg[@class='plot']//rect[@class='past']")
    assert "ran out" in text(tree, MOVE)


async def test_a_limit_that_is_over_for_what_need_not_have_been_reported_is_not_called_late(operator: Visitor) -> None:
    file = await placed(operator, cut(WHOLE, 8), days=0.2)
    tree = await page(operator, file.case_id)
    assert "7(4)" in text(tree, MOVE)
    assert tree.xpath(f"{MOVE}/@class") == ["turn near"]
    assert "or not reported yet" in text(tree, MOVE)
    assert not tree.xpath("//svg[@class='plot']//rect[@class='past']")


async def test_an_ended_case_says_how_it_ended_and_whether_anything_was_late(operator: Visitor) -> None:
    file = await placed(operator, WHOLE)
    tree = await page(operator, file.case_id)
    assert tree.xpath(f"{MOVE}/@class") == ["turn ok"]
    assert words.NONE_LATE.en in text(tree, MOVE)
    assert not tree.xpath("//svg[@class='plot']//path[@class='ax-now' and starts-with(@d,'M') and contains(@d,' 30V')]")
    assert {chip.text_content() for chip in tree.xpath(CHIPS)} <= {"done", "not needed"}


async def test_a_case_of_which_nothing_is_reported_says_when_something_will_be_there(operator: Visitor) -> None:
    file = await placed(operator, replace(WHOLE, messages=(), end=None, status=None, result=None))
    tree = await page(operator, file.case_id)
    assert words.NO_MESSAGES_WHEN.en in text(tree, "//section[@id='messages']")


async def test_an_unknown_case_is_a_page_that_says_so(operator: Visitor) -> None:
    reply = await operator.get("/console/cases/01a22ad3-052c-7b01-bff8-f0b7659e9be8")
    assert reply.status_code == 404
    assert "No case 01a22ad3-052c-7b01-bff8-f0b7659e9be8 is here" in read(reply)


@pytest.mark.parametrize("query", ["?message=99", "?message=-1", "?message=nobody", "?para=99(99)", "?after=9999"])
async def test_what_a_case_does_not_have_is_told(operator: Visitor, query: str) -> None:
    file = await placed(operator, WHOLE)
    reply = await operator.get(f"/console/cases/{file.case_id}{query}")
    if "message" in query:
        assert reply.status_code == 404
        assert words.NO_SUCH_MESSAGE.en in read(reply)
    else:
        assert reply.status_code == 200
    if "para" in query:
        assert words.NO_SUCH_PARAGRAPH.en in read(reply)


async def test_a_message_is_chosen_by_its_number_or_its_id(operator: Visitor) -> None:
    file = await placed(operator, WHOLE)
    for chosen in ("3", file.messages[2]):
        tree = await page(operator, file.case_id, f"?message={chosen}")
        assert text(tree, "//section[@id='message']//h2").startswith("Message 3: ")
        assert words.GOOD.en in text(tree, "//section[@id='message']")
        assert [one.get("href").partition("?")[2] for one in tree.xpath("//a[@class='msg' and @aria-current]")] == [
            "message=3#message"
        ]
        assert len(tree.xpath("//svg[@class='plot']//a[@class='jn on']")) == 1


async def test_a_paragraph_opens_beside_the_steps_and_the_message_stays_chosen(operator: Visitor) -> None:
    file = await placed(operator, WHOLE)
    tree = await page(operator, file.case_id, "?message=2&para=7(5)")
    law = text(tree, "//section[@id='law']")
    assert "Para 7(5)" in law
    assert "2 working days" in law
    assert text(tree, "//section[@id='message']//h2").startswith("Message 2: ")
    links = {link.get("href") for link in tree.xpath("//a[@class='para']")}
    assert "?message=2&para=7(3)#law" in links


async def test_every_link_on_the_page_leads_to_something(operator: Visitor) -> None:
    file = await placed(operator, cut(WHOLE, 8))
    tree = await page(operator, file.case_id)
    ids = set(tree.xpath("//@id"))
    for link in tree.xpath("//main//a/@href"):
        path, _, anchor = link.partition("#")
        if not path:
            assert anchor in ids, link
        elif path.startswith("?"):
            there = await page(operator, file.case_id, path)
            assert not anchor or anchor in set(there.xpath("//@id")), link


async def test_personal_data_are_masked(operator: Visitor) -> None:
    file = await placed(operator, WHOLE)
    for number in range(1, len(WHOLE.messages) + 1):
        reply = await operator.get(f"/console/cases/{file.case_id}?message={number}")
        assert IIN not in reply.text
        assert NAME not in reply.text
        assert "Абай" not in reply.text
        assert words.RAW_MASKED.en in read(reply)


async def test_a_message_that_nobody_chose_is_opened_by_nobody(operator: Visitor) -> None:
    file = await placed(operator, WHOLE)
    tree = await page(operator, file.case_id)
    assert not tree.xpath("//section[@id='message']//pre")
    opens = tree.xpath(f"//section[@id='message']//a[.='{words.RAW_OPENS.en}']/@href")
    assert opens == [f"?message={len(WHOLE.messages)}#message"]
    auditor = {"Authorization": f"Bearer {operator.token}"}
    assert (await operator.get("/audit?what=messages.read", **auditor)).json()["items"] == []
    assert (await page(operator, file.case_id, opens[0])).xpath("//section[@id='message']//pre")
    (act,) = (await operator.get("/audit?what=messages.read", **auditor)).json()["items"]
    assert (act["object"], act["case_id"]) == (file.messages[-1], file.case_id)


async def test_whoever_may_not_read_messages_sees_what_the_journal_says_of_one(
    operator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await placed(operator, WHOLE)
    now = operator.parties.clock.now()
    viewer = Session(Principal("viewer", ROLES["viewer"]), "s", now, now, "renewal")
    monkeypatch.setattr(Sessions, "read", lambda *_: viewer)
    tree = await page(operator, file.case_id)
    message = text(tree, "//section[@id='message']")
    assert words.RAW_NOT_YOURS.en in message
    assert words.GOOD.en in message
    assert not tree.xpath("//section[@id='message']//pre")


@pytest.mark.slow
async def test_each_flow_has_its_page_open_and_ended(operator: Visitor) -> None:
    flows = [(law, flow) for law in CATALOGUE for flow in law.flows.values()]
    for number, (law, flow) in enumerate(flows):
        language = operator.client.headers["Accept-Language"] = LANGUAGES[number % len(LANGUAGES)]
        trace = ended(law, flow, next(iter(ways(law, flow))), seed=law.id)
        for one in (trace, cut(trace, len(trace.messages) // 2)):
            file = await placed(operator, one, law=law)
            tree = await page(operator, file.case_id)
            assert tree.xpath("//html/@lang") == [language]
            assert tree.xpath("//svg[@class='plot']")


async def test_what_strangers_wrote_is_text(operator: Visitor) -> None:
    records = tuple(replace(step, ref=HOSTILE, unit=HOSTILE, operation=HOSTILE) for step in WHOLE.messages[2].steps)
    strange: Message = replace(WHOLE.messages[2], steps=records, verdict="rejected", reason=HOSTILE)
    trace = replace(WHOLE, messages=(*WHOLE.messages[:2], strange, replace(strange, verdict="accepted")), end=None)
    content = RequestSubmitted(IIN, HOSTILE, {HOSTILE: HOSTILE}, b"", b"")
    file = await placed(operator, trace)
    parties = operator.parties
    also = await stored(parties, replace(trace, messages=(strange,)), ORALMAN, number=HOSTILE, contents=[content])
    for case_id in (file.case_id, also.case_id):
        for number in range(1, 5 if case_id == file.case_id else 2):
            reply = await operator.get(f"/console/cases/{case_id}?message={number}&para={'<i>' * 9}")
            assert reply.status_code == 200
            assert "\u202e" not in reply.text
            tree = html.document_fromstring(reply.content)
            assert not tree.xpath("//main//script | //main//b[@onmouseover] | //main//i")
            assert len(reply.content) < LARGEST


async def test_thousands_of_messages_are_folded_and_listed_some_at_a_time(operator: Visitor) -> None:
    plain = replace(WHOLE.messages[0], steps=())
    step = timedelta(minutes=7)
    many = tuple(
        replace(
            plain,
            message_id=f"m{number}",
            journalled_at=plain.journalled_at + number * step,
            occurred_at=plain.occurred_at + number * step,
            verdict="rejected" if number % 50 == 0 else "accepted",
            reason="stale" if number % 50 == 0 else None,
        )
        for number in range(1, 5001)
    )
    file = await placed(operator, replace(WHOLE, messages=(*WHOLE.messages[:7], *many), end=None, result=None))
    tree = await page(operator, file.case_id, "?message=2503")
    assert len(tree.xpath("//a[@class='msg']")) == 40
    assert text(tree, "//section[@id='messages']//header").endswith("5 007 · 100 refused")
    assert len(tree.xpath("//svg[@class='plot']//a[starts-with(@class,'jn')]")) <= 200
    later = tree.xpath("//a[@rel='next']/@href")
    assert len(later) == 1


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[1]", b"{" * 5000, b'{"a":' * 400 + b"1" + b"}" * 400, b'"' + b"x" * 9_000_000 + b'"']
)
def test_what_is_no_message_is_told_by_its_size(body: bytes) -> None:
    shown = raw.shown(body)
    assert not isinstance(shown, str) or len(shown) <= raw.LONGEST + 100


def test_a_message_with_thousands_of_values_is_shown_in_part() -> None:
    body = b'{"body":{"form":{' + b",".join(b'"f%d":"secret"' % number for number in range(9_000)) + b"}}}"
    shown = raw.shown(body)
    assert isinstance(shown, str)
    assert "secret" not in shown
    assert len(shown) < raw.LONGEST + 100


async def test_the_page_of_a_case_says_that_the_database_is_away(operator: Visitor) -> None:
    file = await placed(operator, WHOLE)
    async with outage(operator.parties.services["gateway"]):
        reply = await operator.get(f"/console/cases/{file.case_id}")
    assert reply.status_code == 503
    assert "Temporarily unavailable" in read(reply)


async def test_the_whole_diagram_has_the_token_where_the_case_stands(operator: Visitor) -> None:
    file = await placed(operator, cut(WHOLE, 8))
    tree = html.document_fromstring((await operator.get(f"/console/cases/{file.case_id}/diagram")).content)
    (token,) = tree.xpath("//svg//g[circle[@class='tok']]")
    assert "7(4)" in token.xpath("string(title)")
    assert tree.xpath("//svg//g[starts-with(@class,'done')]")


async def test_an_open_page_hears_of_messages_that_it_does_not_show(operator: Visitor) -> None:
    file = await placed(operator, cut(WHOLE, 8))
    tree = await page(operator, file.case_id)
    (asks,) = tree.xpath("//div[@class='news']/@*[name()='hx-get']")
    assert (await operator.get(asks)).status_code == 204
    fewer = asks.replace("known=8", "known=5")
    notice = await operator.get(fewer)
    assert read(notice).strip() == "New messages: 3. Show them"
    assert f'href="/console/cases/{file.case_id}"' in notice.text
    assert (await operator.get(asks.replace(file.case_id, "01a22ad3-052c-7b01-bff8-f0b7659e9be8"))).status_code == 204
    ended_case = await placed(operator, WHOLE)
    assert not (await page(operator, ended_case.case_id)).xpath("//div[@class='news']")
