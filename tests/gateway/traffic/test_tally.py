"""What is counted with the journal: once for each entry, whatever fails, restarts, moves or is named."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from aimaq.language.messages import PARTIES
from aimaq.store.write_set import WriteSet
from gateway_svc.models import journal, traffic_hours, traffic_minutes
from gateway_svc.traffic.counts import Route
from gateway_svc.traffic.histogram import bucket, quantile
from gateway_svc.traffic.purge import TrafficPurge
from gateway_svc.traffic.tally import MOST_ROUTES, Tally
from tests.faults import answer_lost, rows
from tests.gateway.traffic.tallying import Till
from tests.parties import BASE, Parties

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LINK = Route("portal", "lea")


async def counted(parties: Parties) -> Counter[tuple[str, str, str]]:
    """What the tally has counted, by route and verdict."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in await rows(parties.services["gateway"], "traffic_minutes"):
        for name, verdict in (("accepted", "accepted"), ("refused", "rejected")):
            found[row["sender"], row["recipient"], verdict] += row[name]
    return +found


async def journalled(parties: Parties) -> Counter[tuple[str, str, str]]:
    """What the journal has, by route and verdict."""
    entries = await rows(parties.services["gateway"], "journal")
    return Counter((row["sender"] or "?", row["recipient"] or "?", row["verdict"]) for row in entries)


async def played(parties: Parties, count: int = 1) -> None:
    for _ in range(count):
        case_id = await parties.ask(stubborn=True)
        await parties.status("portal", case_id, "completed")
    await parties.quiet()


async def test_each_entry_of_the_journal_is_counted_once_across_a_restart(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    await played(parties, 2)
    await parties.stop("gateway")
    await parties.start("gateway")
    await played(parties)
    assert await counted(parties) == await journalled(parties)
    assert sum((await counted(parties)).values()) > 15


@pytest.mark.parametrize("error", [RuntimeError("the plug is pulled"), IntegrityError("", None, Exception("a key"))])
async def test_a_batch_that_fails_leaves_no_counts(
    parties: Parties, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    await parties.start(*PARTIES, autopilot=True)
    write, failed = WriteSet.write, list[int]()

    def failing(write_set: WriteSet, conn: sa.Connection) -> None:
        if len(failed) < 2 and len(write_set.rows(journal)) > 2:
            failed.append(1)
            raise error
        write(write_set, conn)

    monkeypatch.setattr(WriteSet, "write", failing)
    cases = await asyncio.gather(*(parties.ask() for _ in range(5)))
    for case_id in cases:
        await parties.status("portal", case_id, "completed")
    assert len(failed) == 2
    assert await counted(parties) == await journalled(parties)


async def test_what_was_committed_unknown_to_the_writer_is_counted_once(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    for _ in range(2):
        answer_lost(parties.services["gateway"])
        await played(parties)
    assert await counted(parties) == await journalled(parties)


async def test_a_minute_has_a_row_for_each_route_which_grows(till: Till) -> None:
    await till.batch(till.entry(), till.entry("lea", "portal"))
    await till.batch(till.entry(), till.entry(verdict="rejected"))
    till.machine.now += MINUTE
    await till.batch(till.entry())
    found = await till.minutes()
    assert {key: (one.accepted, one.refused, one.bytes) for key, one in found.items()} == {
        (BASE, LINK): (2, 1, 15),
        (BASE, Route("lea", "portal")): (1, 0, 5),
        (BASE + MINUTE, LINK): (1, 0, 5),
    }
    assert found[BASE, LINK].last_at == BASE
    assert await till.hours() == {}


async def test_an_hour_is_written_when_it_is_over_and_has_all_its_minutes(till: Till) -> None:
    for _ in range(61):
        await till.batch(till.took(0.01))
        till.machine.now += MINUTE
    (hour,) = (await till.hours()).items()
    assert hour[0] == (BASE, LINK)
    assert hour[1].accepted == sum(hour[1].latency.values()) == 60
    assert len(await till.minutes()) == 61


async def test_a_tally_that_begins_anew_goes_on_from_the_database(till: Till) -> None:
    for _ in range(3):
        await till.batch(till.took(0.01), till.entry("con", "lea"))
        till.machine.now += timedelta(seconds=25)
        till.tally = Tally(till.clock)
    till.machine.now += HOUR
    await till.batch(till.entry())
    found = await till.hours()
    assert (found[BASE, LINK].accepted, found[BASE, Route("con", "lea")].accepted) == (3, 3)


async def test_a_batch_that_is_not_committed_is_not_remembered(till: Till) -> None:
    await till.batch(till.entry())
    await till.database.transact(lambda conn: till.complete(conn, till.entry()))
    till.tally.forget()
    await till.batch(till.entry())
    assert (await till.minutes())[BASE, LINK].accepted == 2


async def test_it_reads_the_database_at_its_start_alone(till: Till) -> None:
    asked: list[str] = []
    sa.event.listen(
        till.database.engine.sync_engine, "before_cursor_execute", lambda *call: asked.append(call[2].split()[0])
    )
    for _ in range(5):
        await till.batch(till.entry())
        till.machine.now += HOUR
    reads = [word for word in asked if word == "SELECT"]
    assert len(reads) <= 2 + (5 if till.database.kind == "postgresql" else 0)  # there a write set is a SELECT of CTEs


async def test_a_move_of_the_clock_makes_no_message_slow(till: Till) -> None:
    made = till.clock.now()
    till.machine.now += timedelta(milliseconds=8)
    till.clock.advance(timedelta(days=3))
    await till.batch(till.entry(occurred_at=made))
    (counts,) = (await till.minutes()).values()
    assert counts.latency == {bucket(8): 1}
    assert counts.last_at == BASE + timedelta(days=3, milliseconds=8)


async def test_where_the_clock_stands_or_the_sender_is_ahead_no_latency_is_told(till: Till) -> None:
    till.clock.pin()
    made = till.clock.now()
    till.machine.now += timedelta(seconds=1)
    await till.batch(till.entry(occurred_at=made), till.entry(occurred_at=made + MINUTE))
    (counts,) = (await till.minutes()).values()
    assert (counts.accepted, counts.latency) == (2, {})


async def test_the_gateways_own_and_what_was_refused_have_no_latency(till: Till) -> None:
    await till.batch(till.took(1, sender="gateway"), till.took(1, verdict="rejected"))
    assert all(one.latency == {} for one in (await till.minutes()).values())


async def test_where_the_clock_runs_faster_a_latency_is_real_time(till: Till) -> None:
    till.clock.scale(60)
    till.machine.now += timedelta(seconds=10)
    made = till.clock.now()
    till.machine.now += timedelta(seconds=1)
    await till.batch(till.entry(occurred_at=made))
    (counts,) = (await till.minutes()).values()
    assert quantile(counts.latency, 0.5) == pytest.approx(1000, rel=0.045)


async def test_a_machine_that_was_set_back_counts_in_the_newest_minute(till: Till) -> None:
    till.machine.now += HOUR
    await till.batch(till.entry())
    for _ in range(2):
        till.machine.now -= timedelta(minutes=70)
        till.clock = till.clock.__class__(till.machine)
        await till.batch(till.entry())
        till.tally = Tally(till.clock)
    assert {key: one.accepted for key, one in (await till.minutes()).items()} == {(BASE + HOUR, LINK): 3}


async def test_attempts_that_failed_are_counted(till: Till) -> None:
    row: dict[str, Any] = {
        "message_id": till.ids(),
        "digest": "",
        "state": "retry",
        "received_at": BASE,
        "case_id": None,
        "sender": "con",
        "type": None,
        "number": 1,
        "attempts": 1,
        "due_at": BASE,
        "reason": None,
        "publisher": "con",
        "body": b"no envelope",
        "signature": "",
    }
    await till.batch(inbox=(row,))
    ((key, counts),) = (await till.minutes()).items()
    assert (key[1], counts.retried, counts.accepted) == (Route("con", "?"), 1, 0)


async def test_who_is_not_certain_has_no_name_of_a_strangers_choice(till: Till) -> None:
    await till.batch(
        till.entry(None, None, publisher="<script>", verdict="rejected", occurred_at=None),
        till.entry(None, None, publisher="con", verdict="rejected", occurred_at=None),
    )
    assert {route for _, route in await till.minutes()} == {Route("?", "?"), Route("con", "?")}


async def test_a_sender_that_names_recipients_without_end_fills_neither_memory_nor_table(till: Till) -> None:
    await till.batch(till.entry())
    for batch in range(3):
        await till.batch(*(till.entry(recipient=f"lea:body-{batch}-{place}") for place in range(MOST_ROUTES // 2)))
    await till.batch(till.entry(recipient="nobody:at-all", verdict="rejected"))
    found = await till.minutes()
    assert len(found) == MOST_ROUTES + 1
    assert found[BASE, LINK].accepted == 1 + 3 * (MOST_ROUTES // 2) - (MOST_ROUTES - 1)
    assert found[BASE, Route("portal", "?")].refused == 1


async def test_minutes_go_after_a_day_and_hours_after_thirty(till: Till) -> None:
    purge = TrafficPurge(till.database, till.clock)
    for _ in range(3):
        await till.batch(till.entry())
        till.machine.now += timedelta(hours=20)
    assert (len(await till.minutes()), len(await till.hours())) == (3, 2)
    assert await purge.step() == 2
    assert await purge.step() == 0
    till.machine.now += timedelta(days=60)
    assert await purge.step() == 2
    # the newest hour is in no row of the hours yet
    assert (len(await till.minutes()), len(await till.hours())) == (1, 0)
    await till.batch(till.entry())
    assert len(await till.hours()) == 1


async def test_a_purge_takes_a_bounded_step(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway_svc.traffic.purge.STEP", 3)
    await till.batch(*(till.entry(recipient=f"lea:body-{place}") for place in range(8)))
    till.machine.now += timedelta(days=2)
    await till.batch(till.entry())
    purge = TrafficPurge(till.database, till.clock)
    assert [await purge.step() for _ in range(4)] == [3, 3, 2, 0]


def test_quantiles_are_right_within_a_twentieth() -> None:
    for milliseconds in (0.2, 1, 7.3, 250, 60_000, 259_200_000):
        assert quantile({bucket(milliseconds): 9}, 0.99) == pytest.approx(milliseconds, rel=0.045)
    assert quantile({}, 0.5) is None
    assert quantile({bucket(1): 98, bucket(500): 2}, 0.5) == pytest.approx(1, rel=0.045)
    assert quantile({bucket(1): 98, bucket(500): 2}, 0.99) == pytest.approx(500, rel=0.045)
    assert quantile({bucket(1e12): 1}, 0.5) is not None


def test_both_tables_are_of_one_making() -> None:
    assert [column.name for column in traffic_minutes.c] == [column.name for column in traffic_hours.c]
