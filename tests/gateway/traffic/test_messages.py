"""GET /messages: every choice has the messages that a walk over the whole journal finds, in pages, newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from aimaq.language.envelope import party_of
from aimaq.service import Service
from aimaq.store.database import Row
from gateway_svc.feed import messages as reading
from gateway_svc.feed.messages import Choice, messages
from gateway_svc.models import journal
from tests.gateway.traffic.tallying import Till
from tests.parties import Parties

SENDERS = ("portal", "lea", "lea:mamlyut", "leaf", "con", None)
RECIPIENTS = ("lea:mamlyut", "lea", "portal", "lea%", "con")


def entries(till: Till) -> list[Row]:
    """A journal with all routes and verdicts, mixed. Of one whose sender is not certain the recipient is not either."""
    found = []
    for number in range(120):
        sender = SENDERS[number % 6]
        recipient = None if sender is None else RECIPIENTS[number % 5]
        verdict = "rejected" if sender is None or number % 7 == 0 else "accepted"
        found.append(till.entry(sender, recipient, verdict=verdict, case_id=f"{number % 4:036d}", body=b"{}"))
    return found


def expected(rows: list[Row], choice: Choice) -> list[int]:
    """The numbers that a walk over all of it finds."""

    def has(row: Row) -> bool:
        ends = [name for name in (row["sender"], row["recipient"]) if name is not None]
        return (
            (choice.party is None or choice.party in [*ends, *map(party_of, ends)])
            and choice.sender in (None, row["sender"])
            and choice.recipient in (None, row["recipient"])
            and choice.verdict in (None, row["verdict"])
            and choice.case_id in (None, row["case_id"])
        )

    return sorted((row["number"] for row in rows if has(row)), reverse=True)


@pytest.fixture
async def service(parties: Parties) -> AsyncIterator[Service]:
    await parties.start("gateway")
    yield parties.services["gateway"]


async def filled(service: Service) -> list[Row]:
    rows = entries(Till(service.database))
    await service.database.transact(lambda conn: conn.execute(sa.insert(journal), rows))
    return rows


async def paged(service: Service, choice: Choice, limit: int) -> list[int]:
    """All pages of a choice."""
    found: list[int] = []
    after: int | None = None
    while page := await messages(service, choice, after, limit):
        found += [record.number for record in page]
        after = found[-1]
    return found


@pytest.mark.parametrize("most", [100, 0], ids=["by-route", "walked"])
async def test_each_choice_has_what_a_walk_finds(service: Service, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(reading, "MOST_ROUTES", most)
    rows = await filled(service)
    parts: dict[str, tuple[Any, ...]] = {
        "party": (None, "lea", "lea:mamlyut", "portal", "nobody", "lea%"),
        "sender": (None, "lea", "con"),
        "recipient": (None, "lea:mamlyut", "lea%"),
        "verdict": (None, "accepted", "rejected"),
        "case_id": (None, f"{1:036d}"),
    }
    for values in product(*parts.values()):
        choice = Choice(**dict(zip(parts, values, strict=True)))
        assert await paged(service, choice, 500) == expected(rows, choice), choice
    for party in ("lea", "portal"):
        assert await paged(service, Choice(party=party), 3) == expected(rows, Choice(party=party))


async def test_names_without_end_are_walked_and_not_leapt_through(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_LEAPS", 5)
    rows = await filled(service)
    assert await paged(service, Choice(party="lea"), 50) == expected(rows, Choice(party="lea"))


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "after=-1", "after=x", "verdict=maybe", "case_id=1", "party=%00", "sender=a%0Ab"],
)
async def test_an_odd_question_is_refused(parties: Parties, query: str) -> None:
    await parties.start("gateway")
    client = await parties.http("gateway", **parties.admin())
    assert (await client.get(f"/messages?{query}")).status_code == 422
