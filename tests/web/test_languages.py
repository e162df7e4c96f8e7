"""A refusal is told in the reader's language: its title always, and its detail wherever people read it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from aimaq.casework.form import check_form
from aimaq.language.errors import InvalidInput
from aimaq.regulation import Catalogue
from tests.web.people import People
from tests.web.staff import form_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

LAW = Catalogue.bundled().regulation("unemployed-certificate-2016")
FORM = {"address": "Абай көшесі, 12", "purpose": "Банкке"}
KAZAKH = re.compile("[ӘәІіҢңҒғҮүҰұҚқӨөҺһ]")
CYRILLIC = re.compile("[А-Яа-я]")


def in_all_three(texts: dict[str, Any]) -> None:
    """That a text is there in Kazakh, in Russian and in English, each in its own letters."""
    assert set(texts) == {"kk", "ru", "en"}
    assert CYRILLIC.search(texts["kk"])
    assert CYRILLIC.search(texts["ru"])
    assert not KAZAKH.search(re.sub("'.*?'", "", texts["ru"]))
    assert len({texts["kk"], texts["ru"], texts["en"]}) == 3


async def problems_by_language(
    client: httpx.AsyncClient, method: str, path: str, **more: Any
) -> dict[str, dict[str, Any]]:
    """The problem that a call meets, in each language."""
    found: dict[str, dict[str, Any]] = {}
    for language in ("kk", "ru", "en"):
        headers = {"Accept-Language": language} | more.get("headers", {})
        answer = await client.request(method, path, **(more | {"headers": headers}))
        assert answer.status_code >= 400, answer.text
        assert answer.headers["content-language"] == language
        found[language] = answer.json()
    return found


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        (FORM | {"nick": "a"}, "known field"),
        (FORM | {"power_of_attorney": "17/1"}, "channels con, provider"),
        (FORM | {"address": 12}, "text"),
        ({"address": FORM["address"]}, "required"),
        (FORM | {"phone": "no"}, r"^\+7[0-9]{10}$"),
    ],
    ids=["unknown", "elsewhere", "text", "required", "pattern"],
)
async def test_what_is_wrong_with_a_form_is_said_in_three_languages(form: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_form(LAW, "portal", form)
    assert refused.value.rule == rule
    texts = refused.value.texts.as_dict()
    in_all_three(texts)
    assert {language: refused.value.problem(language)["detail"] for language in texts} == texts
    assert refused.value.detail == texts["en"] == str(refused.value)


async def test_a_field_that_goes_with_another_is_asked_for_in_three_languages() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_form(LAW, "con", FORM | {"power_of_attorney": "17/1"})
    in_all_three(refused.value.texts.as_dict())


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("DELETE", "/health/live"), ("GET", "/dead"), ("GET", "/a%00b"), ("POST", "/cases")],
)
async def test_a_door_refuses_in_the_readers_language(people: People, method: str, path: str) -> None:
    more = {"content": b"{", "headers": {"Content-Type": "application/json"}} if method == "POST" else {}
    problems = await problems_by_language(people.portal, method, path, **more)
    in_all_three({language: problem["detail"] for language, problem in problems.items()})
    in_all_three({language: problem["title"] for language, problem in problems.items()})


async def test_people_are_told_in_their_language_what_they_may_not_do(people: People) -> None:
    case_id, his = await people.opened()
    for call in (
        ("PUT", f"/cases/{case_id}/form", {"json": people.form(iin="123456789012")}),
        ("PUT", f"/cases/{case_id}/form", {"json": people.form(iin="12345")}),
        ("POST", f"/cases/{case_id}/signature", {"json": people.citizen.cms("e30=")}),
    ):
        problems = await problems_by_language(people.portal, call[0], call[1], headers=his, **call[2])
        in_all_three({language: problem["detail"] for language, problem in problems.items()})
    new = {"regulation": LAW.id, "login": people.clerk.login, "form": form_of(LAW.id, people.citizen, purpose="-")}
    lea = await problems_by_language(people.lea, "POST", "/cases", json=new)
    in_all_three({language: problem["detail"] for language, problem in lea.items()})
