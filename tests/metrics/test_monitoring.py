"""What watches over a deployed stand is right by Prometheus's own tool, and asks for nothing that no service tells."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from aimaq.settings import PORTS
from tests.house import ROOT
from tests.metrics import declared

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yml"
CONFIG = DEPLOY / "prometheus" / "prometheus.yml"
TRIED = Path(__file__).parent / "rules.yml"
BOARD = DEPLOY / "grafana" / "aimaq.json"
SECRET = "/run/secrets/metrics-token"

FOREIGN = {"up", "process_resident_memory_bytes"}
"""What Prometheus itself tells, and its library of a process."""
_LABEL_MATCHERS = re.compile(r"\{[^}]*\}|\b(?:by|without|on|ignoring)\s*\([^)]*\)|\[[^\]]*\]|\"[^\"]*\"")
_NAME = re.compile(r"\b[a-z_]+\b(?!\s*\()")
_WORDS = {"or", "and", "unless", "by", "without", "sum", "max", "min", "le"}


def promtool(*words: str | Path) -> str:
    """What Prometheus's tool says, which finds nothing wrong."""
    done = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rules() -> list[dict[str, Any]]:
    content = yaml.safe_load(RULES.read_text("utf-8"))
    return [rule for group in content["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    """Every expression of a rule and of the dashboard."""
    board = json.loads(BOARD.read_text("utf-8"))
    shown = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked = [variable["query"]["query"] for variable in board["templating"]["list"]]
    return (
        [rule["expr"] for rule in rules()]
        + shown
        + [re.sub(r"label_values\((\w+), \w+\)", r"\1", one) for one in asked]
    )


def names(expression: str) -> set[str]:
    """The names of series in an expression."""
    return set(_NAME.findall(_LABEL_MATCHERS.sub(" ", expression))) - _WORDS


def labels(expression: str) -> set[str]:
    """The labels that an expression names."""
    matched = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression)
    grouped = re.findall(r"\b(?:by|without)\s*\(([^)]*)\)", expression)
    return {*matched, *(one.strip() for group in grouped for one in group.split(","))}


@pytest.mark.services
def test_the_rules_are_right_by_prometheus_s_own_tool() -> None:
    assert f"{len(rules())} rules found" in promtool("check", "rules", RULES)


@pytest.mark.services
def test_the_configuration_is_right_by_prometheus_s_own_tool(tmp_path: Path) -> None:
    text = CONFIG.read_text("utf-8")
    assert text.count(SECRET) == 1
    (tmp_path / "token").write_text("a-token")
    (tmp_path / "rules.yml").write_text(RULES.read_text("utf-8"), "utf-8")
    (tmp_path / "prometheus.yml").write_text(text.replace(SECRET, str(tmp_path / "token")), "utf-8")
    assert "SUCCESS" in promtool("check", "config", tmp_path / "prometheus.yml")


@pytest.mark.services
def test_each_rule_fires_when_it_should_and_not_before() -> None:
    assert "SUCCESS" in promtool("test", "rules", TRIED)


def test_each_rule_is_tried() -> None:
    tried = yaml.safe_load(TRIED.read_text("utf-8"))
    fired = {one["alertname"] for test in tried["tests"] for one in test["alert_rule_test"] if one["exp_alerts"]}
    assert fired == {rule["alert"] for rule in rules()}


def test_nothing_is_asked_for_that_no_service_tells() -> None:
    assert len(expressions()) > 40
    known = declared.series() | FOREIGN
    unknown = {expression: lacking for expression in expressions() if (lacking := names(expression) - known)}
    assert not unknown


def test_no_label_is_asked_for_that_no_family_has() -> None:
    known = {label for one, _ in declared.everywhere() for label in one.labels} | {"party", "job", "le"}
    unknown = {expression: lacking for expression in expressions() if (lacking := labels(expression) - known)}
    assert not unknown


def test_every_family_is_looked_at_somewhere() -> None:
    looked_at = {name for expression in expressions() for name in names(expression)}
    beside = {"aimaq_build_info", "aimaq_warnings", "aimaq_probe_age_seconds"}
    beside |= {"aimaq_journal_entries_total", "aimaq_journal_blocks_total"}
    unseen = {
        one.name
        for one, _ in declared.everywhere()
        if not {f"{one.name}{suffix}" for suffix in declared.SUFFIXES[one.kind]} & looked_at
    }
    assert unseen == beside


@pytest.mark.parametrize("expression", ["rate(aimaq_nothing_total[5m])", 'sum by (nobody) (up{nothing="x"})'])
def test_the_tests_notice_what_is_not_there(expression: str) -> None:
    assert names(expression) - declared.series() - FOREIGN or labels(expression) >= {"nobody", "nothing"}


def test_each_service_is_scraped_on_its_port_under_its_name() -> None:
    (job,) = yaml.safe_load(CONFIG.read_text("utf-8"))["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    scraped = {one["labels"]["party"]: one["targets"] for one in job["static_configs"]}
    assert scraped == {party: [f"{party}:{port}"] for party, port in PORTS.items()}


def test_the_dashboard_is_whole() -> None:
    board = json.loads(BOARD.read_text("utf-8"))
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 20
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    (source,) = yaml.safe_load((DEPLOY / "grafana" / "datasources.yml").read_text("utf-8"))["datasources"]
    assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}


def test_the_guide_names_every_alert() -> None:
    guide = (ROOT / "docs" / "guide-operators.md").read_text("utf-8")
    named = set(re.findall(r"`(Aimaq[A-Z]\w+)`", guide))
    assert named == {rule["alert"] for rule in rules()}
