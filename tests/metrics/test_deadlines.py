"""What the gateway tells a scraper of deadlines: each limit of an open case under who is to move, as time goes on."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from aimaq.casework.case import Case
from aimaq.language.messages import PARTIES
from aimaq.regulation.deadlines import Standing
from tests.gateway.cases import BODY, ended, made, put
from tests.metrics.scraping import Scrape, scraped
from tests.parties import BASE, Parties


def of(found: Scrape, performer: str = "lea") -> dict[str, float]:
    """The limits of a performer by how they stand."""
    return {
        state: found.value("aimaq_deadlines", performer=performer, state=state) for state in ("running", "near", "late")
    }


def running(case: Case, number: int, **changes: str) -> Case:
    """The case with a limit of an hour, of which half is near; each a second after the other."""
    assert case.standing is not None
    times = {name: BASE + timedelta(minutes=one, seconds=number) for name, one in (("near_at", 30), ("due_at", 60))}
    return replace(case, standing=replace(case.standing, **times, **changes))


async def test_limits_are_counted_as_the_clock_goes_on(parties: Parties) -> None:
    await parties.start("gateway")
    gateway, client, admin = parties.services["gateway"], await parties.http("gateway"), parties.admin("gateway")
    nothing = await scraped(client, admin)
    assert {one["performer"] for one in nothing.series("aimaq_deadlines")} == {*PARTIES}
    assert of(nothing) == {"running": 0, "near": 0, "late": 0}
    done, endless = made(gateway, 1, **ended(BASE)), made(gateway, 1, standing=Standing(BODY, "lea.employee", BASE))
    await put(gateway, [*(running(case, number) for number, case in enumerate(made(gateway, 3))), *done, *endless])
    assert of(await scraped(client, admin)) == {"running": 3, "near": 0, "late": 0}
    parties.clock.advance(timedelta(minutes=30, seconds=1))
    assert of(await scraped(client, admin)) == {"running": 1, "near": 2, "late": 0}
    parties.clock.advance(timedelta(minutes=30, seconds=0.5))
    assert of(await scraped(client, admin)) == {"running": 0, "near": 1, "late": 2}
    parties.clock.advance(timedelta(days=400))
    after = await scraped(client, admin)
    assert of(after) == {"running": 0, "near": 0, "late": 3}
    assert of(after, "con") == {"running": 0, "near": 0, "late": 0}


async def test_a_body_of_a_party_is_the_party_s(parties: Parties) -> None:
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    cases = [running(case, number, party=f"lea:body-{number}") for number, case in enumerate(made(gateway, 5))]
    await put(gateway, cases)
    found = await scraped(await parties.http("gateway"), parties.admin("gateway"))
    assert of(found) == {"running": 5, "near": 0, "late": 0}
    assert len(found.series("aimaq_deadlines")) == len(PARTIES) * 3
