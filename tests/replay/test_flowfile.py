"""Flow files: what can be played, and every mistake told with its line, its rule and what was probably meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from aimaq.language.errors import InvalidInput
from aimaq.regulation import Catalogue, Regulation
from stand.flowfile import FLOWS, RULES, SCHEMA, Deed, FlowFile, Mistakes, Record, Wait, files, load, read

CATALOGUE = Catalogue.bundled()

GOOD = """\
flow: unemployed-certificate-2012/portal
title: {kk: бір, ru: один, en: one}
people:
  citizen: {as: portal.citizen, registered: false, certificate: revoked}
  employee: {as: lea.employee}
do:
  - {step: item-1, by: citizen}
  - {step: process-1, by: citizen}
  - {step: process-3, by: citizen, with: {form: {address: somewhere, purpose: anything}}}
  - {wait: 1.5 minutes}
  - {wait: 2 working days}
  - {step: process-6/prepare, by: employee, with: {decision: denied}}
expect:
  outcomes: {process-7: denied}
  end: refused
"""


SEVERAL = """\
flow: semey-victims-2016/con
title: {kk: бір, ru: один, en: one}
people:
  operator: {as: con.operator}
  executor: {as: lea.executor}
  head: {as: lea.head}
  applicant: {}
  friend: {}
registers:
  - {in: gbd_fl, of: applicant}
  - {in: enis, of: applicant, representative: friend, number: 2016/1}
do:
  - {step: item-1/check-package, by: operator}
  - {step: process-1, by: operator}
  - {step: process-2, by: operator, with: {for: applicant, form: {address: Abai 1, representative_iin: $friend.iin}}}
  - {step: provider.item-3/extend, by: executor, with: {reason: an archive is asked}}
  - {step: provider.item-3/prepare, by: executor, with: {decision: granted, result: compensation-account}}
  - {step: provider.item-4, by: head}
  - {step: process-8/pay, by: operator, with: {account: KZ00TEST0000000001AB, on: 2016-07-01}}
expect:
  end: issued
  result: compensation-account
"""
"""A flow with an inner procedure, parts that may be skipped, several results, and records in registers."""


def written(folder: Path, text: str) -> Path:
    path = folder / "flow.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_in(folder: Path, text: str) -> list[str]:
    """The mistakes in this text, without the name of the file."""
    flow, mistakes = read(written(folder, text), CATALOGUE)
    assert flow is None
    return [str(mistake).partition("flow.yaml:")[2] for mistake in mistakes]


def bundled() -> list[Path]:
    return files([FLOWS])


def test_what_is_written_is_what_is_played(tmp_path: Path) -> None:
    flow = load(written(tmp_path, GOOD), CATALOGUE)
    assert (flow.regulation, flow.channel) == ("unemployed-certificate-2012", "portal")
    assert flow.people["citizen"].performer == "portal.citizen"
    assert not flow.people["citizen"].registered
    assert flow.people["employee"].certificate == "valid"
    assert flow.do[0] == Deed("item-1", "register-user", "citizen", {}, 7)
    assert flow.do[3:5] == (Wait(1.5, "minute", 10), Wait(2, "working-day", 11))
    assert flow.expected.taken == {"item-1"}


def test_status_and_result_follow_from_the_end_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    flow = load(written(tmp_path, GOOD), CATALOGUE)
    assert (flow.expected.status, flow.expected.result) == ("refused", "refusal")
    other = load(written(tmp_path, GOOD + "  status: completed\n  result: null\n"), CATALOGUE)
    assert (other.expected.status, other.expected.result) == ("completed", None)


def test_optional_parts_inner_steps_results_and_registers_are_read(tmp_path: Path) -> None:
    flow = load(written(tmp_path, SEVERAL), CATALOGUE)
    assert flow.do[3] == Deed("provider.item-3", "extend", "executor", {"reason": "an archive is asked"}, 16)
    assert flow.expected.taken == {"provider.item-3/extend"}
    assert (flow.expected.status, flow.expected.result) == ("completed", "compensation-account")
    assert flow.registers == (
        Record("gbd_fl", "applicant"),
        Record("enis", "applicant", representative="friend", number="2016/1"),
    )
    assert flow.people["applicant"].party is None


@pytest.fixture(scope="module")
def played() -> list[FlowFile]:
    """The flow files that come with Aimaq, read."""
    return [load(path, CATALOGUE) for path in bundled()]


@pytest.mark.parametrize("law", CATALOGUE, ids=lambda law: law.id)
def test_the_flows_that_come_with_aimaq_cover_every_channel_end_and_result(
    played: list[FlowFile], law: Regulation
) -> None:
    mine = [flow for flow in played if flow.regulation == law.id]
    assert {(flow.channel, flow.expected.end) for flow in mine} == {
        (channel, end) for channel, flow in law.flows.items() for end in flow.ends
    }
    assert {(flow.channel, flow.expected.result) for flow in mine if flow.expected.result} == {
        (channel, result)
        for channel in law.flows
        for decision in ("granted", "denied")
        for result in law.results_of(decision, channel)
    }


def test_every_bundled_flow_lies_in_the_folder_of_its_regulation(played: list[FlowFile]) -> None:
    assert all(flow.name.partition("/")[0] == flow.regulation for flow in played)
    assert {flow.regulation for flow in played} == {law.id for law in CATALOGUE}


def test_refused_signatures_have_different_causes() -> None:
    flows = [load(path, CATALOGUE) for path in bundled()]
    causes = {
        person.certificate
        for flow in flows
        if flow.expected.end == "not-signed"
        for person in flow.people.values()
        if person.certificate != "valid"
    }
    assert causes == {"other-person", "revoked", "authentication"}


def test_the_published_schema_is_a_schema_and_takes_every_bundled_file() -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text("utf-8")))
    for path in bundled():
        assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=../schema.json\n")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("portal\n", "portl\n", "1: unemployed-certificate-2012 has no channel 'portl'; did you mean portal?"),
        (
            "unempl",
            "umempl",
            "1: no regulation 'umemployed-certificate-2012'; did you mean unemployed-certificate-",
        ),
        (", en: one", "", "2: title lacks en (missing-key)"),
        ("people:", "peopel:", "3: the file has no 'peopel'; did you mean people? (unknown-key)"),
        ("portal.citizen", "portal.citizn", "4: no performer 'portal.citizn'; did you mean portal.citizen?"),
        ("revoked", "revokd", "did you mean revoked? (shape)"),
        ("registered: false", "registered: no", '4: people.citizen.registered: "no" is not true or false'),
        ("step: process-1,", "step: proces-1,", "8: channel portal has no step 'proces-1'; did you mean process-1?"),
        ("step: process-1,", "step: condition-1,", "8: condition-1 is done by the system portal itself (system-step)"),
        ("step: process-1, by: citizen", "step: process-1, by: citzen", "8: no person 'citzen'; did you mean citizen?"),
        ("process-1, by: citizen", "process-1, by: employee", "8: process-1 (8(2)) is for portal.citizen to do"),
        ("process-6/prepare", "process-6/prepar", "12: process-6 has no part 'prepar'; did you mean prepare?"),
        ("process-6/prepare", "process-6", "12: process-6 has several parts: process-6/send, process-6/register"),
        ("{decision: denied}", "{decision: maybe}", '12: do.5.with.decision: "maybe" is not granted or denied'),
        ("{decision: denied}", "{}", "12: prepare needs `with: {decision: …}` (with)"),
        (
            "{decision: denied}",
            "{decison: denied}",
            "12: do.5.with has no 'decison'; did you mean decision? (unknown-key)",
        ),
        ("{address: somewhere", "{adress: somewhere", "9: the form has no field 'adress'; did you mean address?"),
        ("{form:", "{how: email, form:", "9: fill-form does not take 'how', it takes for and form (with)"),
        ("1.5 minutes", "1.5 minuts", '10: do.3.wait: "1.5 minuts" is not a length of time'),
        ("{wait: 1.5 minutes}", "{wait: 1 day, by: citizen}", "10: do.3 has no 'by' (unknown-key)"),
        (
            "process-7: denied",
            "process-7: refused",
            "14: process-7 cannot come out as 'refused', only as granted, denied",
        ),
        ("process-7: denied", "process-8: denied", "14: channel portal has no step 'process-8'; did you mean"),
        (
            "process-7: denied",
            "process-7: granted",
            "15: with these outcomes the flow ends as issued, not refused (end)",
        ),
        ("end: refused", "end: refusd", "15: channel portal has no end 'refusd'; did you mean refused? (unknown-end)"),
        ("end: refused", "status: refused", "13: expect lacks end (missing-key)"),
        ("by: citizen}\n  - {step: process-1", "by: citizen}\n  - {step: [", "syntax"),
        ("employee: {", "citizen: {", "5: 'citizen' stands here again, first on line 4 (duplicate-key)"),
    ],
)
def test_a_mistake_is_told_with_line_rule_and_what_was_meant(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in GOOD
    mistakes = faults_in(tmp_path, GOOD.replace(old, new, 1))
    assert any(complaint in mistake for mistake in mistakes), mistakes


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "step: item-1/check-package",
            "step: item-1/take-ticket",
            "13: item-1/take-ticket goes with the opening",
        ),
        (
            "step: item-1/check-package",
            "step: item-1",
            "13: item-1 has several parts: item-1/take-ticket,",
        ),
        ("provider.item-4", "item-4", "18: channel con has no step 'item-4'; did you mean item-1? (unknown-step)"),
        ("provider.item-4", "provider.item-5/send", "18: provider.item-5/send is done by the system lea itself"),
        (
            "by: head}",
            "by: executor}",
            "18: provider.item-4 (5(4)) is for lea.head to do, and executor is",
        ),
        ("by: head}", "by: applicant}", "18: provider.item-4 (5(4)) is for lea.head to do, and applicant has no `as`"),
        ("in: enis, of: applicant", "in: enis, of: aplicant", "11: no person 'aplicant'; did you mean applicant?"),
        (
            "representative: friend",
            "representative: frend",
            "11: no person 'frend'; did you mean friend?",
        ),
        ("in: gbd_fl", "in: gbd_f", "did you mean gbd_fl?"),
        ("$friend.iin", "$frend.iin", "15: no person 'frend'; did you mean friend?"),
        ("for: applicant", "for: aplicant", "15: no person 'aplicant'; did you mean applicant? (unknown-person)"),
        ("{reason: an archive is asked}", "{}", "16: extend needs `with: {reason: …}` (with)"),
        (
            "{reason: an archive is asked}",
            "{reason: a, account: b}",
            "16: extend does not take 'account', it",
        ),
        ("account: KZ00TEST0000000001AB, ", "", "19: pay needs `with: {account: …}` (with)"),
        (
            "  result: compensation-account\n",
            "",
            "21: issued can be several results, so expect says which:",
        ),
        (
            "  end: issued",
            "  outcomes: {item-1: wrong}\n  end: issued",
            "item-1 cannot come out as 'wrong', only as ok",
        ),
        (
            "  end: issued",
            "  outcomes: {item-1: incomplete}\n  end: issued",
            "with these outcomes the flow ends as not-accepted, not issued (end)",
        ),
    ],
)
def test_a_mistake_in_a_flow_of_several_results_is_told(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in SEVERAL
    mistakes = faults_in(tmp_path, SEVERAL.replace(old, new, 1))
    assert any(complaint in mistake for mistake in mistakes), mistakes


ARCHIVE = """\
flow: archive-certificate-2012/con
title: {kk: бір, ru: раз, en: one}
people:
  operator: {as: con.operator, login: revoked-certificate}
do:
  - {step: process-1, by: operator}
expect: {outcomes: {condition-1: wrong}, end: not-authorised}
"""


def test_who_signs_in_with_a_certificate_says_so(tmp_path: Path) -> None:
    assert load(written(tmp_path, ARCHIVE), CATALOGUE).people["operator"].login == "revoked-certificate"
    assert load(written(tmp_path, GOOD), CATALOGUE).people["citizen"].login == "password"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "revoked-cert",
            "revoked-cart",
            '4: people.operator.login: "revoked-cartificate" is not password, certificate',
        ),
        (
            "login: revoked",
            "password: wrong, login: revoked",
            "4: whoever signs in with a certificate types no password",
        ),
        ("as: con.operator, ", "", "4: whoever has no account (`as`) signs in nowhere (login)"),
        (
            "archive-certificate-2012",
            "oralman-status-2016",
            "4: by paragraph 10-11 a case is opened with IIN and password",
        ),
    ],
)
def test_who_signs_in_with_a_certificate_does_so_as_the_act_lets_them(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in ARCHIVE
    mistakes = faults_in(tmp_path, ARCHIVE.replace(old, new, 1))
    assert any(complaint in mistake for mistake in mistakes), mistakes


def test_whoever_opens_no_case_may_sign_in_with_a_certificate_anyhow(tmp_path: Path) -> None:
    mistakes = faults_in(tmp_path, ARCHIVE.replace("2012/con", "2012/provider", 1))
    assert mistakes, "an operator has nothing to do at the body"
    assert not any("(login)" in mistake for mistake in mistakes), mistakes


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("2012/portal", "2012/portl").replace(", en: one", "").replace("revoked", "revokd")
    text = text.replace("1.5 minutes", "soon").replace("by: employee", "by: emploee")
    assert [line.partition(":")[0] for line in faults_in(tmp_path, text)] == ["1", "2", "4", "10"]
    text = text.replace("2012/portl", "2012/portal")
    assert [line.partition(":")[0] for line in faults_in(tmp_path, text)] == ["2", "4", "10", "12"]


@pytest.mark.parametrize(
    "text", ["", "7", "[]", "flow: 3", "do: {}", "people: []\ndo: 5\nexpect: 5\n", "\x00", "a: *b"]
)
def test_a_file_of_any_other_shape_is_a_list_of_mistakes(tmp_path: Path, text: str) -> None:
    mistakes = faults_in(tmp_path, text)
    assert mistakes
    assert {line.rpartition("(")[2].rstrip(")") for line in mistakes} <= RULES.keys()


@pytest.mark.parametrize("part", range(0, len(GOOD), 37))
def test_a_file_cut_off_anywhere_is_told_and_never_a_traceback(tmp_path: Path, part: int) -> None:
    assert faults_in(tmp_path, GOOD[:part])


@pytest.mark.parametrize("value", [None, 3, True, "x", [], {}, [None], {"a": 1}])
@pytest.mark.parametrize("key", ["flow", "title", "people", "do", "expect"])
def test_a_key_with_any_other_value_is_told(tmp_path: Path, key: str, value: Any) -> None:
    lines = []
    skipping = False
    for line in GOOD.splitlines():
        starts = line.startswith(f"{key}:")
        skipping = starts or (skipping and line.startswith(" "))
        lines += [f"{key}: {json.dumps(value)}"] if starts else [] if skipping else [line]
    assert faults_in(tmp_path, "\n".join(lines) + "\n")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Mistakes) as caught:
        load(tmp_path / "none.yaml", CATALOGUE)
    assert caught.value.mistakes[0].rule == "file"
    (tmp_path / "portal-refusal.yaml").write_text(GOOD)
    with pytest.raises(InvalidInput, match="did you mean portal-refusal"):
        files([tmp_path / "portal-refusl.yaml"])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InvalidInput, match="no flow files"):
        files([empty])


def test_a_folder_gives_its_flows_once_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(GOOD)
    (tmp_path / "a.yaml").write_text(GOOD)
    found = files([tmp_path, tmp_path / "b.yaml"])
    assert [path.name for path in found] == ["a.yaml", "b.yaml"]


def test_a_flow_is_named_by_its_folder_and_file() -> None:
    flow: FlowFile = load(FLOWS / "unemployed-certificate-2012" / "con-refusal.yaml", CATALOGUE)
    assert flow.name == "unemployed-certificate-2012/con-refusal"
