"""The REST door of the state registers: what is written is there, what is wrong is refused by field and rule."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from unicodedata import normalize

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimaq.regulation.model.registers import REGISTERS
from registry_svc.registers.books import BOOKS
from tests.faults import rows
from tests.parties import IIN, Parties

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

OTHER = "100140000003"
ADDRESS = {"kato": "595200000", "text": "Мамлют, Абай көшесі, 1", "text_ru": "Мамлютка, улица Абая, 1"}
RECORDS: dict[str, dict[str, Any]] = {
    "gbd_fl": {
        "iin": IIN,
        "surname": "Ахметова",
        "given": "Айгүл",
        "patronymic": "",
        "surname_ru": "Ахметова",
        "given_ru": "Айгуль",
        "birth_date": "1990-01-01",
        "sex": "female",
        "address": ADDRESS,
        "document": {"kind": "id-card", "number": "091234567", "issued_by": "ҚР ІІМ", "from": "2020-02-29"},
        "status": "alive",
    },
    "gbd_ul": {"bin": OTHER, "name": "«Береке» ЖШС", "name_ru": "ТОО «Береке»", "head": IIN, "address": ADDRESS},
    "enis": {
        "number": "2026/17-A",
        "principal": IIN,
        "representative": OTHER,
        "notarised": True,
        "from": "2026-03-02",
        "until": "2029-03-01",
        "revoked": False,
    },
    "labour_market": {"iin": IIN, "status": "job-seeker", "oblast": "43", "entered_at": "2026-03-01T04:00:00+00:00"},
    "oralman": {"iin": IIN, "oblast": "27", "entered_at": "2026-03-01T04:00:00+00:00", "name": "Ахметова Айгүл"},
    "is_1": {"iin": IIN, "school": "№ 3"},
    "is_2": {"iin": IIN},
    "is_3": {"iin": IIN, "paid": "1 АЕК", "text": "түбіртек"},
}
"""A record of every register that is written over REST."""


def path(name: str) -> str:
    return f"/registers/{name}/{RECORDS[name][REGISTERS[name].key]}"


async def sent(client: httpx.AsyncClient, method: str, where: str, body: dict[str, Any]) -> httpx.Response:
    """A call whose body may hold what is no text, as JSON can."""
    content, headers = json.dumps(body), {"Content-Type": "application/json"}
    return await client.request(method, where, content=content, headers=headers)


@pytest_asyncio.fixture(loop_scope="module")
async def client(registry: Parties) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator's client; after the test no register has a record."""
    yield await registry.http("registry", **registry.admin())
    tables = [BOOKS[name].table for name in RECORDS]
    await registry.services["registry"].database.transact(lambda conn: [conn.execute(one.delete()) for one in tables])


async def test_every_register_but_the_authoritys_is_written_here() -> None:
    assert list(BOOKS) == list(REGISTERS)
    assert {name for name, book in BOOKS.items() if book.schema is not None} == set(RECORDS) == set(REGISTERS) - {"nca"}


@pytest.mark.parametrize("name", RECORDS)
async def test_a_record_is_written_read_replaced_and_struck_out(client: httpx.AsyncClient, name: str) -> None:
    record, where = RECORDS[name], path(name)
    assert (await client.get(where)).status_code == 404
    written = await client.put(where, json=record)
    assert (written.status_code, written.json()) == (201, record), written.text
    assert (await client.put(where, json=record)).status_code == 200
    assert (await client.get(where)).json() == record
    assert (await client.get(f"/registers/{name}")).json() == {"items": [record], "next": None}
    assert (await client.delete(where)).status_code == 204
    gone = await client.delete(where)
    assert (gone.status_code, gone.json()["field"]) == (404, REGISTERS[name].key)
    assert (await client.get(f"/registers/{name}")).json() == {"items": [], "next": None}


async def test_what_a_record_no_longer_says_is_forgotten(client: httpx.AsyncClient) -> None:
    await client.put(path("gbd_fl"), json=RECORDS["gbd_fl"])
    short = {"iin": IIN, "surname": "Сейітова", "given": "Айгүл", "status": "dead"}
    await client.put(path("gbd_fl"), json=short)
    assert (await client.get(path("gbd_fl"))).json() == short | {"patronymic": ""}


async def test_a_name_is_kept_in_one_form_however_it_was_typed(client: httpx.AsyncClient) -> None:
    names = {"surname": "Йүсіпова", "given": "Ёлка", "surname_ru": "Юсупова-Йод", "given_ru": "Ёлка"}
    typed = {field: normalize("NFD", name) for field, name in names.items()}
    assert typed != names
    await client.put(path("gbd_fl"), json=RECORDS["gbd_fl"] | typed)
    found = (await client.get(path("gbd_fl"))).json()
    assert {field: found[field] for field in names} == names


async def test_many_are_written_at_once_and_read_page_by_page(client: httpx.AsyncClient) -> None:
    keys = [f"{n:03}-7/{n % 2}" for n in range(25)]
    for written in range(2):  # the second time over the first
        records = [RECORDS["enis"] | {"number": key, "revoked": bool(written)} for key in reversed(keys)]
        answer = await client.post("/registers/enis", json={"records": records})
        assert (answer.status_code, answer.json()) == (200, {"written": 25}), answer.text
    after: str | None = ""
    pages = []
    while after is not None:
        page: dict[str, Any] = (await client.get("/registers/enis", params={"after": after, "limit": 10})).json()
        pages.append([one["number"] for one in page["items"]])
        assert all(one["revoked"] for one in page["items"])
        after = page["next"]
    assert pages == [keys[:10], keys[10:20], keys[20:]]


async def test_who_is_entered_without_a_moment_is_entered_now(client: httpx.AsyncClient, registry: Parties) -> None:
    await client.put(path("oralman"), json={"iin": IIN, "oblast": "27"})
    assert (await client.get(path("oralman"))).json()["entered_at"] == registry.clock.now().isoformat()


FAULTS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "a wrong control digit": ("gbd_fl", {"iin": "900101300018"}, "iin", "checksum"),
    "eleven digits": ("is_1", {"iin": "90010130001"}, "iin", "digits"),
    "another key than the path's": ("gbd_fl", {"iin": OTHER}, "iin", "as in the path"),
    "a head with a wrong number": ("gbd_ul", {"head": "1"}, "head", "digits"),
    "a wrong BIN": ("gbd_ul", {"bin": "100140000004"}, "bin", "checksum"),
    "no surname": ("gbd_fl", {"surname": None}, "surname", "string_type"),
    "a name with a line break": ("gbd_fl", {"given": "Ай\nгүл"}, "given", "string_pattern_mismatch"),
    "a name of half a character": ("gbd_fl", {"given": "\ud800"}, "given", "string_unicode"),
    "a third sex": ("gbd_fl", {"sex": "other"}, "sex", "literal_error"),
    "an undead": ("gbd_fl", {"status": "undead"}, "status", "literal_error"),
    "a КАТО code of two digits": (
        "gbd_fl",
        {"address": ADDRESS | {"kato": "59"}},
        "address.kato",
        "string_pattern_mismatch",
    ),
    "a field nobody knows": ("gbd_fl", {"height": 180}, "height", "extra_forbidden"),
    "a day that is none": ("gbd_fl", {"birth_date": "1990-02-30"}, "birth_date", "date_from_datetime_parsing"),
    "a day in figures": ("gbd_fl", {"birth_date": 19900101}, "birth_date", "date"),
    "the year one": ("gbd_fl", {"birth_date": "0001-01-01"}, "birth_date", "greater_than_equal"),
    "a document that ends before it begins": (
        "gbd_fl",
        {"document": RECORDS["gbd_fl"]["document"] | {"until": "2019-01-01"}},
        "document.until",
        "not_before_from",
    ),
    "a power that ends before it begins": ("enis", {"until": "2026-03-01"}, "until", "not_before_from"),
    "a power without a notary's word": ("enis", {"notarised": "yes"}, "notarised", "bool_type"),
    "a principal who is nobody": ("enis", {"principal": "900101300018"}, "principal", "checksum"),
    "a card of another status": ("labour_market", {"status": "idle"}, "status", "literal_error"),
    "a moment without a place": ("labour_market", {"entered_at": "2026-03-01T04:00:00"}, "entered_at", "datetime"),
    "a repatriate of nowhere": ("oralman", {"oblast": "West"}, "oblast", "string_pattern_mismatch"),
    "a fact that is a number": ("is_1", {"paid": 1}, "paid", "string_type"),
}


@pytest.mark.parametrize("what", FAULTS)
async def test_a_faulty_record_is_refused_by_field_and_rule(client: httpx.AsyncClient, what: str) -> None:
    name, changed, field, rule = FAULTS[what]
    record = RECORDS[name] | changed
    for answer, at in (
        (await sent(client, "PUT", path(name), record), ""),
        (await sent(client, "POST", f"/registers/{name}", {"records": [record]}), "records.0."),
    ):
        if rule == "as in the path" and at:
            assert answer.status_code == 200
            continue
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json()["field"], answer.json()["rule"]) == (at + field, rule)


async def test_many_are_written_whole_or_not_at_all(client: httpx.AsyncClient, registry: Parties) -> None:
    good = RECORDS["gbd_fl"]
    for second, field, rule in (
        (good | {"iin": "900101300018"}, "records.1.iin", "checksum"),
        (good | {"surname": "Сейітова"}, "records.1.iin", "unique"),
    ):
        answer = await client.post("/registers/gbd_fl", json={"records": [good, second]})
        assert (answer.status_code, answer.json()["field"], answer.json()["rule"]) == (422, field, rule)
    empty = await client.post("/registers/gbd_fl", json={"records": []})
    assert (empty.status_code, empty.json()["field"]) == (422, "records")
    assert await rows(registry.services["registry"], "gbd_fl") == []


@pytest.mark.asyncio(loop_scope="function")
async def test_control_digits_are_not_checked_where_the_stand_is_told_so(lenient: httpx.AsyncClient) -> None:
    record = RECORDS["gbd_fl"] | {"iin": "123456789011"}
    assert (await lenient.put("/registers/gbd_fl/123456789011", json=record)).status_code == 201


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}])
async def test_the_registers_are_the_administrators(registry: Parties, method: str, header: dict[str, str]) -> None:
    client = await registry.http("registry", **header)
    answer = await client.request(method, path("gbd_fl"), json={"nonsense": True})
    assert answer.status_code == (403 if header else 401)


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ("/registers/gbd_xx", 404),
        ("/registers/nca", 404),
        ("/registers/gbd_fl/%00", 404),
        ("/registers/gbd_fl?after=%00", 422),
        ("/registers/gbd_fl?limit=0", 422),
        ("/registers/gbd_fl?limit=501", 422),
        ("/registers/gbd_fl/" + "1" * 65, 422),
    ],
)
async def test_what_is_not_there_is_not_looked_for(client: httpx.AsyncClient, where: str, status: int) -> None:
    assert (await client.get(where)).status_code == status


@pytest.mark.asyncio(loop_scope="function")
async def test_no_record_however_odd_brings_the_registry_down(lenient: httpx.AsyncClient) -> None:
    text = st.text(st.characters(), max_size=20)
    odd = st.none() | st.booleans() | st.integers() | text | st.lists(text, max_size=2)
    bodies: list[tuple[str, dict[str, Any]]] = []

    @settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(RECORDS)))
        field = st.sampled_from([*RECORDS[name], "more"])
        changed = data.draw(st.dictionaries(field | text, odd, min_size=1, max_size=3))
        bodies.append((name, RECORDS[name] | changed))

    collect()
    for name, record in bodies:
        answer = await sent(lenient, "PUT", path(name), record)
        assert answer.status_code in (200, 201, 422), answer.text
        listed = await lenient.get(f"/registers/{name}")
        assert listed.status_code == 200, (name, record)
