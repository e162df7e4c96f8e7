"""`aimaq replay` and `aimaq demo` as a person or a build server runs them: what is printed, and the exit code."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
import typer
from typer.testing import CliRunner, Result

from aimaq.access.administration import token_file
from aimaq.eds.x509.certificates import Certificate
from aimaq.language.clock import StandClock
from aimaq.language.messages import PARTIES
from stand.commands.tester.replay import replay
from stand.flowfile import FLOWS
from stand.people.person import Person
from stand.runtime.embedded import embedded

pytestmark = pytest.mark.slow

app = typer.Typer()
app.command()(replay)

NAME = "unemployed-certificate-2012/portal-refused-authorisation"


def command(*words: object) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_flow_is_played_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path = tmp_path / "үй #2? %20"
    tmp_path.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # where the stand of its own has its home
    result = command(NAME, "--report", "junit,html", "--report-dir", tmp_path)
    assert result.exit_code == 0, result.output
    assert "✓ Portal: a citizen with a wrong password is refused authorisation" in result.output
    assert "8(4)" in result.output
    assert "1/1 flows conform" in result.output
    assert fromstring((tmp_path / "replay.xml").read_bytes()).get("failures") == "0"
    assert (tmp_path / "replay.html").exists()


@pytest.mark.parametrize(
    ("flow", "keys"),
    [("portal-certificate", ["rsa-2048"]), ("con-refused-signature", ["rsa-2048"]), ("portal-certificate", [])],
)
def test_flows_are_played_by_people_with_keys_of_either_kind(
    flow: str, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    certified: list[str] = []
    ask = Person.request_certificate

    async def noted(self: Person, *words: Any) -> Certificate:
        certificate = await ask(self, *words)
        certified.append(type(certificate.key).__name__)
        return certificate

    monkeypatch.setattr(Person, "request_certificate", noted)
    result = command(f"unemployed-certificate-2012/{flow}", *(["--keys", *keys] if keys else []))
    assert result.exit_code == 0, result.output
    assert certified
    assert all(("RSA" in name) == (keys == ["rsa-2048"]) for name in certified), certified


def test_people_have_keys_of_a_kind_that_there_is() -> None:
    result = command(NAME, "--keys", "gost")
    assert result.exit_code == 2
    assert "rsa-2048" in result.output


def test_a_flow_that_does_not_conform_ends_with_one(tmp_path: Path) -> None:
    text = (FLOWS / f"{NAME}.yaml").read_text("utf-8").replace(", password: wrong", "")
    path = tmp_path / "honest.yaml"
    path.write_text(text, "utf-8")
    result = command(path, "--patience", "0.3", "--brief", "--language", "ru")
    assert result.exit_code == 1
    assert "✗" in result.output
    assert "process-2 отказ" in result.output
    assert "в журнале нет" in result.output
    assert "0/1 потоков соответствуют" in result.output


def test_json_is_the_whole_replay() -> None:
    result = command(NAME, "-o", "json")
    assert result.exit_code == 0
    answer = json.loads(result.output)
    assert answer["conforms"] is True
    assert answer["replay"]["runs"][0]["verdict"]["counts"]["steps_done"] == 3
    (flow,) = answer["replay"]["coverage"]["flows"]
    assert (flow["regulation"], flow["channel"], flow["flows"]) == ("unemployed-certificate-2012", "portal", 1)
    assert flow["steps"] == {"done": 3, "all": 10}


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three flow files in the place of all those that come with Aimaq; a folder that a test may write to."""
    folder = tmp_path / "flows" / "unemployed-certificate-2012"
    folder.mkdir(parents=True)
    for name in ("portal-refusal", "portal-refused-signature", "con-refused-authorisation"):
        text = (FLOWS / "unemployed-certificate-2012" / f"{name}.yaml").read_text("utf-8")
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    monkeypatch.setattr("stand.commands.tester.playing.FLOWS", tmp_path / "flows")
    return folder


def test_all_is_a_line_a_flow_and_what_was_exercised_of_every_regulation(three: Path) -> None:
    result = command("--all", "--report", "junit,html", "--report-dir", three)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert sum(line.startswith("✓") for line in lines) == 3
    assert "process-1 authorisation" not in result.output, "no tables of what conforms"
    assert len([line for line in lines if "Portal  " in line and "│     2 │" in line]) == 1
    assert "not exercised: unemployed-certificate-2012/portal/process-7/granted" in lines
    assert "not exercised: unemployed-certificate-2012/con/end:issued/certificate" in lines
    assert "not exercised: semey-victims-2016/con/process-8/pay/ok" in lines
    assert not any(
        line.startswith("not exercised: unemployed-certificate-2012/portal/process-7/denied") for line in lines
    )
    assert re.search(r"^3/3 flows conform, [0-9.]+ s, [0-9.]+ cases a second, seed 1$", result.output, re.MULTILINE)
    properties = fromstring((three / "replay.xml").read_bytes()).findall("testsuite[@name='coverage']//property")
    pairs = [(one.get("name"), one.get("value")) for one in properties]
    assert ("not exercised", "unemployed-certificate-2012/portal/process-7/granted") in pairs
    assert "unemployed-certificate-2012/portal/process-7/granted" in (three / "replay.html").read_text("utf-8")


def test_with_all_a_flow_that_does_not_conform_has_its_tables_and_exercises_nothing(three: Path) -> None:
    path = three / "portal-refusal.yaml"
    path.write_text(path.read_text("utf-8").replace("  - {step: process-6/accept, by: employee}\n", ""), "utf-8")
    result = command("--all", "--patience", "0.3")
    assert result.exit_code == 1
    assert "✗ Portal: a reasoned refusal is issued" in result.output
    assert "process-6 taking it up" in result.output
    assert "not exercised: unemployed-certificate-2012/portal/process-7/denied" in result.output
    assert "2/3 flows conform" in result.output


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        ((), 2, "name a flow file, or ask for --all"),
        (("portal-refusl",), 2, "no such flow file; did you mean portal-refusal?"),
        ((NAME, "--report", "jnit"), 2, "no report 'jnit'; did you mean junit?"),
        ((NAME, "--law", "nowhere"), 2, "nowhere: no such regulation file or folder"),
        ((NAME, "--calendar", "nowhere"), 2, "nowhere: cannot be read"),
        ((NAME, "--stand", "nowhere"), 2, "neither an http address nor a JSON file"),
        ((NAME, "--stand", "http://127.0.0.1:9"), 3, "http://127.0.0.1:9 is out of reach"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(words: tuple[str, ...], code: int, complaint: str) -> None:
    result = command(*words)
    assert result.exit_code == code
    assert complaint in result.output
    assert "Traceback" not in result.output


def test_a_misspelt_step_is_told_with_file_line_and_rule_and_nothing_is_played(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    text = (FLOWS / "unemployed-certificate-2012" / "con-certificate.yaml").read_text("utf-8")
    path.write_text(text.replace("process-6/accept", "process-6/acept").replace("end: issued", "end: isued"), "utf-8")
    result = command(path, NAME)
    assert result.exit_code == 2
    assert f"{path}:19: process-6 has no part 'acept'; did you mean accept? (unknown-step)" in result.output
    assert "did you mean issued? (unknown-end)" in result.output
    assert "2 mistakes; nothing was played" in result.output


def test_a_file_of_addresses_must_be_whole(tmp_path: Path) -> None:
    path = tmp_path / "stand.json"
    path.write_text(json.dumps({"urls": {"portal": "http://127.0.0.1:9"}}))
    result = command(NAME, "--stand", path)
    assert (result.exit_code, "no address for con, lea, gateway, registry" in result.output) == (2, True)
    urls = dict.fromkeys(PARTIES, "http://127.0.0.1:9")
    path.write_text(json.dumps({"urls": urls}))
    result = command(NAME, "--stand", path, "--home", tmp_path)
    assert (result.exit_code, "give the home of that stand with --home" in result.output) == (2, True)
    for party in PARTIES:
        token_file(tmp_path, party).parent.mkdir(parents=True)
        token_file(tmp_path, party).write_text("a secret of nobody")
    result = command(NAME, "--stand", path, "--home", tmp_path)
    assert (result.exit_code, "is out of reach" in result.output) == (3, True)


async def test_a_stand_that_runs_is_found_through_its_gateway(tmp_path: Path) -> None:
    async with embedded(tmp_path, clock=StandClock(), password_memory=8, password_rounds=1) as made:
        words = (
            NAME,
            "unemployed-certificate-2012/con-certificate",
            "--stand",
            made.urls["gateway"],
            "--home",
            tmp_path,
        )
        for _ in range(2):
            result = await asyncio.to_thread(command, *words, "--brief")
            assert result.exit_code == 0, result.output
            assert "2/2 flows conform" in result.output, "each time other people are played"
