"""Reading a regulation's file, and the catalogue that holds what was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimaq.language.errors import Unconfigured, UnknownRegulation
from aimaq.language.messages import STATUS_TEXTS
from aimaq.regulation import Catalogue, Regulation
from aimaq.regulation.files.loading import load
from aimaq.regulation.validation.check import check

SHORT = """\
id: short
act: {authority: {kk: а, ru: а, en: a}, number: "1", date: 2016-01-02}
title: {kk: т, ru: т, en: t}
automation: full
kind: transactional
body: lea
form: []
results:
  certificate: {decision: granted, title: {kk: т, ru: т, en: t}}
  refusal: {decision: denied, title: {kk: т, ru: т, en: t}}
statuses:
  received: {kk: т, ru: т, en: t}
  in_progress: {kk: т, ru: т, en: t}
  completed: {kk: т, ru: т, en: t}
  refused: {kk: т, ru: т, en: t}
ends: {over: {title: {kk: т, ru: т, en: t}}, never: {title: {kk: т, ru: т, en: t}}}
flows:
  con:
    paragraph: "5"
    steps:
      item-1: {item: 1, title: {kk: т, ru: т, en: t}, by: con.operator, does: authenticate, then: condition-2}
      condition-2:
        {item: 2, title: {kk: т, ru: т, en: t}, by: con, does: check-identity, if: {ok: process-3}, end: {wrong: over}}
      process-3:
        item: 3
        title: {kk: т, ru: т, en: t}
        kind: action
        paragraph: 5(3)(1)
        parts: [{by: con, does: send, sends: {RequestSubmitted: lea}}, {by: lea.employee, does: accept}]
        limits: {paper: {max: 2, unit: hour}, electronic: {min: 0.5, max: 1, unit: minute}}
        end: over
"""


@pytest.fixture
def short(tmp_path: Path) -> Path:
    path = tmp_path / "short.yaml"
    path.write_text(SHORT, "utf-8")
    return path


def test_the_short_hand_is_written_out(short: Path) -> None:
    flow = load(short).flow("con")
    assert flow.start == "item-1"
    assert [step.kind for step in flow.steps.values()] == ["action", "condition", "action"]
    assert [step.paragraph for step in flow.steps.values()] == ["5(1)", "5(2)", "5(3)(1)"]
    assert flow.step("item-1").next == {"ok": "condition-2"}
    assert flow.step("condition-2").next == {"ok": "process-3", "wrong": "end:over"}
    assert flow.step("process-3").next == {"ok": "end:over"}
    assert [(part.by, part.does) for part in flow.step("item-1").parts] == [("con.operator", "authenticate")]
    assert [part.sends for part in flow.step("process-3").parts] == [{"RequestSubmitted": "lea"}, {}]
    limits = flow.step("process-3").limits
    assert limits is not None
    assert (limits["electronic"].min, limits["paper"].max, limits["paper"].unit) == (0.5, 2, "hour")


def test_what_a_step_of_one_part_says_of_registers_is_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "short.yaml"
    asking = "by: con, does: ask-registry, asks: [gbd_fl, enis], sends: {RegistryAsked: registry}, then: condition-2}"
    entering = "by: con, does: enter-registry, into: oralman, enters: {status: new}, if: {ok: process-3}, end: {}}"
    text = SHORT.replace("by: con.operator, does: authenticate, then: condition-2}", asking)
    text = text.replace("by: con, does: check-identity, if: {ok: process-3}, end: {wrong: over}}", entering)
    path.write_text(text, "utf-8")
    flow = load(path).flow("con")
    (asked,), (entered,) = flow.step("item-1").parts, flow.step("condition-2").parts
    assert (asked.asks, asked.sends) == (("gbd_fl", "enis"), {"RegistryAsked": "registry"})
    assert (entered.into, entered.enters) == ("oralman", {"status": "new"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[gbd_fl, oralman]", {"gbd_fl": {}, "oralman": {}}),
        ("{labour_market: {status: [unemployed]}}", {"labour_market": {"status": ("unemployed",)}}),
    ],
)
def test_a_grant_requires_registers_or_what_their_records_say(
    tmp_path: Path, written: str, meant: dict[str, dict[str, tuple[str, ...]]]
) -> None:
    path = tmp_path / "short.yaml"
    path.write_text(SHORT.replace("does: accept}", f"does: accept, requires: {written}}}"), "utf-8")
    assert load(path).flow("con").step("process-3").part("accept").requires == meant


def test_a_part_that_leaves_its_step_gives_the_step_another_way_on(tmp_path: Path) -> None:
    path = tmp_path / "short.yaml"
    checked = '{by: lea.clerk, does: check-package, exit: {incomplete: "end:never"}}, {by: lea.employee, does: accept}'
    path.write_text(SHORT.replace("{by: lea.employee, does: accept}", checked), "utf-8")
    flow = load(path).flow("con")
    assert flow.step("process-3").next == {"ok": "end:over", "incomplete": "end:never"}
    assert flow.step("process-3").part("check-package").exit == {"incomplete": "end:never"}
    assert set(flow.ends) == {"over", "never"}


def test_parts_for_some_people_and_for_some_results_are_marked(tmp_path: Path) -> None:
    path = tmp_path / "short.yaml"
    extended = "{by: lea.employee, does: extend, optional: true}, {by: lea.employee, does: accept}"
    paid = "{by: con, does: send, results: [refusal], sends: {RequestSubmitted: lea}}"
    text = SHORT.replace("{by: con, does: send, sends: {RequestSubmitted: lea}}", paid)
    path.write_text(text.replace("{by: lea.employee, does: accept}", extended), "utf-8")
    step = load(path).flow("con").step("process-3")
    assert [(part.does, part.optional, part.results) for part in step.parts] == [
        ("send", False, ("refusal",)),
        ("extend", True, ()),
        ("accept", False, ()),
    ]
    assert not step.optional


@pytest.mark.parametrize(
    ("printed", "results", "only"),
    [("certificate", ("certificate",), "certificate"), ("[certificate, refusal]", ("certificate", "refusal"), None)],
)
def test_an_end_has_one_result_or_several_to_choose_from(
    short: Path, printed: str, results: tuple[str, ...], only: str | None
) -> None:
    title = "over: {title: {kk: т, ru: т, en: t}"
    short.write_text(SHORT.replace(title, f"{title}, result: {printed}"), "utf-8")
    end = load(short).flow("con").ends["over"]
    assert (end.results, end.result) == (results, only)


def test_results_are_of_a_decision_and_of_a_channel(short: Path) -> None:
    title = "over: {title: {kk: т, ru: т, en: t}"
    text = SHORT.replace(title, f"{title}, result: [certificate, refusal, copy]")
    more = "  copy: {decision: granted, channels: [portal], title: {kk: т, ru: т, en: t}}\n"
    short.write_text(text.replace("statuses:\n", f"{more}statuses:\n"), "utf-8")
    law = load(short)
    assert law.results_of("granted", "con") == ["certificate"]
    assert law.results_of("denied", "con") == ["refusal"]


@pytest.mark.parametrize(
    ("channels", "extended"), [("", True), (", channels: [con]", True), (", channels: [akim]", False)]
)
def test_an_extension_is_of_the_flows_that_its_term_names(short: Path, channels: str, extended: bool) -> None:
    term = f"terms: [{{paragraph: 4(1), what: extension, limit: {{max: 1, unit: month}}{channels}}}]\n"
    short.write_text(SHORT.replace("flows:\n", f"{term}flows:\n"), "utf-8")
    extension = load(short).flow("con").extension
    assert (extension is not None) is extended
    if extension is not None:
        assert (extension.max, extension.unit) == (1, "month")


def test_what_an_act_leaves_out_may_be_left_out(tmp_path: Path) -> None:
    left_out = ("automation", "kind", "statuses", *(f"  {status}:" for status in STATUS_TEXTS))
    rest = "\n".join(line for line in SHORT.splitlines() if not line.startswith(left_out))
    path = tmp_path / "short.yaml"
    path.write_text(rest.replace("over: {title", "over: {result: certificate, title"), "utf-8")
    assert "structure" not in {mistake.rule for mistake in check(path)}
    law = load(path)
    assert (law.automation, law.kind, law.statuses, law.terms) == (None, None, {}, ())


def test_a_flow_knows_the_ends_that_it_can_come_to(short: Path) -> None:
    assert list(load(short).flow("con").ends) == ["over"]


def test_a_changed_limit_in_a_copy_of_the_file_is_a_changed_limit(tmp_path: Path, file: Path, text: str) -> None:
    printed = "limit: {max: 10, unit: minute, text: 10 минуттан артық емес}"
    copy = tmp_path / file.name
    copy.write_text(text.replace(printed, printed.replace("max: 10", "max: 7"), 1), "utf-8")
    limit = Catalogue.load([tmp_path]).flow(file.stem, "provider").norm(1).limit
    assert limit is not None
    assert limit.max == 7


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: short", "id: [short", "short.yaml:2: "),
        ("kind: transactional", "kind: transactional\nkind: interactive", "short.yaml:6: 'kind' stands here again"),
        ("automation: full", "automation: fully", "aimaq law check"),
        ("flows:", "flow:", "not the shape of a regulation"),
        ("item-1:", "article-1:", "not the shape of a regulation"),
        ("2016-01-02", "2016-13-02", "aimaq law check"),
    ],
)
def test_an_unfit_file_is_refused_in_one_line(short: Path, old: str, new: str, message: str) -> None:
    short.write_text(SHORT.replace(old, new, 1), "utf-8")
    with pytest.raises(Unconfigured) as caught:
        load(short)
    assert message in caught.value.detail
    assert "\n" not in caught.value.detail


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unconfigured, match=r"none\.yaml: No such file"):
        load(tmp_path / "none.yaml")


def test_the_bundled_catalogue_is_read_once() -> None:
    assert Catalogue.bundled() is Catalogue.bundled()


def test_a_catalogue_is_read_from_files_and_folders(tmp_path: Path, file: Path, text: str) -> None:
    for name in ("second", "first"):
        (tmp_path / f"{name}.yaml").write_text(text.replace(f"id: {file.stem}", f"id: {name}"), "utf-8")
    catalogue = Catalogue.load([file, tmp_path])
    assert [regulation.id for regulation in catalogue] == [file.stem, "first", "second"]


def test_a_catalogue_refuses_a_file_that_makes_no_sense(tmp_path: Path, file: Path, text: str) -> None:
    (tmp_path / file.name).write_text(text.replace("then: process-7", "then: process-77"), "utf-8")
    with pytest.raises(Unconfigured, match=r"no step 'process-77'; did you mean process-7\?.*and 2 more"):
        Catalogue.load([tmp_path])


def test_a_regulation_is_in_a_catalogue_once(regulation: Regulation) -> None:
    with pytest.raises(Unconfigured, match="given twice"):
        Catalogue([regulation, regulation])


def test_an_empty_folder_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(Unconfigured, match="no regulation here"):
        Catalogue.load([tmp_path])


def test_an_unknown_regulation_is_answered_with_the_nearest_one(regulation: Regulation) -> None:
    catalogue = Catalogue([regulation])
    with pytest.raises(UnknownRegulation, match=rf"did you mean {regulation.id}\?"):
        catalogue.regulation(regulation.id[:-1])
    with pytest.raises(UnknownRegulation) as caught:
        catalogue.flow("nothing-like-it", "con")
    assert "did you mean" not in caught.value.detail
    assert caught.value.status == 404


def test_a_catalogue_knows_what_it_holds(regulation: Regulation) -> None:
    catalogue = Catalogue([regulation])
    assert len(catalogue) == 1
    assert regulation.id in catalogue
    assert "other" not in catalogue
    assert catalogue.flow(regulation.id, "con") is regulation.flow("con")
