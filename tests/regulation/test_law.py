"""`aimaq law`: what people see, what programs read, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aimaq.regulation import Catalogue, Limit
from aimaq.regulation.export import export
from aimaq.regulation.validation.completeness import Lack
from aimaq.regulation.wording import limit
from stand.commands.tester.law import app


def law(*words: str) -> Result:
    """The result of one `aimaq law` command."""
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def test_the_list_names_each_regulation_with_its_flows(file: Path) -> None:
    result = law("list")
    assert result.exit_code == 0
    assert file.stem in result.stdout
    for word in ("No 346 of 2012-09-05", "provider", "con", "portal", "11", "12", "15"):
        assert word in result.stdout


def test_the_list_is_json_too(file: Path) -> None:
    listed = json.loads(law("list", "-o", "json").stdout)
    assert [regulation["id"] for regulation in listed] == [law.id for law in Catalogue.bundled()]
    (certificate,) = [regulation for regulation in listed if regulation["id"] == file.stem]
    assert [flow["rows"] for flow in certificate["flows"]] == [12, 15, 15]
    assert sum(len(regulation["flows"]) for regulation in listed) == 38


def test_show_marks_where_a_reading_applies_and_says_which(file: Path) -> None:
    result = law("show", file.stem, "--channel", "con")
    assert result.exit_code == 0
    assert "* 000-01" in result.stdout
    assert "The two units changed places" in result.stdout
    assert "3 working days" in result.stdout
    assert "without day of receipt" in result.stdout
    assert "on ground: identity" in result.stdout
    assert "con: paragraph 7" in result.stdout
    assert "portal: paragraph 8" not in result.stdout


def test_show_says_what_the_registers_must_have_for_a_grant() -> None:
    assert "requires labour_market: status unemployed" in law("show", "unemployed-registration-2018").stdout


def test_show_without_a_channel_shows_every_flow_and_reading(file: Path) -> None:
    shown = law("show", file.stem).stdout
    for paragraph in ("provider: paragraph 6", "con: paragraph 7", "portal: paragraph 8"):
        assert paragraph in shown
    for n in range(1, 36):
        assert f"000-{n:02}" in shown


@pytest.mark.parametrize(
    ("language", "word"), [("kk", "Порталда тіркелу"), ("ru", "Регистрация на портале"), ("en", "Registration at the")]
)
def test_show_speaks_three_languages(file: Path, language: str, word: str) -> None:
    assert word in law("show", file.stem, "--channel", "portal", "--language", language).stdout


@pytest.mark.parametrize(
    ("language", "span"),
    [("kk", "30 секунд-1 минут"), ("ru", "30 секунд – 60 секунд"), ("en", "30 seconds – 60 seconds")],
)
def test_limits_are_told_in_the_language_that_is_asked_for(language: str, span: str) -> None:
    shown = law("show", "archive-certificate-2012", "--channel", "con", "--language", language).stdout
    assert span in " ".join(shown.split())
    assert limit(Limit(unit="minute", min=5)).say(language).startswith("≥ 5 ")


def test_show_is_json_too(file: Path) -> None:
    shown = json.loads(law("show", file.stem, "--channel", "portal", "-o", "json").stdout)
    assert list(shown["flows"]) == ["portal"]
    assert shown["flows"]["portal"]["table"][0]["limit"]["text"] == "1 минуттан артық емес"
    assert shown["flows"]["portal"]["table"][2]["met_by"][0]["from"] == "lea"
    assert "000-35" in shown["readings"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "unemployed-certificat-2012"), "did you mean unemployed-certificate-2012?"),
        (("show", "unemployed-certificate-2012", "--channel", "post"), "no channel 'post', only provider, con, portal"),
    ],
)
def test_what_is_not_there_is_one_line_and_exit_code_2(words: tuple[str, ...], message: str) -> None:
    result = law(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.startswith("aimaq law: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_bad_usage_is_exit_code_2() -> None:
    assert law("list", "-o", "xml").exit_code == 2
    assert law("show").exit_code == 2
    assert law("mend").exit_code == 2


def test_check_finds_nothing_wrong_with_what_comes_with_aimaq() -> None:
    result = law("check")
    assert result.exit_code == 0
    assert result.stdout == "16 of 16 without a mistake, 0 found\n"


def test_check_counts_what_the_code_lacks_and_says_so_last(monkeypatch: pytest.MonkeyPatch) -> None:
    lacks = [Lack("x.py", "operation", name, "its words") for name in ("dance", "sing")]
    monkeypatch.setattr("stand.replay.played.everywhere", lambda: lacks)
    result = law("check")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        *map(str, lacks),
        "16 of 16 without a mistake, 0 found, 2 lacks in the code",
    ]


def test_check_names_file_line_and_rule_of_every_mistake(tmp_path: Path, file: Path, text: str) -> None:
    bad = tmp_path / file.name
    changed = text.replace("automation: partial", "automation: partly").replace("does: fill-form", "does: fill", 1)
    bad.write_text(changed, "utf-8")
    result = law("check", str(bad), str(file))
    assert result.exit_code == 2
    first, second = result.stdout.splitlines()
    line = changed[: changed.index("automation:")].count("\n") + 1
    how_far = "how far the service is automated; null where the act does not say"
    assert first == f'{bad}:{line}: automation: "partly" is not {how_far} (structure)'
    assert second.startswith(f"{bad}:")
    assert second.endswith("no operation 'fill'; did you mean fill-form? (unknown-operation)")
    assert result.stderr == "1 of 2 without a mistake, 2 found\n"


def test_check_is_json_too(tmp_path: Path) -> None:
    result = law("check", str(tmp_path / "none.yaml"), "-o", "json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["mistakes"] == [
        {"file": str(tmp_path / "none.yaml"), "line": 1, "rule": "file", "message": "No such file or directory"}
    ]


def test_check_of_an_empty_folder_is_a_mistake_of_usage(tmp_path: Path) -> None:
    result = law("check", str(tmp_path))
    assert result.exit_code == 2
    assert "no regulation here" in result.stderr


@pytest.mark.parametrize("output", ["pretty", "json"])
def test_export_prints_the_public_form(output: str) -> None:
    result = law("export", "-o", output)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == export(Catalogue.bundled())
    assert (result.stdout.count("\n") == 1) is (output == "json")
