"""The search for cases at the gateway: what a message tells, each filter, pages while cases are added, bad input."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aimaq.language.messages import PARTIES
from gateway_svc.cases import search
from tests.gateway.cases import BODY, PLACE, ended, every, made, page, put
from tests.outsider import REGULATION
from tests.parties import BASE, IIN, Parties
from tests.waiting import eventually
from tests.web.problems import problem


async def stands(parties: Parties, case_id: str, at: str) -> dict[str, Any]:
    """A case once the gateway knows that it stands at a place."""

    async def there() -> dict[str, Any] | None:
        items = (await page(parties, case_id=case_id))["items"]
        return items[0] if items and items[0]["at"] == at else None

    return await eventually(there, what=f"{at} at the gateway")


async def test_a_request_is_found_by_who_asked_and_says_whose_move_it_is_and_until_when(parties: Parties) -> None:
    await parties.start(*PARTIES)
    case_id = await parties.ask()
    case = await stands(parties, case_id, PLACE)
    assert case["next_party"] == BODY
    assert case["next_unit"] == "lea.employee"
    assert case["step"]["paragraph"]
    assert case["limit"]["due_at"] == (BASE + timedelta(minutes=10)).isoformat()
    assert case["limit"]["summary"]["en"] == "10 min left"
    for words in ({"iin": IIN}, {"q": IIN}, {"number": case["number"]}, {"q": case["number"]}, {"q": case_id[:13]}):
        assert [one["case_id"] for one in (await page(parties, **words))["items"]] == [case_id], words
    assert (await page(parties, iin=IIN, status="completed"))["items"] == []


async def test_nobody_who_searches_is_shown_a_number_or_a_name(parties: Parties) -> None:
    await parties.start(*PARTIES)
    await stands(parties, await parties.ask(), PLACE)
    client = await parties.http("gateway", **parties.admin())
    text = (await client.get("/cases")).text + (await client.get("/deadlines")).text
    assert IIN not in text
    assert "Ахметова" not in text
    assert IIN[-4:] in text


async def test_a_case_that_begins_at_the_body_is_found_too(parties: Parties) -> None:
    await parties.start(*PARTIES)
    case_id = await parties.ask(at="lea")

    async def known() -> dict[str, Any] | None:
        items = (await page(parties, case_id=case_id))["items"]
        return items[0] if items else None

    case = await eventually(known, what="the case at the gateway")
    assert case["channel"] == "provider"
    assert case["next_party"] == BODY


FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "the body": ({"party": BODY}, {"late", "near", "calm", "over", "endless"}),
    "another body": ({"party": "lea:oral-employment"}, set()),
    "the regulation": ({"regulation": REGULATION}, {"late", "near", "calm", "over", "endless"}),
    "another regulation": ({"regulation": "child-allowance-2016"}, set()),
    "a regulation of another body": ({"regulation": REGULATION, "party": "lea:oral-employment"}, set()),
    "the channel": ({"channel": "portal"}, {"late", "near", "calm", "over", "endless"}),
    "another channel": ({"channel": "con"}, set()),
    "the status": ({"status": "completed"}, {"over"}),
    "the party whose move it is": ({"next_party": "lea"}, {"late", "near", "calm", "endless"}),
    "the body whose move it is": ({"next_party": BODY}, {"late", "near", "calm", "endless"}),
    "another party": ({"next_party": "registry"}, set()),
    "the performer": ({"next_unit": "lea.employee"}, {"late", "near", "calm", "endless"}),
    "under way": ({"open": "true"}, {"late", "near", "calm", "endless"}),
    "ended": ({"open": "false"}, {"over"}),
    "late": ({"late": "true"}, {"late"}),
    "not late": ({"late": "false"}, {"near", "calm", "over", "endless"}),
    "near": ({"near": "true"}, {"near"}),
    "not near": ({"near": "false"}, {"late", "calm", "over", "endless"}),
    "late or near": ({"late": "true", "near": "true"}, {"late", "near"}),
    "a day": ({"since": "2026-03-02", "until": "2026-03-02"}, {"late", "near", "calm", "over", "endless"}),
    "the days before": ({"until": "2026-03-01"}, set()),
    "from an instant on": ({"since": "2026-03-02T10:00:00+05:00"}, {"calm", "over", "endless"}),
    "empty filters": (
        {"regulation": "", "late": "", "status": "", "since": ""},
        {"late", "near", "calm", "over", "endless"},
    ),
}


@pytest.fixture
async def five(parties: Parties) -> dict[str, str]:
    """Cases at a gateway, by what they are; the clock shows twenty minutes past nine."""
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    minute = timedelta(minutes=1)
    kinds = {
        "late": made(gateway, 1),
        "near": made(gateway, 1, BASE + 15 * minute),
        "calm": made(gateway, 1, BASE + 60 * minute),
        "over": made(gateway, 1, BASE + 61 * minute, **ended(BASE + 61 * minute)),
        "endless": made(gateway, 1, BASE + 62 * minute),
    }
    (calm,), (endless,) = kinds["calm"], kinds["endless"]
    assert calm.standing is not None
    assert endless.standing is not None
    later = {"due_at": BASE + timedelta(days=3), "near_at": BASE + timedelta(days=2)}
    kinds["calm"] = [replace(calm, standing=replace(calm.standing, **later))]
    kinds["endless"] = [replace(endless, standing=replace(endless.standing, due_at=None, near_at=None))]
    await put(gateway, [case for cases in kinds.values() for case in cases])
    parties.clock.advance(20 * minute)
    return {case.case_id: kind for kind, (case,) in kinds.items()}


@pytest.mark.parametrize("what", FILTERS)
async def test_each_filter_lets_through_what_it_says(parties: Parties, five: dict[str, str], what: str) -> None:
    words, kinds = FILTERS[what]
    for order in ("newest", "due"):
        found = await page(parties, order=order, **words)
        assert {five[case["case_id"]] for case in found["items"]} == kinds, order
        assert (found["count"], found["exact"], found["next"]) == (len(kinds), True, None)


async def test_what_is_due_first_comes_first_and_what_has_no_limit_last(parties: Parties, five: dict[str, str]) -> None:
    by_due = [five[case["case_id"]] for case in await every(parties, order="due", limit=1)]
    assert by_due == ["late", "near", "calm", "endless", "over"]
    newest = [five[case["case_id"]] for case in await every(parties, limit=2)]
    assert newest == ["endless", "over", "calm", "near", "late"]


@pytest.mark.parametrize("order", ["newest", "due"])
async def test_pages_neither_double_nor_lose_a_case_while_others_are_added(parties: Parties, order: str) -> None:
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    before = made(gateway, 60)
    await put(gateway, before)
    found: list[str] = []
    following: str | None = ""
    while following is not None:
        got = await page(parties, order=order, limit=7, cursor=following)
        found += [case["case_id"] for case in got["items"]]
        following = got["next"]
        if len(found) < 300:
            await put(gateway, made(gateway, 5, BASE - timedelta(days=1)))
    mine = {case.case_id for case in before}
    assert len(found) == len(set(found)), "none is doubled"
    assert mine <= set(found), "none is lost"


async def test_a_count_is_exact_up_to_a_bound_and_a_floor_beyond(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    monkeypatch.setattr(search, "COUNTED", 20)
    await put(gateway, made(gateway, 20))
    found = await page(parties, limit=5)
    assert (found["count"], found["exact"], len(found["items"])) == (20, True, 5)
    await put(gateway, made(gateway, 1))
    found = await page(parties, limit=5)
    assert (found["count"], found["exact"]) == (20, False)


ODD: dict[str, tuple[dict[str, Any], str, str]] = {
    "a NUL": ({"number": "a\0b"}, "query.number", "control_character"),
    "ten thousand characters": ({"q": "7" * 10_000}, "query.q", "string_too_long"),
    "digits of another script": ({"iin": "٩٠٠١٠١٣٠٠٠١٧"}, "query.iin", "digits"),
    "an IIN that is none": ({"iin": "900101300018"}, "query.iin", "checksum"),
    "a BIN that is none": ({"bin": "1"}, "query.bin", "digits"),
    "since after until": ({"since": "2026-03-03", "until": "2026-03-01"}, "query.since", "since before until"),
    "a day that is none": ({"since": "2026-02-30"}, "query.since", "day or instant"),
    "an instant without a zone": ({"until": "2026-03-02T09:00:00"}, "query.until", "day or instant"),
    "a year that nothing reaches": ({"since": "0001-01-01"}, "query.since", "day or instant"),
    "the last year of all": ({"until": "9999-12-31"}, "query.until", "day or instant"),
    "a case id that is none": ({"case_id": "7"}, "query.case_id", "uuid7"),
    "an unknown body": ({"party": "lea:nowhere"}, "query.party", "known value"),
    "an unknown regulation": ({"regulation": "tax-2016"}, "query.regulation", "known value"),
    "an unknown channel": ({"channel": "fax"}, "query.channel", "known value"),
    "an unknown party": ({"next_party": "mallory"}, "query.next_party", "known value"),
    "an unknown performer": ({"next_unit": "lea.cat"}, "query.next_unit", "known value"),
    "an unknown order": ({"order": "random"}, "query.order", "literal_error"),
    "no truth value": ({"late": "perhaps"}, "query.late", "bool_parsing"),
    "an unknown parameter": ({"inn": "900101300017"}, "query.inn", "unknown"),
    "a cursor of nobody": ({"cursor": "AAAA"}, "query.cursor", "cursor of this query"),
    "a cursor in other letters": ({"cursor": "ә" * 20}, "query.cursor", "cursor of this query"),
}


@pytest.fixture
async def lone(parties: Parties) -> Parties:
    """A gateway alone, without a case."""
    await parties.start("gateway")
    return parties


@pytest.mark.parametrize("what", ODD)
async def test_what_cannot_be_meant_is_refused_by_field_and_rule(lone: Parties, what: str) -> None:
    words, field, rule = ODD[what]
    client = await lone.http("gateway", **lone.admin())
    problem(await client.get("/cases", params=words), 422, "invalid-input", field=field, rule=rule)


async def test_markup_and_marks_of_direction_are_searched_for_as_they_are(lone: Parties) -> None:
    for text in ("<script>alert(1)</script>", "\u202e7", "100%' OR 1=1 --", "_", "Қазақстан"):
        assert (await page(lone, q=text))["items"] == []


async def test_a_cursor_goes_on_with_its_own_query_alone(parties: Parties) -> None:
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    await put(gateway, made(gateway, 3))
    following = (await page(parties, limit=1))["next"]
    client = await parties.http("gateway", **parties.admin())
    for words in ({"order": "due"}, {"status": "received"}):
        answer = await client.get("/cases", params={"cursor": following, **words})
        problem(answer, 422, "invalid-input", field="query.cursor", rule="cursor of this query")
    forged = following[:-1] + ("A" if following[-1] != "A" else "B")
    answer = await client.get("/cases", params={"cursor": forged})
    problem(answer, 422, "invalid-input", field="query.cursor", rule="cursor of this query")


async def test_a_case_of_a_regulation_that_the_stand_has_no_more_is_listed_without_its_step(parties: Parties) -> None:
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    (case,) = made(gateway, 1, regulation="repealed-2009")
    await put(gateway, [case])
    (found,) = (await page(parties))["items"]
    assert (found["regulation"], found["title"], found["step"], found["limit"]) == ("repealed-2009", None, None, None)
    assert (await page(parties, "/deadlines", state="all"))["items"][0]["forecast"] is None
