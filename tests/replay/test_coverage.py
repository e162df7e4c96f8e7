"""Coverage: counted from the regulation, and whole for the flow files that come with Aimaq, without playing them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from msgspec.structs import replace

from aimaq.regulation import Catalogue, Flow, Regulation
from aimaq.regulation.files.loading import FOLDER
from conformance import Expected, judge
from stand.flowfile import FLOWS, FlowFile, files, load
from stand.flowfile.coverage import LEFT_OUT, Coverage, Item, Share, count, exercised, items, planned
from stand.runtime.catalogue import laws
from tests.conformance.traces import OUTCOMES, change_records, expected, flow, ideal

CATALOGUE = Catalogue.bundled()


@pytest.fixture(scope="module")
def bundled() -> list[FlowFile]:
    return [load(path, CATALOGUE) for path in files([FLOWS])]


def coverage(flows: list[FlowFile], catalogue: Catalogue = CATALOGUE, *, only_played: bool = False) -> Coverage:
    """What these flow files exercise if all goes as they expect."""
    found: dict[tuple[str, str], list[frozenset[Item]]] = defaultdict(list)
    for one in flows:
        found[one.regulation, one.channel].append(planned(catalogue.flow(one.regulation, one.channel), one.expected))
    return count(catalogue, found, only_played=only_played)


def test_the_flow_files_exercise_every_step_outcome_end_and_row_of_every_regulation(bundled: list[FlowFile]) -> None:
    found = coverage(bundled)
    assert found.missing == ()
    assert found.percent == 100
    assert {(flow.regulation, flow.channel) for flow in found.flows} == {
        (law.id, channel) for law in CATALOGUE for channel in law.flows
    }
    assert sum(flow.flows for flow in found.flows) == len(bundled)
    assert found.total["steps"].all == sum(len(flow.steps) for law in CATALOGUE for flow in law.flows.values())
    asking = [norm for law in CATALOGUE for flow in law.flows.values() for norm in flow.table if norm.met_by]
    assert found.total["rows"] == Share(len(asking), len(asking))


def test_a_branch_that_a_regulation_gets_is_missing_and_named(tmp_path: Path, bundled: list[FlowFile]) -> None:
    text = (FOLDER / "oralman-status-2016.yaml").read_text("utf-8")
    condition = text[text.index("      condition-1:") :]
    old = condition[: condition.index("if: {ok: process-5, absent: process-4}") + 38]
    new = old.replace("does: check-registry", "does: check-elsewhere").replace(
        "absent: process-4", "elsewhere: process-4"
    )
    assert new != old
    path = tmp_path / "oralman-status-2016.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    changed = laws([path])
    found = coverage([one for one in bundled if "absent" not in one.expected.outcomes.values()], changed)
    assert "oralman-status-2016/con/condition-1/elsewhere" in found.missing
    assert found.percent < 100


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ("semey-victims-2016/con-issued-duplicate", ("semey-victims-2016/con/end:issued/duplicate",)),
        ("semey-victims-2016/provider-extended", ("semey-victims-2016/provider/item-3/extend/ok",)),
        (
            "job-seeker-registration-2018/provider-not-accepted",
            (
                "job-seeker-registration-2018/provider/item-2/check-package/incomplete",
                "job-seeker-registration-2018/provider/end:not-accepted",
            ),
        ),
        ("unemployed-registration-2016/portal-newcomer", ("unemployed-registration-2016/portal/item-1/ok",)),
    ],
)
def test_without_one_file_what_only_it_exercises_is_missing(
    bundled: list[FlowFile], left_out: str, missing: tuple[str, ...]
) -> None:
    rest = [one for one in bundled if one.name != left_out]
    assert len(rest) == len(bundled) - 1
    found = coverage(rest)
    assert found.missing == missing
    assert 99 < found.percent < 100, "never rounded up to all of it"


def test_a_step_counts_when_each_of_its_parts_was_done(bundled: list[FlowFile]) -> None:
    unpaid = [one for one in bundled if not (one.expected.result or "").startswith("compensation")]
    semey = next(
        one for one in coverage(unpaid).flows if (one.regulation, one.channel) == ("semey-victims-2016", "con")
    )
    assert semey.steps == Share(15, 16)
    assert "semey-victims-2016/con/process-8/pay/ok" in semey.missing


def test_only_what_was_played_counts_unless_everything_should_have_been(bundled: list[FlowFile]) -> None:
    one = [flow for flow in bundled if flow.name == "unemployed-registration-2018/provider-issued"]
    (found,) = coverage(one, only_played=True).flows
    assert (found.flows, found.steps, found.ends) == (1, Share(6, 6), Share(1, 2))
    assert found.missing == tuple(
        f"unemployed-registration-2018/provider/{rest}"
        for rest in (
            "item-5/denied",
            "item-6/issue/denied",
            "end:refused/refusal",
        )
    )
    assert len(coverage(one).flows) == 38
    assert coverage([], only_played=True).percent == 100, "there was nothing to exercise"


def law(name: str, channel: str) -> tuple[Regulation, Flow]:
    found = CATALOGUE.regulation(name)
    return found, found.flow(channel)


def test_what_there_is_to_exercise_is_every_way_that_a_part_can_come_out() -> None:
    there = list(items(*law("model-full-2010", "portal")))
    assert len(there) == len(set(there))
    process_1 = [str(item) for item in there if item.name.startswith("process-1/")]
    assert process_1 == [
        "process-1/authenticate/ok",
        "process-1/check-identity/ok",
        "process-1/check-identity/wrong",
        "process-1/ask-registry/ok",
        "process-1/check-registry/ok",
        "process-1/check-registry/absent",
    ]
    assert {"item-1/ok", f"item-1/{LEFT_OUT}"} <= set(map(str, there))


def test_a_result_of_one_channel_is_no_end_of_another() -> None:
    con, provider = ({str(item) for item in items(*law("semey-victims-2016", name))} for name in ("con", "provider"))
    assert "end:issued/compensation-account" in con - provider
    assert "end:issued/recognition" in con & provider


@pytest.mark.parametrize("channel", ["provider", "con", "portal"])
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("taken", [(), ("item-1",)], ids=["left out", "taken"])
def test_a_case_as_prescribed_exercises_what_was_planned(channel: str, outcome: str, taken: tuple[str, ...]) -> None:
    mine = taken if channel == "portal" else ()
    wanted = expected(channel, outcome, mine)
    verdict = judge(ideal(channel, outcome, mine), flow(channel), wanted)
    assert verdict.conforms
    assert exercised(flow(channel), verdict) == planned(flow(channel), wanted)


def test_a_case_that_was_not_handled_as_prescribed_exercises_nothing() -> None:
    late = change_records(ideal("portal"), lambda record: None if record.operation == "accept" else record)
    assert exercised(flow("portal"), judge(late, flow("portal"), expected("portal"))) == frozenset()


def test_a_part_for_another_result_is_not_counted_as_left_out() -> None:
    flow = CATALOGUE.flow("semey-victims-2016", "con")
    wanted = Expected(end="issued", status="completed", result="duplicate")
    assert not any(item.name == "process-8/pay" for item in planned(flow, wanted))
    paid = planned(flow, replace(wanted, result="compensation-account"))
    assert Item("outcome", "process-8/pay", "ok") in paid
    assert Item("outcome", "provider.item-3/extend", LEFT_OUT) in paid
