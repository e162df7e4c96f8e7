"""Flows played for real, on a stand in this process: all that come with Aimaq, and what makes them fail."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from aimaq.http.client import http_client
from aimaq.language.clock import StandClock, SystemClock
from aimaq.language.errors import Unavailable
from aimaq.regulation import Catalogue, Limit
from aimaq.regulation.calendar import ALMATY, Calendar
from aimaq.regulation.files.loading import FOLDER
from stand.client.address import StandAddress
from stand.client.clock import working_morning
from stand.commands.tester.playing import play_all
from stand.flowfile import FLOWS, Deed, FlowFile, Someone, Wait, files, load
from stand.flowfile.coverage import exercised, planned
from stand.replay.player import play
from stand.replay.run import Run
from stand.runtime.catalogue import laws
from stand.runtime.embedded import embedded
from tests.breaches import breaches
from tests.conformance.traces import OPENED
from tests.regulation.agreement import pairs

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

CATALOGUE = Catalogue.bundled()
LONG = Limit(unit="working-day", max=21)
OPENED_LONG = datetime(2027, 3, 10, 10, tzinfo=ALMATY)
"""Nauryz lies between then and the end of such a limit."""
CARRIED = timedelta(seconds=10)
"""How long a message may have been on its way from the gateway to whoever acts on it."""
QUICK: dict[str, Any] = {"password_memory": 8, "password_rounds": 1}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandAddress]:
    """One stand for all flows of this module; each flow brings its own people."""
    home = tmp_path_factory.mktemp("stand")
    async with embedded(home, clock=working_morning(), **QUICK) as made:
        yield StandAddress("embedded", made.urls, made.tokens, made.clock)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(stand: StandAddress) -> dict[str, Run]:
    """Every flow that comes with Aimaq, played once, by its file; several at a time, since they mostly wait."""
    flows = [load(path, CATALOGUE) for path in files([FLOWS])]
    done = await play_all(flows, stand, "conforms", CATALOGUE, at_once=8)
    assert done.untold == ()
    return {run.file: run for run in done.runs}


def bundled(name: str) -> FlowFile:
    return load(FLOWS / "unemployed-certificate-2012" / f"{name}.yaml", CATALOGUE)


def states(run: Run) -> dict[str, str]:
    """What was not as prescribed: steps by their part, rows by their number."""
    steps = {f"{f.ref}/{f.operation}": f.state for f in run.verdict.steps if not f.conforms}
    return steps | {f"row {f.no}": f.state for f in run.verdict.rows if not f.conforms}


@pytest.mark.parametrize("path", files([FLOWS]), ids=lambda path: f"{path.parent.name}-{path.stem}")
async def test_every_flow_that_comes_with_aimaq_conforms_and_exercises_what_it_should(
    played: dict[str, Run], path: Path
) -> None:
    flow = load(path, CATALOGUE)
    run = played[flow.path]
    assert breaches(run.verdict) == []
    assert run.surprises == ()
    assert run.notes == ()
    assert run.conforms
    counts = run.verdict.counts
    assert counts.steps_done == counts.steps_prescribed
    assert counts.rows_satisfied == counts.rows_due
    assert counts.rejected == 0
    law = CATALOGUE.flow(flow.regulation, flow.channel)
    assert exercised(law, run.verdict) == planned(law, flow.expected)
    assert run.trace.result is None or run.trace.result.pdf is True


async def test_the_due_times_that_the_gateway_finds_on_the_way_are_those_of_the_verdict(played: dict[str, Run]) -> None:
    apart: dict[str, timedelta] = {}
    count = 0
    for path in files([FLOWS]):
        flow = load(path, CATALOGUE)
        run, regulation = played[flow.path], CATALOGUE.regulation(flow.regulation)
        law = regulation.flow(flow.channel)
        for pair in pairs(regulation, law, run.trace, run.verdict):
            count += 1
            if not law.places[pair.at][0].limits and pair.apart > CARRIED:
                apart[f"{flow.name}: {pair.at}"] = pair.apart
    assert apart == {}
    assert count > 400


async def test_the_gateway_shows_a_case_that_was_played_as_the_verdict_has_it(
    stand: StandAddress, played: dict[str, Run]
) -> None:
    headers = {"Authorization": f"Bearer {stand.tokens['gateway']}"}
    async with http_client() as session:
        for run in played.values():
            reply = await session.get(f"{stand.urls['gateway']}/cases/{run.case_id}?limit=500", headers=headers)
            assert reply.status_code == 200, reply.text
            found = reply.json()
            assert found["end"] == run.trace.end, run.file
            assert found["next"] is None
            assert found["count"] == len(run.trace.messages)
            assert all(message["signature"]["good"] for message in found["messages"])
            shown = [(one["ref"], one["operation"], one["stage"] == "done", one["faults"]) for one in found["steps"]]
            judged = [(one.ref, one.operation, one.ended_at is not None, list(one.faults)) for one in run.verdict.steps]
            assert shown == judged, run.file
            dues = [one["due_at"] and datetime.fromisoformat(one["due_at"]) for one in found["steps"]]
            assert dues == [one.due for one in run.verdict.steps], run.file
            assert [one["due_at"] and datetime.fromisoformat(one["due_at"]) for one in found["terms"]] == [
                one.due for one in run.verdict.terms
            ]


async def test_the_same_seed_plays_with_the_same_people(stand: StandAddress, tmp_path: Path) -> None:
    flow = bundled("portal-certificate")
    first = await play(flow, stand, "twins")
    again = await play(flow, stand, "twins")
    assert first.case_id != again.case_id
    taken = {step.ref for step in first.verdict.steps if step.ended_at} - {
        step.ref for step in again.verdict.steps if step.ended_at
    }
    assert taken == {"item-1"}, "the second time the same person is registered already"
    assert states(again)["item-1/register-user"] == "missed"


async def test_whom_the_administrator_registers_leaves_registration_out(stand: StandAddress) -> None:
    run = await play(bundled("portal-refusal"), stand, "known beforehand")
    assert {step.ref: step.state for step in run.verdict.steps}["item-1"] == "not-due"
    assert run.conforms


async def test_flows_are_played_several_at_a_time_and_those_that_wait_alone_and_last(stand: StandAddress) -> None:
    clock = stand.clock
    assert isinstance(clock, StandClock)
    names = ("provider-certificate", "con-certificate", "portal-refusal", "con-refused-signature")
    flows = [slow_acceptance(2), *map(bundled, names), replace(slow_acceptance(3), name="others/slower")]
    began, readings = clock.now(), []
    done = await play_all(
        flows, stand, "together", CATALOGUE, tell=lambda one: readings.append((one.flow, clock.now())), at_once=3
    )
    assert done.conforms
    assert [run.flow for run in done.runs] == [flow.name for flow in flows], "told as they end, kept as they were given"
    assert [flow for flow, _ in readings[-2:]] == [flows[0].name, flows[-1].name]
    assert all(at - began < timedelta(minutes=2) for _, at in readings[:-2]), "nobody moved the clock under the others"
    assert done.coverage is not None
    assert {flow.channel: flow.flows for flow in done.coverage.flows} == {"provider": 1, "con": 2, "portal": 3}
    assert done.coverage.percent < 100


async def test_a_deed_waits_until_the_registers_have_answered(stand: StandAddress) -> None:
    paths = [path for path in files([FLOWS]) if path.stem in ("con-by-proxy", "portal-issued-public-works")]
    flows = [load(path, CATALOGUE) for path in paths]
    done = await play_all(flows, stand, "answered", CATALOGUE, at_once=len(flows))
    assert [run.flow for run in done.runs if not run.conforms] == []


async def test_an_expired_certificate_refuses_the_signature(tmp_path: Path) -> None:
    flow = bundled("provider-refused-signature")
    people = flow.people | {"employee": Someone(performer="lea.employee")}
    late = replace(flow, people=people, do=(Wait(366, "day"), *flow.do))
    async with embedded(tmp_path, clock=StandClock(), **QUICK) as made:
        run = await play(late, StandAddress("embedded", made.urls, made.tokens, made.clock))
    assert run.conforms
    assert [problem.detail.partition(":")[0] for problem in run.problems] == ["expired"]


async def test_a_deed_left_out_is_told_with_its_step_and_row(stand: StandAddress) -> None:
    flow = bundled("portal-certificate")
    without = replace(flow, do=tuple(d for d in flow.do if not isinstance(d, Deed) or d.operation != "accept"))
    run = await play(without, stand, "left out")
    assert not run.conforms
    assert states(run)["process-6/accept"] == "missed"
    assert states(run)["row 5"] == "missed"
    assert [(problem.step, problem.status) for problem in run.surprises] == [("process-6/prepare", 409)]


async def test_a_refusal_that_does_not_come_is_told(stand: StandAddress) -> None:
    flow = bundled("portal-refused-authorisation")
    honest = replace(flow, people={"citizen": Someone(performer="portal.citizen")})
    run = await play(honest, stand, "honest", patience=0.3)
    assert not run.conforms
    assert "process-2 was expected to refuse" in run.surprises[0].detail
    assert states(run)["process-2/refuse"] == "missed"


async def test_a_refusal_that_nobody_foresaw_is_told(stand: StandAddress) -> None:
    flow = bundled("portal-certificate")
    people = flow.people | {"citizen": Someone(performer="portal.citizen", registered=False, certificate="revoked")}
    run = await play(replace(flow, people=people), stand, "unforeseen")
    assert states(run)["condition-2/check-certificate"] == "wrong-outcome"
    assert states(run)["process-5/refuse"] == "unexpected"
    assert [(problem.status, problem.foreseen) for problem in run.problems] == [(422, False)]
    assert {match.what.en: match.actual for match in run.verdict.ending} == {
        "End": "not-signed",
        "Status": None,
        "Result": None,
    }


async def test_input_that_the_service_does_not_take_is_told(stand: StandAddress) -> None:
    flow = bundled("portal-certificate")
    bad = tuple(
        replace(d, using={"form": {"address": "x"}}) if isinstance(d, Deed) and d.operation == "fill-form" else d
        for d in flow.do
    )
    run = await play(replace(flow, do=bad), stand, "bad form")
    assert [(problem.step, problem.status) for problem in run.surprises] == [("process-3/fill-form", 422)]
    assert not run.conforms


async def test_another_result_than_expected_is_told(stand: StandAddress) -> None:
    flow = bundled("con-refusal")
    granted = tuple(
        replace(d, using={"decision": "granted"}) if isinstance(d, Deed) and d.operation == "prepare" else d
        for d in flow.do
    )
    run = await play(replace(flow, do=granted), stand, "other result")
    assert states(run) == {"process-7/decide": "wrong-outcome", "process-8/issue": "wrong-outcome"}
    assert [match.actual for match in run.verdict.ending] == ["issued", "completed", "certificate"]


def slow_acceptance(minutes: float) -> FlowFile:
    """The portal's certificate, for which the official lets so many minutes pass before taking the request up."""
    flow = bundled("portal-certificate")
    accept = next(n for n, d in enumerate(flow.do) if isinstance(d, Deed) and d.operation == "accept")
    return replace(flow, do=(*flow.do[:accept], Wait(minutes, "minute"), *flow.do[accept:]))


async def test_changing_a_limit_in_the_yaml_changes_the_verdict_and_nothing_else_is_edited(tmp_path: Path) -> None:
    original = (FOLDER / "unemployed-certificate-2012.yaml").read_text("utf-8")
    portal = original.index("    # Annex 1, table 3.")
    row = original.index("      - no: 5\n", portal)
    old = "limit: {max: 10, unit: minute, text: 10 минуттан артық емес}"
    shorter = original[:row] + original[row:].replace(old, "limit: {max: 4, unit: minute, text: 4 минуттан}", 1)
    assert sum(a != b for a, b in zip(original.splitlines(), shorter.splitlines(), strict=True)) == 1
    copy = tmp_path / "unemployed-certificate-2012.yaml"
    verdicts = {}
    for name, text in (("as printed", original), ("shorter", shorter)):
        copy.write_text(text, "utf-8")
        catalogue = laws([copy])
        async with embedded(tmp_path / name, catalogue=catalogue, clock=StandClock(), **QUICK) as made:
            address = StandAddress(name, made.urls, made.tokens, made.clock)
            verdicts[name] = await play(slow_acceptance(5), address, catalogue=catalogue)
    assert verdicts["as printed"].conforms
    assert states(verdicts["shorter"]) == {"row 5": "late"}
    late = next(finding for finding in verdicts["shorter"].verdict.rows if finding.state == "late")
    assert late.explanation is not None
    assert "4 minutes from" in late.explanation.en


async def test_ten_minutes_are_up_after_eleven(stand: StandAddress) -> None:
    run = await play(slow_acceptance(11), stand, "eleven minutes")
    assert states(run) == {"row 5": "late"}
    assert not run.conforms


@pytest.mark.parametrize(("days", "found"), [(3, {}), (4, {"row 6": "late"})])
async def test_three_working_days_at_the_service_centre_pass_in_a_moment(
    tmp_path: Path, days: int, found: dict[str, str]
) -> None:
    flow = bundled("con-certificate")
    prepare = next(n for n, d in enumerate(flow.do) if isinstance(d, Deed) and d.operation == "prepare")
    waiting = replace(flow, do=(*flow.do[:prepare], Wait(days, "working-day"), *flow.do[prepare:]))
    began = SystemClock().now()
    clock = StandClock(lambda: OPENED + (SystemClock().now() - began))
    async with embedded(tmp_path, clock=clock, **QUICK) as made:
        run = await play(waiting, StandAddress("then", made.urls, made.tokens, clock))
    assert states(run) == found
    prepared = next(row for row in run.verdict.rows if row.no == 6)
    assert prepared.due == datetime(2026, 3, 26, 18, tzinfo=ALMATY), "Nauryz lies between"


async def test_a_case_of_twenty_one_working_days_is_played_in_a_moment(tmp_path: Path) -> None:
    law = CATALOGUE.regulation("unemployed-certificate-2012")
    con = law.flows["con"]
    table = [replace(row, limit=LONG) if row.limit and row.limit.unit == "working-day" else row for row in con.table]
    longer = replace(law, flows=law.flows | {"con": replace(con, table=tuple(table))})
    catalogue = Catalogue([longer])
    flow = bundled("con-certificate")
    prepare = next(n for n, d in enumerate(flow.do) if isinstance(d, Deed) and d.operation == "prepare")
    waits = (Wait(10, "working-day"), Wait(10, "working-day"), Wait(30, "minute"))
    waiting = replace(flow, do=(*flow.do[:prepare], *waits, *flow.do[prepare:]))
    async with embedded(tmp_path, catalogue=catalogue, **QUICK) as made:
        assert isinstance(made.clock, StandClock)
        made.clock.pin(OPENED_LONG)
        address = StandAddress("embedded", made.urls, made.tokens, made.clock)
        run = await play(waiting, address, catalogue=catalogue)
    assert run.conforms
    assert {match.what.en: match.actual for match in run.verdict.ending} == {
        "End": "issued",
        "Status": "completed",
        "Result": "certificate",
    }
    times = [message.journalled_at.astimezone(ALMATY) for message in run.trace.messages]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (OPENED_LONG, Calendar().later(OPENED_LONG, 20) + timedelta(minutes=30))
    assert times[-1] - times[0] > timedelta(days=30)


async def test_a_flow_that_waits_is_played_over_rest_as_in_one_process(tmp_path: Path) -> None:
    async with embedded(tmp_path, **QUICK) as made:
        before = made.clock.now()
        remote = StandAddress("remote", made.urls, made.tokens)
        run = await play(slow_acceptance(11), remote, "remote")
        assert states(run) == {"row 5": "late"}
        assert made.clock.now() - before > timedelta(minutes=11)
        assert (await play_all([], remote, "x", CATALOGUE)).at >= before + timedelta(minutes=11)


async def test_flows_conform_while_the_clock_stands_still(tmp_path: Path) -> None:
    async with embedded(tmp_path, **QUICK) as made:
        assert isinstance(made.clock, StandClock)
        at = made.clock.pin()
        for name in ("con-certificate", "portal-refusal", "provider-refused-signature"):
            address = StandAddress("embedded", made.urls, made.tokens, made.clock)
            run = await play(bundled(name), address, "standing")
            assert run.conforms, states(run)
            assert {message.journalled_at for message in run.trace.messages} == {at}


async def test_a_clock_that_cannot_be_moved_leaves_a_waiting_flow_untold_and_stops_no_other(tmp_path: Path) -> None:
    lines: list[str] = []
    async with embedded(tmp_path, clock=SystemClock(), **QUICK) as made:
        done = await play_all(
            [slow_acceptance(5), bundled("portal-refused-authorisation")],
            StandAddress("remote", made.urls, made.tokens, None),
            "others",
            CATALOGUE,
            tell=lambda one: lines.append(type(one).__name__),
        )
    assert lines == ["Run", "Untold"]
    assert "cannot be moved" in done.untold[0].reason
    assert done.exit_code == 3


async def test_a_stand_out_of_reach_cannot_be_told_of() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        urls = dict.fromkeys(("portal", "con", "lea", "gateway", "registry"), nobody)
        with pytest.raises(Unavailable, match="out of reach"):
            await play(bundled("portal-certificate"), StandAddress("nobody", urls, dict.fromkeys(urls, "token")))


async def test_a_wrong_token_cannot_be_told_of(stand: StandAddress) -> None:
    with pytest.raises(Unavailable):
        await play(
            bundled("con-certificate"),
            StandAddress("wrong", stand.urls, dict.fromkeys(stand.urls, "no such token"), stand.clock),
        )
