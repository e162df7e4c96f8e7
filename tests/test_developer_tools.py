"""What developers work with: the Makefile, the hooks before a commit, the dev container, the templates."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url
from yarl import URL

from aimaq.settings import PORTS
from scripts import containers
from tests import commands
from tests.house import ROOT, SERVICES

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONTAINER = ROOT / ".devcontainer"
COMPOSE: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text(encoding="utf-8"))["services"]
DEPLOYED: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


def recipe(target: str) -> list[str]:
    """The lines that a target of the Makefile runs, with its programs where `make setup` puts them."""
    body = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert body, f"the Makefile has no {target}"
    return [line.strip().removeprefix("@").replace("$(BIN)", ".venv/bin") for line in body[1].splitlines()]


def marked(target: str) -> str:
    """The marks by which a target chooses its tests."""
    (line,) = [line for line in recipe(target) if "/pytest " in line]
    found = re.search(r"-m (?:\"([^\"]+)\"|(\w+))", line)
    assert found, line
    return found[1] or found[2]


# --- make ------------------------------------------------------------------------------------------------------


def test_every_test_is_in_one_of_the_two_runs_and_the_quick_ones_in_the_first() -> None:
    assert marked("test") == f"not {marked('test-long')}"
    assert marked("test") in marked("test-fast")
    assert "not services" in marked("test-fast")
    marks = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    known = {line.partition(":")[0] for line in marks["markers"]}
    for target in ("test", "test-long", "test-fast"):
        assert set(re.findall(r"\w+", marked(target))) - {"not", "and"} <= known


@pytest.mark.parametrize("target", ["test", "test-long"])
def test_a_run_that_counts_is_judged_by_its_report(target: str) -> None:
    lines = recipe(target)
    (report,) = re.findall(r"--junitxml=(\S+)", "\n".join(lines))
    assert lines[0] == "scripts/services"
    assert lines[-1] == f".venv/bin/python scripts/passed.py {report}"


def test_some_tests_are_long() -> None:
    long = [path for path in (ROOT / "tests").rglob("test_*.py") if "mark.long" in path.read_text(encoding="utf-8")]
    assert {path.name for path in long} - {Path(__file__).name}


def test_a_clean_clone_runs_everything() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    ran = re.findall(r"^(?:timeout (\d+)m )?(make [a-z-]+)", text, re.MULTILINE)
    assert ran == [("", "make demo"), ("", "make test"), ("60", "make test-long")]
    assert not [line for _, line in ran if commands.make(line)]


def test_a_flow_has_to_be_named(tmp_path: Path) -> None:
    stamp = tmp_path / ".aimaq-setup"
    words = ["make", "--old-file", str(stamp), f"VENV={tmp_path}", "flow"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    (shown,) = re.findall(r"F=(\S+)", done.stderr)
    assert (ROOT / shown).is_file()
    assert not commands.aimaq(recipe("flow")[-1].replace("$(F)", shown))


def test_the_form_is_put_right_by_the_tools_that_judge_it() -> None:
    judged = {line for line in recipe("check") if "/ruff " in line}
    mended = {line.replace(" --fix --exit-zero", "") for line in recipe("fmt")}
    assert {line.replace(" --check", "") for line in judged} == mended


# --- before a commit -------------------------------------------------------------------------------------------


def test_the_hooks_run_what_make_check_runs() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repo["repo"] == "local"
    assert [hook["entry"] for hook in repo["hooks"]] == recipe("check")
    for hook in repo["hooks"]:
        assert (hook["language"], hook["pass_filenames"], hook["always_run"]) == ("system", False, True)
        assert set(hook) == {"id", "name", "entry", "language", "pass_filenames", "always_run"}


# --- the dev container -----------------------------------------------------------------------------------------


def test_the_dev_container_names_what_there_is() -> None:
    described = json.loads((CONTAINER / "devcontainer.json").read_text(encoding="utf-8"))
    assert (CONTAINER / described["dockerComposeFile"]).is_file()
    service = COMPOSE[described["service"]]
    source, _, place = service["volumes"][0].partition(":")
    assert (CONTAINER / source).resolve() == ROOT
    assert place == described["workspaceFolder"]
    assert not commands.make(described["postCreateCommand"])
    assert described["forwardPorts"] == sorted(PORTS.values())
    image = (CONTAINER / service["build"]["dockerfile"]).read_text(encoding="utf-8")
    assert f"WORKDIR {place}" in image
    assert re.search(rf"useradd .*\b{described['remoteUser']}\b", image)


def test_the_dev_container_has_the_services_of_a_deployed_stand() -> None:
    for name in ("rabbitmq", "postgres"):
        assert COMPOSE[name]["image"] == DEPLOYED[name]["image"]
        assert COMPOSE[name]["healthcheck"]["test"] == DEPLOYED[name]["healthcheck"]["test"]
        assert "ports" not in COMPOSE[name], "what runs on the machine keeps its ports"
    images = {containers.RABBITMQ.image, containers.POSTGRESQL.image}
    assert images == {COMPOSE[name]["image"] for name in ("rabbitmq", "postgres")}, "tests start the same versions"
    beside = {name: {"condition": "service_healthy"} for name in COMPOSE if name != "developer"}
    assert COMPOSE["developer"]["depends_on"] == beside


def test_the_tests_in_the_dev_container_find_the_services_beside_it() -> None:
    environment = COMPOSE["developer"]["environment"]
    rabbit, postgres = COMPOSE["rabbitmq"]["environment"], COMPOSE["postgres"]["environment"]
    user = (rabbit["RABBITMQ_DEFAULT_USER"], rabbit["RABBITMQ_DEFAULT_PASS"])
    broker, management = URL(environment.pop(containers.BROKER)), URL(environment.pop(containers.MANAGEMENT))
    database = make_url(environment.pop(containers.DATABASE))
    assert not environment
    assert (broker.host, broker.port, broker.user, broker.password) == ("rabbitmq", 5672, *user)
    assert (management.host, management.port, management.user, management.password) == ("rabbitmq", 15672, *user)
    assert (database.host, database.username, database.password) == ("postgres", "postgres", None)
    assert postgres == {"POSTGRES_HOST_AUTH_METHOD": "trust"}


def test_the_dev_container_has_python_as_deployed_and_the_programs_that_tests_use() -> None:
    image = (CONTAINER / "Dockerfile").read_text(encoding="utf-8")
    version = re.compile(r"^FROM python:(\d\.\d+)", re.MULTILINE)
    assert set(version.findall(image)) == set(version.findall((ROOT / "deploy" / "Dockerfile").read_text("utf-8")))
    wanted = re.findall(r"\b\w+:([\w-]+)\b(?=[^\n]*; do)", (ROOT / "scripts" / "services").read_text("utf-8"))
    assert wanted
    assert {*wanted, "make", "git", "rabbitmq-server"} <= set(image.split())


# --- templates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FORMS, ids=[path.stem for path in FORMS])
def test_an_issue_form_asks_for_what_is_needed_and_names_commands_that_exist(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(form) == {"name", "description", "labels", "body"}
    assert len({field["id"] for field in form["body"]}) == len(form["body"])
    for field in form["body"]:
        assert field["type"] in ("input", "textarea", "dropdown")
        assert field["validations"] == {"required": True}
    for line in re.findall(r"`(aimaq [^`]+)`", path.read_text(encoding="utf-8")):
        assert not commands.aimaq(line)


def test_there_is_an_issue_form_for_each_of_the_three_kinds_of_users() -> None:
    labels = [label for path in FORMS for label in yaml.safe_load(path.read_text(encoding="utf-8"))["labels"]]
    assert sorted(labels) == ["clients", "operators", "testers"]


def test_contributing_has_a_line_for_every_service_and_command() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not [service for service in SERVICES if f"`{service}`" not in text]
    shown = re.findall(r"^\| `(make [^`]+)` \|", text, re.MULTILINE)
    assert {"make fmt", "make check", "make test-fast", "make test", "make test-long"} <= set(shown)
    assert not [line for line in shown if commands.make(line.replace("…", ""))]
    assert "\n## The errands\n" in text
