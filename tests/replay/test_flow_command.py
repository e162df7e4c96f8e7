"""`aimaq flow new` and `aimaq flow check`, and the files that they make of a regulation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from aimaq.regulation import Catalogue, Regulation
from aimaq.regulation.files.loading import FOLDER
from stand.commands.tester.flow import app
from stand.flowfile import FLOWS, Deed, FlowFile, Wait, files, load, read
from stand.flowfile.scaffold import scaffold
from stand.flowfile.writing import WIDTH, write

pytestmark = pytest.mark.slow

CATALOGUE = Catalogue.bundled()
BY_HAND = "unemployed-certificate-2012"


def command(*words: object) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def made(regulation: Regulation) -> dict[str, dict[str, Any]]:
    return {name: data for channel in regulation.flows for name, data in scaffold(regulation, channel)}


@pytest.fixture(scope="module")
def bundled() -> list[FlowFile]:
    return [load(path, CATALOGUE) for path in files([FLOWS])]


@pytest.mark.parametrize("regulation", CATALOGUE, ids=lambda regulation: regulation.id)
def test_what_is_made_of_a_regulation_are_flow_files_that_read_as_they_were_made(
    tmp_path: Path, regulation: Regulation
) -> None:
    for name, data in made(regulation).items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(write(data, tmp_path), "utf-8")
        assert read(path, CATALOGUE)[1] == []
        text = path.read_text("utf-8")
        assert yaml.safe_load(text) == data
        assert max(map(len, text.splitlines()[1:])) <= WIDTH
        schema = re.match(r"# yaml-language-server: \$schema=(.+)\n", text)
        assert schema is not None
        assert (tmp_path / schema[1]).resolve() == FLOWS / "schema.json"


@pytest.mark.parametrize(
    "regulation", [one for one in CATALOGUE if one.id != BY_HAND], ids=lambda regulation: regulation.id
)
def test_the_bundled_files_are_those_that_flow_new_writes(regulation: Regulation) -> None:
    folder = FLOWS / regulation.id
    there = {path.stem: path.read_text("utf-8") for path in folder.glob("*.yaml")}
    assert there == {name: write(data, folder) for name, data in made(regulation).items()}, (
        f"write them anew: aimaq flow new {regulation.id} --force"
    )


def test_titles_say_what_becomes_of_the_case(bundled: list[FlowFile]) -> None:
    titles = {flow.name: flow.title for flow in bundled}
    assert titles["semey-victims-2016/con-refused"].en == "Service centre: a reasoned refusal was issued"
    assert titles["oralman-status-2016/con-refused"].ru == "ЦОН: в присвоении статуса отказано"
    assert titles["home-schooling-costs-2016/portal-not-signed"].kk.endswith("(куәлік кері қайтарылған)")
    assert titles["employment-referral-2018/portal-issued-public-works"].en == (
        "Portal: the referral was issued – Referral to public works"
    )
    for language in ("kk", "ru", "en"):
        listed = [(flow.regulation, flow.title.say(language)) for flow in bundled]
        assert len(set(listed)) == len(listed), "no two flows of a regulation have the same title"


@pytest.mark.parametrize(
    ("regulation", "results"),
    [
        ("employment-referral-2018", {"employment", "youth-practice", "social-job", "public-works"}),
        ("semey-victims-2016", {"recognition", "certificate", "duplicate"}),
        ("targeted-assistance-certificate-2016", {"belonging", "not-belonging"}),
    ],
)
def test_every_result_comes_up_in_every_channel(bundled: list[FlowFile], regulation: str, results: set[str]) -> None:
    for channel in CATALOGUE.regulation(regulation).flows:
        mine = {one.expected.result for one in bundled if (one.regulation, one.channel) == (regulation, channel)}
        assert results <= mine


def test_where_a_register_is_required_a_flow_is_refused_without_its_record(bundled: list[FlowFile]) -> None:
    requiring = {
        (law.id, channel)
        for law in CATALOGUE
        for channel, flow in law.flows.items()
        if any(part.requires for step in flow.steps.values() for part in step.parts)
    }
    assert len(requiring) == 3
    without = [one for one in bundled if one.name.endswith("-refused-no-record")]
    assert {(one.regulation, one.channel) for one in without} == requiring
    assert all(one.registers == () for one in without)
    assert {one.expected.result for one in without} == {"refusal"}
    (unlike,) = (one for one in bundled if one.name.endswith("-refused-other-record"))
    assert unlike.name == "unemployed-registration-2018/provider-refused-other-record"
    assert [(one.register, one.status) for one in unlike.registers] == [("labour_market", "job-seeker")]
    granted = [one for one in bundled if (one.regulation, one.channel) in requiring and one.expected.end == "issued"]
    assert granted
    assert all("labour_market" in {record.register for record in one.registers} for one in granted)


def test_an_extended_term_is_waited_for_beyond_the_printed_limit(bundled: list[FlowFile]) -> None:
    extended = [one for one in bundled if any(part.endswith("/extend") for part in one.expected.taken)]
    assert {(one.regulation, one.channel) for one in extended} == {
        ("semey-victims-2016", "provider"),
        ("semey-victims-2016", "con"),
    }
    for one in extended:
        (wait,) = (happening for happening in one.do if isinstance(happening, Wait))
        limits = CATALOGUE.flow(one.regulation, "provider").step("item-3").limits
        assert limits is not None
        most = limits[one.expected.result or ""].max
        assert most is not None
        assert (wait.unit, wait.count > most) == ("working-day", True)


def test_a_power_of_attorney_is_the_representatives_own(bundled: list[FlowFile]) -> None:
    proxies = [one for one in bundled if one.name.endswith("-by-proxy")]
    assert len(proxies) == 9
    for one in proxies:
        (form,) = (deed.using["form"] for deed in one.do if isinstance(deed, Deed) and "form" in deed.using)
        assert form["power_of_attorney"] == "$friend.power"
        (power,) = (record for record in one.registers if record.register == "enis")
        assert (power.of, power.representative, power.number) == ("applicant", "friend", "")


def test_texts_are_quoted_where_they_would_be_read_as_something_else(tmp_path: Path) -> None:
    odd = [
        "120",
        "yes",
        "null",
        "a: b",
        "a, b",
        "# no",
        "«қ»",
        "-",
        "",
        "{x}",
        "plain words",
        "$friend.iin",
        "a'b\"c",
        "9" * 5000,
    ]
    data = next(iter(scaffold(CATALOGUE.regulation(BY_HAND), "con")))[1]
    form = {f"field_{n}": text for n, text in enumerate(odd)}
    deed = {"step": "process-3", "by": "operator", "with": {"for": "applicant", "form": form}}
    text = write(data | {"do": [deed], "about": {"kk": "қ" * 10, "ru": "слово " * 40 + "конец", "en": "x"}}, tmp_path)
    assert yaml.safe_load(text)["do"] == [deed]
    assert yaml.safe_load(text)["about"]["ru"] == "слово " * 40 + "конец"
    assert "field_10: plain words" in text
    assert "field_11: $friend.iin" in text


def test_new_writes_what_is_asked_for_and_nothing_over_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    result = command("new", "semey-victims-2016", "--channel", "con", "--variant", "extended", "--out", folder)
    assert (result.exit_code, result.output.strip()) == (0, str(folder / "con-extended.yaml"))
    again = command("new", "semey-victims-2016", "--channel", "con", "--out", folder)
    assert again.exit_code == 2
    assert f"{folder} has con-extended already; write over them with --force" in again.output
    assert len(list(folder.iterdir())) == 1
    assert command("new", "semey-victims-2016", "--channel", "con", "--out", folder, "--force").exit_code == 0
    assert len(list(folder.iterdir())) == 12
    assert command("new", "semey-victims-2016", "--variant", "refused", "--out", tmp_path / "both").exit_code == 0
    assert sorted(path.stem for path in (tmp_path / "both").iterdir()) == ["con-refused", "provider-refused"]


def test_new_goes_to_the_folder_of_the_regulation_and_reads_a_file_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (FOLDER / "model-full-2010.yaml").read_text("utf-8").replace("id: model-full-2010", "id: model-mine-2027")
    (tmp_path / "model-mine-2027.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert command("new", "model-mine-2027", "--law", "model-mine-2027.yaml").exit_code == 0
    assert len(list((tmp_path / "flows" / "model-mine-2027").glob("portal-*.yaml"))) == 7
    assert command("check", "flows", "--law", "model-mine-2027.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("semey",), "no regulation 'semey': `GET /stand` at the gateway names them"),
        (("semey-victims-2016", "--channel", "akim"), "semey-victims-2016 has no channel 'akim', only provider, con"),
        (("semey-victims-2016", "--variant", "isued"), "semey-victims-2016 has no variant 'isued'"),
        (("model-full-2010", "--variant", "newcomr"), "did you mean newcomer?"),
        (("model-full-2010", "--law", "nowhere.yaml"), "nowhere.yaml: no such regulation file or folder"),
    ],
)
def test_what_cannot_be_made_is_one_line(tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    result = command("new", *words, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert complaint in result.output
    assert len(result.output.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = command("new", "model-full-2010", "--out", tmp_path / "file" / "under")
    assert (result.exit_code, "Not a directory" in result.output) == (2, True)


def test_check_tells_every_mistake_with_file_line_and_rule(tmp_path: Path) -> None:
    good = FLOWS / BY_HAND / "con-certificate.yaml"
    text = good.read_text("utf-8")
    (tmp_path / "one.yaml").write_text(text.replace("process-6/accept", "process-6/acept"), "utf-8")
    (tmp_path / "two.yaml").write_text(
        text.replace("end: issued", "end: isued").replace("operator: {as", "op: {as"), "utf-8"
    )
    result = command("check", tmp_path, good)
    assert result.exit_code == 2
    assert (
        f"{tmp_path}/one.yaml:19: process-6 has no part 'acept'; did you mean accept? (unknown-step)" in result.output
    )
    assert "did you mean issued? (unknown-end)" in result.output
    assert result.output.count("(unknown-person)") == 4
    answer = json.loads(command("check", tmp_path, good, "-o", "json").stdout)
    assert answer["files"] == [
        str(tmp_path / "one.yaml"),
        str(tmp_path / "two.yaml"),
        str(good.relative_to(Path.cwd())),
    ]
    assert {(Path(one["file"]).name, one["rule"]) for one in answer["mistakes"]} == {
        ("one.yaml", "unknown-step"),
        ("two.yaml", "unknown-end"),
        ("two.yaml", "unknown-person"),
    }


def test_check_finds_nothing_wrong_with_what_comes_with_aimaq(bundled: list[FlowFile]) -> None:
    result = command("check")
    assert result.exit_code == 0
    assert f"{len(bundled)} of {len(bundled)} without a mistake, 0 found" in result.output
    missing = command("check", "nowhere")
    assert (missing.exit_code, "nowhere: no such flow file" in missing.output) == (2, True)


def test_a_flow_through_the_portal_has_no_representative(tmp_path: Path) -> None:
    text = (FLOWS / "unemployed-certificate-2016" / "portal-issued.yaml").read_text("utf-8")
    changed = text.replace("form: {", 'form: {power_of_attorney: "1/1", ', 1)
    assert changed != text
    path = tmp_path / "portal-by-proxy.yaml"
    path.write_text(changed, "utf-8")
    found, mistakes = read(path, CATALOGUE)
    assert [mistake.rule for mistake in mistakes] == ["unknown-field"]
    assert "power_of_attorney is only for requests through con, provider" in mistakes[0].message
    assert found is None
