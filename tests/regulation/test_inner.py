"""The inner procedure: the provider's own items run inside a request of another channel, before the step named."""

from __future__ import annotations

import pytest

from aimaq.regulation import END, Catalogue, Flow, Regulation
from aimaq.regulation.export import export
from aimaq.regulation.files.loading import load
from aimaq.regulation.validation.check import check

TITLE = "title: {kk: т, ru: т, en: t}"
FILE = f"""\
id: inside
act: {{authority: {{kk: а, ru: а, en: a}}, number: "1", date: 2016-01-02}}
{TITLE}
body: lea:office
oblast: "27"
form: []
results:
  paper: {{decision: granted, {TITLE}}}
  refusal: {{decision: denied, {TITLE}}}
ends:
  issued: {{{TITLE}, status: completed, result: paper}}
  refused: {{{TITLE}, status: refused, result: refusal}}
  elsewhere: {{{TITLE}, status: refused}}
  documents-refused: {{{TITLE}, status: refused}}
flows:
  provider:
    paragraph: "5"
    steps:
      item-1:
        item: 1
        {TITLE}
        limit: {{max: 30, unit: minute}}
        parts:
          - {{by: lea.applicant, does: lodge}}
          - {{by: lea.clerk, does: register, sends: {{RequestRegistered: gateway}}}}
        then: item-2
      item-2: {{item: 2, {TITLE}, by: lea.head, does: assign, sends: {{StatusChanged: gateway}}, then: item-3}}
      item-3:
        item: 3
        {TITLE}
        parts:
          - {{by: lea, does: ask-registry, asks: [oralman], sends: {{RegistryAsked: registry}}}}
          - {{by: lea, does: check-elsewhere, exit: {{elsewhere: "end:elsewhere"}}}}
          - {{by: lea.executor, does: prepare}}
        then: item-4
      item-4: {{item: 4, {TITLE}, by: lea.head, does: decide, if: {{granted: item-5, denied: item-5}}}}
      item-5:
        item: 5
        {TITLE}
        parts:
          - {{by: lea.clerk, does: record-result}}
          - {{by: lea.clerk, does: issue, sends: {{ResultDelivered: gateway}}}}
        end: {{granted: issued, denied: refused}}
  con:
    paragraph: 7-8
    inner: {{of: provider, items: [item-1, item-2, item-3, item-4, item-5], before: process-5}}
    steps:
      process-1: {{item: 1, paragraph: 7(1), {TITLE}, by: con.operator, does: authenticate, then: process-2}}
      process-2:
        item: 2
        paragraph: 7(2)
        {TITLE}
        parts:
          - {{by: con.operator, does: fill-form}}
          - {{by: con.operator, does: sign}}
          - {{by: con, does: send, sends: {{RequestSubmitted: lea}}}}
        then: process-3
      process-3:
        item: 1
        paragraph: 8(1)
        {TITLE}
        by: lea
        does: register
        sends: {{RequestRegistered: con}}
        then: condition-1
      condition-1:
        item: 2
        paragraph: 8(2)
        {TITLE}
        by: lea.employee
        does: check-documents
        if: {{ok: process-5, wrong: process-4}}
      process-4:
        item: 3
        paragraph: 8(3)
        {TITLE}
        by: lea
        does: refuse
        ground: documents
        sends: {{CaseClosed: con}}
        end: documents-refused
      process-5:
        item: 4
        paragraph: 8(4)
        {TITLE}
        by: con.operator
        does: issue
        sends: {{ResultDelivered: gateway}}
        end: {{granted: issued, denied: refused}}
  portal:
    paragraph: "9"
    inner: {{of: provider, items: [item-1, item-2, item-3, item-4, item-5], before: process-2}}
    steps:
      process-1:
        item: 1
        {TITLE}
        parts:
          - {{by: portal.citizen, does: authenticate}}
          - {{by: portal.citizen, does: fill-form}}
          - {{by: portal.citizen, does: sign}}
          - {{by: portal, does: send, sends: {{RequestSubmitted: lea}}}}
        then: process-2
      process-2:
        item: 2
        {TITLE}
        by: portal
        does: deliver
        sends: {{ResultDelivered: gateway}}
        end: {{granted: issued, denied: refused}}
"""
INNER = [f"provider.item-{n}" for n in range(1, 6)]


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Regulation:
    """The regulation that has an inner procedure in two of its channels."""
    path = tmp_path_factory.mktemp("inner") / "inside.yaml"
    path.write_text(FILE, "utf-8")
    assert check(path) == []
    return load(path)


@pytest.fixture(scope="module")
def con(inside: Regulation) -> Flow:
    return inside.flow("con")


def done(flow: Flow, ref: str) -> list[tuple[str, str, dict[str, str]]]:
    return [(part.by, part.does, part.sends) for part in flow.step(ref).parts]


def test_the_items_stand_before_the_step_named_in_their_order(con: Flow, inside: Regulation) -> None:
    before = ["process-1", "process-2", "process-3", "condition-1", "process-4"]
    assert list(con.steps) == [*before, *INNER, "process-5"]
    assert list(inside.flow("portal").steps) == ["process-1", *INNER, "process-2"]


def test_an_item_keeps_its_paragraph_and_its_limit_and_says_whose_it_is(con: Flow) -> None:
    steps = [con.step(ref) for ref in INNER]
    assert [step.ref for step in steps] == INNER
    assert [step.paragraph for step in steps] == [f"5({n})" for n in range(1, 6)]
    assert {step.inner for step in steps} == {"provider"}
    assert steps[0].limit is not None
    assert (steps[0].limit.max, steps[0].limit.unit) == (30, "minute")
    assert [step.inner for step in con.printed] == [None] * 6


def test_what_led_to_the_step_leads_to_the_first_item_and_the_printed_way_is_kept(con: Flow) -> None:
    condition = con.step("condition-1")
    assert condition.next == {"ok": "provider.item-1", "wrong": "process-4"}
    assert condition.printed == {"ok": "process-5", "wrong": "process-4"}
    assert {ref for ref, step in con.steps.items() if step.printed is not None} == {"condition-1"}


def test_the_items_follow_each_other_and_the_last_leads_back(con: Flow) -> None:
    assert [con.step(ref).next for ref in INNER] == [
        {"ok": "provider.item-2"},
        {"ok": "provider.item-3"},
        {"ok": "provider.item-4", "elsewhere": "end:elsewhere"},
        {"granted": "provider.item-5", "denied": "provider.item-5"},
        {"ok": "process-5"},
    ]


def test_an_exit_of_an_item_is_an_end_of_the_flow(con: Flow) -> None:
    assert con.step("provider.item-3").part("check-elsewhere").exit == {"elsewhere": "end:elsewhere"}
    assert "elsewhere" in con.ends
    assert con.end({"provider.item-3": "elsewhere"}) == "elsewhere"


def test_what_was_decided_inside_is_handed_over_outside(con: Flow) -> None:
    for decision, end in (("granted", "issued"), ("denied", "refused")):
        outcomes = {"provider.item-4": decision}
        assert con.path(outcomes)[-2:] == ["provider.item-5", "process-5"]
        assert con.end(outcomes) == end


def test_what_was_done_at_the_counter_is_not_done_again(con: Flow) -> None:
    assert [does for _, does, _ in done(con, "provider.item-1")] == ["register"]


def test_the_result_is_sent_to_where_the_request_came_from_and_not_handed_over(con: Flow, inside: Regulation) -> None:
    for flow in (con, inside.flow("portal")):
        assert done(flow, "provider.item-5") == [
            ("lea.clerk", "record-result", {}),
            ("lea", "send", {"ResultIssued": flow.channel}),
        ]


def test_what_the_gateway_would_be_told_the_front_is_told_once(con: Flow, inside: Regulation) -> None:
    assert done(con, "provider.item-1") == [("lea.clerk", "register", {})], "the registration is told by process-3"
    assert done(inside.flow("portal"), "provider.item-1") == [
        ("lea.clerk", "register", {"RequestRegistered": "portal"}),
    ]
    assert done(con, "provider.item-2") == [("lea.head", "assign", {"StatusChanged": "con"})]
    assert done(con, "provider.item-3")[0] == ("lea", "ask-registry", {"RegistryAsked": "registry"})


def test_the_providers_own_flow_is_left_as_it_is(inside: Regulation) -> None:
    provider = inside.flow("provider")
    assert list(provider.steps) == [f"item-{n}" for n in range(1, 6)]
    assert done(provider, "item-5")[1] == ("lea.clerk", "issue", {"ResultDelivered": "gateway"})
    assert provider.step("item-5").next == {"granted": "end:issued", "denied": "end:refused"}
    assert all(step.inner is None and step.printed is None for step in provider.steps.values())


def test_the_public_form_has_the_flow_as_the_act_prints_it(inside: Regulation) -> None:
    flows = {flow["channel"]: flow for flow in export([inside])["regulations"][0]["flows"]}
    steps = {step["ref"]: step for step in flows["con"]["steps"]}
    assert list(steps) == ["process-1", "process-2", "process-3", "condition-1", "process-4", "process-5"]
    assert steps["condition-1"]["next"] == {"ok": "process-5", "wrong": "process-4"}


WITH_INNER = [
    (law, flow)
    for law in Catalogue.bundled()
    for flow in law.flows.values()
    if any(step.inner for step in flow.steps.values())
]


def test_every_flow_of_2016_through_a_front_has_the_providers_items_inside() -> None:
    found = {(law.id, flow.channel) for law, flow in WITH_INNER}
    wanted = {
        (law.id, channel)
        for law in Catalogue.bundled()
        if law.id.endswith("-2016")
        for channel in law.flows
        if channel in ("con", "portal")
    }
    assert found == wanted
    assert len(found) == 12


@pytest.mark.parametrize(("law", "flow"), WITH_INNER, ids=[f"{law.id}-{flow.channel}" for law, flow in WITH_INNER])
def test_every_item_of_the_provider_is_inside_once(law: Regulation, flow: Flow) -> None:
    theirs = law.flow("provider").steps
    inner = {ref.removeprefix("provider."): step for ref, step in flow.steps.items() if step.inner == "provider"}
    assert list(inner) == list(theirs)
    for ref, step in inner.items():
        own = theirs[ref]
        assert (step.paragraph, step.title, step.limit, step.limits) == (
            own.paragraph,
            own.title,
            own.limit,
            own.limits,
        )
        assert step.parts
        assert not [part for part in step.parts if "gateway" in part.sends.values() or part.party != "lea"]
    tellings = [message for step in flow.steps.values() for part in step.parts for message in part.sends]
    for once in ("RequestSubmitted", "RequestRegistered", "ResultIssued", "ResultDelivered"):
        assert tellings.count(once) == 1, once
    assert {there for step in inner.values() for there in step.next.values() if there.startswith(END)} <= {
        there for step in theirs.values() for there in step.next.values()
    }
