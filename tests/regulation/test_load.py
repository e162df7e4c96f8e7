"""Reading a regulation's file, and the catalogue that holds what was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimaq.errors import Unconfigured, UnknownRegulation
from aimaq.regulation import Catalogue, Regulation
from aimaq.regulation.load import load

SHORT = """\
id: short
act: {authority: {kk: а, ru: а, en: a}, number: "1", date: 2016-01-02}
title: {kk: т, ru: т, en: t}
automation: full
kind: transactional
body: lea
form: []
results: {certificate: {title: {kk: т, ru: т, en: t}}, refusal: {title: {kk: т, ru: т, en: t}}}
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
    ("old", "new", "said"),
    [
        ("id: short", "id: [short", "short.yaml:2: "),
        ("kind: transactional", "kind: transactional\nkind: interactive", "short.yaml:6: 'kind' stands here again"),
        ("automation: full", "automation: fully", "aimaq law check"),
        ("flows:", "flow:", "not the shape of a regulation"),
        ("item-1:", "article-1:", "not the shape of a regulation"),
        ("2016-01-02", "2016-13-02", "aimaq law check"),
    ],
)
def test_an_unfit_file_is_refused_in_one_line(short: Path, old: str, new: str, said: str) -> None:
    short.write_text(SHORT.replace(old, new, 1), "utf-8")
    with pytest.raises(Unconfigured) as caught:
        load(short)
    assert said in caught.value.detail
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
