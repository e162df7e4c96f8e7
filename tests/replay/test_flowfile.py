"""Flow files: what can be played, and every mistake told with its line, its rule and what was probably meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from aimaq.errors import InvalidInput
from aimaq.regulation import Catalogue
from stand.flowfile import FLOWS, RULES, SCHEMA, Deed, FlowFile, Mistakes, Wait, files, load, read

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


def written(folder: Path, text: str) -> Path:
    path = folder / "flow.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def told(folder: Path, text: str) -> list[str]:
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


def test_the_flows_that_come_with_aimaq_cover_every_channel_and_outcome() -> None:
    flows = [load(path, CATALOGUE) for path in bundled()]
    ends = {(flow.channel, flow.expected.end) for flow in flows}
    regulation = CATALOGUE.regulation("unemployed-certificate-2012")
    assert ends == {(channel, end) for channel, flow in regulation.flows.items() for end in flow.ends}
    assert len(flows) == 12


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
        ("2012/", "2013/", "1: no regulation 'unemployed-certificate-2013'; did you mean unemployed-certificate-2012?"),
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
    mistakes = told(tmp_path, GOOD.replace(old, new, 1))
    assert any(complaint in mistake for mistake in mistakes), mistakes


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("2012/portal", "2012/portl").replace(", en: one", "").replace("revoked", "revokd")
    text = text.replace("1.5 minutes", "soon").replace("by: employee", "by: emploee")
    assert [line.partition(":")[0] for line in told(tmp_path, text)] == ["1", "2", "4", "10"]
    text = text.replace("2012/portl", "2012/portal")
    assert [line.partition(":")[0] for line in told(tmp_path, text)] == ["2", "4", "10", "12"]


@pytest.mark.parametrize(
    "text", ["", "7", "[]", "flow: 3", "do: {}", "people: []\ndo: 5\nexpect: 5\n", "\x00", "a: *b"]
)
def test_a_file_of_any_other_shape_is_a_list_of_mistakes(tmp_path: Path, text: str) -> None:
    mistakes = told(tmp_path, text)
    assert mistakes
    assert {line.rpartition("(")[2].rstrip(")") for line in mistakes} <= RULES.keys()


@pytest.mark.parametrize("part", range(0, len(GOOD), 37))
def test_a_file_cut_off_anywhere_is_told_and_never_a_traceback(tmp_path: Path, part: int) -> None:
    assert told(tmp_path, GOOD[:part])


@pytest.mark.parametrize("value", [None, 3, True, "x", [], {}, [None], {"a": 1}])
@pytest.mark.parametrize("key", ["flow", "title", "people", "do", "expect"])
def test_a_key_with_any_other_value_is_told(tmp_path: Path, key: str, value: Any) -> None:
    lines = []
    skipping = False
    for line in GOOD.splitlines():
        starts = line.startswith(f"{key}:")
        skipping = starts or (skipping and line.startswith(" "))
        lines += [f"{key}: {json.dumps(value)}"] if starts else [] if skipping else [line]
    assert told(tmp_path, "\n".join(lines) + "\n")


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
